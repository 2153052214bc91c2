#pragma once

#include <string>
#include <vector>

#include "agent/generator/grammar/lowering.h"
#include "agent/generator/reasons.h"

namespace coldforge::agent {

/// The operators' lowering functions; each reads a node and defines its outputs. Access to the
/// lowering's internals.
struct LoweringRules {
  Lowering& l;
  const kernels::Node& n;

  const Viewed& in(std::size_t i) const { return l.view(n.inputs[i]); }
  const kernels::Value& out(std::size_t i = 0) const { return l.graph_.value(n.outputs[i]); }
  void define(const Viewed& value, std::size_t i = 0) { l.define(n.outputs[i], value); }
  std::string choose(const std::string& hole, const std::vector<std::string>& domain) {
    return l.choose(hole, domain);
  }
  void fail(const std::string& why) {
    l.program_.problem = say(kUnsupportedForm, n.op_type + ": " + why);
  }
  /// Constant integers of an input or attribute; false if they are not constant.
  bool integers(std::size_t input, const std::string& attribute, std::vector<std::int64_t>& values);

  // Building blocks.
  /// Elementwise over the broadcast shape of the arguments: names a, b, c, ... in order.
  Viewed map(const std::string& label, const std::string& expression,
             const std::vector<Viewed>& args, const std::map<std::string, double>& numbers,
             const kernels::Shape& shape, ElementType type);
  /// Reduction over `axes`, extents kept as 1; `expression` of a (and b, broadcast) before it.
  Viewed reduce(const std::string& label, const std::string& op, const std::string& expression,
                const std::vector<Viewed>& args, const std::vector<std::int64_t>& axes,
                ElementType type);
  /// A copy of the elements in row-major order.
  Viewed materialise(const Viewed& value);
  /// The value with its axes in another order.
  Viewed permuted(const Viewed& value, const std::vector<std::int64_t>& perm);
  /// The value with one axis from the other end.
  Viewed backwards(const Viewed& value, std::size_t axis);
  /// Each element's place, from 0, among those along the axis, as whole numbers in floats; the
  /// first of equal ones comes first.
  Viewed ranks(const Viewed& value, std::size_t axis, bool largest);
  /// For each index a row of `extent` elements: 1 at its place (counted from the end if negative),
  /// else 0.
  Viewed unit_rows(const Viewed& which, std::int64_t extent);
  /// The value with `pad` around it, `before` and `after` by axis (negative ones cut off); the axes
  /// have to be plain.
  Viewed bordered(const Viewed& value, const std::vector<std::size_t>& axes,
                  const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after,
                  double pad);
  /// A window along one axis: so many taps, and so many places of it.
  struct Slide {
    std::size_t axis;
    std::int64_t taps, stride, dilation, extent;
  };
  Viewed windows(const Viewed& from, const std::string& fold, const std::vector<Slide>& slides,
                 ElementType type);
  /// A window along one axis, at neighbouring places, in fewer steps than taps: of what windows of
  /// two taps (a sum: of as many as divide what is left) have made, windows that lie further apart.
  Viewed slide(const Viewed& from, const std::string& fold, const Slide& window, ElementType type);
  /// The value itself if each of its axes from the third on is an axis of a tensor, which can carry
  /// bounds; else a copy.
  Viewed with_plain_space(const Viewed& value);
  Viewed reshape(const Viewed& value, const kernels::Shape& shape);
  /// out[i] = op of the elements up to i along the axis, backwards from the end if `reverse`.
  Viewed running(const std::string& op, const Viewed& value, std::int64_t axis, bool exclusive,
                 bool reverse, ElementType type);
  std::vector<std::int64_t> axes_of(std::size_t input, std::int64_t rank, bool& ok);

  // Quantised arithmetic. Zero points are numbers, or tensors that broadcast.
  /// Sums of products of integers are int32, whatever becomes of them.
  static ElementType summed(ElementType type) { return is_float(type) ? type : ElementType::Int32; }
  /// `text` within the range of an 8-bit type.
  static std::string clamped(const std::string& text, ElementType type);
  /// Input i, 0 if it is left out; `along` is its shape if it is no number.
  Viewed zero_point(std::size_t i, const kernels::Shape& along);
  Viewed as_int8(const Viewed& value, Viewed& zero);
  /// The node as a MatMul or Conv of these operands, `pads` in place of its own unless null.
  Viewed as_plain(const char* op, const Viewed& a, const Viewed& b,
                  const std::vector<std::int64_t>* pads);
  Viewed without_zero_points(const Viewed& product, const Viewed& a_sums, const Viewed& za,
                             const Viewed& b_sums, const Viewed& zb, double count);
  /// The int32 results; arguments are positions of inputs.
  Viewed integer_product(std::size_t a_at, std::size_t b_at, std::size_t za_at, std::size_t zb_at);
  Viewed integer_convolution(std::size_t x_at, std::size_t w_at, std::size_t zx_at,
                             std::size_t zw_at);
  Viewed requantised(const Viewed& value, const Viewed& factor, const Viewed& zero);
  Viewed factor_of(const Viewed& x, const Viewed& w, const Viewed& y);

  // Families; false if the operator is not theirs.
  bool elementwise();
  bool layout();
  bool reduction();
  bool scan();
  bool loss();
  bool normalisation();
  bool contraction();
  bool convolution();
  bool pooling();
  bool selection();
  bool einsum();
  bool quantisation();
};

}  // namespace coldforge::agent
