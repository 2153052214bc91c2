#pragma once

#include <cstdint>
#include <string_view>

namespace coldforge {

/// Counter-based random numbers (Philox4x32-10, Salmon et al., SC 2011): the n-th number of a
/// stream depends on the stream's key and n only, so that order of work and number of threads never
/// reach a result.
///
/// A stream is named by what it is for: Random(seed, {task digest, "candidate", ...} folded by
/// stream_key()).
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  /// Uniform in [0, bound), without modulo bias; bound > 0.
  std::uint32_t below(std::uint32_t bound);
  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  /// Standard normal, as the sum of 12 uniforms less 6: exact arithmetic only, no libm, tails end
  /// at +-6.
  double normal();

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t counter_ = 0;
  std::uint32_t block_[4] = {};
  int used_ = 4;
};

/// Folds a name into a stream key (64-bit FNV-1a); chain calls to add parts.
std::uint64_t stream_key(std::string_view part, std::uint64_t key = 0xcbf29ce484222325ull);
std::uint64_t stream_key(std::uint64_t part, std::uint64_t key);

}  // namespace coldforge
