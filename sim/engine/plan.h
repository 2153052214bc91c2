#pragma once

#include <cstdint>
#include <vector>

#include "isa/isa.h"

namespace coldforge::sim {

/// What the timing of an instruction of the vector or move engine needs to know of its description,
/// looked up once for an instruction set and machine.
struct Plan {
  enum class Shape : std::uint8_t {
    Rows,  ///< beats of the iteration space, row by row: elementwise, row reduce, fill, plain moves
    Columns,    ///< for each group of lanes columns, rows ascending: column reduce, scan
    Transpose,  ///< blocks of lanes x lanes
    Gather,     ///< index, then one element a cycle
    View,       ///< elements of a tile memory in the order of a view
    Get,        ///< one element to the scalar core
  };
  enum class Role : std::uint8_t { Work, SetFlag, WaitFlag };
  /// When a result is written.
  enum class Write : std::uint8_t { EachBeat, RowEnd, ColumnEnd };

  Role role = Role::Work;
  Shape shape = Shape::Rows;
  std::int64_t latency =
      0;  ///< L: last fetch cycle of a beat to its first write; of a move without conversion
  std::int64_t sfu_cycles = 0;       ///< least cycles of a beat
  std::int64_t lane_operations = 1;  ///< operations on an element, at least 1; for statistics
  std::vector<int> sources;          ///< tile operands that are read
  std::vector<int> results;          ///< tile operands that are written
  std::vector<Write> writes;         ///< by result
};

/// Merge of the partial sums and five levels of the tree that ends a row reduction, a cycle each.
inline constexpr std::int64_t kRowReduceCycles = 6;
/// Reading the bank and writing it.
inline constexpr std::int64_t kPipeCycles = 2;

class Plans {
 public:
  Plans(const isa::Isa& isa, const isa::Arch& arch);
  const Plan& operator[](const isa::Instruction& instruction) const {
    return plans_[static_cast<std::size_t>(instruction.id)];
  }

 private:
  std::vector<Plan> plans_;
};

}  // namespace coldforge::sim
