#pragma once

#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <vector>

#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/base/random.h"
#include "sim/exec/command.h"
#include "sim/mem/dram.h"
#include "tests/rtl_bench/load_store/expected_walk.h"

namespace coldforge::rtl_bench {

/// A load or store on its way through the bench.
struct Job {
  sim::ViewDesc view;
  sim::TileDesc tile;
  std::int64_t arrival = 0;  ///< first cycle in which it may be at the head
  std::vector<Item> items;
  std::int64_t start = -1, own_done = -1, done = -1;
};

/// `count` random loads or stores with tiles that fit the view and the memory.
std::deque<Job> draw_jobs(Random& random, const isa::Arch& arch, int count, bool is_store);

/// As cf_npu_pkg::command_t, the tile as operand `tile_operand`.
Bits pack_command(const Job& job, int instruction, std::uint32_t seq, int tile_operand);

/// A machine whose DRAM has other times than tiny's, so that requests, data and responses meet in
/// many ways.
isa::Arch draw_machine(Random& random);

/// What DRAM holds at an address.
inline std::uint8_t dram_byte(std::uint32_t address) {
  return static_cast<std::uint8_t>((address * 2654435761u) >> 23);
}

/// Retirement in order: done of those whose own done is known, as of now. Returns how many have
/// done == now.
int retire(std::deque<Job>& jobs, std::int64_t now);
/// Started and not done.
int in_flight(const std::deque<Job>& jobs, std::int64_t now);

std::string text_of(const Job& job);

/// Calls run(top, random, isa, number) for so many programs on one verilated engine.
template <typename Top, typename Run>
void run_programs(std::uint64_t seed, int count, Run run) {
  const isa::Isa isa = isa::Isa::load();
  VerilatedContext context;
  Top top(&context);
  for (int n = 0; n < count; ++n) {
    INFO("seed " << seed << ", program " << n);
    Random random(seed, static_cast<std::uint64_t>(n));
    run(top, random, isa, n);
  }
}

}  // namespace coldforge::rtl_bench
