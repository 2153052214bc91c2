#include "isa/isa.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "isa/expression.h"
#include "isa/json_file.h"
#include "isa/loader.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::isa {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// Slot of a word in the decode table: two bits of opcode, funct3, funct7.
constexpr std::size_t kDecodeSlots = 4 * 8 * 128;

/// -1 if the opcode is none of custom-0..3 (0x0b, 0x2b, 0x5b, 0x7b).
constexpr int slot_of(std::uint32_t word) {
  int opcode = 0;
  switch (word & 0x7f) {
    case 0x0b:
      opcode = 0;
      break;
    case 0x2b:
      opcode = 1;
      break;
    case 0x5b:
      opcode = 2;
      break;
    case 0x7b:
      opcode = 3;
      break;
    default:
      return -1;
  }
  return opcode << 10 | static_cast<int>(word >> 12 & 7) << 7 | static_cast<int>(word >> 25);
}

std::string encoding_text(const Instruction& instruction) {
  const std::uint32_t m = instruction.match;
  return "custom-" + std::to_string(slot_of(m) >> 10) + ", funct3 " + std::to_string(m >> 12 & 7) +
         (instruction.r4 ? ", funct2 " + std::to_string(m >> 25 & 3)
                         : ", funct7 " + std::to_string(m >> 25));
}

/// A path, or the name of a built-in overlay.
std::string find_overlay(const std::string& name) {
  if (fs::is_regular_file(name)) return name;
  const std::string built_in = share_dir() + "/isa/overlays/" + name + ".json";
  if (name.find('/') == std::string::npos && fs::is_regular_file(built_in)) return built_in;
  throw UserError(name, "no such overlay file");
}

}  // namespace

int Instruction::find_operand(std::string_view operand_name) const {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].name == operand_name) return static_cast<int>(i);
  }
  return -1;
}

Cycles expression_latency(const Isa& isa, const Instruction& instruction) {
  Cycles longest = instruction.stated_latency;
  for (const Result& result : instruction.results) {
    std::vector<Cycles> done(result.nodes.size());
    for (std::size_t i = 0; i < result.nodes.size(); ++i) {
      const ExprNode& node = result.nodes[i];
      for (const int arg : node.args) done[i] = std::max(done[i], done[arg]);
      if (node.kind == ExprNode::Kind::Op) done[i] += isa.find_operation(node.op)->latency;
      longest = std::max(longest, done[i]);
    }
  }
  return longest;
}

int sfu_nodes(const Isa& isa, const Instruction& instruction) {
  std::set<std::string> distinct;
  for (const Result& result : instruction.results) {
    for (std::size_t i = 0; i < result.nodes.size(); ++i) {
      const ExprNode& node = result.nodes[i];
      if (node.kind == ExprNode::Kind::Op && isa.find_operation(node.op)->sfu) {
        distinct.insert(to_text(instruction, result.nodes, static_cast<int>(i)));
      }
    }
  }
  return static_cast<int>(distinct.size());
}

Isa Isa::load(const std::vector<std::string>& overlays) {
  ordered_json merged = {{"operations", ordered_json::object()},
                         {"instructions", ordered_json::object()}};
  std::map<std::string, std::string> origins;
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(share_dir() + "/isa/spec", error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw UserError(share_dir() + "/isa/spec", "no ISA description here (set COLDFORGE_SHARE)");
  for (const auto& file : files) {
    const std::string shown = "isa/spec/" + file.filename().string();
    const ordered_json json = read_json(file.string(), shown);
    const std::string group = file.stem().string();
    const std::string section = group == "operations" ? "operations" : "instructions";
    for (const auto& item : json.items()) {
      const std::string key = section + "/" + item.key();
      if (origins.count(key) != 0) {
        throw UserError(shown + ": " + item.key(), "stands in " + origins[key] + " too");
      }
      origins[key] = shown;
      merged[section][item.key()] = item.value();
      if (section == "instructions" && item.value().is_object()) {
        merged[section][item.key()]["group"] = group;
      }
    }
  }
  for (const auto& name : overlays) {
    const ordered_json patch = read_json(find_overlay(name), name);
    const JsonEntry entry(patch, name);
    entry.only({"summary", "instructions", "operations"});
    for (const char* section : {"operations", "instructions"}) {
      if (!entry.has(section)) continue;
      for (const auto& key : entry.child(section).keys()) {
        const std::string origin = std::string(section) + "/" + key;
        if (patch[section][key].is_null() && !merged[section].contains(key)) {
          throw UserError(name + ": " + key, "removes what does not exist");
        }
        origins[origin] = name;
      }
      merged[section].merge_patch(patch[section]);
    }
  }
  Isa isa = build(merged, origins, "isa/spec");
  isa.overlays_ = overlays;
  return isa;
}

Isa Isa::from_json(const ordered_json& merged, const std::string& where) {
  return build(merged, {}, where);
}

Isa Isa::build(const ordered_json& merged, const std::map<std::string, std::string>& origins,
               const std::string& where) {
  const auto place = [&](const std::string& section, const std::string& name) {
    const auto found = origins.find(section + "/" + name);
    return (found == origins.end() ? where : found->second) + ": " + name;
  };
  Isa isa;
  const JsonEntry root(merged, where);
  root.only({"operations", "instructions", "summary"});
  root.child("operations");
  root.child("instructions");
  for (const auto& item : merged["operations"].items()) {
    isa.operations_.push_back(
        read_operation(JsonEntry(item.value(), place("operations", item.key())), item.key()));
  }
  std::sort(isa.operations_.begin(), isa.operations_.end(),
            [](const Operation& a, const Operation& b) { return a.name < b.name; });
  for (const auto& item : merged["instructions"].items()) {
    isa.instructions_.push_back(read_instruction(
        JsonEntry(item.value(), place("instructions", item.key())), item.key(), isa.operations_));
  }
  std::sort(isa.instructions_.begin(), isa.instructions_.end(),
            [](const Instruction& a, const Instruction& b) {
              return a.group != b.group ? a.group < b.group : a.name < b.name;
            });
  std::map<std::string, std::string> identifiers;
  isa.decode_table_.assign(kDecodeSlots, -1);
  for (std::size_t id = 0; id < isa.instructions_.size(); ++id) {
    Instruction& instruction = isa.instructions_[id];
    instruction.id = static_cast<int>(id);
    const std::string at = place("instructions", instruction.name);
    prove_types(isa, instruction, at);
    std::string identifier = instruction.name;
    std::replace(identifier.begin(), identifier.end(), '.', '_');
    const auto [same, is_new] = identifiers.emplace(identifier, instruction.name);
    if (!is_new)
      throw UserError(at, "is \"" + identifier + "\" in generated sources, as " + same->second);
    // A four-field word has a register number in the upper five bits of funct7.
    for (std::uint32_t rs3 = 0; rs3 < (instruction.r4 ? 32 : 1); ++rs3) {
      auto& slot = isa.decode_table_[slot_of(instruction.match | rs3 << 27)];
      if (slot >= 0) {
        const Instruction& other = isa.instructions_[slot];
        throw UserError(at, "its encoding (" + encoding_text(instruction) + ") overlaps that of " +
                                other.name + " (" + encoding_text(other) + ")");
      }
      slot = static_cast<std::int16_t>(id);
    }
  }
  isa.digest_ = digest_of(merged.dump());
  return isa;
}

const Instruction* Isa::find(std::string_view name) const {
  for (const auto& instruction : instructions_) {
    if (instruction.name == name) return &instruction;
  }
  return nullptr;
}

const Operation* Isa::find_operation(std::string_view name) const {
  const auto found =
      std::lower_bound(operations_.begin(), operations_.end(), name,
                       [](const Operation& op, std::string_view n) { return op.name < n; });
  return found != operations_.end() && found->name == name ? &*found : nullptr;
}

const Instruction* Isa::decode(std::uint32_t word) const {
  const int slot = slot_of(word);
  if (slot < 0 || decode_table_[slot] < 0) return nullptr;
  const Instruction& instruction = instructions_[decode_table_[slot]];
  return (word & instruction.mask) == instruction.match ? &instruction : nullptr;
}

}  // namespace coldforge::isa
