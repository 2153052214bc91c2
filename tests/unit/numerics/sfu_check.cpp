#include "tests/unit/numerics/sfu_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "sim/exec/numerics/lane_ops.h"
#include "tests/unit/numerics/samples.h"

namespace coldforge::sim {
namespace {

// The host's double functions err by less than 2^-28 of an fp32 ULP.
long double exp_reference(long double x) { return std::exp(static_cast<double>(x)); }
long double log_reference(long double x) { return std::log(static_cast<double>(x)); }
long double tanh_reference(long double x) { return std::tanh(static_cast<double>(x)); }
long double erf_reference(long double x) { return std::erf(static_cast<double>(x)); }
long double rsqrt_reference(long double x) { return 1 / std::sqrt(static_cast<double>(x)); }
long double sigmoid_reference(long double x) {
  const double e = std::exp(-std::fabs(static_cast<double>(x)));
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/// The n-th fp32 pattern from the lowest float to the highest.
std::uint32_t nth_float(std::uint64_t n) {
  const auto i = static_cast<std::uint32_t>(n);
  return i < 0x80000000u ? ~i : i - 0x80000000u;
}

float as_float(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

/// Position among the floats in order; both zeros at 0.
std::int32_t order_of(std::uint32_t bits) {
  const auto magnitude = static_cast<std::int32_t>(bits & 0x7fffffffu);
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

/// Error of `y` in ULP of exact's binade; negative if y is not what a rounded, flushed result may
/// be.
double error_ulp(std::uint32_t y_bits, long double exact) {
  const float y = as_float(y_bits);
  const double reference = static_cast<double>(exact);
  if (std::isnan(reference)) return y_bits == 0x7fc00000u ? 0 : -1;
  if (std::isinf(reference)) return static_cast<double>(y) == reference ? 0 : -1;
  if (std::fabs(reference) < 0x1.ffffffp-127) {
    return y == 0 && std::signbit(y) == std::signbit(reference) ? 0 : -1;
  }
  if (std::fabs(reference) >= 0x1.ffffffp127) {
    return static_cast<double>(y) == std::copysign(HUGE_VAL, reference) ? 0 : -1;
  }
  if (std::isnan(y) || std::isinf(y) || y == 0) return -1;
  // 2^23 / 2^floor(log2 |reference|), from the exponent field: this runs four thousand million
  // times.
  std::uint64_t bits;
  const double magnitude = std::max(std::fabs(reference), 0x1p-126);
  std::memcpy(&bits, &magnitude, sizeof(bits));
  bits = ((1023 + 23 + 1023) - (bits >> 52)) << 52;
  double ulps_per_unit;
  std::memcpy(&ulps_per_unit, &bits, sizeof(bits));
  return std::fabs(static_cast<double>(y) - reference) * ulps_per_unit;
}

}  // namespace

const SfuPromise kSfuPromises[kSfuFunctions] = {
    {"exp.f32", exp_reference, 0.53, SfuOrder::Ascending},
    {"log.f32", log_reference, 0.57, SfuOrder::Ascending},
    {"tanh.f32", tanh_reference, 0.58, SfuOrder::AscendingWithinUlp},
    {"sigmoid.f32", sigmoid_reference, 0.56, SfuOrder::AscendingWithinUlp},
    {"erf.f32", erf_reference, 0.63, SfuOrder::AscendingWithinUlp},
    {"rsqrt.f32", rsqrt_reference, 0.60, SfuOrder::Descending},
};

bool SfuReport::keeps(const SfuPromise& promise) const {
  const std::uint64_t allowed = promise.order == SfuOrder::AscendingWithinUlp ? 1 : 0;
  return max_error_ulp <= promise.max_error_ulp && largest_step_back <= allowed &&
         wrong_specials == 0 && unlike == 0;
}

SfuReport check_sfu(const SfuPromise& promise, std::uint32_t stride) {
  constexpr std::size_t kBlock = 4096;
  constexpr std::uint64_t kAll = 1ull << 32;
  const LaneOp& op = *find_lane_op(promise.lane_op);
  std::vector<std::uint32_t> x(kBlock), y(kBlock), y_other(kBlock);
  const EachLevel levels;
  SfuReport report;
  bool has_previous = false;
  std::int32_t previous = 0;
  for (std::uint64_t first = 0; first < kAll; first += kBlock * std::uint64_t{stride}) {
    const auto count = std::min<std::uint64_t>(kBlock, (kAll - first + stride - 1) / stride);
    for (std::size_t i = 0; i < count; ++i) x[i] = nth_float(first + i * stride);
    for (const HostSimd level : levels) {
      set_host_simd(level);
      op.run(x.data(), nullptr, nullptr, y_other.data(), count);
      if (level != *levels.begin()) {
        for (std::size_t i = 0; i < count; ++i) report.unlike += y[i] != y_other[i] ? 1 : 0;
      }
      y.swap(y_other);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const bool subnormal = (x[i] & 0x7f800000u) == 0;
      const float input = as_float(subnormal ? x[i] & 0x80000000u : x[i]);
      const double error = error_ulp(y[i], promise.reference(static_cast<long double>(input)));
      if (error < 0 && report.wrong_specials++ == 0) report.first_wrong = x[i];
      if (error > report.max_error_ulp) {
        report.max_error_ulp = error;
        report.worst_input = x[i];
      }
      // rsqrt jumps from -inf to +inf at zero, which is no disorder within its domain.
      const bool outside = std::isnan(as_float(y[i])) ||
                           (promise.order == SfuOrder::Descending && std::signbit(input));
      if (outside) continue;
      const std::int32_t result = order_of(y[i]);
      const std::int64_t rise = std::int64_t{result} - previous;
      const std::int64_t back = promise.order == SfuOrder::Descending ? rise : -rise;
      if (has_previous && back > 0) {
        if (report.steps_back++ == 0) report.first_step_back = x[i];
        report.largest_step_back =
            std::max(report.largest_step_back, static_cast<std::uint64_t>(back));
      }
      previous = result;
      has_previous = true;
    }
    report.inputs += count;
  }
  return report;
}

}  // namespace coldforge::sim
