#include "isa/sfu/sfu_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"
#include "sim/base/units.h"

namespace coldforge::isa {
namespace {

using Json = nlohmann::json;

constexpr const char* kBanner = "// Made by coldforge_emit_sfu from isa/sfu/sfu_tables.json.\n";

const Json& member(const std::string& where, const Json& object, const char* name) {
  if (!object.is_object()) throw UserError(where, "must be an object");
  const auto found = object.find(name);
  if (found == object.end()) throw UserError(where, fmt::format("\"{}\" is missing", name));
  return *found;
}

std::int64_t integer(const std::string& where, const Json& value, std::int64_t low,
                     std::int64_t high) {
  if (!value.is_number_integer() || (value.is_number_unsigned() && value > high) || value < low ||
      value > high) {
    throw UserError(where, fmt::format("must be an integer from {} to {}", low, high));
  }
  return value.get<std::int64_t>();
}

std::string text(const std::string& where, const Json& value) {
  if (!value.is_string()) throw UserError(where, "must be a string");
  auto result = value.get<std::string>();
  if (result.find('\n') != std::string::npos) throw UserError(where, "must be one line");
  return result;
}

void check_name(const std::string& where, const std::string& name) {
  const auto plain = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; };
  if (name.empty() || !std::islower(static_cast<unsigned char>(name[0])) ||
      !std::all_of(name.begin(), name.end(), plain)) {
    throw UserError(where, fmt::format("\"{}\" must be a lower_snake name", name));
  }
}

SfuTables::Table parse_table(const std::string& where, const std::string& name, const Json& entry,
                             std::int64_t segments) {
  SfuTables::Table table;
  table.name = name;
  table.summary = text(where + ".summary", member(where, entry, "summary"));
  table.first_row = static_cast<int>(
      integer(where + ".first_row", member(where, entry, "first_row"), 0, 1 << 20));
  const Json& rows = member(where, entry, "rows");
  if (!rows.is_array() || rows.empty() || static_cast<std::int64_t>(rows.size()) % segments != 0) {
    throw UserError(where + ".rows", fmt::format("must hold a multiple of {} rows", segments));
  }
  for (const Json& row : rows) {
    const std::string at = fmt::format("{}.rows[{}]", where, table.rows.size());
    if (!row.is_array() || row.size() != 4) throw UserError(at, "must hold four coefficients");
    SfuTables::Row coefficients{};
    for (std::size_t j = 0; j < 4; ++j) {
      coefficients[j] = static_cast<std::int32_t>(integer(at, row[j], INT32_MIN, INT32_MAX));
    }
    table.rows.push_back(coefficients);
  }
  return table;
}

/// "log2e_high" -> "Log2eHigh"
std::string camel(std::string_view name) {
  std::string result;
  bool start = true;
  for (const char c : name) {
    if (c == '_') {
      start = true;
      continue;
    }
    result += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = false;
  }
  return result;
}

std::string upper(std::string_view name) {
  std::string result(name);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

int SfuTables::row_count() const {
  return tables.empty() ? 0 : tables.back().first_row + static_cast<int>(tables.back().rows.size());
}

SfuTables parse_sfu_tables(std::string_view where_view, std::string_view json) {
  const std::string where(where_view);
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) throw UserError(where, "is not JSON");
  SfuTables result;
  result.source = text(where + ": source", member(where, root, "source"));
  const std::string segments_at = where + ": segments_per_piece";
  const std::int64_t segments =
      integer(segments_at, member(where, root, "segments_per_piece"), 1, 4096);
  if (!is_power_of_two(segments)) throw UserError(segments_at, "must be a power of two");

  for (const auto& [name, entry] : member(where, root, "constants").items()) {
    const std::string at = where + ": constants." + name;
    check_name(where + ": constants", name);
    const std::int64_t value = integer(at + ".value", member(at, entry, "value"), 0, UINT32_MAX);
    result.constants.push_back({name, text(at + ".summary", member(at, entry, "summary")),
                                static_cast<std::uint32_t>(value)});
  }
  for (const auto& [name, entry] : member(where, root, "tables").items()) {
    check_name(where + ": tables", name);
    result.tables.push_back(parse_table(where + ": tables." + name, name, entry, segments));
  }
  std::sort(result.tables.begin(), result.tables.end(),
            [](const auto& a, const auto& b) { return a.first_row < b.first_row; });
  int next = 0;
  for (const auto& table : result.tables) {
    if (table.first_row != next) {
      throw UserError(where + ": tables." + table.name + ".first_row",
                      fmt::format("must be {}, the row after the table before it", next));
    }
    next += static_cast<int>(table.rows.size());
  }
  return result;
}

std::string emit_sfu_header(const SfuTables& tables) {
  std::string out = kBanner;
  out += "#pragma once\n\n#include <cstdint>\n\nnamespace coldforge::isa::sfu {\n\n";
  for (const auto& constant : tables.constants) {
    out += fmt::format("/// {}\ninline constexpr std::uint32_t k{} = {}u;\n", constant.summary,
                       camel(constant.name), constant.value);
  }
  out += "\n";
  for (const auto& table : tables.tables) {
    out += fmt::format("/// First row: {}\ninline constexpr std::int32_t k{}Row = {};\n",
                       table.summary, camel(table.name), table.first_row);
  }
  out += fmt::format("\ninline constexpr int kRows = {};\n", tables.row_count());
  for (std::size_t j = 0; j < 4; ++j) {
    out += fmt::format("\nalignas(64) inline constexpr std::int32_t kC{}[kRows] = {{\n", j);
    for (const auto& table : tables.tables) {
      for (const auto& row : table.rows) out += fmt::format("    {},\n", row[j]);
    }
    out += "};\n";
  }
  out += "\n}  // namespace coldforge::isa::sfu\n";
  return out;
}

std::string emit_sfu_package(const SfuTables& tables) {
  std::string out = kBanner;
  out += "package cf_sfu_pkg;\n";
  for (const auto& constant : tables.constants) {
    out += fmt::format("  // {}\n  localparam logic [31:0] {} = 32'h{:08x};\n", constant.summary,
                       upper(constant.name), constant.value);
  }
  for (const auto& table : tables.tables) {
    out += fmt::format("  // First row: {}\n  localparam int unsigned {}_ROW = {};\n",
                       table.summary, upper(table.name), table.first_row);
  }
  CF_CHECK(tables.row_count() <= 512, "rows of the special functions have 9-bit numbers");
  out += fmt::format("  localparam int unsigned SFU_ROWS = {};\n", tables.row_count());
  for (std::size_t power = 0; power < 4; ++power) {
    out += fmt::format(
        "\n  // Coefficient {0} of a row.\n"
        "  function automatic logic [31:0] c{0}(input logic [8:0] row);\n"
        "    /*verilator no_inline_task*/\n    case (row)\n",
        power);
    int number = 0;
    for (const auto& table : tables.tables) {
      for (const auto& row : table.rows) {
        out += fmt::format("      9'd{}: c{} = 32'h{:08x};\n", number++, power,
                           static_cast<std::uint32_t>(row[power]));
      }
    }
    out += fmt::format("      default: c{} = 32'd0;\n    endcase\n  endfunction\n", power);
  }
  out += "endpackage\n";
  return out;
}

}  // namespace coldforge::isa
