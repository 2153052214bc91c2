#include <algorithm>
#include <numeric>

#include "kernels/eager/source.h"
#include "kernels/eager/window.h"

/// Conv and ConvTranspose, 1-D to 3-D, grouped, strided, dilated, padded, on the matrix engine.
///
/// Weights [out channels, taps of some channels] are the left operand, the pixels that these taps
/// meet the right one, brought into order from the input in Vec by a view (im2col on chip). A
/// transposed convolution with stride s falls into s x s convolutions without one: output pixels of
/// the same phase meet the same taps. What they leave in every s-th column is put together in Vec.
namespace coldforge::kernels::eager {
namespace {

constexpr std::int64_t kMostPixels = 128;  // of a tile

std::int64_t up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b * b; }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct Convolution {
  std::string x, weight, bias, out;  ///< C++ expressions; bias may be empty
  ElementType x_type, weight_type, bias_type, out_type;
  std::int64_t batch = 1, groups = 1, in_channels = 1, out_channels = 1;  ///< channels of a group
  bool transposed = false;
  Window window;
};

/// The taps along one dimension, by phase of the output: output p + i * phases meets, at tap
/// first[p] + j * step, input i * in_step + j * tap_step + base[p].
struct Taps {
  std::int64_t phases = 1, step = 1, in_step = 1, tap_step = 1, most = 0;
  std::vector<std::int64_t> first, count, base;
};

Taps taps_of(const Convolution& c, std::size_t d) {
  const Window& w = c.window;
  Taps taps;
  if (!c.transposed) {
    taps.in_step = w.stride[d];
    taps.tap_step = w.dilation[d];
    taps.first = {0};
    taps.count = {w.kernel[d]};
    taps.base = {-w.pad[d]};
    taps.most = w.kernel[d];
    return taps;
  }
  const std::int64_t stride = w.stride[d], dilation = w.dilation[d];
  taps.phases = stride;
  taps.step = stride / std::gcd(stride, dilation);
  taps.tap_step = -taps.step * dilation / stride;
  for (std::int64_t phase = 0; phase < stride; ++phase) {
    std::int64_t first = 0;
    while (first < w.kernel[d] && (phase + w.pad[d] - first * dilation) % stride != 0) ++first;
    const bool none = first == w.kernel[d];
    taps.first.push_back(none ? 0 : first);
    taps.count.push_back(none ? 0 : ceil_div(w.kernel[d] - first, taps.step));
    taps.base.push_back(none ? 0 : (phase + w.pad[d] - first * dilation) / stride);
    taps.most = std::max(taps.most, taps.count.back());
  }
  taps.most = std::max<std::int64_t>(1, taps.most);
  return taps;
}

class ConvolutionWriter {
 public:
  ConvolutionWriter(const Convolution& convolution, const isa::Arch& arch)
      : c_(convolution),
        w_(convolution.window),
        arch_(arch),
        input_bytes_(arch.vec.size_bytes * 7 / 32 / 64 * 64),
        weight_bytes_(arch.vec.size_bytes / 4),
        out_bytes_(arch.vec.size_bytes / 8),
        high_(taps_of(c_, 1)),
        wide_(taps_of(c_, 2)),
        type_(c_.x_type == ElementType::Int8   ? "npu::i8"
              : c_.x_type == ElementType::Bf16 ? "npu::bf16"
                                               : "npu::f16"),
        sum_type_(c_.x_type == ElementType::Int8 ? "npu::i32" : "float"),
        element_bytes_(c_.x_type == ElementType::Int8 ? 1 : 2) {}

  Body write() {
    Body body;
    if (!choose()) {
      body.refusal = "a window does not fit on chip";
      return body;
    }
    declare();
    loops();
    body.plan = fmt::format("{} out channels x {} pixels a tile, taps of {} channels at a time, {}",
                            out_tile_, pixel_rows_ * pixel_cols_, channel_tile_,
                            whole_ ? "the image in Vec" : "rows of the image in Vec");
    body.statements = text_.str();
    return body;
  }

 private:
  // --- sizes -------------------------------------------------------------------------------

  bool choose() {
    const std::int64_t half_left = arch_.left.size_bytes / 4,
                       half_right = arch_.right.size_bytes / 4;
    const std::int64_t half_acc = arch_.acc.size_bytes / 8;
    const std::int64_t taps = high_.most * wide_.most;
    const std::int64_t width = ceil_div(w_.out[2], wide_.phases);
    const std::int64_t height = ceil_div(w_.out[1], high_.phases);
    const std::int64_t most = std::min(kMostPixels, half_right / taps / 16 * 16);
    if (most < 16) return false;
    pixel_cols_ = std::min(width, most);
    pixel_rows_ = pixel_cols_ < width ? 1 : std::clamp<std::int64_t>(most / width, 1, height);
    const std::int64_t volume = w_.kernel[0] * w_.kernel[1] * w_.kernel[2];
    const std::int64_t image = c_.in_channels * w_.in[0] * w_.in[1] * w_.in[2] * 2;
    whole_ = image <= input_bytes_;
    while (!whole_ && block_bytes() > input_bytes_) {
      if (pixel_rows_ == 1) return false;
      pixel_rows_ = (pixel_rows_ + 1) / 2;
    }
    const std::int64_t pixels = up(pixel_rows_ * pixel_cols_, 16);
    out_tile_ = std::min({c_.out_channels, std::int64_t{64}, half_acc / pixels,
                          weight_bytes_ / (c_.in_channels * volume * 2),
                          out_bytes_ / 4 / (pixel_rows_ * pixel_cols_ * wide_.phases)});
    if (out_tile_ < 1) return false;
    channel_tile_ =
        std::min({c_.in_channels, half_right / pixels / taps, half_left / up(out_tile_, 1) / taps});
    while (channel_tile_ > 1 && up(channel_tile_ * taps, 16) * out_tile_ > half_left) {
      --channel_tile_;
    }
    return channel_tile_ >= 1;
  }
  /// Most rows and planes of the input that a tile of pixels meets.
  std::int64_t block_rows() const {
    const std::int64_t reach =
        (pixel_rows_ - 1) * high_.in_step + (high_.most - 1) * std::abs(high_.tap_step) + 1;
    return std::min(w_.in[1], reach);
  }
  std::int64_t block_planes() const {
    const std::int64_t reach = (w_.kernel[0] - 1) * w_.dilation[0] + 1;
    return std::min(w_.in[0], reach);
  }
  std::int64_t block_bytes() const {
    return c_.in_channels * block_planes() * block_rows() * w_.in[2] * 2;
  }

  // --- text --------------------------------------------------------------------------------

  void channel(const char* from, const char* to, const char* name, const char* flag,
               const char* free, int buffers) {
    text_.line("npu::Channel<Engine::{}, Engine::{}, {}, {}> {}({});", from, to, flag, free, name,
               buffers);
    tail_ += fmt::format("  finish<{}>({});\n", free, buffers);
  }
  static std::string list(const std::vector<std::int64_t>& numbers) {
    std::string text;
    for (const std::int64_t number : numbers)
      text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
  }
  void taps_table(const std::string& name, const Taps& taps) {
    text_.line("constexpr int {0}_first[] = {{{1}}}, {0}_taps[] = {{{2}}}, {0}_base[] = {{{3}}};",
               name, list(taps.first), list(taps.count), list(taps.base));
  }
  std::int64_t weight_address() const { return 2 * input_bytes_ + 64; }
  std::int64_t out_address() const { return weight_address() + weight_bytes_; }
  std::int64_t bias_address() const { return out_address() + 2 * out_bytes_; }
  std::int64_t volume() const { return w_.kernel[0] * w_.kernel[1] * w_.kernel[2]; }
  std::int64_t out_stride() const { return pixel_rows_ * pixel_cols_ * wide_.phases; }

  void declare() {
    channel("Load", "Move", "x_ready", "kLoaded", "kLoadFree", 2);
    channel("Load", "Move", "weight_ready", "kStagedWeights", "kStagedWeightsFree", 1);
    channel("Move", "Matrix", "taps_ready", "kWeights", "kWeightsFree", 2);
    channel("Matrix", "Move", "summed", "kSummed", "kSumFree", 2);
    channel("Move", "Store", "out_ready", "kReady", "kStoreFree", 2);
    if (high_.phases > 1 || wide_.phases > 1)
      text_.line("// Which taps the outputs of a phase meet.");
    taps_table("high", high_);
    taps_table("wide", wide_);
    text_.line("npu::View<{}, 0> x_view({});", c_type_of(c_.x_type), c_.x);
    text_.line("npu::View<{}, 1> weight_view({});", c_type_of(c_.weight_type), c_.weight);
    text_.line("npu::View<{}, 4> out_view({});", c_type_of(c_.out_type), c_.out);
    text_.line("npu::VecTile<{}, 0> x({}, {}, 0);", type_, 1, 1);
    text_.line("npu::VecTile<{}, 1> weight(1, 1, {});", type_, weight_address());
    const std::int64_t depth = up(channel_tile_ * high_.most * wide_.most, 16);
    text_.line("npu::LeftTile<{}, 2> left(1, 1, 0);", type_);
    text_.line("left.stride({});", depth);
    text_.line("npu::RightTile<{}, 3> right(1, 1, 0);", type_);
    text_.line("right.stride({});", up(pixel_rows_ * pixel_cols_, 16));
    text_.line("npu::AccTile<{}, 4> acc(1, 1, 0);", sum_type_);
    text_.line("acc.stride({});", up(pixel_rows_ * pixel_cols_, 16));
    text_.line("npu::VecTile<{}, 5> part(1, 1, 0);  // the columns of a phase", sum_type_);
    text_.line("part.stride({}, {});", out_stride(), wide_.phases);
    text_.line("npu::VecTile<{}, 6> out(1, 1, 0);", sum_type_);
    text_.line("out.stride({});", out_stride());
    if (c_.bias.empty()) return;
    text_.line("npu::View<{}, 5> bias_view({});", c_type_of(c_.bias_type), c_.bias);
    text_.line("npu::VecTile<{}, 7> bias(1, 1, {});", sum_type_, bias_address());
  }

  void tile_loop(const char* index, const char* size, const std::string& extent,
                 std::int64_t tile) {
    text_.open(fmt::format("for (int {0} = 0; {0} < {1}; {0} += {2})", index, extent, tile));
    text_.line("const int {} = npu::min({}, {} - {});", size, tile, extent, index);
    ++opened_;
  }
  void loop(const char* index, std::int64_t extent) {
    text_.open(fmt::format("for (int {0} = 0; {0} < {1}; ++{0})", index, extent));
    ++opened_;
  }
  void close(int until) {
    while (opened_ > until) {
      text_.close();
      --opened_;
    }
  }

  void loops() {
    text_.line("int x_turn = 0, turn = 0, acc_turn = 0, out_turn = 0;");
    loop("group", c_.groups);
    tile_loop("o0", "outs", std::to_string(c_.out_channels), out_tile_);
    load_weights();
    const int weights = opened_;
    loop("n", c_.batch);
    const int image = opened_;
    if (whole_) load_image();
    loop("depth", w_.out[0]);
    loop("phase_y", high_.phases);
    text_.line("const int height = npu::ceil_div({} - phase_y, {});", w_.out[1], high_.phases);
    tile_loop("y0", "rows", "height", pixel_rows_);
    const int row = opened_;
    if (!whole_) load_rows();
    tile_loop("x0", "cols", std::to_string(ceil_div(w_.out[2], wide_.phases)), pixel_cols_);
    text_.line("out_ready.reserve();");
    loop("phase_x", wide_.phases);
    accumulate();
    move_part();
    close(opened_ - 1);
    store();
    close(row);
    if (!whole_) release_input();
    close(image);
    if (whole_) release_input();
    close(weights);
    text_.line("weight_ready.release();");
    close(0);
    text_.append(tail_);
  }
  void release_input() {
    text_.line("x_ready.release();");
    text_.line("x_turn ^= 1;");
  }

  /// All weights of these out channels: whole runs.
  void load_weights() {
    const std::int64_t taps = c_.in_channels * volume();
    text_.line("weight_ready.reserve();");
    if (c_.transposed) {
      text_.line(
          "weight_view.rebase({} + group * {} + o0 * {}).level(0, {}, {}).level(1, outs * {}, 1);",
          c_.weight, c_.out_channels * taps, volume(), c_.in_channels, c_.out_channels * volume(),
          volume());
      text_.line("weight.shape({}, outs * {}).stride(outs * {});", c_.in_channels, volume(),
                 volume());
    } else {
      text_.line(
          "weight_view.rebase({} + (group * {} + o0) * {}).level(0, outs, {}).level(1, {}, 1);",
          c_.weight, c_.out_channels, taps, taps, taps);
      text_.line("weight.shape(outs, {0}).stride({0});", taps);
    }
    text_.line("npu::tload(weight, weight_view);");
    if (!c_.bias.empty()) {
      text_.line("bias_view.rebase({} + group * {} + o0).level(0, outs, 1);", c_.bias,
                 c_.out_channels);
      text_.line("npu::tload(bias.shape(outs, 1).stride(1), bias_view);");
    }
    text_.line("weight_ready.publish();");
    text_.line("weight_ready.acquire();");
  }

  std::string image_base() const {
    const std::int64_t plane = w_.in[0] * w_.in[1] * w_.in[2];
    return fmt::format("{} + (n * {} + group * {}) * {}", c_.x, c_.groups * c_.in_channels,
                       c_.in_channels, plane);
  }
  void load_image() {
    const std::int64_t plane = w_.in[0] * w_.in[1] * w_.in[2];
    text_.line("x_view.rebase({}).level(0, {}, {}).level(1, {}, 1);", image_base(), c_.in_channels,
               plane, plane);
    text_.line("x.rebase(x_turn * {}).shape({}, {}).stride({});", input_bytes_, c_.in_channels,
               plane, plane);
    text_.line("constexpr int first_plane = 0, planes = {}, first_row = 0, in_rows = {};", w_.in[0],
               w_.in[1]);
    load_block();
  }
  /// Rows and planes that a tile of pixels meets, of all channels.
  void load_rows() {
    const std::int64_t span = high_.tap_step;
    text_.line("const int reach = (high_taps[phase_y] - 1) * {};", span);
    text_.line("const int first = y0 * {} + high_base[phase_y] + npu::min(0, reach);",
               high_.in_step);
    text_.line("const int last = (y0 + rows - 1) * {} + high_base[phase_y] + npu::max(0, reach);",
               high_.in_step);
    text_.line("const int first_row = npu::min({}, npu::max(0, first));", w_.in[1] - 1);
    text_.line("const int in_rows = npu::max(1, npu::min({}, last + 1) - first_row);", w_.in[1]);
    if (c_.transposed) {
      text_.line("const int plane = (depth + {} - {}) / {};", w_.pad[0],
                 (w_.kernel[0] - 1) * w_.dilation[0], w_.stride[0]);
      text_.line("const int last_plane = (depth + {}) / {};", w_.pad[0], w_.stride[0]);
    } else {
      text_.line("const int plane = depth * {} - {};", w_.stride[0], w_.pad[0]);
      text_.line("const int last_plane = plane + {};", (w_.kernel[0] - 1) * w_.dilation[0]);
    }
    text_.line("const int first_plane = npu::min({}, npu::max(0, plane));", w_.in[0] - 1);
    text_.line("const int planes = npu::max(1, npu::min({}, last_plane + 1) - first_plane);",
               w_.in[0]);
    text_.line("x_view.rebase({} + (first_plane * {} + first_row) * {})", image_base(), w_.in[1],
               w_.in[2]);
    text_.line("    .level(0, {}, {}).level(1, planes, {}).level(2, in_rows * {}, 1);",
               c_.in_channels, w_.in[0] * w_.in[1] * w_.in[2], w_.in[1] * w_.in[2], w_.in[2]);
    text_.line(
        "x.rebase(x_turn * {0}).shape({1}, planes * in_rows * {2}).stride(planes * in_rows * {2});",
        input_bytes_, c_.in_channels, w_.in[2]);
    load_block();
  }
  void load_block() {
    text_.line("x_ready.reserve();");
    text_.line("npu::tload(x, x_view);");
    text_.line("x_ready.publish();");
    text_.line("x_ready.acquire();");
  }

  /// Sums the products of all taps and channels in one accumulator.
  void accumulate() {
    text_.line("const int taps_y = npu::max(1, high_taps[phase_y]);");
    text_.line("const int taps_x = npu::max(1, wide_taps[phase_x]);");
    text_.line("const bool met = high_taps[phase_y] > 0 && wide_taps[phase_x] > 0;");
    text_.line("acc.rebase(acc_turn * {}).shape(outs, rows * cols);", arch_.acc.size_bytes / 2);
    text_.line("acc_turn ^= 1;");
    text_.line("summed.reserve();");
    text_.line("bool fresh = true;");
    const int before = opened_;
    loop("kz", w_.kernel[0]);
    if (c_.transposed) {
      text_.line("const int at = depth + {} - kz * {};", w_.pad[0], w_.dilation[0]);
      text_.line("const int z = at / {};", w_.stride[0]);
      text_.line("const bool there = at >= 0 && at % {} == 0 && z < {};", w_.stride[0], w_.in[0]);
    } else {
      text_.line("const int z = depth * {} - {} + kz * {};", w_.stride[0], w_.pad[0],
                 w_.dilation[0]);
      text_.line("const bool there = z >= 0 && z < {};", w_.in[0]);
    }
    text_.line("// Planes of padding add nothing; one is summed if there is no other.");
    text_.line("if (!there && (kz < {} || !fresh)) continue;", w_.kernel[0] - 1);
    text_.line("const int z_in = there ? z - first_plane : 0;");
    tile_loop("c0", "channels", std::to_string(c_.in_channels), channel_tile_);
    text_.line("taps_ready.reserve();");
    left_operand();
    right_operand();
    text_.line("turn ^= 1;");
    text_.line("taps_ready.publish();");
    text_.line("taps_ready.acquire();");
    text_.open("if (fresh)");
    text_.line("npu::tmatmul(acc, left, right);");
    text_.dedent();
    text_.open("} else");
    text_.line("npu::tmatmul_acc(acc, left, right);");
    text_.close();
    text_.line("taps_ready.release();");
    text_.line("fresh = false;");
    close(before);
    text_.line("summed.publish();");
  }
  void left_operand() {
    text_.line("npu::View<{0}, 3> taps(npu::Dram<{0}>{{0}});", type_);
    const std::string channel =
        c_.transposed ? fmt::format("outs * {}", volume()) : std::to_string(volume());
    const std::int64_t out = c_.transposed ? volume() : c_.in_channels * volume();
    text_.line("taps.level(0, outs, {}).level(1, channels, {})", out, channel);
    text_.line("    .level(2, taps_y, {}).level(3, taps_x, {})", high_.step * w_.kernel[2],
               wide_.step);
    text_.line(
        "    .rebase(static_cast<uint32_t>({} * (c0 * {} + kz * {} + high_first[phase_y] * {} + "
        "wide_first[phase_x])));",
        element_bytes_, channel, w_.kernel[1] * w_.kernel[2], w_.kernel[2]);
    text_.line("left.rebase(turn * {}).shape(outs, channels * taps_y * taps_x);",
               arch_.left.size_bytes / 2);
    text_.line("npu::tmov_view(left, weight, taps);");
  }
  void right_operand() {
    text_.line("npu::View<{0}, 2> pixels(npu::Dram<{0}>{{0}});", type_);
    text_.line(
        "pixels.level(0, channels, planes * in_rows * {0}).level(1, taps_y, {0}).level(2, taps_x, "
        "1)",
        w_.in[2]);
    text_.line("    .level(3, rows, {}).level(4, cols, 1)", w_.in[2]);
    text_.line("    .window(1, 1, {}).window(3, 1, {}).window(2, 2, {}).window(4, 2, {})",
               high_.tap_step, high_.in_step, wide_.tap_step, wide_.in_step);
    text_.line(
        "    .bound(1, first_row - y0 * {} - high_base[phase_y], there && met ? in_rows : 0)",
        high_.in_step);
    text_.line("    .bound(2, -x0 * {} - wide_base[phase_x], {})", wide_.in_step, w_.in[2]);
    text_.line("    .rebase(static_cast<uint32_t>({} * ((c0 * planes + z_in) * in_rows * {})));",
               element_bytes_, w_.in[2]);
    text_.line("right.rebase(turn * {}).shape(channels * taps_y * taps_x, rows * cols);",
               arch_.right.size_bytes / 2);
    text_.line("npu::tmov_view(right, x, pixels);");
  }

  void move_part() {
    text_.line("part.rebase({} + out_turn * {} + phase_x * 4).shape(outs, rows * cols);",
               out_address(), out_bytes_);
    text_.line("summed.acquire();");
    if (c_.bias.empty()) {
      text_.line("npu::tmov(part, acc);");
    } else {
      text_.line("npu::tmov_bias(part, acc, bias);");
    }
    text_.line("summed.release();");
  }
  void store() {
    const std::int64_t plane = w_.out[1] * w_.out[2];
    text_.line("out.rebase({} + out_turn * {}).shape(outs, rows * cols * {});", out_address(),
               out_bytes_, wide_.phases);
    text_.line("out_turn ^= 1;");
    text_.line(
        "out_view.rebase({} + ((n * {} + group * {} + o0) * {} + depth) * {} + (phase_y + y0 * {}) "
        "* {} + x0 * {})",
        c_.out, c_.groups * c_.out_channels, c_.out_channels, w_.out[0], plane, high_.phases,
        w_.out[2], wide_.phases);
    const bool junk = w_.out[2] % wide_.phases != 0;
    text_.line("    .level(0, outs, {}).level(1, rows, {}).level(2, cols * {}, 1){};",
               w_.out[0] * plane, high_.phases * w_.out[2], wide_.phases,
               junk ? fmt::format(".bound(2, 0, {} - x0 * {})", w_.out[2], wide_.phases) : "");
    text_.line("out_ready.publish();");
    text_.line("out_ready.acquire();");
    text_.line("npu::tstore(out_view, out);");
    text_.line("out_ready.release();");
  }

  const Convolution& c_;
  const Window& w_;
  const isa::Arch& arch_;
  // Shares of Vec: of one of two blocks of the input, of the weights of one tile of out channels,
  // of one of two tiles of the output. The rest holds the bias.
  const std::int64_t input_bytes_, weight_bytes_, out_bytes_;
  const Taps high_, wide_;
  const std::string type_, sum_type_;  ///< of operands and sums on chip
  const std::int64_t element_bytes_;
  std::int64_t pixel_rows_ = 1, pixel_cols_ = 1, out_tile_ = 1, channel_tile_ = 1;
  bool whole_ = false;
  Source text_;
  std::string tail_;
  int opened_ = 0;
};

}  // namespace

namespace {

Written written_convolution(const Operands& operands, std::size_t weight_input, Convolution c) {
  const Node& node = operands.node;
  const Value &x = operands.in(0), &weight = operands.in(weight_input);
  std::string problem;
  c.window = window_of(operands, {weight.shape.begin() + 2, weight.shape.end()}, problem);
  if (!problem.empty()) return refused(problem);
  c.x = operands.place(node.inputs[0]);
  c.weight = operands.place(node.inputs[weight_input]);
  c.x_type = x.type;
  c.weight_type = weight.type;
  c.batch = x.shape[0];
  c.groups = node.integer("group", 1);
  c.in_channels = x.shape[1] / c.groups;
  c.out_channels = operands.out().shape[1] / c.groups;
  Written written;
  const Body body = ConvolutionWriter(c, operands.arch).write();
  written.refusal = body.refusal;
  if (body.refusal.empty()) written.bodies.push_back(body);
  return written;
}

}  // namespace

Written write_conv(const Operands& operands, std::size_t weight, const std::string& bias,
                   const Stored& out_at) {
  if (operands.in(0).type != ElementType::Int8 || operands.in(weight).type != ElementType::Int8)
    return refused("an element type that is not supported");
  Convolution c;
  c.bias = bias;
  c.bias_type = ElementType::Int32;
  c.out = out_at.base;
  c.out_type = out_at.type;
  return written_convolution(operands, weight, c);
}

Written write_convolution(const Operands& operands) {
  const Node& node = operands.node;
  if (node.op_type != "Conv" && node.op_type != "ConvTranspose") return {};
  if (!is_float(operands.in(0).type)) return refused("an element type that is not supported");
  Convolution c;
  c.transposed = node.op_type == "ConvTranspose";
  c.out = operands.place(node.outputs[0]);
  c.out_type = operands.out().type;
  if (node.has_input(2)) {
    c.bias = operands.place(node.inputs[2]);
    c.bias_type = operands.in(2).type;
  }
  return written_convolution(operands, 1, c);
}

}  // namespace coldforge::kernels::eager
