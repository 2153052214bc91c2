#pragma once

#include <cstdint>

#include "sim/base/random.h"

namespace coldforge::rtl_bench {

/// What stands around the core in a bench: every answer is a function of the cycle (or address) in
/// which it is given, so that model and RTL may ask at different times.
class World {
 public:
  explicit World(std::uint64_t seed) : seed_(seed) {}

  std::uint32_t accepts(std::int64_t cycle) const { return bits(1, cycle, 5, 10); }
  std::uint32_t drained(std::int64_t cycle) const { return bits(2, cycle, 5, 9); }
  bool take(std::int64_t cycle) const { return draw(3, cycle) % 3 == 0; }
  bool overflow(std::int64_t cycle) const { return draw(4, cycle) % 16 == 0; }
  bool conflict(std::int64_t cycle) const { return draw(5, cycle) % 16 == 0; }
  std::int64_t latency(std::int64_t cycle) const { return 1 + draw(6, cycle) % 14; }
  bool error(std::int64_t cycle) const { return draw(7, cycle) % 16 == 0; }
  bool print_ok(std::uint32_t address) const { return draw(8, address) % 4 != 0; }
  std::uint32_t element(std::int64_t cycle) const { return draw(9, cycle); }
  std::uint8_t dram(std::uint32_t address) const {
    return static_cast<std::uint8_t>(draw(10, address));
  }
  /// An NPU counter, by the number of its low half.
  std::uint64_t counter(std::uint32_t csr, std::int64_t cycle) const {
    return std::uint64_t{draw(csr, cycle)} << 32 | draw(csr + 0x1000, cycle);
  }

 private:
  std::uint32_t draw(std::uint64_t what, std::int64_t at) const {
    std::uint64_t z = seed_ + what * 0x9e3779b97f4a7c15ull +
                      static_cast<std::uint64_t>(at) * 0xd1342543de82ef95ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return static_cast<std::uint32_t>((z ^ z >> 31) >> 16);
  }
  /// `width` bits, each set in `of_16` of 16 cases.
  std::uint32_t bits(std::uint64_t what, std::int64_t at, int width, std::uint32_t of_16) const {
    const std::uint32_t drawn = draw(what, at);
    std::uint32_t result = 0;
    for (int i = 0; i < width; ++i) result |= ((drawn >> 4 * i & 15) < of_16 ? 1u : 0u) << i;
    return result;
  }

  const std::uint64_t seed_;
};

}  // namespace coldforge::rtl_bench
