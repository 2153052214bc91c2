#include <catch2/catch.hpp>
#include <cstring>

#include "sim/exec/numerics/float_formats.h"
#include "tests/timing/engines/engine_bench.h"

namespace coldforge::sim::test {
namespace {

using isa::Memory;
constexpr ElementType kFp32 = ElementType::Fp32, kFp16 = ElementType::Fp16;

Buffer buffer_of(const std::string& name, std::uint32_t address, std::size_t bytes,
                 bool writable = false) {
  Buffer buffer{name, address, std::vector<std::uint8_t>(bytes), true, writable};
  for (std::size_t i = 0; i < bytes; ++i) buffer.bytes[i] = static_cast<std::uint8_t>(i * 7 + 3);
  return buffer;
}

std::int64_t total(const UnitStats& stats) {
  std::int64_t sum = 0;
  for (const std::int64_t cycles : stats.cycles) sum += cycles;
  return sum;
}

}  // namespace

TEST_CASE("a vector instruction takes a cycle a beat and its latency", "[sim][timing]") {
  EngineBench bench("edge");
  const TileDesc a = dense(Memory::Vec, kFp32, 0, 4, 32),
                 b = dense(Memory::Vec, kFp32, 1024 + 512, 4, 32);
  const TileDesc c = dense(Memory::Vec, kFp32, 4096, 4, 32),
                 d = dense(Memory::Vec, kFp32, 8192, 4, 32);
  const auto first = bench.push(bench.command("tadd", {c, a, b}));
  const auto second = bench.push(bench.command("tadd", {d, a, b}));
  const auto third = bench.push(bench.command("tadd", {d, c, b}));
  bench.run();
  // Issued in 0, at the head in 1: 8 beats are fetched in 1..8. L = 2 + 3, so they are written
  // in 6..13.
  CHECK(bench.record(first).start == 1);
  CHECK(bench.record(first).done == 14);
  // The fetch stage is free in 9; written 14..21.
  CHECK(bench.record(second).start == 9);
  CHECK(bench.record(second).done == 22);
  // Writes what the one before writes: it waits until that is done.
  CHECK(bench.record(third).start == 22);
  CHECK(bench.record(third).waited_for == Stall::Hazard);
  CHECK(bench.record(third).waited_seq == static_cast<std::int64_t>(second));
  CHECK(total(bench.stats(isa::Unit::Vector)) == 1'000'000);
  CHECK(bench.stats(isa::Unit::Vector).cycles[static_cast<int>(Stall::Busy)] == 24);
  // From 17 on the third is at the head and held by nothing but the hazard.
  CHECK(bench.stats(isa::Unit::Vector).cycles[static_cast<int>(Stall::Hazard)] == 5);
}

TEST_CASE("a load and a store take the cycles of DRAM", "[sim][timing]") {
  EngineBench bench(
      "edge", {},
      {buffer_of("in", kDramBase, 4096), buffer_of("out", kDramBase + 8192, 4096, true)});
  const TileDesc t = dense(Memory::Vec, kFp32, 0, 16, 64);
  const auto load = bench.load(t, rows_view(kDramBase, kFp32, 16, 64, 64));
  bench.set_flag("load", 3);
  bench.wait_flag("store", 3);
  const auto store = bench.store(rows_view(kDramBase + 8192, kFp32, 16, 64, 64), t);
  bench.run();
  // 4096 bytes are 8 bursts of 16 beats, requested in 1..8. The first misses its row: 131 is its
  // first beat, and the bus then carries 128 beats without a gap, 131..258: the rest hit or have
  // missed meanwhile. Written 132..259.
  CHECK(bench.record(load).start == 1);
  CHECK(bench.record(load).done == 260);
  // tset fires in 260, shows in 261: twait 261, the store starts in 262.
  CHECK(bench.record(store).start == 262);
  // A burst is 8 lines: read 262..269, requested in 270, first beat 271, 16 beats; the last of 8
  // bursts ends 128 beats later, 271..398; response 20 later, done in the cycle after it.
  CHECK(bench.record(store).done == 398 + 20 + 1);
  CHECK(std::memcmp(bench.buffer(1), buffer_of("in", 0, 4096).bytes.data(), 4096) == 0);
  CHECK(bench.stats(isa::Unit::Load).cycles[static_cast<int>(Stall::Dram)] == 131 - 8);
  CHECK(total(bench.stats(isa::Unit::Load)) == 1'000'000);
  CHECK(total(bench.stats(isa::Unit::Store)) == 1'000'000);
  CHECK(bench.dram().read_beats == 128);
  CHECK(bench.dram().write_bytes == 4096);
}

TEST_CASE("a matrix product streams rows behind their weights", "[sim][timing]") {
  EngineBench bench("edge");
  const TileDesc acc = dense(Memory::Acc, kFp32, 0, 64, 32);
  const TileDesc a = dense(Memory::Left, kFp16, 0, 64, 32),
                 b = dense(Memory::Right, kFp16, 0, 32, 32);
  std::vector<float> want(64 * 32);
  auto* left = reinterpret_cast<std::uint16_t*>(bench.bytes(Memory::Left));
  auto* right = reinterpret_cast<std::uint16_t*>(bench.bytes(Memory::Right));
  for (int i = 0; i < 64 * 32; ++i) {
    const float value = static_cast<float>(i % 13 - 6);
    std::uint32_t bits;
    std::memcpy(&bits, &value, 4);
    left[i] = fp16_from_fp32(bits);
    if (i < 32 * 32) right[i] = fp16_from_fp32(bits);
  }
  for (int m = 0; m < 64; ++m) {
    for (int n = 0; n < 32; ++n) {
      for (int k = 0; k < 32; ++k) {
        want[m * 32 + n] +=
            static_cast<float>((m * 32 + k) % 13 - 6) * static_cast<float>((k * 32 + n) % 13 - 6);
      }
    }
  }
  const auto first = bench.push(bench.command("tmatmul", {acc, a, b}));
  const auto second = bench.push(bench.command("tmatmul.acc", {acc, a, b}));
  bench.run();
  // Weights 1..16. Blocks (k0,n0), (k0,n1), (k1,n0), (k1,n1) of 64 rows stream 17..80, 81..144,
  // 145..208, 209..272; the partial sums are long visible. D = 34: the last row is written in 306
  // and visible in 307.
  CHECK(bench.record(first).start == 1);
  CHECK(bench.record(first).done == 307);
  // It may load weights when the last block begins to stream, in 209, but streams after the first
  // is done: 307..562.
  CHECK(bench.record(second).start == 209);
  CHECK(bench.record(second).done == 307 + 256 - 1 + 34 + 1);
  const auto* out = reinterpret_cast<const float*>(bench.bytes(Memory::Acc));
  for (int i = 0; i < 64 * 32; ++i) REQUIRE(out[i] == 2 * want[i]);
  const UnitStats stats = bench.stats(isa::Unit::Matrix);
  CHECK(total(stats) == 1'000'000);
  CHECK(stats.cycles[static_cast<int>(Stall::Busy)] == 16 + 256 + 256);
  CHECK(stats.cycles[static_cast<int>(Stall::Hazard)] == 307 - 273);
}

TEST_CASE("a load outside of its buffer faults in the cycle of its first beat", "[sim][timing]") {
  EngineBench bench("edge", {}, {buffer_of("x", kDramBase, 256)});
  bench.load(dense(Memory::Vec, kFp32, 0, 2, 64), rows_view(kDramBase, kFp32, 2, 64, 64));
  bench.run(1000);
  CHECK(bench.fault().seq == 0);
  CHECK(bench.fault().cycle == 131);
  CHECK(bench.fault().reason == "load access fault: 512 bytes at x+0, 256 bytes long");
  CHECK(bench.fault().address == kDramBase);
}

TEST_CASE("an engine that waits for ever says for what", "[sim][timing]") {
  EngineBench bench("edge");
  bench.wait_flag("load", 3);
  bench.run(1000);
  CHECK(bench.waiting(isa::Unit::Load) == "load waits for flag 3, which nobody sets");
  CHECK_FALSE(bench.idle(isa::Unit::Load));
  CHECK(bench.waiting(isa::Unit::Vector) == "");
  CHECK(bench.stats(isa::Unit::Load).cycles[static_cast<int>(Stall::Flag)] == 999);
}

}  // namespace coldforge::sim::test
