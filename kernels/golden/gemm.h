#pragma once

#include <cstdint>

namespace coldforge::kernels::golden {

/// out += a * b in double, row-major without gaps: a [m, k], b [k, n], out [m, n]; out overlaps
/// neither.
void multiply_add(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, const double* b,
                  double* out);

}  // namespace coldforge::kernels::golden
