#pragma once

#include <cstdint>
#include <vector>

#include "isa/arch.h"
#include "kernels/eager/program.h"

namespace coldforge::kernels::eager {

/// How a program's iteration space is cut into pieces, and where in Vec everything lies.
struct StreamLayout {
  enum class Role { Loop, Row, Col };
  struct Dim {
    std::int64_t extent = 1;
    std::int64_t chunk = 1;  ///< iterations in a piece
    Role role = Role::Loop;
    bool reduced = false;
    bool looped() const { return chunk < extent; }
    bool tailed() const { return extent % chunk != 0; }
  };
  struct Vary {
    bool rows = false, cols = false;
    bool operator==(const Vary& o) const { return rows == o.rows && cols == o.cols; }
  };

  Program program;        ///< dimensions merged where all accesses allow it
  std::vector<Dim> dims;  ///< of that program, outermost first
  bool reduces_rows = false, reduces_cols = false;
  bool streamed = false;  ///< the reduced dimensions do not fit: one pass a level
  std::int64_t rows = 1, cols = 1;
  std::int64_t buffers = 2;

  std::vector<Vary> vary;                    ///< of each value
  std::vector<bool> resident;                ///< of each input: loaded once as a whole
  std::vector<int> level;                    ///< of each value: reductions below it
  std::vector<bool> is_stat;                 ///< of each value: made of reductions and numbers only
  std::vector<int> slot_of;                  ///< of each value: byte address, -1 for numbers
  std::vector<std::int64_t> output_address;  ///< of each output
  std::int64_t scratch_address =
      0;                         ///< two pieces for a scan along columns; a piece's part of a sum
  bool levels_exceeded = false;  ///< more loops in a piece than a view has
  std::int64_t bytes = 0;

  std::int64_t elements(Vary v) const { return (v.rows ? rows : 1) * (v.cols ? cols : 1); }
  /// Bytes between two buffers of something that varies so.
  std::int64_t buffer_bytes(Vary v) const;
  /// Value `v` is written straight into the buffer of this output; -1: not.
  int output_of(int v) const;
};

/// Why a program cannot be laid out; empty if it can.
std::string lay_out(const Program& program, const isa::Arch& arch, StreamLayout& layout);

}  // namespace coldforge::kernels::eager
