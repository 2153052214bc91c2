#include <verilated.h>

#include <catch2/catch.hpp>

#include "VControl.h"
#include "sim/base/random.h"
#include "tests/rtl_bench/load_store/bits.h"

using namespace coldforge;
using rtl_bench::Bits;

namespace {

enum CoreState : std::uint32_t { kRuns = 0, kExited = 1, kTrapped = 2, kReset = 3 };
enum Response : std::uint32_t { kOkay = 0, kSlaveError = 2, kDecodeError = 3 };

/// An answer that waits for the host to take it.
struct Answer {
  bool is_valid = false;
  std::uint32_t response = kOkay, data = 0;
};

/// The registers as sim/README.md lists them, "The host's side, and other platforms".
struct Registers {
  bool has_started = false, has_ended = false;
  std::uint64_t end_cycle = 0;
  Answer written, answered;
};

/// What the bench drives in a cycle.
struct Inputs {
  bool write, read, takes_write, takes_read, start_at_reset, is_idle, is_stopped;
  std::uint32_t write_address, data, strobes, read_address, state, exit_code;
  std::uint64_t cycle;
};

std::uint32_t draw_address(Random& random) {
  return random.below(8) == 0 ? random.next_u32() : 4 * random.below(6);
}

Inputs draw(Random& random, bool start_at_reset) {
  Inputs in;
  in.write = random.below(3) == 0;
  in.read = random.below(2) == 0;
  in.takes_write = random.below(2) == 0;
  in.takes_read = random.below(2) == 0;
  in.start_at_reset = start_at_reset;
  in.is_idle = random.below(20) == 0;
  in.is_stopped = random.below(20) == 0;
  in.write_address = draw_address(random);
  in.data = random.next_u32();
  in.strobes = random.below(3) == 0 ? random.below(16) : 15;
  in.read_address = draw_address(random);
  in.state = random.below(4);
  in.exit_code = random.next_u32();
  in.cycle = random.next_u64();
  return in;
}

void drive(VControl& top, const Inputs& in) {
  top.s_aw_valid_i = top.s_w_valid_i = in.write;
  top.s_aw_addr_i = in.write_address;
  top.s_w_data_i = in.data;
  top.s_w_strb_i = static_cast<std::uint8_t>(in.strobes);
  top.s_b_ready_i = in.takes_write;
  top.s_ar_valid_i = in.read;
  top.s_ar_addr_i = in.read_address;
  top.s_r_ready_i = in.takes_read;
  top.start_at_reset_i = in.start_at_reset;
  Bits()
      .put(0, 32)  // pc
      .put(0, 32)  // value
      .put(0, 32)  // cause
      .put(in.exit_code, 32)
      .put(in.state, 2)
      .copy_to(top.end_i);
  top.is_idle_i = in.is_idle;
  top.stopped_i = in.is_stopped;
  top.cycle_i = in.cycle;
  top.eval();
}

std::uint32_t status(const Registers& registers, const Inputs& in) {
  if (in.is_stopped) return 4;
  if (!registers.has_started) return in.start_at_reset ? 1 : 0;
  if (in.state == kTrapped) return 3;
  return in.is_idle ? 2 : 1;
}

/// Checks the outputs of a cycle and moves the registers to the next one.
void check_cycle(VControl& top, const Inputs& in, Registers& registers) {
  REQUIRE(top.s_b_valid_o == registers.written.is_valid);
  if (registers.written.is_valid) REQUIRE(top.s_b_resp_o == registers.written.response);
  REQUIRE(top.s_r_valid_o == registers.answered.is_valid);
  if (registers.answered.is_valid) {
    REQUIRE(top.s_r_resp_o == registers.answered.response);
    REQUIRE(top.s_r_data_o == registers.answered.data);
  }
  const bool writes = in.write && (!registers.written.is_valid || in.takes_write);
  const bool reads = in.read && (!registers.answered.is_valid || in.takes_read);
  REQUIRE(top.s_aw_ready_o == writes);
  REQUIRE(top.s_w_ready_o == writes);
  REQUIRE(top.s_ar_ready_o == reads);

  const bool is_control = in.write_address == 0x00;
  const bool starts = in.start_at_reset || registers.has_started ||
                      (writes && is_control && in.strobes == 15 && (in.data & 1) != 0);
  REQUIRE(top.start_o == starts);

  const std::uint64_t cycles = registers.has_ended ? registers.end_cycle : in.cycle;
  if (in.takes_write) registers.written.is_valid = false;
  if (writes) {
    registers.written = {true,
                         in.strobes != 15 ? kSlaveError
                         : is_control     ? kOkay
                                          : kDecodeError,
                         0};
  }
  if (in.takes_read) registers.answered.is_valid = false;
  if (reads) {
    registers.answered = {true, kOkay, 0};
    switch (in.read_address) {
      case 0x00:
        break;
      case 0x04:
        registers.answered.data = status(registers, in);
        break;
      case 0x08:
        registers.answered.data = in.exit_code;
        break;
      case 0x0c:
        registers.answered.data = static_cast<std::uint32_t>(cycles);
        break;
      case 0x10:
        registers.answered.data = static_cast<std::uint32_t>(cycles >> 32);
        break;
      default:
        registers.answered.response = kDecodeError;
    }
  }
  registers.end_cycle = cycles;
  registers.has_ended = registers.has_ended || in.is_idle;
  registers.has_started = starts;
}

}  // namespace

TEST_CASE("the control registers answer as the contract says, however slow the host is", "[rtl]") {
  constexpr std::uint64_t kSeed = 5;
  constexpr int kRuns = 200, kCycles = 60;
  VerilatedContext context;
  VControl top(&context);
  top.clk_i = 0;
  top.rst_ni = 1;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    INFO("seed " << kSeed << ", run " << run);
    Random random(kSeed, run);
    const bool start_at_reset = random.below(3) == 0;
    // A reset in the middle of the run before: nothing of it may be left.
    drive(top, draw(random, start_at_reset));
    top.rst_ni = 0;
    top.eval();
    Registers registers;
    REQUIRE(top.s_b_valid_o == 0);
    REQUIRE(top.s_r_valid_o == 0);
    top.rst_ni = 1;
    for (int cycle = 0; cycle < kCycles; ++cycle) {
      INFO("cycle " << cycle);
      const Inputs in = draw(random, start_at_reset);
      drive(top, in);
      check_cycle(top, in, registers);
      top.clk_i = 1;
      top.eval();
      top.clk_i = 0;
      top.eval();
    }
  }
}
