#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/generator/composer.h"
#include "agent/generator/practices.h"
#include "sim/base/file.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

/// Words of a text, dots and underscores kept.
std::set<std::string> words(const std::string& text) {
  std::set<std::string> result;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.') {
      word += c;
      continue;
    }
    while (!word.empty() && word.back() == '.') word.pop_back();
    if (!word.empty()) result.insert(word);
    word.clear();
  }
  return result;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

}  // namespace

TEST_CASE("no mnemonic occurs in the composer", "[composer][honesty]") {
  std::set<std::string> mnemonics;
  const isa::Isa isa = isa::Isa::load();
  for (const isa::Instruction& instruction : isa.instructions()) mnemonics.insert(instruction.name);
  const std::filesystem::path folder =
      std::filesystem::path(COLDFORGE_SOURCE_DIR) / "agent" / "generator";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    for (const std::string& word : words(read_file(entry.path().string()))) {
      INFO(entry.path().filename().string() << ": " << word);
      CHECK(mnemonics.count(word) == 0);
    }
  }
  CHECK(files > 20);
}

TEST_CASE("no task and no operator name steers the plan", "[composer][honesty]") {
  const std::filesystem::path folder =
      std::filesystem::path(COLDFORGE_SOURCE_DIR) / "agent" / "generator";
  for (const char* part : {"plan", "select", "emit"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder / part)) {
      const std::set<std::string> found = words(read_file(entry.path().string()));
      for (const char* word : {"Softmax", "MatMul", "Conv", "Relu", "softmax", "relu", "gelu",
                               "layernorm", "attention"}) {
        INFO(entry.path().filename().string() << ": " << word);
        CHECK(found.count(word) == 0);
      }
    }
  }
}

TEST_CASE("kernels are the same up to names when every instruction is renamed",
          "[composer][honesty]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("edge");
  const std::vector<agent::ContextItem> plain = test::api_context(isa);
  std::vector<agent::ContextItem> renamed = plain;
  for (std::size_t i = 0; i < renamed.size(); ++i) {
    // Reversed order as well: neither may matter.
    renamed[i] = plain[plain.size() - 1 - i];
    const std::string call = renamed[i].source;
    renamed[i].source = "npu::zz" + call.substr(5);
  }
  agent::Composer composer;
  for (const std::string& name : test::kBasicTasks) {
    const kernels::Task task = kernels::load_task(test::basic_task(name));
    const auto before = composer.generate(test::request_for(task, arch, plain));
    const auto after = composer.generate(test::request_for(task, arch, renamed));
    INFO(name);
    REQUIRE_FALSE(before.source.empty());
    CHECK(before.source == replaced(after.source, "npu::zz", "npu::"));
  }
}

TEST_CASE("the seed practices are few and name no task", "[composer][honesty]") {
  const std::vector<memory::Item> practices = agent::best_practices();
  CHECK(practices.size() >= 5);
  CHECK(practices.size() <= 30);
  for (const memory::Item& practice : practices) {
    CHECK(practice.kind == memory::ItemKind::BestPractice);
    CHECK_FALSE(practice.fragments.empty());
    CHECK(practice.task_name.empty());
    for (const std::string& task : test::kBasicTasks)
      CHECK(practice.text.find(task) == std::string::npos);
  }
}
