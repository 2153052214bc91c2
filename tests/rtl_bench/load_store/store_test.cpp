// The store engine against the contract, cycle by cycle: starts, lines, requests, beats,
// retirement.
#include <verilated.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "VStore.h"
#include "isa/isa.h"
#include "sim/exec/semantics.h"
#include "sim/mem/tile_lines.h"
#include "sim/store/store_timing.h"
#include "tests/rtl_bench/load_store/engine_bench.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

namespace {

struct Step {
  std::size_t job = 0, item = 0;
  std::int64_t line = -1;             ///< -1: no port
  bool begins = false, ends = false;  ///< a burst's first, last step
  bool ends_job = false;
};

/// Steps of a store in order: each burst's lines, and one without a port for an invalid run that
/// takes a cycle.
std::vector<Step> steps_of(const Job& job, std::size_t number, const isa::Arch& arch) {
  std::vector<Step> steps;
  const sim::LineGeometries geometries(arch);
  sim::LineWalk walk(job.tile, geometries[job.tile.memory]);
  const std::int64_t size = size_bytes(job.view.type);
  for (std::size_t i = 0; i < job.items.size(); ++i) {
    const Item& item = job.items[i];
    const std::size_t first_step = steps.size();
    if (item.burst) {
      const std::int64_t first = (item.packed + size - 1) / size;
      const std::int64_t behind = (item.packed + item.bytes + size - 1) / size;
      walk.seek(first);
      walk.take(behind - first, [&](std::int64_t line) {
        steps.push_back({number, i, line, false, false, false});
      });
    }
    if (steps.size() == first_step) steps.push_back({number, i, -1, false, false, false});
    if (item.burst) {
      steps[first_step].begins = true;
      steps.back().ends = true;
    }
  }
  if (!steps.empty()) steps.back().ends_job = true;
  return steps;
}

/// The model plans the same steps.
void compare_with_model(const Job& job, const std::vector<Step>& steps, const isa::Arch& arch) {
  const sim::LineGeometries geometries(arch);
  sim::StorePlan plan;
  sim::StoreTiming(arch).plan(job.view, job.tile, plan);
  std::vector<std::uint64_t> banks(static_cast<std::size_t>(plan.first_pad_steps), 0);
  for (const sim::StorePlan::Burst& burst : plan.bursts) {
    banks.insert(banks.end(), plan.banks.begin() + burst.steps_begin,
                 plan.banks.begin() + burst.steps_end);
    banks.insert(banks.end(), static_cast<std::size_t>(burst.pad_steps), 0);
  }
  REQUIRE(banks.size() == steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    REQUIRE(banks[i] ==
            (steps[i].line < 0 ? 0 : geometries[job.tile.memory].bank_bit(steps[i].line)));
  }
}

struct Beat {
  std::uint8_t data[8] = {};
  std::uint8_t strb = 0;
  bool last = false;
};
struct Response {
  std::int64_t cycle = 0;
  std::size_t job = 0;
  std::uint32_t address = 0;
  bool bad = false;
};

/// Whatever comes in, an engine that is stopped starts nothing, asks for nothing, sends nothing and
/// blames nobody.
void check_stopped(VStore& top, const Job& head, int instruction, std::deque<Response> responses,
                   std::int64_t now) {
  top.stop_i = top.grant_i = top.valid_i = 1;
  pack_command(head, instruction, 200, 1).copy_to(top.command_i);
  for (const std::int64_t end = now + 60; now < end; ++now) {
    INFO("cycle " << now);
    top.b_valid_i = !responses.empty() && responses.front().cycle == now;
    top.b_resp_i = 2;
    if (top.b_valid_i) responses.pop_front();
    top.eval();
    REQUIRE(!top.pop_o);
    REQUIRE(!top.aw_valid_o);
    REQUIRE(!top.w_valid_o);
    REQUIRE(Bits::get(top.read_o, 34, 1) == 0);
    REQUIRE(Bits::get(top.fault_o, 99, 1) == 0);
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
}

/// To the end, or to a cycle from which on the engine is stopped.
void run_program(VStore& top, Random& random, const isa::Isa& isa, bool with_faults,
                 std::int64_t stop_at = -1) {
  const isa::Arch arch = draw_machine(random);
  const int instruction = isa.find("tstore")->id;
  std::deque<Job> jobs = draw_jobs(random, arch, 12, /*is_store=*/true);
  sim::Dram dram(arch);
  sim::TileMemories memories(arch);
  for (int m = 0; m < isa::kMemories; ++m) {
    auto& memory = memories[static_cast<isa::Memory>(m)];
    for (std::int64_t i = 0; i < memory.size_bytes(); ++i) {
      memory.data()[i] = static_cast<std::uint8_t>(random.next_u32());
    }
  }
  const std::uint32_t denials = random.below(3) == 0 ? 0 : random.below(8);  // of 8

  std::vector<Step> all;
  std::vector<std::vector<std::uint8_t>> packed(jobs.size());
  std::vector<std::size_t> unanswered(jobs.size());
  std::vector<bool> walked(jobs.size());
  std::deque<Beat> beats;  // may leave
  std::deque<Response> responses;
  std::size_t next = 0, advanced = 0;
  std::int64_t used = 0, last_step = -1, response_before = -1;
  const Step* request = nullptr;  // of this cycle

  top.rst_ni = 0;
  top.valid_i = top.b_valid_i = top.take_i = top.conflict_i = top.overflow_i = top.stop_i = 0;
  top.grant_i = 1;
  top.eval();
  top.rst_ni = 1;
  all.reserve(100000);
  for (std::int64_t now = 0;; ++now) {
    REQUIRE(now < 200000);
    INFO("cycle " << now);
    if (now == stop_at) return check_stopped(top, jobs.back(), instruction, responses, now);
    const int retired = retire(jobs, now);
    const int open = in_flight(jobs, now);
    const bool at_head = next < jobs.size() && jobs[next].arrival <= now;
    top.valid_i = at_head;
    if (at_head)
      pack_command(jobs[next], instruction, static_cast<std::uint32_t>(100 + next), 1)
          .copy_to(top.command_i);
    const bool answers = !responses.empty() && responses.front().cycle == now;
    top.b_valid_i = answers;
    top.b_resp_i = answers && responses.front().bad ? 2 : 0;
    top.grant_i = 1;
    top.eval();
    const bool asks = Bits::get(top.read_o, 34, 1) != 0;
    const bool denied = asks && random.below(8) < denials;
    top.grant_i = !denied;
    top.eval();

    bool starts = false;
    if (at_head && open < arch.queue.max_in_flight && advanced == all.size() && last_step < now &&
        (next == 0 || jobs[next - 1].start < now)) {
      starts = true;
      Job& job = jobs[next];
      job.start = now;
      const std::vector<Step> steps = steps_of(job, next, arch);
      compare_with_model(job, steps, arch);
      all.insert(all.end(), steps.begin(), steps.end());
      const std::int64_t elements = elements_of(job.view);
      packed[next].resize(static_cast<std::size_t>(elements * size_bytes(job.view.type)));
      sim::read_elements(job.tile, memories, 0, elements, job.view.type, packed[next].data());
      if (job.items.empty()) job.own_done = now + 1;
      ++next;
    }
    INFO("store " << next << (next > 0 ? ": " + text_of(jobs[next - 1]) : ""));
    REQUIRE(bool(top.pop_o) == starts);

    // The request, a cycle after the last step of its burst, and the beats that leave.
    REQUIRE(bool(top.aw_valid_o) == (request != nullptr));
    bool busy = request != nullptr;
    if (request != nullptr) {
      const Item& item = jobs[request->job].items[request->item];
      REQUIRE(top.aw_o >> 24 == item.address);
      REQUIRE((top.aw_o & 0xffff) == item.bytes);
      const sim::BurstTimes times = dram.accept(now, true, item.address, item.bytes);
      REQUIRE(static_cast<std::int64_t>(top.aw_o >> 16 & 0xff) == times.beats - 1);
      REQUIRE(times.response > response_before);
      response_before = times.response;
      responses.push_back(
          {times.response, request->job, item.address, with_faults && random.below(4) == 0});
      Beat beat;
      for (std::uint32_t i = 0; i < item.bytes; ++i) {
        const std::uint32_t at = (item.address + i) % 8;
        beat.data[at] = packed[request->job][static_cast<std::size_t>(item.packed) + i];
        beat.strb = static_cast<std::uint8_t>(beat.strb | 1u << at);
        beat.last = i + 1 == item.bytes;
        if (at == 7 || beat.last) {
          beats.push_back(beat);
          beat = Beat{};
        }
      }
      request = nullptr;
    }
    REQUIRE(bool(top.w_valid_o) == !beats.empty());
    if (!beats.empty()) {
      const Beat& beat = beats.front();
      REQUIRE(Bits::get(top.w_o, 0, 1) == beat.last);
      REQUIRE(Bits::get(top.w_o, 1, 8) == beat.strb);
      for (int i = 0; i < 8; ++i) {
        if ((beat.strb >> i & 1) != 0) REQUIRE(Bits::get(top.w_o, 9 + 8 * i, 8) == beat.data[i]);
      }
      beats.pop_front();
    }

    // The step.
    bool lost = false;
    bool ends_by_step = false;
    const bool can =
        advanced < all.size() && (!all[advanced].begins || used < arch.bus.max_outstanding);
    REQUIRE(asks == (can && all[advanced].line >= 0));
    std::vector<std::uint8_t> line;
    if (can) {
      const Step& step = all[advanced];
      const Job& job = jobs[step.job];
      if (asks) {
        REQUIRE(Bits::get(top.read_o, 32, 2) == static_cast<std::uint64_t>(job.tile.memory));
        REQUIRE(Bits::get(top.read_o, 0, 32) == static_cast<std::uint64_t>(step.line));
      }
      if (denied) {
        lost = true;
      } else {
        busy = true;
        last_step = now;
        if (asks) {
          const auto& memory = memories[job.tile.memory];
          line.assign(memory.data() + step.line * memory.line_bytes(),
                      memory.data() + (step.line + 1) * memory.line_bytes());
          line.resize(16);
        }
        used += step.begins;
        if (step.ends) {
          request = &step;
          ++unanswered[step.job];
        }
        if (step.ends_job) {
          walked[step.job] = true;
          ends_by_step = unanswered[step.job] == 0;
        }
        ++advanced;
      }
    }
    // Ends.
    const bool faults = answers && responses.front().bad;
    if (answers) {
      const std::size_t job = responses.front().job;
      --used;
      // A store whose last step is one without a burst, in the cycle of its last response, ends by
      // that.
      if (--unanswered[job] == 0 && walked[job]) {
        jobs[job].own_done = now + 1;
      }
    }
    if (ends_by_step) jobs[all[advanced - 1].job].own_done = now + 1;
    // Trace and fault.
    if (!with_faults) {
      const bool held = at_head && !starts && open == arch.queue.max_in_flight &&
                        advanced == all.size() && last_step < now;
      const std::uint64_t reason = busy ? 0 : held ? 3 : lost ? 4 : (open > 0 || starts) ? 5 : 9;
      INFO("open " << open);
      REQUIRE(Bits::get(top.trace_o, 0, 4) == reason);
    }
    REQUIRE(Bits::get(top.trace_o, 4, 4) == static_cast<std::uint64_t>(retired));
    REQUIRE((Bits::get(top.fault_o, 99, 1) != 0) == faults);
    if (faults) {
      REQUIRE(Bits::get(top.fault_o, 96, 3) == 5);
      REQUIRE(Bits::get(top.fault_o, 64, 32) == 100 + responses.front().job);
      REQUIRE(Bits::get(top.fault_o, 32, 32) == responses.front().address);
    }
    if (answers) responses.pop_front();
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    if (!line.empty()) {
      Bits bits;
      for (const std::uint8_t byte : line) bits.put(byte, 8);
      bits.copy_to(top.data_i);
    }
    top.eval();
    if (next == jobs.size() && jobs.back().done >= 0 && jobs.back().done <= now) break;
  }
}

}  // namespace

TEST_CASE("the store engine reads, requests, sends and retires in the cycles of the contract",
          "[rtl]") {
  run_programs<VStore>(47, 60, [](auto& top, Random& random, const isa::Isa& isa, int n) {
    run_program(top, random, isa, /*with_faults=*/n % 5 == 4);
  });
}

TEST_CASE("a store engine that is stopped does nothing more", "[rtl]") {
  run_programs<VStore>(48, 200, [](auto& top, Random& random, const isa::Isa& isa, int) {
    const std::int64_t stop_at = random.below(200);
    run_program(top, random, isa, /*with_faults=*/false, stop_at);
  });
}
