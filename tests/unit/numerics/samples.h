#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/random.h"
#include "sim/exec/numerics/host_simd.h"

namespace coldforge::sim {

/// fp32 and int32 patterns at which something changes: zeros, subnormals, neighbours of powers of
/// two, of the int32 range and of overflow, infinities, quiet and signalling NaN.
inline std::vector<std::uint32_t> corner_lanes() {
  std::vector<std::uint32_t> lanes;
  for (const std::uint32_t x :
       {0x00000000u, 0x00000001u, 0x00400000u, 0x007fffffu, 0x00800000u, 0x00800001u, 0x01000000u,
        0x1f800000u, 0x20000000u, 0x33000000u, 0x337fffffu, 0x33800000u, 0x3effffffu, 0x3f000000u,
        0x3f000001u, 0x3f7fffffu, 0x3f800000u, 0x3f800001u, 0x3fc00000u, 0x40000000u, 0x40200000u,
        0x41300000u, 0x4b000001u, 0x4b800000u, 0x4effffffu, 0x4f000000u, 0x4f800000u, 0x5f000000u,
        0x7effffffu, 0x7f7fffffu, 0x7f800000u, 0x7f800001u, 0x7fc00000u, 0x7fffffffu}) {
    lanes.push_back(x);
    lanes.push_back(x | 0x80000000u);
  }
  return lanes;
}

/// n lanes: any bits, bits with close exponents (cancellation), tiny and huge numbers in turn.
inline std::vector<std::uint32_t> random_lanes(std::size_t n, std::uint64_t seed) {
  Random random(seed, stream_key("numerics samples"));
  std::vector<std::uint32_t> lanes(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t bits = random.next_u32();
    const std::uint32_t sign_fraction = bits & 0x807fffffu;
    switch (random.below(4)) {
      case 0:
        lanes[i] = bits;
        break;
      case 1:
        lanes[i] = sign_fraction | ((125 + random.below(5)) << 23);
        break;
      case 2:
        lanes[i] = sign_fraction | ((60 + random.below(10)) << 23);
        break;
      default:
        lanes[i] = sign_fraction | (random.below(256) << 23);
        break;
    }
  }
  return lanes;
}

/// Every level this host has, best last; restores the level on exit.
class EachLevel {
 public:
  EachLevel() : before_(host_simd()) {
    for (const HostSimd level : {HostSimd::Portable, HostSimd::Avx2, HostSimd::Avx512}) {
      if (set_host_simd(level) == level) levels_.push_back(level);
    }
  }
  ~EachLevel() { set_host_simd(before_); }
  EachLevel(const EachLevel&) = delete;
  EachLevel& operator=(const EachLevel&) = delete;
  auto begin() const { return levels_.begin(); }
  auto end() const { return levels_.end(); }

 private:
  HostSimd before_;
  std::vector<HostSimd> levels_;
};

}  // namespace coldforge::sim
