#pragma once

#include <cstdint>
#include <string_view>

namespace coldforge::sim {

/// How results follow their inputs, over the function's domain.
enum class SfuOrder : std::uint8_t {
  Ascending,
  Descending,
  AscendingWithinUlp,  ///< a larger input may give a result that is smaller by one ULP
};

/// What sfu.h promises of one special function.
struct SfuPromise {
  std::string_view lane_op;
  long double (*reference)(long double);  ///< far more precise than fp32; NaN outside the domain
  double max_error_ulp;
  SfuOrder order;
};

inline constexpr int kSfuFunctions = 6;
extern const SfuPromise kSfuPromises[kSfuFunctions];

struct SfuReport {
  double max_error_ulp = 0;
  std::uint32_t worst_input = 0;
  std::uint64_t inputs = 0;
  std::uint64_t steps_back = 0;         ///< neighbours (at this stride) in the wrong order
  std::uint64_t largest_step_back = 0;  ///< in ULP
  std::uint32_t first_step_back = 0;
  std::uint64_t wrong_specials = 0;  ///< NaN, overflow, underflow or domain not as promised
  std::uint32_t first_wrong = 0;
  std::uint64_t unlike = 0;  ///< results that differ between HostSimd levels

  bool keeps(const SfuPromise& promise) const;
};

/// Evaluates every `stride`-th fp32, from -NaN over -inf up to +NaN, at every HostSimd level. ULP:
/// of the binade of the exact result.
SfuReport check_sfu(const SfuPromise& promise, std::uint32_t stride);

}  // namespace coldforge::sim
