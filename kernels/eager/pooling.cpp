#include <algorithm>

#include "kernels/eager/source.h"
#include "kernels/eager/window.h"

/// MaxPool and AveragePool, 1-D to 3-D: some channels at a time, each plane one run of DRAM inside
/// of its padding; then one dimension after the other, width first, a pass for each tap.
namespace coldforge::kernels::eager {
namespace {

constexpr std::int64_t kPieceElements = 4096;  // channels of a piece are as many as make this

std::int64_t up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }

class PoolingWriter {
 public:
  PoolingWriter(const Operands& operands, const Window& window)
      : operands_(operands), w_(window), max_(operands.node.op_type == "MaxPool") {
    for (std::size_t d = 0; d < 3; ++d) {
      const std::int64_t reach =
          (w_.out[d] - 1) * w_.stride[d] + (w_.kernel[d] - 1) * w_.dilation[d] + 1;
      padded_[d] = std::max(reach, w_.pad[d] + w_.in[d]);
    }
    channels_ = operands.in(0).shape[0] * operands.in(0).shape[1];
  }

  Body write() {
    Body body;
    tile_ = std::clamp<std::int64_t>(kPieceElements / (padded_[0] * padded_[1] * padded_[2]), 1,
                                     std::min<std::int64_t>(channels_, 32));
    while (!place()) {
      if (tile_ == 1) {
        body.refusal = "a window does not fit on chip";
        return body;
      }
      tile_ /= 2;
    }
    emit();
    body.plan = fmt::format("{} channels at a time, width, height, depth; two buffers", tile_);
    body.statements = text_.str();
    return body;
  }

 private:
  bool place() {
    const std::int64_t line = operands_.arch.vec.line_bytes;
    std::int64_t next = 0;
    const auto reserve = [&](std::int64_t elements) {
      const std::int64_t at = next;
      next += up(elements * 4, line) + line;
      return at;
    };
    in_elements_ = tile_ * padded_[0] * padded_[1] * padded_[2];
    out_elements_ = tile_ * w_.out[0] * w_.out[1] * w_.out[2];
    for (auto& at : in_at_) at = reserve(in_elements_);
    for (auto& at : out_at_) at = reserve(out_elements_);
    wide_at_ = reserve(tile_ * padded_[0] * padded_[1] * w_.out[2]);
    high_at_ = reserve(tile_ * padded_[0] * w_.out[1] * w_.out[2]);
    return next <= operands_.arch.vec.size_bytes;
  }

  bool moves(std::size_t d) const { return w_.kernel[d] > 1 || w_.stride[d] > 1; }

  /// One pass: `rows` x `cols` results at `to`, tap k at `from` + k * dilation * `step` elements;
  /// sources have the given strides.
  void pass(std::size_t d, const std::string& to, const std::string& from, const std::string& rows,
            std::int64_t cols, std::int64_t row_stride, std::int64_t col_stride,
            std::int64_t step) {
    const std::string op = max_ ? "tmax" : "tadd";
    text_.line("to.rebase({}).shape({}, {}).stride({});", to, rows, cols, cols);
    text_.line("tap.shape({}, {}).stride({}, {});", rows, cols, row_stride, col_stride);
    text_.line("npu::tcopy(to, tap.rebase({}));", from);
    if (w_.kernel[d] == 1) return;
    text_.open(fmt::format("for (int k = 1; k < {}; ++k)", w_.kernel[d]));
    text_.line("npu::{}(to, to, tap.rebase({} + k * {}));", op, from, w_.dilation[d] * step * 4);
    text_.close();
  }

  void emit() {
    const Value &x = operands_.in(0), &y = operands_.out();
    const std::int64_t out_plane = w_.out[0] * w_.out[1] * w_.out[2];
    const std::string base = operands_.place(x.name), out = operands_.place(y.name);
    text_.line("npu::Channel<Engine::Load, Engine::Vector, kLoaded, kLoadFree> loaded(2);");
    text_.line("npu::Channel<Engine::Vector, Engine::Store, kReady, kStoreFree> ready(2);");
    text_.line("npu::View<{}, 0> in({});", c_type_of(x.type), base);
    text_.line("in.level(0, {}, 1);", w_.in[1] * w_.in[2]);
    text_.line("npu::View<{}, 1> out({});", c_type_of(y.type), out);
    text_.line("npu::VecTile<float, 0> x({}, {}, 0);", w_.in[1], w_.in[2]);
    text_.line("x.stride({});", padded_[2]);
    text_.line("npu::VecTile<float, 1> y(1, 1, 0);");
    text_.line("npu::VecTile<float, 2> to(1, 1, 0);");
    text_.line("npu::VecTile<float, 3> tap(1, 1, 0);");
    if (padded_ != w_.in) {
      text_.line("// Padding is filled once; loads write inside of it.");
      for (const std::int64_t at : in_at_) {
        text_.line("to.rebase({}).shape({}, {}).stride({});", at, tile_ * padded_[0] * padded_[1],
                   padded_[2], padded_[2]);
        text_.line("npu::texpands(to, {});", max_ ? "-npu::infinity" : "0.0f");
      }
      text_.line("npu::barrier();");
    }
    text_.line("int turn = 0;");
    text_.open(fmt::format("for (int c = 0; c < {}; c += {})", channels_, tile_));
    text_.line("const int channels = npu::min({}, {} - c);", tile_, channels_);
    text_.line("const int x_at = turn * {}, y_at = {} + turn * {};", in_at_[1], out_at_[0],
               out_at_[1] - out_at_[0]);
    text_.line("turn ^= 1;");
    text_.line("loaded.reserve();");
    text_.open("for (int channel = 0; channel < channels; ++channel)");
    text_.open(fmt::format("for (int plane = 0; plane < {}; ++plane)", w_.in[0]));
    text_.line("x.rebase(x_at + ((channel * {} + plane + {}) * {} + {}) * 4);", padded_[0],
               w_.pad[0], padded_[1] * padded_[2], w_.pad[1] * padded_[2] + w_.pad[2]);
    text_.line("in.rebase({} + ((c + channel) * {} + plane) * {});", base, w_.in[0],
               w_.in[1] * w_.in[2]);
    text_.line("npu::tload(x, in);");
    text_.close();
    text_.close();
    text_.line("loaded.publish();");
    text_.line("loaded.acquire();");
    text_.line("ready.reserve();");
    // The last pass writes the result; without a pass the loaded elements are copied.
    const bool deep = moves(0), high = moves(1), wide = moves(2) || (!high && !deep);
    std::string from = "x_at";
    if (wide) {
      const std::string to = !high && !deep ? "y_at" : std::to_string(wide_at_);
      pass(2, to, from, fmt::format("channels * {}", padded_[0] * padded_[1]), w_.out[2],
           padded_[2], w_.stride[2], 1);
      from = to;
    }
    const std::int64_t row = w_.out[2];  // a kept width is its own output
    if (high) {
      const std::string to = deep ? std::to_string(high_at_) : "y_at";
      text_.open(fmt::format("for (int plane = 0; plane < channels * {}; ++plane)", padded_[0]));
      pass(1, fmt::format("{} + plane * {}", to, w_.out[1] * row * 4),
           fmt::format("{} + plane * {}", from, padded_[1] * row * 4), std::to_string(w_.out[1]),
           row, w_.stride[1] * row, 1, row);
      text_.close();
      from = to;
    }
    if (deep) {
      const std::int64_t flat = w_.out[1] * row;
      text_.open("for (int channel = 0; channel < channels; ++channel)");
      pass(0, fmt::format("y_at + channel * {}", out_plane * 4),
           fmt::format("{} + channel * {}", from, padded_[0] * flat * 4), std::to_string(w_.out[0]),
           flat, w_.stride[0] * flat, 1, flat);
      text_.close();
    }
    text_.line("y.rebase(y_at).shape(channels, {0}).stride({0});", out_plane);
    if (!max_) {
      const auto taps = static_cast<double>(w_.kernel[0] * w_.kernel[1] * w_.kernel[2]);
      text_.line("npu::tmuls(y, y, {});", literal(1 / taps, Lane::Float));
    }
    text_.line("loaded.release();");
    text_.line("ready.publish();");
    text_.line("ready.acquire();");
    text_.line("npu::tstore(out.rebase({} + c * {}).level(0, channels * {}, 1), y);", out,
               out_plane, out_plane);
    text_.line("ready.release();");
    text_.close();
    text_.line("finish<kLoadFree>(2);");
    text_.line("finish<kStoreFree>(2);");
  }

  const Operands& operands_;
  const Window& w_;
  const bool max_;
  Window::Triple padded_{1, 1, 1};
  std::int64_t channels_ = 1, tile_ = 1;
  std::int64_t in_elements_ = 0, out_elements_ = 0;
  std::array<std::int64_t, 2> in_at_{}, out_at_{};
  std::int64_t wide_at_ = 0, high_at_ = 0;
  Source text_;
};

}  // namespace

Written write_pooling(const Operands& operands) {
  const Node& node = operands.node;
  const bool average = node.op_type == "AveragePool";
  if (node.op_type != "MaxPool" && !average) return {};
  if (node.outputs.size() > 1) return refused("an output that is not written");
  std::string problem;
  const Window window = window_of(operands, node.integers("kernel_shape", {}), problem);
  if (!problem.empty()) return refused(problem);
  if (average) {
    // Windows that reach into padding divide by the elements inside only.
    bool padded = node.integer("ceil_mode", 0) != 0;
    for (std::size_t d = 0; d < 3; ++d) {
      padded |= node.integer("count_include_pad", 0) == 0 &&
                (window.pad[d] > 0 || (window.out[d] - 1) * window.stride[d] +
                                              (window.kernel[d] - 1) * window.dilation[d] -
                                              window.pad[d] >=
                                          window.in[d]);
    }
    if (padded) return refused("an attribute that is not supported");
  }
  const Body body = PoolingWriter(operands, window).write();
  Written written;
  written.refusal = body.refusal;
  if (body.refusal.empty()) written.bodies.push_back(body);
  return written;
}

}  // namespace coldforge::kernels::eager
