#include "agent/loop/run_folder.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

ordered_json read_json(const std::string& path) {
  try {
    return ordered_json::parse(read_file(path));
  } catch (const nlohmann::json::exception&) {
    throw UserError(path, "is damaged; start the run anew with --fresh");
  }
}

void write_json(const std::string& path, const ordered_json& json) {
  write_file_atomic(path, json.dump(2) + "\n");
}

std::string run_id(const std::string& key, std::int64_t sequence) {
  return Digest().add(key).add(sequence).hex();
}

}  // namespace

RunFolder::RunFolder(std::string folder, std::string key)
    : folder_(std::move(folder)), key_(std::move(key)) {}

void RunFolder::open(bool fresh, std::int64_t bank_sequence) {
  if (!fresh && fs::exists(path("run.json"))) {
    const ordered_json run = read_json(path("run.json"));
    if (run.value("key", "") != key_) {
      throw UserError(
          folder_,
          "holds a run with other tasks, options or versions; give another --out, or --fresh to "
          "replace it");
    }
    first_sequence_ = run.value("bank_sequence", std::int64_t{0});
    if (first_sequence_ > bank_sequence) {
      throw UserError(folder_, "belongs to a bank that had " + std::to_string(first_sequence_) +
                                   " rounds when it began, this one has " +
                                   std::to_string(bank_sequence) +
                                   "; give the same --memory, or --fresh to begin anew");
    }
    id_ = run_id(key_, first_sequence_);
    return;
  }
  for (const char* name : {"summary.json", "confirmations.jsonl", "records.jsonl", "round.json"})
    fs::remove(path(name));
  first_sequence_ = bank_sequence;
  id_ = run_id(key_, first_sequence_);
  write_json(path("run.json"), {{"id", id_}, {"key", key_}, {"bank_sequence", first_sequence_}});
}

std::int64_t RunFolder::round_sequence(int round, std::int64_t current) {
  ordered_json rounds = ordered_json::array();
  if (fs::exists(path("round.json"))) {
    rounds = read_json(path("round.json")).value("rounds", ordered_json::array());
    for (const ordered_json& noted : rounds) {
      if (noted.value("round", -1) == round) return noted.value("bank_sequence", current);
    }
  }
  rounds.push_back({{"round", round}, {"bank_sequence", current}});
  if (rounds.size() > kNotedRounds) rounds.erase(0);
  write_json(path("round.json"), {{"rounds", rounds}});
  return current;
}

std::vector<CandidateRecord> RunFolder::read_records() const {
  return agent::read_records(path("records.jsonl"));
}

void RunFolder::append_records(const std::vector<CandidateRecord>& records) {
  std::string lines;
  for (const CandidateRecord& record : records) lines += record_line(record) + "\n";
  append_file(path("records.jsonl"), lines);
}

void RunFolder::keep_records(const std::vector<CandidateRecord>& records, std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += record_line(records[i]) + "\n";
  const std::string file = path("records.jsonl");
  if ((fs::exists(file) ? read_file(file) : "") != lines) write_file_atomic(file, lines);
}

std::string RunFolder::write_kernel(const std::string& task, const char* name,
                                    const std::string& source) {
  std::string folder = task;
  std::replace(folder.begin(), folder.end(), '/', '-');
  const std::string file = path(folder + "/" + name);
  if (!fs::exists(file) || read_file(file) != source) write_file_atomic(file, source);
  return file;
}

std::string RunFolder::write_best(const std::string& task, const std::string& source) {
  return write_kernel(task, "best.cpp", source);
}

std::string RunFolder::write_diverged(const std::string& task, const std::string& source) {
  return write_kernel(task, "diverged.cpp", source);
}

std::optional<std::vector<TaskOutcome>> RunFolder::summary(bool confirmed) const {
  if (!fs::exists(path("summary.json"))) return std::nullopt;
  const ordered_json summary = read_json(path("summary.json"));
  if (confirmed && !summary.value("confirmed", false)) return std::nullopt;
  std::vector<TaskOutcome> outcomes;
  for (const auto& task : summary.at("tasks")) outcomes.push_back(outcome_from_json(task));
  return outcomes;
}

void RunFolder::write_summary(const std::vector<TaskOutcome>& outcomes, bool confirmed) {
  ordered_json tasks = ordered_json::array();
  for (const TaskOutcome& outcome : outcomes) tasks.push_back(to_json(outcome));
  write_json(path("summary.json"), {{"id", id_}, {"confirmed", confirmed}, {"tasks", tasks}});
}

void RunFolder::write_confirmations(const std::vector<Confirmation>& confirmations) {
  std::string lines;
  for (const Confirmation& confirmation : confirmations)
    lines += confirmation_line(confirmation) + "\n";
  write_file_atomic(path("confirmations.jsonl"), lines);
}

}  // namespace coldforge::agent
