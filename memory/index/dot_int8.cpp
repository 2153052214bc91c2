#include "memory/index/dot_int8.h"

#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace coldforge::memory {
namespace {

void dot_rows_portable(const std::int8_t* rows, std::size_t count, std::size_t dims,
                       const std::int8_t* query, std::int32_t* out) {
  for (std::size_t i = 0; i < count; ++i, rows += dims) {
    std::int32_t sum = 0;
    for (std::size_t d = 0; d < dims; ++d) sum += rows[d] * query[d];
    out[i] = sum;
  }
}

#if defined(__x86_64__)

/// Products of int8 fit int16, and pairs of them int32: madd on widened operands is exact.
__attribute__((target("avx2"))) void dot_rows_avx2(const std::int8_t* rows, std::size_t count,
                                                   std::size_t dims, const std::int16_t* query,
                                                   std::int32_t* out) {
  for (std::size_t i = 0; i < count; ++i, rows += dims) {
    __m256i sum = _mm256_setzero_si256();
    for (std::size_t d = 0; d < dims; d += 16) {
      const __m256i row =
          _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + d)));
      const __m256i other = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query + d));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(row, other));
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    out[i] = _mm_cvtsi128_si32(half);
  }
}

__attribute__((target("avx512f,avx512bw"))) void dot_rows_avx512(const std::int8_t* rows,
                                                                 std::size_t count,
                                                                 std::size_t dims,
                                                                 const std::int16_t* query,
                                                                 std::int32_t* out) {
  for (std::size_t i = 0; i < count; ++i, rows += dims) {
    __m512i sum = _mm512_setzero_si512();
    for (std::size_t d = 0; d < dims; d += 32) {
      const __m512i row =
          _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + d)));
      const __m512i other = _mm512_loadu_si512(query + d);
      sum = _mm512_add_epi32(sum, _mm512_madd_epi16(row, other));
    }
    alignas(64) std::int32_t lanes[16];
    _mm512_store_si512(lanes, sum);
    std::int32_t total = 0;
    for (const std::int32_t lane : lanes) total += lane;
    out[i] = total;
  }
}

#endif

}  // namespace

Simd best_simd() {
#if defined(__x86_64__)
  static const Simd best = [] {
    if (__builtin_cpu_supports("avx512bw")) return Simd::Avx512;
    return __builtin_cpu_supports("avx2") ? Simd::Avx2 : Simd::Portable;
  }();
  return best;
#else
  return Simd::Portable;
#endif
}

void dot_rows(Simd simd, const std::int8_t* rows, std::size_t count, std::size_t dims,
              const std::int8_t* query, std::int32_t* out) {
#if defined(__x86_64__)
  if (simd != Simd::Portable) {
    const std::vector<std::int16_t> wide(query, query + dims);
    if (simd == Simd::Avx512) return dot_rows_avx512(rows, count, dims, wide.data(), out);
    return dot_rows_avx2(rows, count, dims, wide.data(), out);
  }
#endif
  (void)simd;
  dot_rows_portable(rows, count, dims, query, out);
}

}  // namespace coldforge::memory
