#include <poll.h>

#include <catch2/catch.hpp>

#include "sim/base/error.h"
#include "tests/system/verify/verify_fixture.h"

using namespace coldforge;
using namespace coldforge::test;

TEST_CASE("a correct kernel is measured and diagnosed", "[verify]") {
  const Bench bench(small_relu());
  const agent::Verdict verdict = bench.verify(honest_relu());
  INFO(verdict.reason);
  REQUIRE(verdict.pass);
  // 4096 bytes in and out at 32 a cycle.
  CHECK(verdict.lower_bound_cycles == 256);
  CHECK(verdict.cycles > 256);
  CHECK(verdict.roofline_fraction == Approx(256.0 / static_cast<double>(verdict.cycles)));
  CHECK(verdict.dram.read_bytes == 4096);
  CHECK(verdict.dram.write_bytes == 4096);
  for (const agent::UnitProfile& unit : verdict.units) {
    std::int64_t sum = 0;
    for (const std::int64_t cycles : unit.cycles) sum += cycles;
    CHECK(sum == verdict.cycles);
  }
  CHECK_FALSE(verdict.line_cycles.empty());
  CHECK(verdict.class_cycles.count("tload") == 1);
  CHECK_FALSE(verdict.path.empty());
  CHECK(verdict.elf_digest.size() == 64);
}

TEST_CASE("candidates under way at once get the verdicts that they get alone", "[verify]") {
  const Bench bench(small_relu());
  const std::string wrong = kernel_of(kNames + kLoad + "  npu::tmaxs(x, x, 1.0f);\n" + kStore);
  auto first = bench.verifier.start(honest_relu());
  auto second = bench.verifier.start(wrong);
  bool done[2] = {false, false};
  while (!done[0] || !done[1]) {
    pollfd watched[2] = {{first->descriptor(), POLLIN, 0}, {second->descriptor(), POLLIN, 0}};
    ::poll(watched, 2, 20);
    done[0] = first->ready();
    done[1] = second->ready();
  }
  const agent::Verdict alone = bench.verify(honest_relu());
  CHECK(first->finish().cycles == alone.cycles);
  CHECK(first->finish().reason == alone.reason);
  CHECK(second->finish().name() == "correct");
}

TEST_CASE("a wrong result says where and by how much", "[verify]") {
  const Bench bench(small_relu());
  const agent::Verdict verdict = bench.verify(kernel_of(
      kNames + "  npu::VecTile<float, 1> corner(2, 3, 61 * 4);\n  corner.stride(64);\n" + kLoad +
      "  npu::tmaxs(x, x, 0.0f);\n  npu::tadds(corner, corner, 5.0f);\n" + kStore));
  INFO(verdict.reason);
  CHECK(verdict.name() == "correct");
  CHECK(verdict.trials_run == 3);
  CHECK(verdict.trials_passed == 0);
  REQUIRE(verdict.errors.size() == 3);
  CHECK(verdict.errors[0].find("6 of 1024") != std::string::npos);
  CHECK(verdict.reason.size() <= agent::kReasonLimit);
}

TEST_CASE("a trap is blamed on its line", "[verify]") {
  const Bench bench(small_relu());
  const agent::Verdict verdict =
      bench.verify(kernel_of("  npu::VecTile<float, 0> x(16, 64, 0);\n"
                             "  npu::VecTile<float, 1> y(16, 32, 0);\n"
                             "  npu::tadd(x, x, y);\n"));
  INFO(verdict.reason);
  CHECK(verdict.name() == "run");
  REQUIRE(verdict.lines.size() == 1);
  CHECK(verdict.lines[0].line == 7);
  CHECK(verdict.lines[0].text == "npu::tadd(x, x, y);");
}

TEST_CASE("a deadlock says who waits for what", "[verify]") {
  const Bench bench(small_relu());
  const agent::Verdict verdict =
      bench.verify(kernel_of("  npu::wait<Engine::Vector>(7);\n  npu::barrier();\n"));
  INFO(verdict.reason);
  CHECK(verdict.name() == "run");
  CHECK(verdict.reason.find("deadlock") == 0);
  CHECK(verdict.reason.find("flag 7") != std::string::npos);
}

TEST_CASE("given inputs replace generated ones, and are checked", "[verify]") {
  agent::VerifyOptions options;
  options.inputs["x"] = kernels::Tensor(ElementType::Fp32, {16, 64});
  options.inputs["x"].values[5] = 3;
  const Bench bench(small_relu(), options);
  auto pending = bench.verifier.start(honest_relu());
  CHECK(pending->finish().pass);
  REQUIRE(pending->evidence().outputs.size() == 1);
  CHECK(pending->evidence().outputs[0].values[5] == 3);
  options.inputs["x"].shape = {64, 16};
  CHECK_THROWS_WITH(Bench(small_relu(), options),
                    "--input x: is fp32 64x16, the task wants fp32 16x64");
  options.inputs["z"] = options.inputs["x"];
  options.inputs.erase("x");
  CHECK_THROWS_WITH(Bench(small_relu(), options), "--input z: no such input; the task has x");
}
