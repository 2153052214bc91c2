#include "sim/base/random.h"

namespace coldforge {
namespace {

/// One Philox4x32 block of ten rounds. Constants: Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3".
void philox(const std::uint32_t counter[4], std::uint64_t key, std::uint32_t out[4]) {
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = 0xD2511F53ull * c0;
    const std::uint64_t p1 = 0xCD9E8D57ull * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

}  // namespace

std::uint32_t Random::next_u32() {
  if (used_ == 4) {
    const std::uint32_t counter[4] = {
        static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
        static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)};
    philox(counter, seed_, block_);
    ++counter_;
    used_ = 0;
  }
  return block_[used_++];
}

std::uint64_t Random::next_u64() {
  const std::uint64_t high = next_u32();
  return high << 32 | next_u32();
}

std::uint32_t Random::below(std::uint32_t bound) {
  // Reject the incomplete last bucket, so that every value has the same weight.
  const std::uint32_t limit = ~std::uint32_t{0} - ~std::uint32_t{0} % bound;
  std::uint32_t value = next_u32();
  while (value >= limit) value = next_u32();
  return value % bound;
}

double Random::uniform() { return static_cast<double>(next_u64() >> 11) * 0x1p-53; }

double Random::normal() {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += uniform();
  return sum;
}

std::uint64_t stream_key(std::string_view part, std::uint64_t key) {
  for (const char c : part) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return (key ^ 0xff) * 0x100000001b3ull;  // parts are separated: {"ab","c"} is not {"a","bc"}
}

std::uint64_t stream_key(std::uint64_t part, std::uint64_t key) {
  for (int i = 0; i < 8; ++i) key = (key ^ (part >> (8 * i) & 0xff)) * 0x100000001b3ull;
  return key;
}

}  // namespace coldforge
