#pragma once

#include <cstddef>
#include <cstdint>

#include "isa/element_type.h"

namespace coldforge::sim {

/// A matrix in memory: element (r, c) stands at data + (r * row_stride + c * col_stride) elements.
/// Strides may be 0 or negative; no alignment is needed.
struct MatrixOperand {
  ElementType type;
  const void* data;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t col_stride;
};

/// What the matrix unit computes: acc[i][j] = a[i][k] * b[k][j] + acc[i][j] for ascending k.
///
///   a    [m, k]   fp32, fp16 or bf16 (and so is b), or int8 or uint8 (and so is b)
///   b    [k, n]
///   acc  [m, n]   fp32 bits or int32 lanes; rows acc_row_stride lanes apart, columns adjacent; no
///                 overlap with a and b
///
/// Floats: one fused multiply-add for each k, rounded to nearest even, NaN 7FC00000, subnormals
/// flushed as everywhere; bits do not depend on the array's size or on the host. Integers wrap.
/// Without `accumulate`, acc starts as +0 (so that -0 products give +0). With k = 0, acc is kept or
/// zeroed. Source: npu.md, "Numbers".
void matrix_multiply(std::size_t m, std::size_t n, std::size_t k, const MatrixOperand& a,
                     const MatrixOperand& b, bool accumulate, std::uint32_t* acc,
                     std::ptrdiff_t acc_row_stride);

}  // namespace coldforge::sim
