#pragma once

#include <cstddef>
#include <cstdint>

namespace coldforge::memory {

/// Instruction sets that the scan is written for. The results are integers and equal.
enum class Simd : std::uint8_t { Portable, Avx2, Avx512 };

/// The best that this host has.
Simd best_simd();

/// out[i] = rows[i] . query for `count` rows of `dims` int8 values, one after the other; dims is a
/// multiple of 64. |sums| stay below 2^31 up to 2^17 dims. The caller makes sure that the host has
/// `simd`.
void dot_rows(Simd simd, const std::int8_t* rows, std::size_t count, std::size_t dims,
              const std::int8_t* query, std::int32_t* out);

}  // namespace coldforge::memory
