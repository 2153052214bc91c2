#include <verilated.h>

#include <catch2/catch.hpp>

#include "VRunState.h"
#include "isa/arch.h"
#include "sim/base/random.h"
#include "tests/rtl_bench/load_store/bits.h"

using namespace coldforge;
using rtl_bench::Bits;

namespace {

constexpr int kUnits = 6;
constexpr std::uint32_t kBusy = 0;                  // cf_npu_pkg::STALL_BUSY
constexpr std::uint32_t kExited = 1, kTrapped = 2;  // cf_npu_pkg::core_state_e

struct Fault {
  bool is_valid = false;
  std::uint32_t code = 0, seq = 0, detail = 0, extra = 0;
};
struct Request {
  bool is_valid = false;
  std::uint32_t bytes = 0;
};
struct Inputs {
  Fault faults[kUnits];
  std::uint32_t stalls[kUnits];
  std::uint32_t done[kUnits - 1];
  std::uint32_t drained, state;
  bool retires;
  Request core_read, load_read, core_write, store_write;
};

/// sim/README.md, "Faults, limits, end", and the counters of the core's registers.
struct RunState {
  std::uint64_t cycle = 0, fault_cycle = 0;
  Fault fault;
  std::uint32_t fault_unit = 0;
  std::uint64_t busy[kUnits] = {};
  std::uint64_t retired = 0, read_bytes = 0, written_bytes = 0;
};

Request draw_request(Random& random) { return {random.below(3) == 0, random.below(1u << 16)}; }

Inputs draw(Random& random, std::uint32_t faults_in) {
  Inputs in;
  for (int u = 0; u < kUnits; ++u) {
    in.faults[u] = {random.below(faults_in) == 0, random.below(8), random.next_u32(),
                    random.next_u32(), random.next_u32()};
    in.stalls[u] = random.below(2) == 0 ? kBusy : random.below(16);
  }
  for (std::uint32_t& done : in.done) done = random.next_u32();
  in.drained = random.below(2) == 0 ? 31 : random.below(32);
  in.state = random.below(4);
  in.retires = random.below(2) == 0;
  in.core_read = draw_request(random);
  in.load_read = draw_request(random);
  in.core_write = draw_request(random);
  in.store_write = draw_request(random);
  return in;
}

template <typename Port>
void drive_fault(const Fault& fault, Port& port) {
  Bits()
      .put(fault.extra, 32)
      .put(fault.detail, 32)
      .put(fault.seq, 32)
      .put(fault.code, 3)
      .put(fault.is_valid, 1)
      .copy_to(port);
}

std::uint64_t packed(const Request& request) {
  return request.bytes | std::uint64_t{7} << 16 | std::uint64_t{0x80001000} << 24;
}

void drive(VRunState& top, const Inputs& in) {
  drive_fault(in.faults[0], top.scalar_fault_i);
  drive_fault(in.faults[1], top.load_fault_i);
  drive_fault(in.faults[2], top.store_fault_i);
  drive_fault(in.faults[3], top.move_fault_i);
  drive_fault(in.faults[4], top.matrix_fault_i);
  drive_fault(in.faults[5], top.vector_fault_i);
  top.stall_i = 0;
  for (int u = 0; u < kUnits; ++u) top.stall_i |= in.stalls[u] << 4 * u;
  Bits done;
  for (const std::uint32_t count : in.done) done.put(count, 32);
  done.copy_to(top.done_count_i);
  top.drained_i = static_cast<std::uint8_t>(in.drained);
  Bits().put(0, 32).put(0, 32).put(0, 32).put(0, 32).put(in.state, 2).copy_to(top.end_i);
  top.retires_i = in.retires;
  top.scalar_ar_valid_i = in.core_read.is_valid;
  top.scalar_ar_i = packed(in.core_read);
  top.load_ar_valid_i = in.load_read.is_valid;
  top.load_ar_i = packed(in.load_read);
  top.scalar_aw_valid_i = in.core_write.is_valid;
  top.scalar_aw_i = packed(in.core_write);
  top.store_aw_valid_i = in.store_write.is_valid;
  top.store_aw_i = packed(in.store_write);
  top.eval();
}

void check_outputs(const VRunState& top, const Inputs& in, const RunState& state,
                   std::uint64_t stop_cycles) {
  const bool has_fault = state.fault.is_valid;
  REQUIRE(Bits::get(top.fault_o, 99, 1) == has_fault);
  if (has_fault) {
    REQUIRE(Bits::get(top.fault_o, 96, 3) == state.fault.code);
    REQUIRE(Bits::get(top.fault_o, 64, 32) == state.fault.seq);
    REQUIRE(Bits::get(top.fault_o, 32, 32) == state.fault.detail);
    REQUIRE(Bits::get(top.fault_o, 0, 32) == state.fault.extra);
    REQUIRE(top.fault_unit_o == state.fault_unit);
  }
  const bool is_stopped = has_fault && state.cycle >= state.fault_cycle + stop_cycles;
  REQUIRE(top.stopped_o == is_stopped);
  REQUIRE(top.stop_o == (is_stopped || in.state == kTrapped));
  REQUIRE(top.is_idle_o == (in.state == kExited && in.drained == 31 && !has_fault));
  REQUIRE(top.cycle_o == state.cycle);
  for (int u = 0; u < kUnits; ++u) {
    REQUIRE(Bits::get(top.busy_o, 64 * u, 64) == state.busy[u]);
    REQUIRE(Bits::get(top.done_o, 64 * u, 64) == (u == 0 ? state.retired : in.done[u - 1]));
  }
  REQUIRE(top.read_bytes_o == state.read_bytes);
  REQUIRE(top.write_bytes_o == state.written_bytes);
}

void advance(const Inputs& in, RunState& state) {
  // Of several faults in a cycle the lowest unit's; later ones do not count.
  for (std::uint32_t u = 0; u < kUnits && !state.fault.is_valid; ++u) {
    if (!in.faults[u].is_valid) continue;
    state.fault = in.faults[u];
    state.fault_unit = u;
    state.fault_cycle = state.cycle;
  }
  for (int u = 0; u < kUnits; ++u) state.busy[u] += in.stalls[u] == kBusy;
  state.retired += in.retires;
  for (const Request& read : {in.core_read, in.load_read})
    if (read.is_valid) state.read_bytes += read.bytes;
  for (const Request& write : {in.core_write, in.store_write})
    if (write.is_valid) state.written_bytes += write.bytes;
  ++state.cycle;
}

}  // namespace

TEST_CASE("the run keeps its first fault, stops after it, and counts every cycle", "[rtl]") {
  constexpr std::uint64_t kSeed = 6;
  constexpr int kRuns = 200, kCycles = 40;
  const auto stop_cycles =
      static_cast<std::uint64_t>(isa::load_arch("tiny").fault_stop_cycles.count);
  VerilatedContext context;
  VRunState top(&context);
  top.clk_i = 0;
  top.rst_ni = 1;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    INFO("seed " << kSeed << ", run " << run);
    Random random(kSeed, run);
    const std::uint32_t faults_in = random.below(2) == 0 ? 30 : 1000;
    // A reset in the middle of the run before: nothing of it may be left.
    drive(top, draw(random, faults_in));
    top.rst_ni = 0;
    top.eval();
    top.rst_ni = 1;
    RunState state;
    for (int cycle = 0; cycle < kCycles; ++cycle) {
      INFO("cycle " << cycle);
      const Inputs in = draw(random, faults_in);
      drive(top, in);
      check_outputs(top, in, state, stop_cycles);
      advance(in, state);
      top.clk_i = 1;
      top.eval();
      top.clk_i = 0;
      top.eval();
    }
  }
}
