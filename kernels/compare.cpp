#include "kernels/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

constexpr std::size_t kLongestMessage = 600;

double rms_of(const Tensor& tensor) {
  double squares = 0;
  std::int64_t count = 0;
  for (const double value : tensor.values) {
    if (!std::isfinite(value)) continue;
    squares += value * value;
    ++count;
  }
  return count == 0 ? 0.0 : std::sqrt(squares / static_cast<double>(count));
}

/// Widens the box by the position of a flat index.
void widen(Comparison& comparison, const std::vector<std::int64_t>& strides, std::int64_t index) {
  const bool first = comparison.wrong == 0;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    const std::int64_t at = index / strides[axis] % comparison.shape[axis];
    if (first) {
      comparison.box_low.push_back(at);
      comparison.box_high.push_back(at);
    }
    comparison.box_low[axis] = std::min(comparison.box_low[axis], at);
    comparison.box_high[axis] = std::max(comparison.box_high[axis], at);
  }
}

void note_errors(Comparison& comparison, std::int64_t index, double actual, double golden) {
  const double error = std::abs(actual - golden);
  if (error > comparison.largest_absolute) {
    comparison.largest_absolute = error;
    comparison.largest_absolute_at = index;
  }
  if (golden != 0.0 && error / std::abs(golden) > comparison.largest_relative) {
    comparison.largest_relative = error / std::abs(golden);
    comparison.largest_relative_at = index;
  }
  comparison.largest_ulp = std::max(comparison.largest_ulp, error / ulp(comparison.type, golden));
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string box_text(const Comparison& comparison) {
  std::string text;
  for (std::size_t axis = 0; axis < comparison.box_low.size(); ++axis) {
    text += (axis > 0 ? ", " : "") + std::to_string(comparison.box_low[axis]);
    if (comparison.box_high[axis] != comparison.box_low[axis])
      text += ".." + std::to_string(comparison.box_high[axis]);
  }
  return "[" + text + "]";
}

/// The tolerance of one output: what may be added to and multiplied with its golden elements.
struct Allowance {
  double absolute = 0, relative = 0;
  ElementType type = ElementType::Fp32;

  Allowance(const Tensor& golden, double rms, const Tolerance& tolerance) : type(golden.type) {
    if (!is_float(golden.type)) return;
    absolute = tolerance.atol * (rms > 0 ? std::min(1.0, rms) : 1.0);
    relative = tolerance.rtol;
  }

  bool admits(double x, double g) const {
    if (std::isfinite(g) && std::isfinite(x))
      return std::abs(x - g) <= absolute + relative * std::abs(g);
    if (!std::isfinite(g)) return std::isnan(g) ? std::isnan(x) : x == g;
    // Not finite where a number was expected is wrong. What lies within the tolerance of the
    // type's largest number may round to infinity, though.
    return std::isinf(x) && std::signbit(x) == std::signbit(g) && is_float(type) &&
           std::abs(g) * (1 + relative) + absolute > largest_value(type);
  }
};

void require_alike(const Tensor& actual, const Tensor& golden) {
  CF_CHECK(actual.type == golden.type && actual.shape == golden.shape,
           "compared tensors must agree in type and shape");
}

}  // namespace

bool agrees(const Tensor& actual, const Tensor& golden, const Tolerance& tolerance) {
  require_alike(actual, golden);
  const Allowance allowance(golden, rms_of(golden), tolerance);
  for (std::int64_t i = 0; i < golden.size(); ++i) {
    if (!allowance.admits(actual.values[i], golden.values[i])) return false;
  }
  return true;
}

Comparison compare(const Tensor& actual, const Tensor& golden, const Tolerance& tolerance,
                   const std::string& output) {
  require_alike(actual, golden);
  Comparison comparison;
  comparison.output = output;
  comparison.type = golden.type;
  comparison.shape = golden.shape;
  comparison.golden_rms = rms_of(golden);
  const Allowance allowance(golden, comparison.golden_rms, tolerance);
  const std::vector<std::int64_t> strides = row_major_strides(golden.shape);
  for (std::int64_t i = 0; i < golden.size(); ++i) {
    const double x = actual.values[i], g = golden.values[i];
    if (std::isfinite(g) && std::isfinite(x)) note_errors(comparison, i, x, g);
    if (allowance.admits(x, g)) continue;
    widen(comparison, strides, i);
    if (comparison.wrong++ == 0) {
      comparison.first_wrong = i;
      comparison.expected = g;
      comparison.actual = x;
    }
    comparison.not_finite += std::isfinite(g) && !std::isfinite(x);
  }
  return comparison;
}

std::string Comparison::message() const {
  const auto count = std::max<std::int64_t>(1, element_count(shape));
  const std::string what = "output '" + output + "' (" + type_text(type, shape) + ")";
  if (pass()) {
    return what + ": all " + std::to_string(count) + " elements are right; largest error " +
           number(largest_absolute) + " (" + number(largest_ulp) + " ulp)";
  }
  std::string text =
      what + ": " + std::to_string(wrong) + " of " + std::to_string(count) + " elements (" +
      number(100.0 * static_cast<double>(wrong) / static_cast<double>(count)) + " %) are wrong";
  if (not_finite > 0) text += ", " + std::to_string(not_finite) + " of them NaN or infinite";
  text += "; first at " + index_text(shape, first_wrong) + ": expected " + number(expected) +
          ", got " + number(actual);
  if (wrong > 1) text += "; wrong elements lie within " + box_text(*this);
  text += "; largest absolute error " + number(largest_absolute) + " at " +
          index_text(shape, largest_absolute_at) + ", largest relative error " +
          number(largest_relative) + " at " + index_text(shape, largest_relative_at) + " (" +
          number(largest_ulp) + " ulp); the expected rms is " + number(golden_rms);
  if (text.size() > kLongestMessage) text = text.substr(0, kLongestMessage - 3) + "...";
  return text;
}

}  // namespace coldforge::kernels
