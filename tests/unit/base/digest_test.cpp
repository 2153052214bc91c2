#include "sim/base/digest.h"

#include <catch2/catch.hpp>

using coldforge::Digest;

TEST_CASE("a digest is SHA-256 over parts that carry their length", "[base]") {
  // sha256("3:abc"), by sha256sum
  CHECK(coldforge::digest_of("abc") ==
        "aab5f9ae99b2e38fb462025c8f72f570c9c811705d2a4277dc855d7fa293fe97");
  CHECK(Digest().add("ab").add("c").hex() != Digest().add("a").add("bc").hex());
  CHECK(Digest().add(std::int64_t{12}).hex() == Digest().add("12").hex());
}
