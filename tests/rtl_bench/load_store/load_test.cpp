// The load engine against the contract, cycle by cycle: starts, requests, lines, retirement, and
// the tiles' bytes.
#include <verilated.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "VLoad.h"
#include "isa/isa.h"
#include "sim/exec/semantics.h"
#include "sim/load/load_timing.h"
#include "sim/mem/tile_lines.h"
#include "tests/rtl_bench/load_store/engine_bench.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// One step of the write stream.
struct Step {
  std::size_t job = 0;
  std::int64_t line = -1;  ///< -1: no port
  std::int64_t ready = kNever;
  bool ends_burst = false, ends_load = false;
};

/// Steps of a load in order, and which of them each beat (in order of requests) makes ready.
struct Stream {
  std::vector<Step> steps;
  std::vector<std::vector<std::size_t>> of_beat;
};

Stream stream_of(const Job& job, std::size_t number, std::int64_t start, const isa::Arch& arch) {
  Stream stream;
  const sim::LineGeometries geometries(arch);
  const sim::LineGeometry& geometry = geometries[job.tile.memory];
  sim::LineWalk walk(job.tile, geometry);
  const auto group = [&](std::int64_t elements, std::int64_t ready) {
    std::vector<std::size_t> steps;
    const auto add = [&](std::int64_t line) {
      steps.push_back(stream.steps.size());
      stream.steps.push_back({number, line, ready, false, false});
    };
    if (elements == 0) add(-1);
    walk.take(elements, add);
    return steps;
  };
  const std::int64_t size = size_bytes(job.view.type), beat = arch.bus.beat_bytes;
  std::size_t item = 0;
  for (const Run& run : expected_runs(job.view)) {
    if (!run.valid) {
      for (std::int64_t done = 0; done < run.count; done += arch.vector.lanes) {
        group(std::min<std::int64_t>(arch.vector.lanes, run.count - done), start + 1);
      }
      continue;
    }
    std::int64_t taken = 0;  // bytes of the run
    while (taken < run.count * size) {
      while (!job.items[item].burst) ++item;
      const std::int64_t burst_end = taken + job.items[item].bytes;
      while (taken < burst_end) {
        const std::int64_t bytes = std::min(burst_end - taken, beat - (run.address + taken) % beat);
        stream.of_beat.push_back(group((taken + bytes) / size - taken / size, kNever));
        taken += bytes;
      }
      stream.steps.back().ends_burst = true;
      ++item;
    }
  }
  stream.steps.back().ends_load = true;
  return stream;
}

/// The model plans the same steps.
void compare_with_model(const Job& job, const Stream& stream, const isa::Arch& arch) {
  const sim::LineGeometries geometries(arch);
  sim::LoadPlan plan;
  sim::LoadTiming(arch).plan(job.view, job.tile, plan);
  REQUIRE(plan.banks.size() == stream.steps.size());
  for (std::size_t i = 0; i < stream.steps.size(); ++i) {
    const std::int64_t line = stream.steps[i].line;
    REQUIRE(plan.banks[i] == (line < 0 ? 0 : geometries[job.tile.memory].bank_bit(line)));
  }
  std::size_t item = 0;
  for (const sim::LoadPlan::Piece& piece : plan.pieces) {
    if (!piece.request && !piece.is_second_pad) continue;
    REQUIRE(item < job.items.size());
    REQUIRE(job.items[item].burst == piece.request);
    if (piece.request) {
      REQUIRE(job.items[item].address == piece.address);
      REQUIRE(job.items[item].bytes == piece.size_bytes);
    }
    ++item;
  }
  REQUIRE(item == job.items.size());
}

struct Beat {
  std::int64_t cycle = 0;
  std::uint32_t address = 0;  ///< aligned
  bool last = false, first = false, bad = false;
  std::size_t job = 0;
  std::uint32_t burst_address = 0;
};

/// Whatever comes in, an engine that is stopped starts nothing, asks for nothing and blames nobody.
void check_stopped(VLoad& top, const Job& head, int instruction, std::deque<Beat> beats,
                   std::int64_t now) {
  top.stop_i = top.grant_i = top.valid_i = 1;
  pack_command(head, instruction, 200, 0).copy_to(top.command_i);
  for (const std::int64_t end = now + 60; now < end; ++now) {
    INFO("cycle " << now);
    const bool has_beat = !beats.empty() && beats.front().cycle == now;
    top.r_valid_i = has_beat;
    if (has_beat) {
      Bits().put(beats.front().last, 1).put(2, 2).put(0, 64).copy_to(top.r_i);
      beats.pop_front();
    }
    top.eval();
    REQUIRE(!top.pop_o);
    REQUIRE(!top.ar_valid_o);
    REQUIRE(Bits::get(top.write_o, 178, 1) == 0);
    REQUIRE(Bits::get(top.fault_o, 99, 1) == 0);
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
}

/// To the end, or to a cycle from which on the engine is stopped.
void run_program(VLoad& top, Random& random, const isa::Isa& isa, bool with_faults,
                 std::int64_t stop_at = kNever) {
  const isa::Arch arch = draw_machine(random);
  const int instruction = isa.find("tload")->id;
  std::deque<Job> jobs = draw_jobs(random, arch, 12, /*is_store=*/false);
  sim::Dram dram(arch);
  sim::TileMemories expected(arch), actual(arch);
  for (int m = 0; m < isa::kMemories; ++m) {
    auto& memory = expected[static_cast<isa::Memory>(m)];
    for (std::int64_t i = 0; i < memory.size_bytes(); ++i) {
      actual[static_cast<isa::Memory>(m)].data()[i] = memory.data()[i] =
          static_cast<std::uint8_t>(i * 7);
    }
  }
  const std::uint32_t denials = random.below(3) == 0 ? 0 : random.below(8);  // of 8

  std::deque<Step> steps;
  std::deque<Beat> beats;
  std::vector<std::deque<std::vector<std::size_t>>> of_beat(jobs.size());
  std::vector<std::size_t> steps_before(jobs.size());  // of all loads before
  std::vector<Step> all;
  std::size_t next = 0, advanced = 0;
  std::int64_t outstanding = 0, last_item = -1;
  std::size_t walking = jobs.size(),
              item = 0;  // load whose items are presented, and the next of them

  top.rst_ni = 0;
  top.valid_i = top.r_valid_i = top.take_i = top.conflict_i = top.overflow_i = top.stop_i = 0;
  top.grant_i = 1;
  top.eval();
  top.rst_ni = 1;
  std::int64_t now = 0;
  for (;; ++now) {
    REQUIRE(now < 200000);
    INFO("cycle " << now);
    if (now == stop_at) return check_stopped(top, jobs.back(), instruction, beats, now);
    const int retired = retire(jobs, now);
    const int open = in_flight(jobs, now);
    // Inputs of the cycle.
    const bool at_head = next < jobs.size() && jobs[next].arrival <= now;
    top.valid_i = at_head;
    if (at_head)
      pack_command(jobs[next], instruction, static_cast<std::uint32_t>(100 + next), 0)
          .copy_to(top.command_i);
    const bool has_beat = !beats.empty() && beats.front().cycle == now;
    top.r_valid_i = has_beat;
    if (has_beat) {
      Bits bits;
      bits.put(beats.front().last, 1).put(beats.front().bad ? 2 : 0, 2);
      for (std::uint32_t i = 0; i < 8; ++i) bits.put(dram_byte(beats.front().address + i), 8);
      bits.copy_to(top.r_i);
    }
    top.grant_i = 1;
    top.eval();
    const bool asks = Bits::get(top.write_o, 178, 1) != 0;
    const bool denied = asks && random.below(8) < denials;
    top.grant_i = !denied;
    top.eval();

    // What the contract says.
    bool starts = false;
    if (at_head && open < arch.queue.max_in_flight && walking == jobs.size() && last_item < now &&
        (next == 0 || jobs[next - 1].start < now)) {
      starts = true;
      jobs[next].start = now;
      const Stream stream = stream_of(jobs[next], next, now, arch);
      compare_with_model(jobs[next], stream, arch);
      steps_before[next] = all.size();
      for (const Step& step : stream.steps) all.push_back(step);
      for (const auto& beat : stream.of_beat) of_beat[next].push_back(beat);
      walking = next++;
      item = 0;
    }
    INFO("load " << next << (next > 0 ? ": " + text_of(jobs[next - 1]) : ""));
    REQUIRE(bool(top.pop_o) == starts);
    const Item* request = nullptr;
    if (walking < jobs.size() && item < jobs[walking].items.size()) {
      const Item& candidate = jobs[walking].items[item];
      if (!candidate.burst || outstanding < arch.bus.max_outstanding) {
        if (candidate.burst) request = &candidate;
        ++item;
        last_item = now;
      }
    }
    REQUIRE(bool(top.ar_valid_o) == (request != nullptr));
    bool busy = request != nullptr;
    if (request != nullptr) {
      REQUIRE(top.ar_o >> 24 == request->address);
      REQUIRE((top.ar_o & 0xffff) == request->bytes);
      ++outstanding;
      const sim::BurstTimes times = dram.accept(now, false, request->address, request->bytes);
      REQUIRE(static_cast<std::int64_t>(top.ar_o >> 16 & 0xff) == times.beats - 1);
      const bool bad = with_faults && random.below(4) == 0;
      for (std::int64_t b = 0; b < times.beats; ++b) {
        for (const std::size_t step : of_beat[walking].front()) {
          all[steps_before[walking] + step].ready = times.beat_cycle(b) + 1;
        }
        of_beat[walking].pop_front();
        beats.push_back({times.beat_cycle(b),
                         (request->address & ~7u) + static_cast<std::uint32_t>(b) * 8,
                         b + 1 == times.beats, b == 0, bad, walking, request->address});
      }
    }
    if (walking < jobs.size() && item == jobs[walking].items.size()) walking = jobs.size();
    // The step of the cycle.
    const bool ready = advanced < all.size() && all[advanced].ready <= now;
    REQUIRE(asks == (ready && all[advanced].line >= 0));
    bool lost = false;
    if (ready) {
      const Step& step = all[advanced];
      const auto memory = jobs[step.job].tile.memory;
      if (asks) {
        REQUIRE(Bits::get(top.write_o, 176, 2) == static_cast<std::uint64_t>(memory));
        REQUIRE(Bits::get(top.write_o, 144, 32) == static_cast<std::uint64_t>(step.line));
      }
      if (denied) {
        lost = true;
      } else {
        busy = true;
        for (int i = 0; asks && i < 16; ++i) {
          if (Bits::get(top.write_o, 128 + i, 1) == 0) continue;
          actual[memory].data()[step.line * actual[memory].line_bytes() + i] =
              static_cast<std::uint8_t>(Bits::get(top.write_o, 8 * i, 8));
        }
        if (step.ends_burst) --outstanding;
        if (step.ends_load) jobs[step.job].own_done = now + 1;
        ++advanced;
      }
    }
    // Trace and fault.
    const auto stall = Bits::get(top.trace_o, 0, 4);
    if (!with_faults) {
      const bool held =
          at_head && !starts && open == arch.queue.max_in_flight && walking == jobs.size();
      const std::uint64_t reason = busy ? 0 : held ? 3 : lost ? 4 : (open > 0 || starts) ? 5 : 9;
      REQUIRE(stall == reason);
    }
    REQUIRE(Bits::get(top.trace_o, 4, 4) == static_cast<std::uint64_t>(retired));
    const bool faults = has_beat && beats.front().first && beats.front().bad;
    REQUIRE((Bits::get(top.fault_o, 99, 1) != 0) == faults);
    if (faults) {
      REQUIRE(Bits::get(top.fault_o, 96, 3) == 4);
      REQUIRE(Bits::get(top.fault_o, 64, 32) == 100 + beats.front().job);
      REQUIRE(Bits::get(top.fault_o, 32, 32) == beats.front().burst_address);
    }
    if (has_beat) beats.pop_front();
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
    if (next == jobs.size() && jobs.back().done >= 0 && jobs.back().done <= now) break;
  }
  for (const Job& job : jobs) {
    for (const Run& run : expected_runs(job.view)) {
      if (!run.valid) {
        sim::fill_elements(job.tile, expected, run.first, run.count, job.view.type,
                           job.view.pad_bits);
        continue;
      }
      std::vector<std::uint8_t> packed(
          static_cast<std::size_t>(run.count * size_bytes(job.view.type)));
      for (std::size_t i = 0; i < packed.size(); ++i)
        packed[i] = dram_byte(run.address + static_cast<std::uint32_t>(i));
      sim::write_elements(job.tile, expected, run.first, run.count, job.view.type, packed.data());
    }
  }
  for (int m = 0; m < isa::kMemories; ++m) {
    const auto& want = expected[static_cast<isa::Memory>(m)];
    const auto& have = actual[static_cast<isa::Memory>(m)];
    INFO("memory " << m);
    for (std::int64_t i = 0; i < want.size_bytes(); ++i) {
      if (want.data()[i] != have.data()[i])
        FAIL("byte " << i << " is " << int(have.data()[i]) << ", not " << int(want.data()[i]));
    }
  }
}

}  // namespace

TEST_CASE("the load engine requests, writes and retires in the cycles of the contract", "[rtl]") {
  run_programs<VLoad>(43, 60, [](auto& top, Random& random, const isa::Isa& isa, int n) {
    run_program(top, random, isa, /*with_faults=*/n % 5 == 4);
  });
}

TEST_CASE("a load engine that is stopped does nothing more", "[rtl]") {
  run_programs<VLoad>(44, 200, [](auto& top, Random& random, const isa::Isa& isa, int) {
    const std::int64_t stop_at = random.below(200);
    run_program(top, random, isa, /*with_faults=*/false, stop_at);
  });
}
