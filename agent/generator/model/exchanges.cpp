#include "agent/generator/model/exchanges.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

namespace fs = std::filesystem;
using llm::ChatStatus;
using nlohmann::ordered_json;

constexpr char kFormat[] = "coldforge exchanges 1";
/// Statuses that are recorded; Fatal says nothing about the question.
constexpr const char* kStatusNames[] = {"answered", "truncated", "failed"};

std::string line_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json head_json(const RecordingHead& head) {
  return {{"format", kFormat},         {"generator", head.generator}, {"model", head.model},
          {"settings", head.settings}, {"audits", head.audits},       {"embedder", head.embedder}};
}

std::string head_text(const RecordingHead& head) {
  std::string text =
      fmt::format("generator {}, model {}, settings {}", head.generator, head.model, head.settings);
  if (head.audits) text += ", audits";
  if (!head.embedder.empty()) text += ", embeddings of " + head.embedder;
  return text;
}

[[noreturn]] void damaged(const std::string& where) {
  throw UserError(where, "is no recorded exchange; start the run anew with --fresh");
}

Spending spending_at(const std::string& step, const llm::ChatRequest& request,
                     const llm::ChatAnswer& answer) {
  if (step == kEmbedStep) return {0, answer.usage.prompt_tokens, 0};
  return spending_of(request, answer);
}

struct Line {
  std::string digest;
  int ordinal = 0;
  std::string step;
  llm::ChatAnswer answer;
};

Line line_from(const std::string& text, const std::string& where) {
  try {
    const ordered_json json = ordered_json::parse(text);
    Line line;
    line.digest = json.at("request");
    line.ordinal = json.at("ordinal");
    line.step = json.at("step");
    llm::ChatAnswer& answer = line.answer;
    const std::string status = json.at("status");
    bool is_known = false;
    for (int i = 0; i < 3; ++i) {
      if (status != kStatusNames[i]) continue;
      answer.status = static_cast<ChatStatus>(i);
      is_known = true;
    }
    if (!is_known) damaged(where);
    answer.reason = json.at("reason");
    answer.model = json.at("model");
    answer.usage.prompt_tokens = json.at("prompt_tokens");
    answer.usage.completion_tokens = json.at("completion_tokens");
    answer.usage.reasoning_tokens = json.at("reasoning_tokens");
    answer.attempts = json.at("attempts");
    answer.text = json.at("text");
    return line;
  } catch (const nlohmann::json::exception&) {
    damaged(where);
  }
}

}  // namespace

std::string to_text(const Purpose& purpose) {
  if (purpose.task.empty()) return purpose.step;
  return fmt::format("{}, candidate {}, {}", purpose.task, purpose.candidate, purpose.step);
}

std::string request_digest(const llm::ChatRequest& request) {
  Digest digest;
  for (const llm::Message& message : request.messages)
    digest.add(message.role).add(message.content);
  // Six digits are what a request carries.
  digest.add(request.max_tokens).add(fmt::format("{:.6g}", request.temperature));
  return digest.add(static_cast<std::int64_t>(request.seed)).hex();
}

Exchanges::Exchanges(std::string file, const RecordingHead& head) : file_(std::move(file)) {
  files_.push_back(file_);
  head_line_ = line_of(head_json(head));
  if (!fs::exists(file_)) return;
  const RecordingHead there = read_head(file_);
  if (head_text(there) != head_text(head)) {
    throw UserError(file_, "was recorded with " + head_text(there) + ", wanted now is " +
                               head_text(head) + "; give another --out, or --fresh to begin anew");
  }
  index(0, /*is_own=*/true);
}

RecordingHead Exchanges::read_head(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) throw UserError(file, "no recorded exchanges here");
  const ordered_json json = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", "") != kFormat)
    throw UserError(file,
                    std::string("is no recording: its first line must say \"") + kFormat + "\"");
  return {json.value("generator", ""), json.value("model", ""), json.value("settings", ""),
          json.value("audits", false), json.value("embedder", "")};
}

void Exchanges::also_read(const std::string& file) {
  read_head(file);
  files_.push_back(file);
  index(static_cast<std::uint32_t>(files_.size() - 1), /*is_own=*/false);
}

Exchanges::Key Exchanges::key_of(const std::string& digest, int ordinal) {
  constexpr std::size_t kDigits = 16;
  const auto number = [&](std::size_t at) {
    return std::strtoull(digest.substr(at, kDigits).c_str(), nullptr, 16);
  };
  return {number(0), digest.size() > kDigits ? number(kDigits) : 0, ordinal};
}

void Exchanges::index(std::uint32_t file, bool is_own) {
  const std::string& path = files_[file];
  std::ifstream in(path, std::ios::binary);
  std::int64_t offset = 0;
  std::string text;
  // Own answers come first: what is known already is not replaced by another run's.
  const auto known = is_own ? std::map<Key, Place>() : places_;
  for (int number = 1; std::getline(in, text) && !in.eof(); ++number) {
    if (number > 1) {
      const Line line = line_from(text, path + ":" + std::to_string(number));
      const bool is_failure = line.answer.status == ChatStatus::Failed;
      if (is_own) spent_.add(spending_at(line.step, {}, line.answer));
      const Key key = key_of(line.digest, line.ordinal);
      if (known.count(key) == 0) note(key, {offset, file, 0}, is_failure);
    }
    offset += static_cast<std::int64_t>(text.size()) + 1;
  }
  if (!is_own) return;
  size_ = offset;
  std::error_code ignored;
  if (static_cast<std::int64_t>(fs::file_size(path, ignored)) > offset)
    fs::resize_file(path, static_cast<std::uintmax_t>(offset), ignored);
}

void Exchanges::note(const Key& key, Place place, bool is_failure) {
  Place& there = places_[key];
  place.failures = there.failures + (is_failure ? 1 : 0);
  there = place;
}

std::optional<Exchanges::Found> Exchanges::find(const std::string& digest, int ordinal) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto place = places_.find(key_of(digest, ordinal));
  if (place == places_.end()) return std::nullopt;
  const std::string& path = files_[place->second.file];
  std::ifstream in(path, std::ios::binary);
  in.seekg(place->second.offset);
  std::string text;
  if (!in || !std::getline(in, text)) damaged(path);
  return Found{line_from(text, path).answer, static_cast<int>(place->second.failures)};
}

void Exchanges::add(const std::string& digest, const Purpose& purpose,
                    const llm::ChatRequest& request, const llm::ChatAnswer& answer) {
  CF_CHECK(answer.status != ChatStatus::Fatal, "a fatal answer is no exchange");
  const Spending spent = spending_at(purpose.step, request, answer);
  const std::string line = line_of({{"request", digest},
                                    {"ordinal", purpose.ordinal},
                                    {"task", purpose.task},
                                    {"candidate", purpose.candidate},
                                    {"step", purpose.step},
                                    {"status", kStatusNames[static_cast<int>(answer.status)]},
                                    {"reason", answer.reason},
                                    {"model", answer.model},
                                    {"prompt_tokens", spent.prompt_tokens},
                                    {"completion_tokens", spent.completion_tokens},
                                    {"reasoning_tokens", answer.usage.reasoning_tokens},
                                    {"attempts", answer.attempts},
                                    {"text", answer.text}});
  const std::lock_guard<std::mutex> lock(mutex_);
  if (size_ == 0) {
    write_file_atomic(file_, head_line_);
    size_ = static_cast<std::int64_t>(head_line_.size());
  }
  append_file(file_, line);
  note(key_of(digest, purpose.ordinal), {size_, 0, 0}, answer.status == ChatStatus::Failed);
  size_ += static_cast<std::int64_t>(line.size());
  spent_.add(spent);
}

Spending Exchanges::spent() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return spent_;
}

}  // namespace coldforge::agent
