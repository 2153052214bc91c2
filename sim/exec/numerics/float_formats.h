#pragma once

#include <cstddef>
#include <cstdint>

#include "isa/element_type.h"

namespace coldforge::sim {

// Conversions between the element types of tiles and DRAM, on bit patterns.
//
//   to a float     nearest even; overflow to +-inf; NaN becomes 7FC00000 (fp32), 7E00 (fp16), 7FC0
//                  (bf16), its sign is lost. fp16 subnormals are kept, both ways; fp32 and bf16
//                  subnormals become zero of their sign. int32 to fp16 or bf16 rounds once.
//   float to int   nearest even, saturating, NaN to 0 (truncating: lane operation trunc.i32.f32)
//   int to int     saturating
//   to bool        not zero: NaN is true, a subnormal is false; bool to others: 0 or 1
//   no change      fp32 to fp32 lanes and int32 to int32 lanes copy the bits

std::uint32_t fp32_from_fp16(std::uint16_t half);
std::uint32_t fp32_from_bf16(std::uint16_t half);
std::uint16_t fp16_from_fp32(std::uint32_t bits);
std::uint16_t bf16_from_fp32(std::uint32_t bits);
std::uint32_t fp32_from_int32(std::int32_t value);
std::int32_t int32_from_fp32(std::uint32_t bits);        ///< nearest even
std::int32_t int32_from_fp32_trunc(std::uint32_t bits);  ///< towards zero
std::int64_t int64_from_fp32(std::uint32_t bits);        ///< nearest even

/// Memory to lanes: lanes[i] = element i * stride_elems of src, floats as fp32 bits, integers and
/// bool as int32 (int64 saturates). The stride may be 0 or negative; src needs no alignment and
/// must not overlap lanes.
void widen(ElementType from, const void* src, std::ptrdiff_t stride_elems, std::uint32_t* lanes,
           std::size_t n);
/// The same for rows of `cols` elements: row r starts r * row_stride elements behind `src`, its
/// lanes r * lane_stride behind `lanes`.
void widen_rows(ElementType from, const void* src, std::ptrdiff_t row_stride,
                std::ptrdiff_t col_stride, std::uint32_t* lanes, std::size_t lane_stride,
                std::size_t rows, std::size_t cols);

/// Lanes to memory: element i * stride_elems of dst = lanes[i], which are fp32 bits or int32.
/// Writes no other byte.
void narrow(ElementType to, bool lanes_are_float, const std::uint32_t* lanes, void* dst,
            std::ptrdiff_t stride_elems, std::size_t n);

}  // namespace coldforge::sim
