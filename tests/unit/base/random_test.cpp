#include "sim/base/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using coldforge::Random;
using coldforge::stream_key;

TEST_CASE("Philox4x32-10 gives the published answers", "[base]") {
  // Random123's known-answer file, counter and key all zero.
  Random random(0, 0);
  CHECK(random.next_u32() == 0x6627e8d5u);
  CHECK(random.next_u32() == 0xe169c58du);
  CHECK(random.next_u32() == 0xbc57ac4cu);
  CHECK(random.next_u32() == 0x9b00dbd8u);
}

TEST_CASE("a stream depends on seed and name only, and names do not run into each other",
          "[base]") {
  Random first(7, stream_key("softmax")), again(7, stream_key("softmax")),
      other(7, stream_key("softmay"));
  const std::uint64_t value = first.next_u64();
  CHECK(value == again.next_u64());
  CHECK(value != other.next_u64());
  CHECK(stream_key("c", stream_key("ab")) != stream_key("bc", stream_key("a")));
}

TEST_CASE("below() reaches every value of its range about equally often", "[base]") {
  Random random(1, stream_key("below"));
  std::vector<int> seen(10);
  for (int i = 0; i < 10000; ++i) ++seen[random.below(10)];
  for (const int count : seen) {
    CHECK(count > 850);
    CHECK(count < 1150);
  }
}

TEST_CASE("normal() has mean 0, deviation 1 and ends at 6", "[base]") {
  Random random(2, stream_key("normal"));
  double sum = 0, squares = 0, largest = 0;
  constexpr int kSamples = 20000;
  for (int i = 0; i < kSamples; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    largest = std::max(largest, std::abs(x));
  }
  CHECK(std::abs(sum / kSamples) < 0.03);
  CHECK(std::abs(squares / kSamples - 1) < 0.03);
  CHECK(largest <= 6);
}
