#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/exec/command.h"
#include "sim/exec/numerics/lane_ops.h"
#include "sim/exec/numerics/reduce.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// All results of one instruction for one choice of element types, as lane operations over blocks
/// of a row.
class Expression {
 public:
  /// Throws UserError(where, ...) for an operation or reduction that the lanes do not have.
  Expression(const isa::Isa& isa, const isa::Instruction& instruction,
             const std::vector<ElementType>& types, const std::string& where);

  void execute(const Command& command, TileMemories& memories) const;

 private:
  struct Step {
    enum class Kind : std::uint8_t { Tile, Lane, Register, Op } kind = Kind::Op;
    int operand = -1;        ///< Tile, Register
    std::uint32_t bits = 0;  ///< Lane
    const LaneOp* op = nullptr;
    int args[3] = {-1, -1, -1};
    bool is_float = false;
    friend bool operator==(const Step& a, const Step& b) {
      return a.kind == b.kind && a.operand == b.operand && a.bits == b.bits && a.op == b.op &&
             a.args[0] == b.args[0] && a.args[1] == b.args[1] && a.args[2] == b.args[2] &&
             a.is_float == b.is_float;
    }
  };
  enum class Form : std::uint8_t { Plain, RowReduce, RowArg, ColumnReduce, ColumnArg, Scan };
  struct Output {
    int operand = -1;
    int step = -1;
    Form form = Form::Plain;
    bool exclusive = false;
    bool is_float = false;  ///< of the lanes that are written
    ReduceOp reduce = ReduceOp::AddF32;
    const LaneOp* reduce_op = nullptr;
    Extreme extreme = Extreme::MaxF32;
  };
  class Run;

  int add(const Step& step);
  Output output(const isa::Result& result, int step, const std::string& where) const;

  std::vector<Step> steps_;  ///< in evaluation order; equal ones once
  std::vector<Output> outputs_;
  std::vector<int> tiles_;  ///< tile operands that are read or written
};

}  // namespace coldforge::sim
