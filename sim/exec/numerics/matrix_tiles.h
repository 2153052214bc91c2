#pragma once

// Register tiles of the host's matrix product: `rows` x `cols` accumulators stay in registers while
// k runs. Internal to matrix.cpp. Operands are packed in 32-bit words: an fp32, or two int16
// (values 2k and 2k+1 of an int8 product).

#include <cstddef>
#include <cstdint>

#include "sim/exec/numerics/simd_dispatch.h"

#if defined(__x86_64__)

namespace coldforge::sim {

/// a: steps x kRows words, b: steps x kCols words, acc: kRows rows, `stride` lanes apart.
using TileFunction = void (*)(const std::uint32_t* a, const std::uint32_t* b, std::size_t steps,
                              std::uint32_t* acc, std::ptrdiff_t stride);

struct FloatAvx2 {
  CF_TARGET_AVX2 static inline __m256i mac(__m256i a, __m256i b, __m256i acc) {
    return _mm256_castps_si256(
        _mm256_fmadd_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _mm256_castsi256_ps(acc)));
  }
  CF_TARGET_AVX2 static inline __m256i result(__m256i acc) {
    const __m256 value = _mm256_castsi256_ps(acc);
    const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(kNan32));
    return _mm256_castps_si256(
        _mm256_blendv_ps(value, nan, _mm256_cmp_ps(value, value, _CMP_UNORD_Q)));
  }
};

struct IntAvx2 {
  CF_TARGET_AVX2 static inline __m256i mac(__m256i a, __m256i b, __m256i acc) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(a, b));
  }
  CF_TARGET_AVX2 static inline __m256i result(__m256i acc) { return acc; }
};

struct FloatAvx512 {
  CF_TARGET_AVX512 static inline __m512i mac(__m512i a, __m512i b, __m512i acc) {
    return _mm512_castps_si512(
        _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), _mm512_castsi512_ps(acc)));
  }
  CF_TARGET_AVX512 static inline __m512i result(__m512i acc) {
    const __m512 value = _mm512_castsi512_ps(acc);
    const __mmask16 nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    return _mm512_mask_mov_epi32(acc, nan, _mm512_set1_epi32(kNan32));
  }
};

struct IntAvx512 {
  CF_TARGET_AVX512 static inline __m512i mac(__m512i a, __m512i b, __m512i acc) {
    return _mm512_add_epi32(acc, _mm512_madd_epi16(a, b));
  }
  CF_TARGET_AVX512 static inline __m512i result(__m512i acc) { return acc; }
};

/// 12 of 16 registers accumulate, two hold b, one a.
struct TileAvx2 {
  static constexpr std::size_t kRows = 6;
  static constexpr std::size_t kCols = 16;
  template <class Arithmetic>
  [[gnu::noinline]] CF_TARGET_AVX2 static void run(const std::uint32_t* a, const std::uint32_t* b,
                                                   std::size_t steps, std::uint32_t* acc,
                                                   std::ptrdiff_t stride) {
    __m256i sum[kRows][2];
#pragma GCC unroll 6
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::uint32_t* row = acc + static_cast<std::ptrdiff_t>(r) * stride;
      sum[r][0] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
      sum[r][1] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + 8));
    }
    for (std::size_t s = 0; s < steps; ++s, a += kRows, b += kCols) {
      const __m256i b0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
      const __m256i b1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + 8));
#pragma GCC unroll 6
      for (std::size_t r = 0; r < kRows; ++r) {
        const __m256i a_r = _mm256_set1_epi32(static_cast<int>(a[r]));
        sum[r][0] = Arithmetic::mac(a_r, b0, sum[r][0]);
        sum[r][1] = Arithmetic::mac(a_r, b1, sum[r][1]);
      }
    }
#pragma GCC unroll 6
    for (std::size_t r = 0; r < kRows; ++r) {
      std::uint32_t* row = acc + static_cast<std::ptrdiff_t>(r) * stride;
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(row), Arithmetic::result(sum[r][0]));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + 8), Arithmetic::result(sum[r][1]));
    }
  }
};

/// 16 of 32 registers accumulate.
struct TileAvx512 {
  static constexpr std::size_t kRows = 8;
  static constexpr std::size_t kCols = 32;
  template <class Arithmetic>
  [[gnu::noinline]] CF_TARGET_AVX512 static void run(const std::uint32_t* a, const std::uint32_t* b,
                                                     std::size_t steps, std::uint32_t* acc,
                                                     std::ptrdiff_t stride) {
    __m512i sum[kRows][2];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::uint32_t* row = acc + static_cast<std::ptrdiff_t>(r) * stride;
      sum[r][0] = _mm512_loadu_si512(row);
      sum[r][1] = _mm512_loadu_si512(row + 16);
    }
    for (std::size_t s = 0; s < steps; ++s, a += kRows, b += kCols) {
      const __m512i b0 = _mm512_loadu_si512(b);
      const __m512i b1 = _mm512_loadu_si512(b + 16);
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kRows; ++r) {
        const __m512i a_r = _mm512_set1_epi32(static_cast<int>(a[r]));
        sum[r][0] = Arithmetic::mac(a_r, b0, sum[r][0]);
        sum[r][1] = Arithmetic::mac(a_r, b1, sum[r][1]);
      }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < kRows; ++r) {
      std::uint32_t* row = acc + static_cast<std::ptrdiff_t>(r) * stride;
      _mm512_storeu_si512(row, Arithmetic::result(sum[r][0]));
      _mm512_storeu_si512(row + 16, Arithmetic::result(sum[r][1]));
    }
  }
};

}  // namespace coldforge::sim

#endif
