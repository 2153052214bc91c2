#include <algorithm>

#include "kernels/eager/operands.h"
#include "kernels/eager/source.h"

/// Operators that move data: streams that copy from one access to another, and transposition.
namespace coldforge::kernels::eager {
namespace {

constexpr std::int64_t kTileSide = 64;

/// Copies `extents` elements.
Written copy(const Operands& operands, const Shape& extents, const Access& from, const Access& to) {
  Program program;
  program.extents = extents;
  program.reduced.assign(extents.size(), false);
  program.output(to, program.input(from));
  return stream_of(program, operands);
}

/// Adds the bodies of `more`, or its refusal.
void add(Written& to, const Written& more) {
  if (to.refusal.empty()) to.refusal = more.refusal;
  to.bodies.insert(to.bodies.end(), more.bodies.begin(), more.bodies.end());
}

Written concat(const Operands& operands) {
  const auto rank = static_cast<std::int64_t>(operands.out().shape.size());
  const auto axis = static_cast<std::size_t>(operands.axis(operands.node.integer("axis", 0), rank));
  Written written;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < operands.node.inputs.size(); ++i) {
    Access to = operands.dense(operands.node.outputs[0]);
    to.strides = row_major_strides(operands.out().shape);
    to.offset = at * to.strides[axis];
    const Shape& shape = operands.in(i).shape;
    at += shape[axis];
    if (element_count(shape) == 0) continue;
    add(written, copy(operands, shape, operands.dense(operands.node.inputs[i]), to));
  }
  return written;
}

Written split(const Operands& operands) {
  const auto rank = static_cast<std::int64_t>(operands.in(0).shape.size());
  const auto axis = static_cast<std::size_t>(operands.axis(operands.node.integer("axis", 0), rank));
  Written written;
  std::int64_t at = 0;
  for (const std::string& output : operands.node.outputs) {
    const Shape& shape = operands.graph.value(output).shape;
    Access from = operands.dense(operands.node.inputs[0]);
    from.strides = row_major_strides(operands.in(0).shape);
    from.offset = at * from.strides[axis];
    at += shape[axis];
    add(written, copy(operands, shape, from, operands.dense(output)));
  }
  return written;
}

Written slice(const Operands& operands) {
  const Shape& shape = operands.in(0).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto starts = operands.integers(1, {}), axes = operands.integers(3, {});
  const auto steps = operands.integers(4, {});
  if (!starts || !axes || !steps) return refused("an operand that has to be a constant is none");
  Access from = operands.dense(operands.node.inputs[0]);
  from.strides = row_major_strides(shape);
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto d = static_cast<std::size_t>(axes->empty() ? static_cast<std::int64_t>(i)
                                                          : operands.axis((*axes)[i], rank));
    const std::int64_t step = steps->empty() ? 1 : (*steps)[i];
    std::int64_t start = (*starts)[i] < 0 ? (*starts)[i] + shape[d] : (*starts)[i];
    start = std::clamp<std::int64_t>(start, 0, step < 0 ? shape[d] - 1 : shape[d]);
    from.offset += start * from.strides[d];
    from.strides[d] *= step;
  }
  return copy(operands, operands.out().shape, from, operands.dense(operands.node.outputs[0]));
}

/// The input inside, and one filled slab below and above it for each dimension.
Written pad(const Operands& operands) {
  const Shape& shape = operands.in(0).shape;
  const Shape& padded = operands.out().shape;
  const std::size_t rank = shape.size();
  const auto pads = operands.integers(1, operands.node.integers("pads", {}));
  if (!pads || operands.node.has_input(3)) {
    return refused("an operand that has to be a constant is none");
  }
  if (operands.node.text("mode", "constant") != "constant" ||
      *std::min_element(pads->begin(), pads->end()) < 0) {
    return refused("an attribute that is not supported");
  }
  double fill = 0;
  if (operands.node.has_input(2)) {
    const auto number = operands.number(operands.node.inputs[2]);
    if (!number) return refused("an operand that has to be a constant is none");
    fill = *number;
  }
  Access whole = operands.dense(operands.node.outputs[0]);
  whole.strides = row_major_strides(padded);
  Access inside = whole;
  for (std::size_t d = 0; d < rank; ++d) inside.offset += (*pads)[d] * whole.strides[d];
  Written written = copy(operands, shape, operands.dense(operands.node.inputs[0]), inside);

  Shape slab = padded;  // dimensions before d are already narrowed to the input's
  std::int64_t offset = 0;
  for (std::size_t d = 0; d < rank; ++d) {
    for (const bool above : {false, true}) {
      slab[d] = (*pads)[above ? d + rank : d];
      if (slab[d] == 0) continue;
      Program program;
      program.extents = slab;
      program.reduced.assign(rank, false);
      Access to = whole;
      to.offset = offset + (above ? (*pads)[d] + shape[d] : 0) * whole.strides[d];
      program.output(to, program.number(fill, lane_of(whole.type)));
      add(written, stream_of(program, operands));
    }
    slab[d] = shape[d];
    offset += (*pads)[d] * whole.strides[d];
  }
  return written;
}

const char* lane_type(ElementType type) { return is_float(type) ? "float" : "npu::i32"; }

/// Output dimensions that stay together, outermost first.
struct Turn {
  std::vector<std::int64_t> extents, from_strides, to_strides;
};

/// Swaps the innermost dimensions of input and output: square pieces, turned on chip, so that both
/// sides of DRAM see runs.
Written turned(const Operands& operands, const Access& from, const Access& to) {
  Turn turn;  // merged where both walk alike
  const Shape& shape = operands.out().shape;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    if (!turn.extents.empty() && turn.from_strides.back() == from.strides[d] * shape[d] &&
        turn.to_strides.back() == to.strides[d] * shape[d]) {
      turn.extents.back() *= shape[d];
      turn.from_strides.back() = from.strides[d];
      turn.to_strides.back() = to.strides[d];
      continue;
    }
    turn.extents.push_back(shape[d]);
    turn.from_strides.push_back(from.strides[d]);
    turn.to_strides.push_back(to.strides[d]);
  }
  const auto at = static_cast<std::size_t>(
      std::find(turn.from_strides.begin(), turn.from_strides.end(), 1) - turn.from_strides.begin());
  const std::size_t last = turn.extents.size() - 1;
  const std::string lane = lane_type(from.type);
  const std::int64_t rows = turn.extents[last], cols = turn.extents[at];
  const std::int64_t piece_rows = std::min(rows, kTileSide),
                     piece_cols = std::min(cols, 2 * kTileSide);
  const std::int64_t bytes = (piece_rows * piece_cols * 4 + 63) / 64 * 64;

  Source text;
  text.line("npu::Channel<Engine::Load, Engine::Vector, kLoaded, kLoadFree> loaded(4);");
  text.line("npu::Channel<Engine::Vector, Engine::Store, kReady, kStoreFree> ready(4);");
  text.line("npu::View<{}, 0> in({});", c_type_of(from.type), from.base);
  text.line("npu::View<{}, 1> out({});", c_type_of(to.type), to.base);
  text.line("npu::VecTile<{}, 0> x({}, {}, 0);", lane, piece_rows, piece_cols);
  text.line("npu::VecTile<{}, 1> y({}, {}, {});", lane, piece_cols, piece_rows, 4 * bytes);
  text.line("int buffer = 0;");
  std::string in_offset, out_offset;
  for (std::size_t d = 0; d <= last; ++d) {
    const std::int64_t step = d == at ? piece_cols : d == last ? piece_rows : 1;
    in_offset += fmt::format(" + i{} * {}", d, turn.from_strides[d]);
    out_offset += fmt::format(" + i{} * {}", d, turn.to_strides[d]);
    text.open(fmt::format("for (int i{0} = 0; i{0} < {1}; i{0} += {2})", d, turn.extents[d], step));
  }
  text.line("const int rows = npu::min({}, {} - i{}), cols = npu::min({}, {} - i{});", piece_rows,
            rows, last, piece_cols, cols, at);
  text.line("in.rebase({}{}).level(0, rows, {}).level(1, cols, 1);", from.base, in_offset,
            turn.from_strides[last]);
  text.line("out.rebase({}{}).level(0, cols, {}).level(1, rows, 1);", to.base, out_offset,
            turn.to_strides[at]);
  text.line("x.rebase(buffer * {0}).shape(rows, cols).stride(cols);", bytes);
  text.line("y.rebase({} + buffer * {}).shape(cols, rows).stride(rows);", 4 * bytes, bytes);
  text.line("buffer = (buffer + 1) & 3;");
  text.line("loaded.reserve();");
  text.line("npu::tload(x, in);");
  text.line("loaded.publish();");
  text.line("loaded.acquire();");
  text.line("ready.reserve();");
  text.line("npu::ttrans(y, x);");
  text.line("loaded.release();");
  text.line("ready.publish();");
  text.line("ready.acquire();");
  text.line("npu::tstore(out, y);");
  text.line("ready.release();");
  for (std::size_t d = 0; d <= last; ++d) text.close();
  text.line("finish<kLoadFree>(4);");
  text.line("finish<kStoreFree>(4);");
  Written written;
  written.bodies.push_back(
      {fmt::format("pieces of {} x {}, turned on chip, 4 buffers", piece_rows, piece_cols),
       text.str(), ""});
  return written;
}

Written transpose(const Operands& operands) {
  const auto rank = static_cast<std::int64_t>(operands.in(0).shape.size());
  std::vector<std::int64_t> order;
  for (std::int64_t d = rank; d-- > 0;) order.push_back(d);
  order = operands.node.integers("perm", order);
  const std::vector<std::int64_t> strides = row_major_strides(operands.in(0).shape);
  Access from = operands.dense(operands.node.inputs[0]);
  for (std::size_t d = 0; d < order.size(); ++d) {
    from.strides[d] = strides[static_cast<std::size_t>(order[d])];
  }
  Access to = operands.dense(operands.node.outputs[0]);
  to.strides = row_major_strides(operands.out().shape);
  // The last dimension that is longer than one decides whether runs stay runs.
  for (std::size_t d = order.size(); d-- > 0;) {
    if (operands.out().shape[d] == 1) continue;
    if (from.strides[d] != 1) return turned(operands, from, to);
    break;
  }
  return copy(operands, operands.out().shape, from, to);
}

}  // namespace

Written write_layout(const Operands& operands) {
  const std::string& op = operands.node.op_type;
  if (op == "Concat") return concat(operands);
  if (op == "Split") return split(operands);
  if (op == "Slice") return slice(operands);
  if (op == "Pad") return pad(operands);
  if (op == "Transpose") return transpose(operands);
  if (is_renaming(operands.graph, operands.node)) {
    // Into a graph output: the same elements in the same order.
    const Shape flat = {operands.out().size()};
    Access from = operands.dense(operands.node.inputs[0]),
           to = operands.dense(operands.node.outputs[0]);
    from.strides = to.strides = {1};
    return copy(operands, flat, from, to);
  }
  return {};
}

}  // namespace coldforge::kernels::eager
