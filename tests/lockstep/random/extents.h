#pragma once

#include <array>
#include <utility>
#include <vector>

#include "isa/isa.h"

namespace coldforge::lockstep {

/// Which extents of an instruction's operands must be equal, from the shapes that its expression
/// implies and the equations among its rules. Extents are numbered 2 * operand (+ 1 for columns).
class Extents {
 public:
  explicit Extents(const isa::Instruction& instruction);

  /// Number of the class of an extent: equal ones share it. -1: it is 1.
  int rows(int operand) const { return find(2 * operand); }
  int cols(int operand) const { return find(2 * operand + 1); }
  /// Pairs of operands that have equally many elements.
  const std::vector<std::pair<int, int>>& equal_elems() const { return equal_elems_; }

 private:
  static constexpr int kOne = 8;
  int find(int extent) const;
  void unite(int a, int b);

  std::array<int, 9> parent_;
  std::vector<std::pair<int, int>> equal_elems_;
};

}  // namespace coldforge::lockstep
