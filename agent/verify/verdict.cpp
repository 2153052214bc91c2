#include "agent/verify/verdict.h"

#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kGates[] = {"hack", "compile", "run", "correct", "cycles"};

Json profile_json(const UnitProfile& unit) {
  Json cycles = Json::object();
  for (int i = 0; i < sim::kStalls; ++i)
    cycles[sim::name_of(static_cast<sim::Stall>(i))] = unit.cycles[i];
  return {{"instructions", unit.instructions}, {"work", unit.work}, {"cycles", cycles}};
}

}  // namespace

std::string name_of(Gate gate) { return kGates[static_cast<int>(gate)]; }

Json to_json(const Verdict& verdict) {
  Json json;
  json["verdict"] = verdict.name();
  json["reason"] = verdict.reason;
  json["quarantined"] = verdict.quarantined;
  json["cycles"] = verdict.cycles;
  json["lower_bound_cycles"] = verdict.lower_bound_cycles;
  json["limiter"] = verdict.limiter;
  json["roofline_fraction"] = verdict.roofline_fraction;
  json["bottleneck"] = verdict.bottleneck;
  json["trials"] = {{"run", verdict.trials_run},
                    {"passed", verdict.trials_passed},
                    {"hidden_run", verdict.hidden_run},
                    {"hidden_passed", verdict.hidden_passed}};
  json["errors"] = verdict.errors;
  json["lines"] = Json::array();
  for (const BlamedLine& line : verdict.lines) {
    json["lines"].push_back({{"line", line.line}, {"why", line.why}, {"text", line.text}});
  }
  json["instructions"] = verdict.instructions;
  json["engines"] = Json::object();
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    json["engines"][std::string(isa::name_of(static_cast<isa::Unit>(unit)))] =
        profile_json(verdict.units[unit]);
  }
  const sim::DramStats& dram = verdict.dram;
  json["dram"] = {{"read_bytes", dram.read_bytes},  {"write_bytes", dram.write_bytes},
                  {"read_beats", dram.read_beats},  {"write_beats", dram.write_beats},
                  {"row_hits", dram.row_hits},      {"row_misses", dram.row_misses},
                  {"busy_cycles", dram.busy_cycles}};
  json["line_cycles"] = Json::object();
  for (const auto& [line, cycles] : verdict.line_cycles)
    json["line_cycles"][std::to_string(line)] = cycles;
  json["class_cycles"] = Json(verdict.class_cycles);
  json["critical_path"] = verdict.path;
  json["elf"] = verdict.elf_digest;
  json["cache_key"] = verdict.cache_key;
  return json;
}

Verdict verdict_from_json(const Json& json, const std::string& where) {
  try {
    Verdict verdict;
    const std::string name = json.at("verdict");
    verdict.pass = name == "pass";
    bool known = verdict.pass;
    for (int gate = 0; gate < 5; ++gate) {
      if (name != kGates[gate]) continue;
      verdict.failing = static_cast<Gate>(gate);
      known = true;
    }
    if (!known)
      throw UserError(
          where, "verdict \"" + name + "\": known are pass, hack, compile, run, correct, cycles");
    verdict.reason = json.at("reason");
    verdict.quarantined = json.at("quarantined");
    verdict.cycles = json.at("cycles");
    verdict.lower_bound_cycles = json.at("lower_bound_cycles");
    verdict.limiter = json.at("limiter");
    verdict.roofline_fraction = json.at("roofline_fraction");
    verdict.bottleneck = json.at("bottleneck");
    const Json& trials = json.at("trials");
    verdict.trials_run = trials.at("run");
    verdict.trials_passed = trials.at("passed");
    verdict.hidden_run = trials.at("hidden_run");
    verdict.hidden_passed = trials.at("hidden_passed");
    verdict.errors = json.at("errors").get<std::vector<std::string>>();
    for (const Json& line : json.at("lines")) {
      verdict.lines.push_back({line.at("line"), line.at("why"), line.at("text")});
    }
    verdict.instructions = json.at("instructions");
    for (int unit = 0; unit < isa::kUnits; ++unit) {
      const Json& profile =
          json.at("engines").at(std::string(isa::name_of(static_cast<isa::Unit>(unit))));
      UnitProfile& out = verdict.units[unit];
      out.instructions = profile.at("instructions");
      out.work = profile.at("work");
      for (int i = 0; i < sim::kStalls; ++i) {
        out.cycles[i] = profile.at("cycles").at(sim::name_of(static_cast<sim::Stall>(i)));
      }
    }
    const Json& dram = json.at("dram");
    verdict.dram.read_bytes = dram.at("read_bytes");
    verdict.dram.write_bytes = dram.at("write_bytes");
    verdict.dram.read_beats = dram.at("read_beats");
    verdict.dram.write_beats = dram.at("write_beats");
    verdict.dram.row_hits = dram.at("row_hits");
    verdict.dram.row_misses = dram.at("row_misses");
    verdict.dram.busy_cycles = dram.at("busy_cycles");
    for (const auto& [line, cycles] : json.at("line_cycles").items()) {
      verdict.line_cycles[std::stoi(line)] = cycles;
    }
    verdict.class_cycles = json.at("class_cycles").get<std::map<std::string, std::int64_t>>();
    verdict.path = json.at("critical_path").get<std::vector<std::string>>();
    verdict.elf_digest = json.at("elf");
    verdict.cache_key = json.at("cache_key");
    return verdict;
  } catch (const Json::exception& error) {
    throw UserError(where, std::string("not a verdict: ") + error.what());
  }
}

}  // namespace coldforge::agent
