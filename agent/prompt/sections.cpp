#include "agent/prompt/sections.h"

#include <fmt/format.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <sstream>

#include "isa/isa.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent::prompt {
namespace {

using nlohmann::ordered_json;

std::string memory_line(const char* name, const isa::TileMemoryArch& memory) {
  return fmt::format("- {}: {} bytes in {} banks of {}-byte lines (line i lies in bank i mod {})\n",
                     name, memory.size_bytes, memory.banks, memory.line_bytes, memory.banks);
}

/// The header without `namespace detail { ... }`, directives and the lines around its namespace.
std::string without_internals(const std::string& header) {
  std::istringstream lines(header);
  std::string result = "\n", line;
  int depth = 0;  // of namespace detail, counted in its own begin and end lines
  while (std::getline(lines, line)) {
    if (line == "namespace detail {") ++depth;
    const bool is_frame = line.rfind("namespace npu", 0) == 0 || line == "}  // namespace npu" ||
                          line.rfind('#', 0) == 0;
    const bool is_second_blank =
        line.empty() && (result.size() == 1 || result.compare(result.size() - 2, 2, "\n\n") == 0);
    if (depth == 0 && !is_frame && !is_second_blank) result += line + "\n";
    if (line == "}  // namespace detail") --depth;
  }
  CF_CHECK(depth == 0, "a header of the kernel library has an open namespace detail");
  return result;
}

/// The lines of "///" at a header's head, without that mark.
std::string head_comment(const std::string& header) {
  std::istringstream lines(header);
  std::string result, line;
  while (std::getline(lines, line)) {
    if (line.rfind("///", 0) == 0) {
      result += (line.size() > 4 ? line.substr(4) : "") + "\n";
    } else if (!result.empty()) {
      break;
    }
  }
  return result;
}

std::string joined(const ordered_json& list) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : "; ") + entry.get<std::string>();
  return text;
}

/// Types of an operand; a list of six and more is all that there are.
std::string types_words(const std::string& types) {
  constexpr int kAll = 6;
  int count = 1;
  for (const char c : types) count += c == '|' ? 1 : 0;
  return count >= kAll ? "any type" : types;
}

std::string operand_words(const std::string& name, const ordered_json& operand) {
  std::string words = name;
  const std::string access = operand.value("access", "read");
  if (operand.contains("memory")) words += " in " + operand.value("memory", "");
  if (operand.value("kind", "") == "view") words += " a view";
  if (operand.contains("same_type_as")) {
    words += ", type of " + operand.value("same_type_as", "");
  } else if (operand.contains("types")) {
    words += ", " + types_words(operand.value("types", ""));
  }
  if (operand.value("broadcast", false)) words += ", broadcasts";
  if (access == "read_write") words += ", read and written";
  if (operand.contains("summary")) words += " (" + operand.value("summary", "") + ")";
  return words;
}

/// Rules that follow from "broadcasts", "type of" and the rule about strides are said once.
bool is_said(const std::string& rule) {
  return rule.find("_stride") != std::string::npos || rule.find(".type ==") != std::string::npos ||
         rule.find(" == 1) && (") != std::string::npos;
}

std::string result_words(const std::string& name, const ordered_json& result) {
  std::string words = name + " = " + result.value("expr", "");
  if (result.contains("reduce")) {
    const ordered_json& reduce = result.at("reduce");
    words += fmt::format(", {} {} along {}{}", reduce.value("op", ""),
                         reduce.contains("scan") ? "scanned" : "reduced", reduce.value("axis", ""),
                         reduce.contains("exclusive") ? ", exclusive" : "");
  }
  return words;
}

}  // namespace

std::string machine_text(const isa::Arch& arch) {
  std::string text = fmt::format("The machine is called {}.\n\n", arch.name);
  text += "Tile memories:\n";
  text += memory_line("Vec", arch.vec) + memory_line("Left", arch.left) +
          memory_line("Right", arch.right) + memory_line("Acc", arch.acc);
  text += fmt::format(
      "\nEngines: load, store, move, matrix, vector, each in order behind a queue of {} "
      "instructions.\n"
      "- matrix: an array of {} x {} (k x n) multiply-accumulators\n"
      "- vector: {} lanes of 32 bits, {} special functions (exp, log, ...) a cycle\n"
      "- flags: {}, each counts 0 to 15\n"
      "- DRAM: a bus of {} bytes a beat, pages of {} bytes\n"
      "- scalar core: RV32IM, {} bytes for code, {} bytes for data and stack",
      arch.queue.depth, arch.matrix.rows, arch.matrix.cols, arch.vector.lanes,
      arch.vector.sfu_elems_per_cycle, arch.flags, arch.bus.beat_bytes, arch.dram.row_bytes,
      arch.scalar.itcm_bytes, arch.scalar.dtcm_bytes);
  return text;
}

std::string library_text() {
  const std::string folder = isa::share_dir() + "/kernels/lib/";
  std::string text = head_comment(read_file(folder + "npu.h")) + "\n```cpp\n";
  for (const char* name : {"types.h", "tile.h", "view.h", "sync.h"})
    text += without_internals(read_file(folder + "npu/" + name));
  return text + "```";
}

std::string api_name(const ContextItem& item) {
  const std::string& call = item.source;
  const std::size_t begin = call.find("::");
  const std::size_t end = call.find('(');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return call;
  return call.substr(begin + 2, end - begin - 2);
}

std::string api_text(const ContextItem& item) {
  const ordered_json content = ordered_json::parse(item.content, nullptr, false);
  if (!content.is_object()) return "- `" + item.source + "`\n";
  std::string text = fmt::format("- `{}` [{}] {}", item.source, content.value("unit", ""),
                                 content.value("summary", ""));
  if (content.contains("results")) {
    for (const auto& [name, result] : content.at("results").items())
      text += " " + result_words(name, result) + ".";
  }
  std::string operands;
  const ordered_json all = content.value("operands", ordered_json::object());
  for (const auto& [name, operand] : all.items())
    operands += (operands.empty() ? "" : "; ") + operand_words(name, operand);
  text += "\n  " + operands;
  ordered_json rules = ordered_json::array();
  if (content.contains("legal")) {
    for (const auto& [name, rule] : content.at("legal").items()) rules.push_back(rule);
  }
  if (content.contains("implied")) {
    for (const auto& rule : content.at("implied")) {
      if (!is_said(rule.get<std::string>())) rules.push_back(rule);
    }
  }
  if (!rules.empty()) text += ". Legal: " + joined(rules);
  return text + "\n";
}

bool calls(const std::string& code, const std::string& name) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (std::size_t at = code.find(name); at != std::string::npos; at = code.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_word(code[at - 1])) && (end == code.size() || !is_word(code[end])))
      return true;
  }
  return false;
}

std::string verdict_words(const ContextItem& item) {
  if (!item.feasible) return "failed at `" + item.failing_gate + "`";
  return fmt::format("correct, {} cycles, {:.0f} % of the bound, bottleneck {}", item.cycles,
                     100 * item.roofline_fraction, item.bottleneck);
}

std::string origin_words(const ContextItem& item, const std::string& own_pattern) {
  if (item.pattern == own_pattern) return "this task";
  std::string operators;
  const ordered_json pattern = ordered_json::parse(item.pattern, nullptr, false);
  if (pattern.is_object() && pattern.contains("nodes")) {
    for (const auto& node : pattern.at("nodes"))
      operators += (operators.empty() ? "" : ", ") + node.value("op", "");
  }
  return operators.empty() ? "another task" : "another task: " + operators;
}

std::string beginning_of(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::size_t end = text.rfind('\n', most);
  std::string cut = text.substr(0, end == std::string::npos || end == 0 ? most : end);
  // Not in the middle of a character of several bytes.
  while (!cut.empty() && (static_cast<unsigned char>(text[cut.size()]) & 0xC0) == 0x80)
    cut.pop_back();
  return cut + "\n[...]";
}

}  // namespace coldforge::agent::prompt
