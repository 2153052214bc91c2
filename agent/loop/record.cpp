#include "agent/loop/record.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

using nlohmann::ordered_json;

ordered_json kernel_json(const GeneratedKernel& kernel) {
  ordered_json fragments = ordered_json::array(), reads = ordered_json::array();
  for (const Fragment& fragment : kernel.fragments) {
    fragments.push_back(
        {{"hole", fragment.hole}, {"value", fragment.value}, {"condition", fragment.condition}});
  }
  for (const GeneratedKernel::Read& read : kernel.reads)
    reads.push_back({{"item", read.item}, {"hole", read.hole}});
  ordered_json json = {{"failure", kernel.failure},
                       {"fragments", fragments},
                       {"reads", reads},
                       {"pattern", kernel.pattern},
                       {"source", kernel.source}};
  if (kernel.writing) {
    const Writing& writing = *kernel.writing;
    json["writing"] = {{"model", writing.model},
                       {"exchanges", writing.exchanges},
                       {"prompt_tokens", writing.prompt_tokens},
                       {"dropped", writing.dropped}};
  }
  return json;
}

GeneratedKernel kernel_from(const ordered_json& json) {
  GeneratedKernel kernel;
  kernel.failure = json.at("failure");
  kernel.pattern = json.at("pattern");
  kernel.source = json.at("source");
  for (const auto& fragment : json.at("fragments")) {
    kernel.fragments.push_back(
        {fragment.at("hole"), fragment.at("value"), fragment.at("condition")});
  }
  for (const auto& read : json.at("reads"))
    kernel.reads.push_back({read.at("item"), read.at("hole")});
  if (json.contains("writing")) {
    const ordered_json& writing = json.at("writing");
    kernel.writing =
        Writing{writing.at("model"), writing.at("exchanges").get<std::vector<std::string>>(),
                writing.at("prompt_tokens"), writing.at("dropped").get<std::vector<std::string>>()};
  }
  return kernel;
}

}  // namespace

std::string confirmation_line(const Confirmation& confirmation) {
  const ordered_json json = {{"task", confirmation.task},
                             {"task_digest", confirmation.task_digest},
                             {"candidate", confirmation.candidate},
                             {"item", confirmation.item},
                             {"confirmed", confirmation.verdict.pass},
                             {"verdict", to_json(confirmation.verdict)}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string record_line(const CandidateRecord& record) {
  ordered_json json = {{"round", record.round},
                       {"slot", record.slot},
                       {"task", record.task},
                       {"task_digest", record.task_digest},
                       {"candidate", record.candidate},
                       {"stage", record.stage == Stage::Draft ? "draft" : "refine"},
                       {"key", record.key},
                       {"start_point", record.start_point},
                       {"context", record.context},
                       {"item", record.item},
                       {"reward", record.reward},
                       {"best_cycles", record.best_cycles},
                       {"verdict", to_json(record.verdict)},
                       {"kernel", kernel_json(record.kernel)}};
  if (!record.without.empty()) {
    json["extra_verdicts"] = record.extra_verdicts;
    for (const CandidateRecord::Without& one : record.without)
      json["without"].push_back({{"item", one.item}, {"reward", one.reward}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

CandidateRecord record_from_line(const std::string& line, const std::string& where) {
  try {
    const ordered_json json = ordered_json::parse(line);
    CandidateRecord record;
    record.round = json.at("round");
    record.slot = json.at("slot");
    record.task = json.at("task");
    record.task_digest = json.at("task_digest");
    record.candidate = json.at("candidate");
    record.stage = json.at("stage") == "draft" ? Stage::Draft : Stage::Refine;
    record.key = json.at("key");
    record.start_point = json.at("start_point");
    record.context = json.at("context").get<std::vector<std::string>>();
    record.item = json.at("item");
    record.reward = json.at("reward");
    record.best_cycles = json.at("best_cycles");
    record.verdict = verdict_from_json(json.at("verdict"), where);
    record.kernel = kernel_from(json.at("kernel"));
    record.extra_verdicts = json.value("extra_verdicts", 0);
    for (const auto& one : json.value("without", ordered_json::array()))
      record.without.push_back({one.at("item"), one.at("reward")});
    return record;
  } catch (const nlohmann::json::exception&) {
    throw UserError(where, "is no candidate record; start the run anew with --fresh");
  }
}

std::vector<CandidateRecord> read_records(const std::string& path) {
  std::vector<CandidateRecord> records;
  if (!std::filesystem::exists(path)) return records;
  const std::string content = read_file(path);
  std::size_t at = 0;
  for (std::size_t end; (end = content.find('\n', at)) != std::string::npos; at = end + 1) {
    records.push_back(record_from_line(content.substr(at, end - at),
                                       path + ":" + std::to_string(records.size() + 1)));
  }
  return records;
}

}  // namespace coldforge::agent
