#pragma once

#include <cstdint>
#include <string>

#include "isa/arch.h"
#include "sim/exec/command.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::sim {

/// Number of elements that a view enumerates, at most 2^62.
std::int64_t elements_of(const ViewDesc& view);

/// Every rule that an instruction's operands must keep at issue: memories, element types, extents,
/// alignment, bounds of the tile memories, broadcast shapes, and the rules of its description. The
/// same for both backends.
///
/// Returns an empty string, or what is wrong, without the instruction:
/// "rule inner: a.cols == b.rows fails with a.cols = 16, b.rows = 8".
class IssueCheck {
 public:
  explicit IssueCheck(const isa::Arch& arch);
  std::string problem(const TilePlan& plan, const Command& command) const;

 private:
  std::string tile_problem(const TilePlan& plan, const Command& command, int operand) const;
  std::string view_problem(const TilePlan& plan, const Command& command, int operand) const;
  std::string shape_problem(const isa::Instruction& instruction, const Command& command) const;
  std::string rule_problem(const isa::Instruction& instruction, const Command& command) const;

  std::int64_t memory_bytes_[isa::kMemories];
  std::int64_t flags_;
};

}  // namespace coldforge::sim
