#include <algorithm>

#include "kernels/eager/operands.h"
#include "kernels/eager/source.h"

/// MatMul and Gemm on the matrix engine: tiles of m, n and k, each double-buffered.
namespace coldforge::kernels::eager {
namespace {

std::int64_t up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A matrix in DRAM, as one operand of a product.
struct Matrix {
  std::string base;
  ElementType type = ElementType::Fp32;
  std::int64_t rows = 1, cols = 1;
  std::int64_t row_stride = 0, col_stride = 0;  ///< elements
  std::vector<std::int64_t> batch;              ///< strides
  /// The innermost elements in memory run down the rows: loaded the other way round, then turned.
  bool turned() const { return col_stride != 1 && row_stride == 1 && cols > 1; }
};

struct Product {
  std::vector<std::int64_t> batch;  ///< extents
  Matrix a, b, bias, out;
  bool has_bias = false;
};

struct Tiles {
  std::int64_t m = 16, n = 16, k = 16;
};

/// Cycles of the bus for `bytes` in runs of `run` bytes: short bursts wait for the latency.
double bus_cycles(double bytes, double run, const isa::Arch& arch) {
  const double latency = static_cast<double>(arch.dram.row_hit_cycles.count);
  const double by_latency = run * static_cast<double>(arch.bus.max_outstanding) / latency;
  return bytes / std::min(static_cast<double>(arch.dram.read_bytes_per_cycle), by_latency);
}

double run_bytes(const Matrix& matrix, std::int64_t rows, std::int64_t cols) {
  const std::int64_t inner = matrix.turned() ? rows : cols;
  const std::int64_t all = matrix.turned() ? matrix.rows : matrix.cols;
  const std::int64_t elements = inner == all ? rows * cols : inner;
  return static_cast<double>(elements * size_bytes(matrix.type));
}

/// The tiles that half of each memory holds and for which the slower of bus and array, by rule of
/// thumb, has least to do.
Tiles choose_tiles(const Product& p, const isa::Arch& arch) {
  const std::int64_t left = arch.left.size_bytes / 4, right = arch.right.size_bytes / 4;
  const std::int64_t acc = arch.acc.size_bytes / 8, side = arch.matrix.cols;
  const std::int64_t rows = p.a.rows, depth = p.a.cols, cols = p.b.cols;
  Tiles best;
  double least = 0;
  for (std::int64_t n = side; n <= 512; n *= 2) {
    for (std::int64_t k = side; k <= 1024; k *= 2) {
      Tiles t;
      t.n = std::min(n, cols);
      t.k = std::min(k, depth);
      if (up(t.n, side) * t.k > right) continue;
      t.m = std::min({rows, left / up(t.k, side), acc / up(t.n, side)});
      if (t.m < 1) continue;
      const double steps =
          static_cast<double>(ceil_div(rows, t.m) * ceil_div(cols, t.n) * ceil_div(depth, t.k));
      const double bus = bus_cycles(static_cast<double>(t.m * t.k * size_bytes(p.a.type)),
                                    run_bytes(p.a, t.m, t.k), arch) +
                         bus_cycles(static_cast<double>(t.k * t.n * size_bytes(p.b.type)),
                                    run_bytes(p.b, t.k, t.n), arch);
      const double array =
          static_cast<double>(ceil_div(t.k, arch.matrix.rows) * ceil_div(t.n, side) *
                              std::max(t.m, arch.matrix.rows)) +
          40;
      const double cycles = steps * std::max(bus, array);
      if (least == 0 || cycles < least) {
        least = cycles;
        best = t;
      }
    }
  }
  return best;
}

const char* array_type(ElementType type) {
  if (type == ElementType::Int8) return "npu::i8";
  return type == ElementType::Bf16 ? "npu::bf16" : "npu::f16";
}
const char* sum_type(ElementType type) { return type == ElementType::Int8 ? "npu::i32" : "float"; }

class ContractionWriter {
 public:
  ContractionWriter(const Product& product, const isa::Arch& arch)
      : p_(product), t_(choose_tiles(product, arch)), arch_(arch), type_(array_type(p_.a.type)) {}

  Body write() {
    if (out_address() + 2 * tile_bytes() > arch_.vec.size_bytes) {
      Body refusal;
      refusal.refusal = "the operands of a piece do not fit on chip";
      return refusal;
    }
    declare();
    loops();
    Body body;
    body.plan = fmt::format("tiles of {} x {} x {} (m, n, k), two of each", t_.m, t_.n, t_.k);
    if (p_.a.turned() || p_.b.turned()) body.plan += ", an operand turned on chip";
    body.statements = text_.str();
    return body;
  }

 private:
  struct Side {
    const Matrix& matrix;
    const char* name;  // "a"
    const char* tile;  // "LeftTile"
    std::int64_t rows, cols, row_stride, bytes;
    std::int64_t vec;  // where it is staged
    int reg;
  };

  Side left() const {
    const std::int64_t stride = up(t_.k, 16);
    return {p_.a, "a", "LeftTile", t_.m, t_.k, stride, arch_.left.size_bytes / 2, 0, 0};
  }
  Side right() const {
    const std::int64_t stride = up(t_.n, 16);
    return {
        p_.b, "b", "RightTile", t_.k, t_.n, stride, arch_.right.size_bytes / 2, 2 * staged_bytes(),
        2};
  }
  /// Of an operand that is turned: two buffers in Vec, as large as half of Left.
  std::int64_t staged_bytes() const {
    return std::max(arch_.left.size_bytes, arch_.right.size_bytes) / 2 + arch_.vec.line_bytes;
  }
  std::int64_t bias_address() const { return 4 * staged_bytes(); }
  std::int64_t tile_bytes() const { return up(t_.m * up(t_.n, 16) * 4, 64); }
  std::int64_t out_address() const { return bias_address() + 2 * tile_bytes(); }

  void channel(const std::string& from, const std::string& to, const std::string& name,
               const std::string& full, const std::string& free) {
    text_.line("npu::Channel<Engine::{}, Engine::{}, {}, {}> {}(2);", from, to, full, free, name);
    tail_ += fmt::format("  finish<{}>(2);\n", free);
  }
  void declare_side(const Side& side, const std::string& flag) {
    const bool turned = side.matrix.turned();
    const std::string name = side.name;
    channel(turned ? "Move" : "Load", "Matrix", name + "_ready", "k" + flag, "k" + flag + "Free");
    if (turned) {
      channel("Load", "Move", name + "_staged", "kStaged" + flag, "kStaged" + flag + "Free");
      text_.line("npu::VecTile<{}, {}> {}_rows({}, {}, {});", type_, side.reg + 1, name, side.cols,
                 side.rows, side.vec);
      text_.line("{}_rows.stride({});", name, up(side.rows, 16));
    }
    text_.line("npu::View<{}, {}> {}_view({});", c_type_of(side.matrix.type), side.reg, name,
               side.matrix.base);
    text_.line("npu::{}<{}, {}> {}({}, {}, 0);", side.tile, type_, side.reg, name, side.rows,
               side.cols);
    text_.line("{}.stride({});", name, side.row_stride);
  }

  void declare() {
    declare_side(left(), "Weights");
    declare_side(right(), "Operands");
    channel("Matrix", p_.has_bias ? "Move" : "Store", "summed", "kSummed", "kSumFree");
    text_.line("npu::AccTile<{}, 4> acc({}, {}, 0);", sum_type(p_.a.type), t_.m, t_.n);
    text_.line("acc.stride({});", up(t_.n, 16));
    text_.line("npu::View<{}, 4> out_view({});", c_type_of(p_.out.type), p_.out.base);
    if (!p_.has_bias) return;
    channel("Load", "Move", "bias_ready", "kLoaded", "kLoadFree");
    channel("Move", "Store", "out_ready", "kReady", "kStoreFree");
    text_.line("npu::View<{}, 5> bias_view({});", c_type_of(p_.bias.type), p_.bias.base);
    text_.line("npu::VecTile<float, 5> bias({}, {}, {});", bias_rows(""), bias_cols(""),
               bias_address());
    text_.line("npu::VecTile<float, 6> out({}, {}, {});", t_.m, t_.n, out_address());
    text_.line("out.stride({});", up(t_.n, 16));
  }
  std::string bias_rows(const std::string& size) const {
    return p_.bias.row_stride == 0 ? "1" : size.empty() ? std::to_string(t_.m) : size;
  }
  std::string bias_cols(const std::string& size) const {
    return p_.bias.col_stride == 0 ? "1" : size.empty() ? std::to_string(t_.n) : size;
  }

  std::string offset(const Matrix& matrix, const std::string& row, const std::string& col) const {
    std::string text;
    const auto term = [&](const std::string& index, std::int64_t stride) {
      if (stride == 0) return;
      text += stride == 1 ? " + " + index : fmt::format(" + {} * {}", index, stride);
    };
    for (std::size_t d = 0; d < p_.batch.size(); ++d)
      term(fmt::format("batch{}", d), matrix.batch[d]);
    term(row, matrix.row_stride);
    term(col, matrix.col_stride);
    return text;
  }

  /// Brings one tile of an operand into its memory.
  void fetch(const Side& side, const std::string& row, const std::string& rows,
             const std::string& col, const std::string& cols) {
    const std::string name = side.name;
    const std::string at = side.matrix.base + offset(side.matrix, row, col);
    text_.line("{}.rebase(turn * {}).shape({}, {});", name, side.bytes, rows, cols);
    if (side.matrix.turned()) {
      text_.line("{0}_view.rebase({1}).level(0, {2}, {3}).level(1, {4}, 1);", name, at, cols,
                 side.matrix.col_stride, rows);
      text_.line("{}_rows.rebase({} + turn * {}).shape({}, {});", name, side.vec, staged_bytes(),
                 cols, rows);
      text_.line("{}_staged.reserve();", name);
      text_.line("npu::tload({0}_rows, {0}_view);", name);
      text_.line("{}_staged.publish();", name);
      text_.line("{}_staged.acquire();", name);
      text_.line("{}_ready.reserve();", name);
      text_.line("npu::tmov_t({0}, {0}_rows);", name);
      text_.line("{}_staged.release();", name);
    } else {
      text_.line("{0}_view.rebase({1}).level(0, {2}, {3}).level(1, {4}, {5});", name, at, rows,
                 side.matrix.row_stride, cols,
                 side.matrix.col_stride == 0 ? 1 : side.matrix.col_stride);
      text_.line("{}_ready.reserve();", name);
      text_.line("npu::tload({0}, {0}_view);", name);
    }
    text_.line("{}_ready.publish();", name);
  }

  int open_tiles(const std::string& index, const std::string& size, std::int64_t extent,
                 std::int64_t tile) {
    text_.open(fmt::format("for (int {0} = 0; {0} < {1}; {0} += {2})", index, extent, tile));
    text_.line("const int {} = npu::min({}, {} - {});", size, tile, extent, index);
    return 1;
  }

  void loops() {
    text_.line("int turn = 0, out_turn = 0;");
    int opened = 0;
    for (std::size_t d = 0; d < p_.batch.size(); ++d, ++opened) {
      text_.open(fmt::format("for (int batch{0} = 0; batch{0} < {1}; ++batch{0})", d, p_.batch[d]));
    }
    opened += open_tiles("n", "cols", p_.b.cols, t_.n);
    opened += open_tiles("m", "rows", p_.a.rows, t_.m);
    text_.line("acc.rebase(out_turn * {}).shape(rows, cols);", arch_.acc.size_bytes / 2);
    open_tiles("k", "depth", p_.a.cols, t_.k);
    fetch(left(), "m", "rows", "k", "depth");
    fetch(right(), "k", "depth", "n", "cols");
    text_.line("turn ^= 1;");
    text_.line("a_ready.acquire();");
    text_.line("b_ready.acquire();");
    text_.open("if (k == 0)");
    text_.line("summed.reserve();");
    text_.line("npu::tmatmul(acc, a, b);");
    text_.dedent();
    text_.open("} else");
    text_.line("npu::tmatmul_acc(acc, a, b);");
    text_.close();
    text_.line("a_ready.release();");
    text_.line("b_ready.release();");
    text_.close();
    text_.line("summed.publish();");
    text_.line("out_view.rebase({}{}).level(0, rows, {}).level(1, cols, {});", p_.out.base,
               offset(p_.out, "m", "n"), p_.out.row_stride,
               std::max<std::int64_t>(1, p_.out.col_stride));
    if (p_.has_bias) {
      biased_store();
    } else {
      text_.line("summed.acquire();");
      text_.line("npu::tstore(out_view, acc);");
      text_.line("summed.release();");
    }
    text_.line("out_turn ^= 1;");
    while (opened-- > 0) text_.close();
    text_.append(tail_);
  }

  void biased_store() {
    text_.line("bias_view.rebase({}{}).level(0, {}, {}).level(1, {}, {});", p_.bias.base,
               offset(p_.bias, "m", "n"), bias_rows("rows"), p_.bias.row_stride, bias_cols("cols"),
               p_.bias.col_stride);
    text_.line("bias.rebase({} + out_turn * {}).shape({}, {});", bias_address(), tile_bytes(),
               bias_rows("rows"), bias_cols("cols"));
    text_.line("out.rebase({} + out_turn * {}).shape(rows, cols);", out_address(), tile_bytes());
    text_.line("bias_ready.reserve();");
    text_.line("npu::tload(bias, bias_view);");
    text_.line("bias_ready.publish();");
    text_.line("bias_ready.acquire();");
    text_.line("summed.acquire();");
    text_.line("out_ready.reserve();");
    text_.line("npu::tmov_bias(out, acc, bias);");
    text_.line("bias_ready.release();");
    text_.line("summed.release();");
    text_.line("out_ready.publish();");
    text_.line("out_ready.acquire();");
    text_.line("npu::tstore(out_view, out);");
    text_.line("out_ready.release();");
  }

  const Product& p_;
  const Tiles t_;
  const isa::Arch& arch_;
  const std::string type_;
  Source text_;
  std::string tail_;
};

Matrix matrix_of(const Stored& at, std::int64_t rows, std::int64_t cols, bool transposed) {
  Matrix matrix;
  matrix.base = at.base;
  matrix.type = at.type;
  matrix.rows = rows;
  matrix.cols = cols;
  matrix.row_stride = transposed ? 1 : cols;
  matrix.col_stride = transposed ? rows : 1;
  return matrix;
}

/// Folds batches of `a` into its rows where `b` is the same for all of them.
void fold_batches(Product& p) {
  while (!p.batch.empty() && p.b.batch.back() == 0 && !p.a.turned() &&
         p.a.batch.back() == p.a.rows * p.a.row_stride &&
         p.out.batch.back() == p.out.rows * p.out.row_stride) {
    for (Matrix* matrix : {&p.a, &p.out}) matrix->rows *= p.batch.back();
    for (Matrix* matrix : {&p.a, &p.b, &p.out}) matrix->batch.pop_back();
    p.batch.pop_back();
  }
}

Written written_product(const Product& product, const isa::Arch& arch) {
  const Body body = ContractionWriter(product, arch).write();
  if (!body.refusal.empty()) return refused(body.refusal);
  Written written;
  written.bodies.push_back(body);
  return written;
}

}  // namespace

Written write_matmul(const Operands& operands, std::size_t a_input, std::size_t b_input,
                     const Stored& a_at, const Stored& b_at, const Stored& out_at) {
  Shape a = operands.in(a_input).shape, b = operands.in(b_input).shape;
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t rows = a[a.size() - 2], depth = a.back(), cols = b.back();
  Product p;
  p.a = matrix_of(a_at, rows, depth, false);
  p.b = matrix_of(b_at, depth, cols, false);
  p.out = matrix_of(out_at, rows, cols, false);
  const std::size_t rank = std::max(a.size(), b.size()) - 2;
  const auto strides = [&](const Shape& shape) {
    std::vector<std::int64_t> result(rank, 0);
    const std::vector<std::int64_t> all = row_major_strides(shape);
    for (std::size_t d = 0; d + 2 < shape.size(); ++d) {
      if (shape[d] != 1) result[rank - (shape.size() - 2) + d] = all[d];
    }
    return result;
  };
  Shape out(rank, 1);
  for (const Shape* shape : {&a, &b}) {
    for (std::size_t d = 0; d + 2 < shape->size(); ++d) {
      auto& extent = out[rank - (shape->size() - 2) + d];
      extent = std::max(extent, (*shape)[d]);
    }
  }
  p.batch = out;
  p.a.batch = strides(a);
  p.b.batch = strides(b);
  out.push_back(rows);
  out.push_back(cols);
  p.out.batch = strides(out);
  fold_batches(p);
  return written_product(p, operands.arch);
}

namespace {

Stored stored(const Operands& operands, const std::string& name) {
  return {operands.place(name), operands.graph.value(name).type};
}

Written gemm(const Operands& operands) {
  const Node& node = operands.node;
  if (node.number("alpha", 1) != 1 || node.number("beta", 1) != 1) {
    return refused("an attribute that is not supported");
  }
  const bool turn_a = node.integer("transA", 0) != 0, turn_b = node.integer("transB", 0) != 0;
  const Shape& a = operands.in(0).shape;
  const std::int64_t rows = a[turn_a ? 1 : 0], depth = a[turn_a ? 0 : 1];
  const std::int64_t cols = operands.out().shape[1];
  Product p;
  p.a = matrix_of(stored(operands, node.inputs[0]), rows, depth, turn_a);
  p.b = matrix_of(stored(operands, node.inputs[1]), depth, cols, turn_b);
  p.out = matrix_of(stored(operands, node.outputs[0]), rows, cols, false);
  p.has_bias = node.has_input(2);
  if (p.has_bias) {
    const Access bias = operands.broadcast(node.inputs[2], operands.out().shape);
    p.bias = matrix_of(stored(operands, node.inputs[2]), rows, cols, false);
    p.bias.row_stride = bias.strides[0];
    p.bias.col_stride = bias.strides[1];
  }
  return written_product(p, operands.arch);
}

}  // namespace

Written write_contraction(const Operands& operands) {
  const std::string& op = operands.node.op_type;
  if (op != "MatMul" && op != "Gemm") return {};
  if (!is_float(operands.in(0).type)) return refused("an element type that is not supported");
  if (op == "Gemm") return gemm(operands);
  const Node& node = operands.node;
  return write_matmul(operands, 0, 1, stored(operands, node.inputs[0]),
                      stored(operands, node.inputs[1]), stored(operands, node.outputs[0]));
}

}  // namespace coldforge::kernels::eager
