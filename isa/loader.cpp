#include "isa/loader.h"

#include <algorithm>
#include <array>

#include "isa/emit/text.h"
#include "isa/expression.h"
#include "isa/rule.h"
#include "sim/base/error.h"

namespace coldforge::isa {

namespace {

constexpr std::uint8_t kTileTypes = 0b00111111;  // Int64 and Bool exist in DRAM only
constexpr std::uint8_t kAllTypes = 0b11111111;
constexpr std::uint8_t kLaneTypes =
    1U << static_cast<int>(ElementType::Fp32) | 1U << static_cast<int>(ElementType::Int32);
constexpr std::uint8_t kAllMemories = 0b1111;

/// Index of `text` among names; `what` is what the error calls it.
int index_of(const JsonEntry& entry, const std::string& key, const std::string& text,
             const std::vector<std::string>& names, const std::string& what) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    entry.fail(key, "unknown " + what + " \"" + text + "\"; known are " + list_of(names));
  }
  return static_cast<int>(found - names.begin());
}

template <typename Enum>
std::vector<std::string> names_of(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(name_of(static_cast<Enum>(i)));
  return names;
}

/// "fp16|bf16" -> bit mask; "any" -> `all`.
std::uint8_t bit_set(const JsonEntry& entry, const std::string& key,
                     const std::vector<std::string>& names, const std::string& what,
                     std::uint8_t all) {
  const std::string text = entry.text(key);
  if (text == "any") return all;
  unsigned bits = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('|', begin), text.size());
    const int index = index_of(entry, key, text.substr(begin, end - begin), names, what);
    if (bits >> index & 1) entry.fail(key, what + " \"" + names[index] + "\" is named twice");
    if (!(all >> index & 1)) entry.fail(key, what + " \"" + names[index] + "\" cannot stand here");
    bits |= 1U << index;
    begin = end + 1;
  }
  return static_cast<std::uint8_t>(bits);
}

bool is_identifier(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name[0] >= 'a' && std::all_of(name.begin(), name.end(), fits);
}

Operand read_operand(const JsonEntry& entry, const std::string& name) {
  entry.only(
      {"field", "kind", "memory", "access", "types", "same_type_as", "broadcast", "summary"});
  Operand operand;
  operand.name = name;
  operand.field = static_cast<Field>(
      index_of(entry, "field", entry.text("field"), names_of<Field>(4), "field"));
  operand.kind = static_cast<OperandKind>(
      index_of(entry, "kind", entry.text("kind"), names_of<OperandKind>(3), "operand kind"));
  operand.access = static_cast<Access>(
      index_of(entry, "access", entry.text_or("access", "read"), names_of<Access>(3), "access"));
  operand.broadcast = entry.flag_or("broadcast", false);
  operand.summary = entry.text_or("summary", "");
  const bool is_tile = operand.kind == OperandKind::Tile;
  const auto types = names_of<ElementType>(kElementTypes);
  if (is_tile) {
    operand.memories =
        bit_set(entry, "memory", names_of<Memory>(kMemories), "memory", kAllMemories);
    operand.types = bit_set(entry, "types", types, "element type", kTileTypes);
  } else {
    if (entry.has("memory")) entry.fail("memory", "only a tile has one");
    if (operand.broadcast) entry.fail("broadcast", "only a tile that is read can have it");
    if (operand.kind == OperandKind::View) operand.types = kAllTypes;
    if (entry.has("types")) {
      operand.types = bit_set(entry, "types", types, "element type",
                              operand.kind == OperandKind::View ? kAllTypes : kLaneTypes);
    }
  }
  if (operand.broadcast && operand.access != Access::Read) {
    entry.fail("broadcast", "only a tile that is read can have it");
  }
  if (operand.kind == OperandKind::X && operand.access != Access::Read &&
      operand.field != Field::Rd) {
    entry.fail("access", "an x-register is written through field rd only");
  }
  return operand;
}

/// match and mask from the fixed numbers and the fields that operands leave over, which must be
/// zero.
void read_encoding(const JsonEntry& entry, Instruction& instruction) {
  const JsonEntry match = entry.child("match");
  match.only({"opcode", "funct3", "funct7", "funct2"});
  static const std::vector<std::string> kOpcodes = {"custom-0", "custom-1", "custom-2", "custom-3"};
  constexpr std::array<std::uint32_t, 4> kOpcodeBits = {0x0b, 0x2b, 0x5b, 0x7b};
  const int opcode = index_of(match, "opcode", match.text("opcode"), kOpcodes, "opcode");
  instruction.r4 = match.has("funct2");
  if (instruction.r4 == match.has("funct7")) {
    match.fail("needs either funct7 (three fields) or funct2 (four fields)");
  }
  instruction.match =
      kOpcodeBits[opcode] | static_cast<std::uint32_t>(match.integer("funct3", 0, 7)) << 12 |
      (instruction.r4 ? static_cast<std::uint32_t>(match.integer("funct2", 0, 3)) << 25
                      : static_cast<std::uint32_t>(match.integer("funct7", 0, 127)) << 25);
  instruction.mask = 0x707f | (instruction.r4 ? 0x06000000 : 0xfe000000);

  std::array<const Operand*, 4> user{};
  for (const Operand& operand : instruction.operands) {
    auto& slot = user[static_cast<int>(operand.field)];
    if (slot != nullptr) {
      entry.fail("operands", "\"" + slot->name + "\" and \"" + operand.name + "\" both use field " +
                                 std::string(name_of(operand.field)));
    }
    slot = &operand;
  }
  if (user[3] != nullptr && !instruction.r4) {
    entry.fail("operands",
               "\"" + user[3]->name + "\" uses field rs3, which needs funct2 instead of funct7");
  }
  if (user[3] == nullptr && instruction.r4) {
    entry.fail("match",
               "funct2 leaves bits 27 to 31 without use; take funct7, or an operand in rs3");
  }
  constexpr std::array<int, 4> kShift = {7, 15, 20, 27};
  for (int f = 0; f < (instruction.r4 ? 4 : 3); ++f) {
    const std::uint32_t fixed = user[f] == nullptr                   ? 0b11111
                                : user[f]->kind == OperandKind::View ? 0b11000
                                                                     : 0;
    instruction.mask |= fixed << kShift[f];
  }
}

Result::Reduce read_reduce(const JsonEntry& entry) {
  entry.only({"op", "axis", "scan", "exclusive"});
  Result::Reduce reduce;
  static const std::vector<std::string> kOps = {"add", "mul", "max", "min", "argmax", "argmin"};
  static const std::vector<std::string> kAxes = {"cols", "rows"};
  reduce.op = kOps[index_of(entry, "op", entry.text("op"), kOps, "reduction")];
  reduce.axis = kAxes[index_of(entry, "axis", entry.text("axis"), kAxes, "axis")];
  reduce.scan = entry.flag_or("scan", false);
  reduce.exclusive = entry.flag_or("exclusive", false);
  if (reduce.exclusive && !reduce.scan) entry.fail("exclusive", "only a scan can be exclusive");
  const bool scans = reduce.op == "add" || reduce.op == "mul" || reduce.op == "max";
  if (reduce.scan && (reduce.axis != "rows" || !scans)) {
    entry.fail("scan", "scans run down the rows with add, mul or max");
  }
  if (reduce.op == "mul" && !reduce.scan) entry.fail("op", "mul is for scans only");
  return reduce;
}

void read_results(const JsonEntry& entry, const std::vector<Operation>& operations,
                  Instruction& instruction) {
  const JsonEntry results = entry.child("results");
  std::vector<std::pair<int, std::string>> texts;
  for (const auto& name : results.keys()) {
    Result result;
    result.operand = instruction.find_operand(name);
    if (result.operand < 0) results.fail(name, "no operand has this name");
    const Operand& operand = instruction.operands[result.operand];
    if (operand.kind != OperandKind::Tile || operand.access == Access::Read) {
      results.fail(name, "must be a tile operand with access write or read_write");
    }
    if (results.is_text(name)) {
      result.text = results.text(name);
    } else {
      const JsonEntry parts = results.child(name);
      parts.only({"expr", "reduce"});
      result.text = parts.text("expr");
      if (parts.has("reduce")) result.reduce = read_reduce(parts.child("reduce"));
    }
    texts.emplace_back(result.operand, result.text);
    instruction.results.push_back(std::move(result));
  }
  if (texts.empty() || texts.size() > 2) results.fail("must have one or two results");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Result& result = instruction.results[i];
    const std::string where = results.where() + ": " + instruction.operands[result.operand].name;
    result.nodes = parse_expression(operations, instruction, texts, static_cast<int>(i), where);
    const bool arg = result.reduce.op == "argmax" || result.reduce.op == "argmin";
    if (arg &&
        instruction.operands[result.operand].types != 1U << static_cast<int>(ElementType::Int32)) {
      throw UserError(where, "an index is int32, so the types of the operand must be \"int32\"");
    }
  }
  for (const Operand& operand : instruction.operands) {
    const auto is_it = [&](const Result& r) {
      return &instruction.operands[r.operand] == &operand;
    };
    if (operand.access != Access::Read &&
        std::none_of(instruction.results.begin(), instruction.results.end(), is_it)) {
      results.fail("\"" + operand.name + "\" is written but has no result");
    }
  }
}

void read_rules(const JsonEntry& entry, Instruction& instruction) {
  if (!entry.has("legal")) return;
  const JsonEntry legal = entry.child("legal");
  for (const auto& name : legal.keys()) {
    instruction.legal.push_back(
        compile_rule(instruction, name, legal.text(name), legal.where() + ": " + name));
  }
}

}  // namespace

Operation read_operation(const JsonEntry& entry, const std::string& name) {
  entry.only({"summary", "arity", "types", "functions", "sv_function", "latency_cycles", "sfu",
              "area_class", "special_values"});
  Operation operation;
  operation.name = name;
  operation.summary = entry.text("summary");
  operation.arity = static_cast<int>(entry.integer("arity", 1, 3));
  static const std::vector<std::string> kTypes = {"lane", "compare", "select", "to_fp32",
                                                  "to_int32"};
  operation.types = kTypes[index_of(entry, "types", entry.text("types"), kTypes, "typing")];
  const int arity = operation.types == "compare"  ? 2
                    : operation.types == "select" ? 3
                    : operation.types == "lane"   ? operation.arity
                                                  : 1;
  if (operation.arity != arity) {
    entry.fail("arity", "typing \"" + operation.types + "\" takes " + std::to_string(arity));
  }
  const JsonEntry functions = entry.child("functions");
  functions.only({"fp32", "int32"});
  for (const auto& lane : functions.keys()) operation.functions[lane] = functions.text(lane);
  if (operation.functions.empty()) functions.fail("must name at least one function");
  operation.sv_function = entry.text("sv_function");
  operation.latency = Cycles(entry.integer("latency_cycles", 1, 64));
  operation.sfu = entry.flag_or("sfu", false);
  operation.area_class = entry.text("area_class");
  operation.special_values = entry.text("special_values");
  return operation;
}

Instruction read_instruction(const JsonEntry& entry, const std::string& name,
                             const std::vector<Operation>& operations) {
  entry.only({"summary", "prose", "group", "unit", "match", "operands", "legal", "results", "exec",
              "timing", "latency_cycles"});
  Instruction instruction;
  instruction.name = name;
  const auto is_mnemonic = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  };
  if (name.empty() || name[0] < 'a' || !std::all_of(name.begin(), name.end(), is_mnemonic)) {
    entry.fail("a mnemonic is made of a-z, 0-9, \".\" and \"_\" and begins with a letter");
  }
  std::string identifier = name;
  std::replace(identifier.begin(), identifier.end(), '.', '_');
  if (cpp_identifier(name) != identifier) entry.fail("a mnemonic cannot be a keyword of C++");
  instruction.group = entry.text_or("group", "overlay");
  instruction.summary = entry.text("summary");
  instruction.prose = entry.text_or("prose", "");
  instruction.unit = static_cast<Unit>(
      index_of(entry, "unit", entry.text("unit"), names_of<Unit>(kUnits), "unit"));
  static const std::vector<std::string> kTimings = {
      "config", "sync",       "load",       "store", "move",      "matmul", "elementwise",
      "fill",   "row_reduce", "col_reduce", "scan",  "transpose", "gather", "gets"};
  instruction.timing =
      kTimings[index_of(entry, "timing", entry.text("timing"), kTimings, "timing class")];
  const JsonEntry operands = entry.child("operands");
  for (const auto& operand : operands.keys()) {
    if (!is_identifier(operand)) {
      operands.fail(operand, "a name is made of a-z, 0-9 and \"_\" and begins with a letter");
    }
    instruction.operands.push_back(read_operand(operands.child(operand), operand));
  }
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const JsonEntry operand = operands.child(instruction.operands[i].name);
    if (!operand.has("same_type_as")) continue;
    const std::string other = operand.text("same_type_as");
    const int index = instruction.find_operand(other);
    if (index < 0 || index == static_cast<int>(i) ||
        instruction.operands[index].kind != OperandKind::Tile ||
        instruction.operands[i].kind != OperandKind::Tile) {
      operand.fail("same_type_as", "\"" + other + "\" is no other tile operand");
    }
    instruction.operands[i].same_type_as = index;
  }
  read_encoding(entry, instruction);
  if (entry.has("results") == entry.has("exec")) {
    entry.fail("needs either results (expressions) or exec (built-in semantics)");
  }
  if (entry.has("results")) {
    if (instruction.unit != Unit::Vector && instruction.unit != Unit::Move) {
      entry.fail("results", "only the vector and the move unit evaluate expressions");
    }
    read_results(entry, operations, instruction);
    if (instruction.unit == Unit::Move && instruction.results.size() > 1) {
      entry.fail("results", "the move unit writes one result, the vector unit up to two");
    }
    instruction.domain = find_domain(instruction);
    if (instruction.domain < 0) {
      entry.fail("results",
                 "no operand gives the extents: a reduction needs a source without broadcast");
    }
  } else {
    instruction.exec = entry.text("exec");
  }
  if (entry.has("latency_cycles")) {
    instruction.stated_latency = Cycles(entry.integer("latency_cycles", 1, 1000));
  }
  read_rules(entry, instruction);
  return instruction;
}

void prove_types(const Isa& isa, const Instruction& instruction, const std::string& where) {
  const int count = static_cast<int>(instruction.operands.size());
  // One element type stands for its lane type, so two choices a tile are all there are.
  for (int choice = 0; choice < 1 << count && !instruction.results.empty(); ++choice) {
    std::vector<ElementType> types(instruction.operands.size(), ElementType::Fp32);
    std::string shown;
    bool allowed = true;
    for (int i = 0; i < count && allowed; ++i) {
      const Operand& operand = instruction.operands[i];
      const bool integer = choice >> i & 1;
      if (operand.kind != OperandKind::Tile) {
        allowed = !integer;
        continue;
      }
      allowed = false;
      for (int t = 0; t < kElementTypes && !allowed; ++t) {
        types[i] = static_cast<ElementType>(t);
        allowed = (operand.types >> t & 1) && is_float(types[i]) != integer;
      }
      if (operand.access == Access::Read && shown.find(operand.name) == std::string::npos) {
        shown += (shown.empty() ? "" : ", ") + operand.name + " " + std::string(name_of(types[i]));
      }
    }
    for (int i = 0; i < count && allowed; ++i) {
      const int other = instruction.operands[i].same_type_as;
      if (other >= 0) allowed = lane_of(types[i]) == lane_of(types[other]);
    }
    if (!allowed) continue;
    for (const Result& result : instruction.results) {
      const LaneProgram program = resolve_types(isa, instruction, result, types);
      const std::string at = where + ": results: " + instruction.operands[result.operand].name;
      if (!program.error.empty()) {
        throw UserError(at, program.error + (shown.empty() ? "" : " (with " + shown + ")"));
      }
      std::string op = result.reduce.op;
      if (op.rfind("arg", 0) == 0) op = op.substr(3);
      if (op.empty()) continue;
      const Operation* operation = isa.find_operation(op);
      const std::string lane(name_of(program.steps.back().lane));
      if (operation == nullptr || operation->functions.count(lane) == 0) {
        throw UserError(at, "reduction \"" + op + "\" has no " + lane + " form");
      }
    }
  }
  Instruction unstated = instruction;
  unstated.stated_latency = Cycles(0);
  const Cycles path = expression_latency(isa, unstated);
  if (instruction.stated_latency.count != 0 && instruction.stated_latency < path) {
    throw UserError(
        where + ": latency_cycles = " + std::to_string(instruction.stated_latency.count),
        "must be at least " + std::to_string(path.count) + ", the longest path of its expression");
  }
}

}  // namespace coldforge::isa
