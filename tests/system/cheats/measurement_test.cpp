// Cheats that aim at the measurement: none of them makes a kernel faster than it is.
#include <catch2/catch.hpp>

#include "tests/system/verify/verify_fixture.h"

using namespace coldforge;
using namespace coldforge::test;

TEST_CASE("9: the clock runs until the engines have drained", "[cheats]") {
  const Bench bench(small_relu());
  const std::string body = kNames + kLoad + "  npu::tmaxs(x, x, 0.0f);\n" + kStore;
  const agent::Verdict at_once = bench.verify(kernel_of(body));
  const agent::Verdict waits = bench.verify(kernel_of(body + "  npu::barrier();\n"));
  REQUIRE(at_once.pass);
  REQUIRE(waits.pass);
  // The barrier and the return behind it take a few cycles more; the store, a hundred, is in both.
  CHECK(at_once.cycles <= waits.cycles);
  CHECK(waits.cycles - at_once.cycles < 40);
}

TEST_CASE("10, 11: nothing survives from run to run", "[cheats]") {
  // Skips the work if an earlier run left a mark in static data or scratch memory.
  const Bench bench(small_relu());
  const std::string source = kernel_of(
      "  auto* mark = reinterpret_cast<volatile int*>(args.scratch.address);\n"
      "  if (runs == 0x1234 || *mark == 0x1234) return;\n  runs = 0x1234;\n  *mark = 0x1234;\n" +
          kNames + kLoad + "  npu::tmaxs(x, x, 0.0f);\n" + kStore,
      "int runs;\n");
  const agent::Verdict verdict = bench.verify(source);
  INFO(verdict.reason);
  CHECK(verdict.pass);
  CHECK(verdict.trials_passed == 3);
  CHECK(bench.verify(source).cycles == verdict.cycles);
}

TEST_CASE("12: fewer cycles than the compulsory traffic takes is quarantined", "[cheats]") {
  // The product with zero needs no input, but the bound counts it: what a hole in the model would
  // look like.
  const Bench bench(kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\n"
      "nought (float[512,512] x) => (float[1,512] y) <float zero = {0.0}, int64[1] axes = {0}> {\n"
      "  t = Mul (x, zero)  y = ReduceSum <keepdims = 1> (t, axes)\n}\n",
      "nought"));
  const agent::Verdict verdict =
      bench.verify(kernel_of("  npu::VecTile<float, 0> z(64, 512, 0);\n"
                             "  for (int i = 0; i < 5; ++i) npu::texpands(z, 0.0f);\n" +
                             std::string("  npu::View<float, 1> out(args.y);\n  out.rows(1, "
                                         "512);\n  npu::VecTile<float, 1> x(1, 512, 0);\n") +
                             kStore));
  INFO(verdict.reason);
  CHECK_FALSE(verdict.pass);
  CHECK(verdict.quarantined);
  CHECK(verdict.name() == "cycles");
}

TEST_CASE("30: whatever a verdict depends on changes its cache key", "[cheats]") {
  const std::string source = honest_relu();
  const Bench bench(small_relu());
  const std::string key = bench.verifier.cache_key(source);
  CHECK(Bench(small_relu()).verifier.cache_key(source) == key);
  CHECK(bench.verifier.cache_key(source + " ") != key);
  agent::VerifyOptions options;
  options.seed = 2;
  CHECK(Bench(small_relu(), options).verifier.cache_key(source) != key);
  options = {};
  options.trials = 4;
  CHECK(Bench(small_relu(), options).verifier.cache_key(source) != key);
  CHECK(Bench(small_relu(), {}, "tiny").verifier.cache_key(source) != key);
  const kernels::Task other = kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\nf (float[16,64] x) => (float[16,64] y) { y = "
      "Abs (x) }\n",
      "small_relu");
  CHECK(Bench(other).verifier.cache_key(source) != key);
}
