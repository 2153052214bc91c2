#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coldforge::isa {

/// What isa/sfu/sfu_tables.json holds: the coefficients of the special-function unit's cubics.
///
/// Row: c0..c3, signed 32 bits, of y(d) = c0 2^-30 + c1 2^-31 d + c2 2^-32 d^2 + c3 2^-33 d^3 over
/// one segment, d = 0..1. All tables stand one after the other in one ROM; sim/exec/numerics/sfu.h
/// says how it is read.
struct SfuTables {
  using Row = std::array<std::int32_t, 4>;
  struct Table {
    std::string name;  ///< lower_snake
    std::string summary;
    int first_row = 0;  ///< of this table in the ROM
    std::vector<Row> rows;
  };
  struct Constant {
    std::string name;  ///< lower_snake
    std::string summary;
    std::uint32_t value = 0;
  };
  std::string source;
  std::vector<Table> tables;        ///< in ROM order
  std::vector<Constant> constants;  ///< in order of name

  int row_count() const;
};

/// Reads and checks the JSON text: every name lower_snake, rows of four 32-bit integers, a power of
/// two segments per piece, whole pieces, and tables that follow each other without a gap. Throws
/// UserError(where, ...) otherwise.
SfuTables parse_sfu_tables(std::string_view where, std::string_view json);

/// The C++ header: coefficient j of row r at kC<j>[r] (what the host's gathers want), first rows
/// and constants.
std::string emit_sfu_header(const SfuTables& tables);

/// The SystemVerilog package cf_sfu_pkg: the ROM as one flat vector, row r at [128 r +: 128] with
/// c0 lowest.
std::string emit_sfu_package(const SfuTables& tables);

}  // namespace coldforge::isa
