#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace coldforge::kernels {

/// Which line of kernel.cpp each instruction comes from (DWARF version 4 and 5 line programs,
/// section .debug_line).
///
/// Library functions have no entries of their own, so that an instruction is charged to the line of
/// the kernel that asked for it. Addresses outside the kernel (start-up code, memcpy) have line 0.
class LineTable {
 public:
  LineTable() = default;
  /// Reads a linked program; a broken or missing table gives an empty one (every line is 0).
  explicit LineTable(std::string_view program);

  int line_of(std::uint32_t pc) const;  ///< from 1; 0 = not known
  bool empty() const { return rows_.empty(); }

 private:
  struct Row {
    std::uint32_t address = 0;
    int line = 0;  ///< 0 ends a sequence or is another file's
  };
  void read_unit(std::string_view unit, bool dwarf5, std::string_view strings,
                 std::string_view line_strings);
  std::vector<Row> rows_;  ///< by address
};

}  // namespace coldforge::kernels
