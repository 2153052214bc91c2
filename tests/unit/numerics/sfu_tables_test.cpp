#include "isa/sfu/sfu_tables.h"

#include <catch2/catch.hpp>
#include <string>

#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::isa {
namespace {

const std::string kSmall = R"({
  "source": "test", "segments_per_piece": 2,
  "constants": {"log2e_high": {"summary": "a number", "value": 4294967295}},
  "tables": {
    "exp2": {"summary": "first", "first_row": 0, "rows": [[1, -2, 3, -4], [5, 6, 7, 8]]},
    "erf": {"summary": "second", "first_row": 2, "rows": [[9, 10, 11, 12], [13, 14, 15, -2147483648]]}}})";

std::string error_of(std::string json, const std::string& from, const std::string& to) {
  if (!from.empty()) json.replace(json.find(from), from.size(), to);
  try {
    parse_sfu_tables("t.json", json);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("special-function tables are emitted as a C++ header in ROM order", "[isa][sfu]") {
  CHECK(emit_sfu_header(parse_sfu_tables("t.json", kSmall)) ==
        R"(// Made by coldforge_emit_sfu from isa/sfu/sfu_tables.json.
#pragma once

#include <cstdint>

namespace coldforge::isa::sfu {

/// a number
inline constexpr std::uint32_t kLog2eHigh = 4294967295u;

/// First row: first
inline constexpr std::int32_t kExp2Row = 0;
/// First row: second
inline constexpr std::int32_t kErfRow = 2;

inline constexpr int kRows = 4;

alignas(64) inline constexpr std::int32_t kC0[kRows] = {
    1,
    5,
    9,
    13,
};

alignas(64) inline constexpr std::int32_t kC1[kRows] = {
    -2,
    6,
    10,
    14,
};

alignas(64) inline constexpr std::int32_t kC2[kRows] = {
    3,
    7,
    11,
    15,
};

alignas(64) inline constexpr std::int32_t kC3[kRows] = {
    -4,
    8,
    12,
    -2147483648,
};

}  // namespace coldforge::isa::sfu
)");
}

TEST_CASE("special-function tables are emitted as a SystemVerilog package", "[isa][sfu]") {
  CHECK(emit_sfu_package(parse_sfu_tables("t.json", kSmall)) ==
        R"(// Made by coldforge_emit_sfu from isa/sfu/sfu_tables.json.
package cf_sfu_pkg;
  // a number
  localparam logic [31:0] LOG2E_HIGH = 32'hffffffff;
  // First row: first
  localparam int unsigned EXP2_ROW = 0;
  // First row: second
  localparam int unsigned ERF_ROW = 2;
  localparam int unsigned SFU_ROWS = 4;

  // Coefficient 0 of a row.
  function automatic logic [31:0] c0(input logic [8:0] row);
    /*verilator no_inline_task*/
    case (row)
      9'd0: c0 = 32'h00000001;
      9'd1: c0 = 32'h00000005;
      9'd2: c0 = 32'h00000009;
      9'd3: c0 = 32'h0000000d;
      default: c0 = 32'd0;
    endcase
  endfunction

  // Coefficient 1 of a row.
  function automatic logic [31:0] c1(input logic [8:0] row);
    /*verilator no_inline_task*/
    case (row)
      9'd0: c1 = 32'hfffffffe;
      9'd1: c1 = 32'h00000006;
      9'd2: c1 = 32'h0000000a;
      9'd3: c1 = 32'h0000000e;
      default: c1 = 32'd0;
    endcase
  endfunction

  // Coefficient 2 of a row.
  function automatic logic [31:0] c2(input logic [8:0] row);
    /*verilator no_inline_task*/
    case (row)
      9'd0: c2 = 32'h00000003;
      9'd1: c2 = 32'h00000007;
      9'd2: c2 = 32'h0000000b;
      9'd3: c2 = 32'h0000000f;
      default: c2 = 32'd0;
    endcase
  endfunction

  // Coefficient 3 of a row.
  function automatic logic [31:0] c3(input logic [8:0] row);
    /*verilator no_inline_task*/
    case (row)
      9'd0: c3 = 32'hfffffffc;
      9'd1: c3 = 32'h00000008;
      9'd2: c3 = 32'h0000000c;
      9'd3: c3 = 32'h80000000;
      default: c3 = 32'd0;
    endcase
  endfunction
endpackage
)");
}

TEST_CASE("bad special-function tables are refused with one line", "[isa][sfu]") {
  CHECK(error_of(kSmall, "", "") == "no error");
  CHECK(error_of("{", "", "") == "t.json: is not JSON");
  CHECK(error_of("[]", "", "") == "t.json: must be an object");
  CHECK(error_of(kSmall, R"("source")", R"("sauce")") == "t.json: \"source\" is missing");
  CHECK(error_of(kSmall, "\"segments_per_piece\": 2", "\"segments_per_piece\": 3") ==
        "t.json: segments_per_piece: must be a power of two");
  CHECK(error_of(kSmall, "4294967295", "4294967296") ==
        "t.json: constants.log2e_high.value: must be an integer from 0 to 4294967295");
  CHECK(error_of(kSmall, "\"erf\"", "\"Erf\"") ==
        "t.json: tables: \"Erf\" must be a lower_snake name");
  CHECK(error_of(kSmall, "[5, 6, 7, 8]", "[5, 6, 7]") ==
        "t.json: tables.exp2.rows[1]: must hold four coefficients");
  CHECK(error_of(kSmall, "[5, 6, 7, 8]", "[5, 6, 7.5, 8]") ==
        "t.json: tables.exp2.rows[1]: must be an integer from -2147483648 to 2147483647");
  CHECK(error_of(kSmall, ", [5, 6, 7, 8]", "") ==
        "t.json: tables.exp2.rows: must hold a multiple of 2 rows");
  CHECK(error_of(kSmall, "\"first_row\": 2", "\"first_row\": 3") ==
        "t.json: tables.erf.first_row: must be 2, the row after the table before it");
}

TEST_CASE("the special-function unit's own tables hold 384 rows", "[isa][sfu]") {
  const std::string path = std::string(COLDFORGE_SOURCE_DIR) + "/isa/sfu/sfu_tables.json";
  const SfuTables tables = parse_sfu_tables(path, read_file(path));
  CHECK(tables.row_count() == 384);
  CHECK(tables.tables[0].name == "exp2");
  CHECK(tables.tables[0].rows[0][0] == 1 << 30);  // exp(0) = 1
}

}  // namespace
}  // namespace coldforge::isa
