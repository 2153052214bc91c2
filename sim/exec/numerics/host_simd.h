#pragma once

#include <cstdint>

namespace coldforge::sim {

/// Which host instructions the numerics use. Results have the same bits at every level; only speed
/// differs.
enum class HostSimd : std::uint8_t {
  Portable,  ///< plain C++, IEEE double arithmetic, no assumption about the host's flush modes
  Avx2,      ///< AVX2 and FMA, with MXCSR's FTZ and DAZ set for the length of a call
  Avx512,    ///< AVX-512 F, BW, CD, DQ, VL, likewise
};

/// The level in use: at first the best that this machine has.
HostSimd host_simd();

/// Uses `level`, or the best that this machine has if it has less; returns what is now in use. For
/// tests and measurements: not to be called while another thread computes.
HostSimd set_host_simd(HostSimd level);

}  // namespace coldforge::sim
