#include <algorithm>
#include <catch2/catch.hpp>

#include "agent/generator/composer.h"
#include "agent/generator/select/api.h"
#include "agent/generator/select/api_sets.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

/// Items other than those for which `gone` holds.
template <class F>
std::vector<agent::ContextItem> without(std::vector<agent::ContextItem> context, F gone) {
  context.erase(std::remove_if(context.begin(), context.end(), gone), context.end());
  return context;
}

}  // namespace

TEST_CASE("built-in instructions are found by what they take and do", "[composer]") {
  const agent::ApiSet apis(test::api_context(isa::Isa::load()));
  REQUIRE(apis.missing().empty());
  CHECK(apis.load()->unit == isa::Unit::Load);
  CHECK(apis.store()->unit == isa::Unit::Store);
  REQUIRE(apis.copy(false) != nullptr);
  REQUIRE(apis.copy(true) != nullptr);
  CHECK(apis.copy(false) != apis.copy(true));
  REQUIRE(apis.multiply(false) != nullptr);
  REQUIRE(apis.multiply(true) != nullptr);
  CHECK_FALSE(apis.multiply(false)->operands[0].read);
  CHECK(apis.multiply(true)->operands[0].read);
}

TEST_CASE("a call is written with the operands in place and its name untouched", "[composer]") {
  agent::ContextItem item;
  item.kind = "api";
  item.source = "npu::a(a, b)";
  item.content =
      R"json({"unit":"vector","timing":"elementwise","operands":{"a":{"kind":"tile","access":"write","memory":"Vec",
    "types":"fp32"},"b":{"kind":"tile","access":"read","memory":"Vec","types":"fp32"}},"results":{"a":{"expr":"exp(b)"}}})json";
  const agent::ApiSet apis({item});
  REQUIRE(apis.all().size() == 1);
  CHECK(apis.all()[0].text({"out", "in"}) == "npu::a(out, in)");
  CHECK(apis.missing() == "no instruction loads a tile");
}

TEST_CASE("a set of instructions is read once, and anew for any other context", "[composer]") {
  const auto context = test::api_context(isa::Isa::load());
  agent::ApiSets sets;
  const auto set = sets.of(context);
  CHECK(set->all().size() == agent::ApiSet(context).all().size());
  auto with_trace = context;
  with_trace.emplace_back().kind = "trace";
  CHECK(sets.of(with_trace) == set);
  auto shorter = context;
  shorter.pop_back();
  CHECK(sets.of(shorter)->all().size() + 1 == set->all().size());
  for (std::string agent::ContextItem::*part :
       {&agent::ContextItem::id, &agent::ContextItem::source}) {
    auto changed = context;
    changed.back().*part += "x";
    const auto other = sets.of(changed);
    CHECK(other != set);
    CHECK(std::any_of(other->all().begin(), other->all().end(), [&](const agent::Api& api) {
      return api.item == changed.back().id && api.call == changed.back().source;
    }));
  }
  CHECK(sets.of(context) == set);
}

TEST_CASE("a deleted instruction is replaced where another form exists, and named where none does",
          "[composer]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("edge");
  const kernels::Task softmax = kernels::load_task(test::basic_task("softmax"));
  const auto computes = [](const agent::ContextItem& item, const char* op) {
    return item.content.find(std::string("\"expr\":\"") + op + "(") != std::string::npos;
  };
  // Divisions can be done by reciprocals.
  const auto no_division =
      without(test::api_context(isa), [&](const auto& item) { return computes(item, "div"); });
  agent::Composer composer;
  const auto divided = composer.generate(test::request_for(softmax, arch, no_division));
  CHECK(divided.failure.empty());
  // Exponentials by nothing else.
  const auto no_exp =
      without(test::api_context(isa), [&](const auto& item) { return computes(item, "exp"); });
  const auto failed = composer.generate(test::request_for(softmax, arch, no_exp));
  CHECK(failed.source.empty());
  CHECK(failed.failure == "no_instruction: no instruction covers exp");
}

TEST_CASE("a fused instruction of an overlay is used by itself", "[composer]") {
  const std::string overlay = std::string(COLDFORGE_SOURCE_DIR) + "/isa/overlays/exp_rowsum.json";
  const isa::Isa isa = isa::Isa::load({overlay});
  const isa::Arch arch = isa::load_arch("edge");
  const kernels::Task softmax = kernels::load_task(test::basic_task("softmax"));
  std::string call;
  for (const agent::ContextItem& item : test::api_context(isa)) {
    if (item.content.find("\"sum\":{\"expr\"") != std::string::npos)
      call = item.source.substr(0, item.source.find('('));
  }
  REQUIRE_FALSE(call.empty());
  agent::Composer composer;
  int used = 0;
  for (std::uint64_t candidate = 0; candidate < 12; ++candidate) {
    auto request = test::request_for(softmax, arch, test::api_context(isa));
    request.candidate = candidate;
    used += composer.generate(request).source.find(call + "(") != std::string::npos;
  }
  CHECK(used > 0);
}
