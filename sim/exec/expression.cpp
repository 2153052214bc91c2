#include "sim/exec/expression.h"

#include <algorithm>

#include "isa/expression.h"
#include "sim/base/error.h"
#include "sim/exec/tile_access.h"

namespace coldforge::sim {
namespace {

/// Lanes that are evaluated at once: the values of an expression stay in the host's first-level
/// cache.
constexpr std::int64_t kBlock = 1024;

}  // namespace

Expression::Expression(const isa::Isa& isa, const isa::Instruction& instruction,
                       const std::vector<ElementType>& types, const std::string& where) {
  for (const isa::Result& result : instruction.results) {
    const isa::LaneProgram program = isa::resolve_types(isa, instruction, result, types);
    if (!program.error.empty()) throw UserError(where, program.error);
    std::vector<int> place;  // of each step of this result among steps_
    for (const isa::LaneStep& from : program.steps) {
      Step step;
      step.is_float = from.lane == ElementType::Fp32;
      if (from.kind == isa::ExprNode::Kind::Constant) {
        step.kind = Step::Kind::Lane;
        step.bits = from.bits;
      } else if (from.kind == isa::ExprNode::Kind::Operand) {
        const bool tile = instruction.operands[from.operand].kind == isa::OperandKind::Tile;
        step.kind = tile ? Step::Kind::Tile : Step::Kind::Register;
        step.operand = from.operand;
      } else if (from.function.empty()) {
        place.push_back(place[from.args[0]]);
        continue;
      } else {
        step.op = find_lane_op(from.function);
        if (step.op == nullptr) {
          throw UserError(where, "the lanes have no operation \"" + from.function + "\"");
        }
        const LaneType needs[3] = {step.op->a, step.op->b, step.op->c};
        for (std::size_t i = 0; i < from.args.size() && i < 3; ++i) {
          step.args[i] = place[from.args[i]];
          const LaneType is = steps_[step.args[i]].is_float ? LaneType::F32 : LaneType::I32;
          if (needs[i] != LaneType::Any && needs[i] != is) {
            throw UserError(where, "argument " + std::to_string(i + 1) + " of lane operation \"" +
                                       from.function + "\" is of the wrong lane type");
          }
        }
      }
      place.push_back(add(step));
    }
    outputs_.push_back(output(result, place.back(), where));
  }
  for (int i = 0; i < static_cast<int>(instruction.operands.size()); ++i) {
    if (instruction.operands[i].kind == isa::OperandKind::Tile) tiles_.push_back(i);
  }
}

int Expression::add(const Step& step) {
  const auto found = std::find(steps_.begin(), steps_.end(), step);
  if (found != steps_.end()) return static_cast<int>(found - steps_.begin());
  steps_.push_back(step);
  return static_cast<int>(steps_.size()) - 1;
}

Expression::Output Expression::output(const isa::Result& result, int step,
                                      const std::string& where) const {
  Output output;
  output.operand = result.operand;
  output.step = step;
  output.is_float = steps_[step].is_float;
  const isa::Result::Reduce& reduce = result.reduce;
  if (reduce.op.empty()) return output;
  const bool rows = reduce.axis == "rows";
  if (reduce.op == "argmax" || reduce.op == "argmin") {
    const bool max = reduce.op == "argmax";
    output.form = rows ? Form::ColumnArg : Form::RowArg;
    output.extreme = output.is_float ? (max ? Extreme::MaxF32 : Extreme::MinF32)
                                     : (max ? Extreme::MaxI32 : Extreme::MinI32);
    output.is_float = false;
    return output;
  }
  const std::string name = reduce.op + (output.is_float ? ".f32" : ".i32");
  const std::optional<ReduceOp> op = reduce_op_from(name);
  if (!op) throw UserError(where, "the lanes cannot reduce by \"" + name + "\"");
  if (reduce.scan && !rows) throw UserError(where, "a scan goes down the rows (axis \"rows\")");
  output.reduce = *op;
  output.reduce_op = find_lane_op(name);
  output.form = reduce.scan ? Form::Scan : (rows ? Form::ColumnReduce : Form::RowReduce);
  output.exclusive = reduce.exclusive;
  return output;
}

/// One execution: values of the steps for a block of lanes, and what reductions carry from block to
/// block.
class Expression::Run {
 public:
  Run(const Expression& expression, const Command& command, TileMemories& memories)
      : expression_(expression), command_(command), memories_(memories) {
    for (const int operand : expression.tiles_) {
      rows_ = std::max<std::int64_t>(rows_, command.tile[operand].rows);
      cols_ = std::max<std::int64_t>(cols_, command.tile[operand].cols);
    }
    flatten();
    block_ = std::min(kBlock, cols_);
    const auto steps = expression.steps_.size();
    values_.resize(steps);
    storage_.resize(steps * static_cast<std::size_t>(block_));
    prepare();
  }

  void run() {
    for (std::int64_t row = 0; row < rows_; ++row) {
      for (std::int64_t col = 0; col < cols_; col += block_) {
        const std::int64_t count = std::min(block_, cols_ - col);
        evaluate(row, col, count);
        for (std::size_t i = 0; i < expression_.outputs_.size(); ++i) put(i, row, col, count);
      }
    }
    finish();
  }

 private:
  /// A plain instruction on dense tiles of one shape is one long row.
  void flatten() {
    for (const Output& output : expression_.outputs_) {
      if (output.form != Form::Plain) return;
    }
    for (const int operand : expression_.tiles_) {
      const TileDesc& tile = command_.tile[operand];
      const bool dense = tile.rows == rows_ && tile.cols == cols_ && tile.col_stride == 1 &&
                         (tile.row_stride == cols_ || rows_ == 1);
      if (!dense && !(tile.rows == 1 && tile.cols == 1)) return;
    }
    cols_ *= rows_;
    rows_ = 1;
    is_flat_ = true;
  }

  std::uint32_t* storage(std::size_t step) {
    return storage_.data() + step * static_cast<std::size_t>(block_);
  }

  /// Constants, registers and single elements have their lanes once for all; carried values begin.
  void prepare() {
    for (std::size_t i = 0; i < expression_.steps_.size(); ++i) {
      const Step& step = expression_.steps_[i];
      std::uint32_t bits = step.bits;
      if (step.kind == Step::Kind::Op) continue;
      if (step.kind == Step::Kind::Register) bits = command_.x[step.operand];
      if (step.kind == Step::Kind::Tile) {
        const TileDesc& tile = command_.tile[step.operand];
        if (tile.rows != 1 || tile.cols != 1) continue;
        read_lanes(tile, memories_, 0, 0, 1, &bits);
      }
      std::fill_n(storage(i), block_, bits);
      values_[i] = storage(i);
    }
    carried_.resize(expression_.outputs_.size());
    for (std::size_t i = 0; i < carried_.size(); ++i) {
      const Output& output = expression_.outputs_[i];
      std::int64_t lanes = 0;
      if (output.form == Form::ColumnArg) lanes = rows_ * cols_;
      if (output.form == Form::RowReduce || output.form == Form::RowArg) lanes = cols_;
      if (output.form == Form::ColumnReduce || output.form == Form::Scan) lanes = cols_;
      const bool runs = output.form == Form::ColumnReduce || output.form == Form::Scan;
      carried_[i].assign(static_cast<std::size_t>(lanes), runs ? identity_of(output.reduce) : 0);
    }
  }

  void evaluate(std::int64_t row, std::int64_t col, std::int64_t count) {
    const auto n = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < expression_.steps_.size(); ++i) {
      const Step& step = expression_.steps_[i];
      if (step.kind == Step::Kind::Tile) {
        read(i, command_.tile[step.operand], row, col, count);
      } else if (step.kind == Step::Kind::Op) {
        const auto value = [&](int arg) { return arg < 0 ? nullptr : values_[arg]; };
        step.op->run(value(step.args[0]), value(step.args[1]), value(step.args[2]), storage(i), n);
        values_[i] = storage(i);
      }
    }
  }

  void read(std::size_t step, const TileDesc& tile, std::int64_t row, std::int64_t col,
            std::int64_t count) {
    if (tile.rows == 1 && tile.cols == 1) return;
    if (tile.rows == 1 && rows_ > 1) row = 0;
    if (tile.cols == 1 && cols_ > 1 && !is_flat_) {
      if (col > 0) return;  // the lanes of the row's first block serve them all
      std::uint32_t lane = 0;
      read_lanes(tile, memories_, row, 0, 1, &lane);
      std::fill_n(storage(step), block_, lane);
      values_[step] = storage(step);
    } else if (holds_lanes(tile) && expression_.outputs_.size() == 1) {
      // In place. With a second result, the first may overwrite what the second has still to read.
      values_[step] = reinterpret_cast<const std::uint32_t*>(element(tile, memories_, row, col));
    } else {
      read_lanes(tile, memories_, row, col, count, storage(step));
      values_[step] = storage(step);
    }
  }

  void put(std::size_t index, std::int64_t row, std::int64_t col, std::int64_t count) {
    const Output& output = expression_.outputs_[index];
    const TileDesc& tile = command_.tile[output.operand];
    const std::uint32_t* lanes = values_[output.step];
    std::uint32_t* carried = carried_[index].data();
    const auto n = static_cast<std::size_t>(count);
    switch (output.form) {
      case Form::Plain:
        write_lanes(tile, memories_, row, col, count, output.is_float, lanes);
        break;
      case Form::RowReduce:
      case Form::RowArg:
        put_row(output, row, col, count, lanes, carried);
        break;
      case Form::ColumnReduce:
        output.reduce_op->run(carried + col, lanes, nullptr, carried + col, n);
        break;
      case Form::ColumnArg:
        std::copy_n(lanes, n, carried + row * cols_ + col);
        break;
      case Form::Scan:
        next_.resize(n);
        output.reduce_op->run(carried + col, lanes, nullptr, next_.data(), n);
        write_lanes(tile, memories_, row, col, count, output.is_float,
                    output.exclusive ? carried + col : next_.data());
        std::copy_n(next_.data(), n, carried + col);
        break;
    }
  }

  void put_row(const Output& output, std::int64_t row, std::int64_t col, std::int64_t count,
               const std::uint32_t* lanes, std::uint32_t* carried) {
    if (count < cols_) {
      std::copy_n(lanes, static_cast<std::size_t>(count), carried + col);
      if (col + count < cols_) return;
      lanes = carried;
    }
    const auto n = static_cast<std::size_t>(cols_);
    const std::uint32_t lane = output.form == Form::RowReduce
                                   ? row_reduce(output.reduce, lanes, n)
                                   : static_cast<std::uint32_t>(row_arg(output.extreme, lanes, n));
    write_lanes(command_.tile[output.operand], memories_, row, 0, 1, output.is_float, &lane);
  }

  void finish() {
    for (std::size_t i = 0; i < carried_.size(); ++i) {
      const Output& output = expression_.outputs_[i];
      const TileDesc& tile = command_.tile[output.operand];
      if (output.form == Form::ColumnArg) {
        std::vector<std::int32_t> found(static_cast<std::size_t>(cols_));
        column_arg(output.extreme, carried_[i].data(), static_cast<std::size_t>(rows_),
                   static_cast<std::size_t>(cols_), cols_, found.data());
        write_lanes(tile, memories_, 0, 0, cols_, false,
                    reinterpret_cast<const std::uint32_t*>(found.data()));
      } else if (output.form == Form::ColumnReduce) {
        write_lanes(tile, memories_, 0, 0, cols_, output.is_float, carried_[i].data());
      }
    }
  }

  const Expression& expression_;
  const Command& command_;
  TileMemories& memories_;
  std::int64_t rows_ = 0, cols_ = 0, block_ = 0;
  bool is_flat_ = false;  ///< the tiles' rows are one: extent 1 is no broadcast then
  std::vector<const std::uint32_t*> values_;  ///< [step]: lanes of the block
  std::vector<std::uint32_t> storage_;
  std::vector<std::vector<std::uint32_t>> carried_;  ///< [output]
  std::vector<std::uint32_t> next_;
};

void Expression::execute(const Command& command, TileMemories& memories) const {
  Run(*this, command, memories).run();
}

}  // namespace coldforge::sim
