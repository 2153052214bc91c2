#include <fmt/format.h>

#include <cmath>

#include "tests/system/graphs/graph_draft.h"

namespace coldforge::test {
namespace {

using kernels::Shape;

struct Operand {
  Drawn* value;
  std::string zero;  ///< name of its zero point, "" if it has none
};

Operand operand8(GraphDraft& draft, const Shape& shape) {
  const bool is_signed = draft.chance(0.6);
  Drawn& value =
      draft.input(is_signed ? "int8" : "uint8", shape, is_signed ? -128 : 0, is_signed ? 127 : 255);
  if (draft.chance(0.6)) return {&value, ""};
  const std::int64_t zero = draft.between(is_signed ? -20 : 100, is_signed ? 20 : 140);
  Drawn& point = draft.node(fmt::format("Constant <value = {} {{{}}}> ()", value.type, zero), {},
                            value.type, {}, 0, 255);
  ++point.uses;
  return {&value, point.name};
}

std::string zeros(const Operand& a, const Operand& b) {
  if (a.zero.empty() && b.zero.empty()) return "";
  // Nodes may leave out later inputs, not ones before those that are there.
  return b.zero.empty() ? ", " + a.zero : ", " + a.zero + ", " + b.zero;
}

}  // namespace

/// Made a float again where the graph's floats are float32.
void draw_quantised_step(GraphDraft& draft) {
  Drawn* sum = nullptr;
  double count = 0;
  if (draft.chance(0.6)) {
    const std::int64_t rows = draft.extent(), inner = draft.extent(), cols = draft.extent();
    const Operand a = operand8(draft, {rows, inner}), b = operand8(draft, {inner, cols});
    if (a.zero.empty() && !b.zero.empty()) return;
    count = static_cast<double>(inner);
    sum = &draft.node(
        fmt::format("MatMulInteger ({}, {}{})", a.value->name, b.value->name, zeros(a, b)),
        {a.value, b.value}, "int32", {rows, cols}, -65536 * count, 65536 * count);
  } else {
    const std::int64_t channels = draft.between(1, 8), filters = draft.between(1, 8),
                       side = draft.between(3, 12), kernel = draft.between(1, 3);
    const Operand x = operand8(draft, {draft.between(1, 2), channels, side, side});
    const Operand w = operand8(draft, {filters, channels, kernel, kernel});
    if (x.zero.empty() && !w.zero.empty()) return;
    const std::int64_t pad = draft.between(0, kernel - 1);
    const std::int64_t places = side + 2 * pad - kernel + 1;
    count = static_cast<double>(channels * kernel * kernel);
    sum = &draft.node(
        fmt::format("ConvInteger <kernel_shape = [{0}, {0}], pads = [{1}, {1}, {1}, {1}]> "
                    "({2}, {3}{4})",
                    kernel, pad, x.value->name, w.value->name, zeros(x, w)),
        {x.value, w.value}, "int32", {x.value->shape[0], filters, places, places}, -65536 * count,
        65536 * count);
  }
  if (draft.float_type() != "float" || draft.chance(0.2)) return;
  Drawn& scale = draft.node("Constant <value = float {0.0001220703125}> ()", {}, "float", {}, 0, 1);
  const double most = 8 * count;
  draft.node(fmt::format("DequantizeLinear ({}, {})", sum->name, scale.name), {sum, &scale},
             "float", sum->shape, -most, most);
}

}  // namespace coldforge::test
