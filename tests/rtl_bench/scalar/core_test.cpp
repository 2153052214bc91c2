// Whole programs on the scalar core, against the model's core, every cycle.
#include <verilated.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "VScalar.h"
#include "VScalar___024root.h"
#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/scalar/cpu.h"
#include "tests/rtl_bench/scalar/packed.h"
#include "tests/rtl_bench/scalar/programs.h"
#include "tests/rtl_bench/scalar/reference.h"
#include "tests/rtl_bench/scalar/world.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

namespace {

constexpr std::uint64_t kSeed = 5;
constexpr int kUnitBits = 64;

/// What the programs of a test met, so that a test can ask whether they were worth running.
struct Seen {
  std::int64_t cycles = 0, retired = 0, traps = 0, issued = 0, gets = 0, syncs = 0, dram = 0,
               ends = 0;
  std::set<std::string> instructions;
};

class Bench {
 public:
  Bench(const isa::Isa& isa, const isa::Arch& arch, const std::vector<sim::TilePlan>& plans,
        const sim::IssueCheck& check)
      : isa_(isa), arch_(arch), plans_(plans), check_(check), rtl_(&context_) {}

  void run(std::uint64_t number, std::int64_t cycles, Seen& seen) {
    const World world(kSeed + number);
    sim::Cpu cpu(isa_, arch_, plans_, check_, program(number), number, false);
    Reference reference(cpu, check_, world);
    reset(cpu);
    Step step = reference.step();
    count(step, seen);
    for (std::int64_t cycle = 0; cycle < cycles; ++cycle) {
      if (cycle == step.next) {
        if (step.ends) {
          check_end(step, cpu);
          ++seen.ends;
          break;
        }
        step = reference.step();
        count(step, seen);
      }
      INFO("seed " << kSeed << ", program " << number << ", cycle " << cycle << ", pc " << std::hex
                   << step.pc);
      drive(step, world, cycle);
      rtl_.eval();
      compare(step, cycle);
      clock();
      ++seen.cycles;
    }
    // Memory after the step at the head is the reference's; stop between two.
    if (step.ends) compare_memory(cpu);
  }

 private:
  sim::Program program(std::uint64_t number) const {
    sim::Program program;
    const auto words = random_program(isa_, kSeed, number);
    sim::Segment code;
    code.bytes.resize(4 * words.size());
    std::memcpy(code.bytes.data(), words.data(), code.bytes.size());
    code.size_bytes = static_cast<std::uint32_t>(code.bytes.size());
    code.executable = true;
    program.segments.push_back(code);
    program.entry = kEntry;
    return program;
  }

  void reset(const sim::Cpu& cpu) {
    rtl_.rst_ni = 0;
    rtl_.clk_i = 0;
    rtl_.eval();
    auto& itcm = rtl_.rootp->tb_scalar__DOT__u_core__DOT__u_itcm__DOT__mem_q;
    auto& dtcm = rtl_.rootp->tb_scalar__DOT__u_core__DOT__u_dtcm__DOT__mem_q;
    fill(itcm, cpu.memory(sim::kItcmBase, 4), arch_.scalar.itcm_bytes);
    fill(dtcm, cpu.memory(sim::kDtcmBase, 4), arch_.scalar.dtcm_bytes);
    rtl_.clk_i = 1;
    rtl_.eval();
    rtl_.clk_i = 0;
    rtl_.rst_ni = 1;
    rtl_.start_i = 1;
    rtl_.boot_address_i = kEntry;
  }

  template <class Words>
  void fill(Words& words, const std::uint8_t* bytes, std::int64_t size) {
    for (std::int64_t i = 0; i < size / 4; ++i) {
      std::memcpy(&words[static_cast<std::size_t>(i)], bytes + 4 * i, 4);
    }
  }

  void drive(const Step& step, const World& world, std::int64_t cycle) {
    rtl_.accepts_i = static_cast<std::uint8_t>(world.accepts(cycle));
    rtl_.drained_i = static_cast<std::uint8_t>(world.drained(cycle));
    rtl_.element_i = world.element(cycle);
    rtl_.take_i = world.take(cycle) && !step.conflicts;
    rtl_.overflow_i = world.overflow(cycle);
    rtl_.conflict_i = step.conflicts;
    const bool answers = cycle == step.response;
    rtl_.r_valid_i = answers && step.reads_dram;
    rtl_.b_valid_i = answers && step.writes_dram;
    rtl_.resp_i = step.is_error ? 2 : 0;
    const int lane = static_cast<int>(step.access.address % arch_.bus.beat_bytes);
    rtl_.r_data_i = std::uint64_t{step.data} << 8 * lane | (lane > 0 ? 0x5a : 0);
    rtl_.print_ok_i = step.prints && step.retires == cycle;
    for (std::uint32_t u = 0; u < isa::kUnits; ++u) {
      const int lsb = kUnitBits * static_cast<int>(u);
      set_bits(rtl_.busy_i.data(), lsb, 64, world.counter(sim::kCsrBusyCycles + u, cycle));
      set_bits(rtl_.done_i.data(), lsb, 64, world.counter(sim::kCsrInstructions + u, cycle));
    }
    rtl_.read_bytes_i = world.counter(sim::kCsrDramReadBytes, cycle);
    rtl_.write_bytes_i = world.counter(sim::kCsrDramWriteBytes, cycle);
  }

  void compare(const Step& step, std::int64_t cycle) {
    const bool on_way_to_handler = step.traps >= 0 && cycle > step.traps;
    if (!on_way_to_handler) REQUIRE(rtl_.pc_o == step.pc);
    if (cycle == step.first) {
      for (int r = 0; r < 32; ++r) {
        INFO("x" << r);
        REQUIRE(rtl_.x_o[static_cast<std::size_t>(r)] == step.x[r]);
      }
    }
    REQUIRE(static_cast<bool>(rtl_.retired_o) == (cycle == step.retires));
    REQUIRE(rtl_.stall_o == static_cast<int>(step.stall_at(cycle)));
    REQUIRE(static_cast<bool>(rtl_.ar_valid_o) == (step.reads_dram && cycle == step.first));
    REQUIRE(static_cast<bool>(rtl_.aw_valid_o) == (step.writes_dram && cycle == step.first));
    REQUIRE(rtl_.w_valid_o == rtl_.aw_valid_o);
    if (rtl_.ar_valid_o || rtl_.aw_valid_o) compare_request(step);
    REQUIRE(static_cast<bool>(rtl_.issued_o) == (cycle == step.issue));
    if (cycle == step.issue) {
      compare_command(step);
    } else {
      REQUIRE(rtl_.push_o == 0);
    }
    REQUIRE(static_cast<bool>(rtl_.set_o) == (cycle == step.set));
    REQUIRE(static_cast<bool>(rtl_.wait_o) ==
            (step.wait_from >= 0 && cycle >= step.wait_from && cycle <= step.wait_to));
    if (rtl_.set_o || rtl_.wait_o) {
      REQUIRE((rtl_.set_o ? rtl_.set_flag_o : rtl_.wait_flag_o) == step.command.x[0]);
    }
    REQUIRE(static_cast<bool>(rtl_.synced_o) == (cycle == step.sync));
    if (rtl_.synced_o) REQUIRE(rtl_.trace_seq_o == step.command.seq);
    REQUIRE(static_cast<bool>(rtl_.print_valid_o) == (step.prints && cycle == step.first));
    REQUIRE(rtl_.end_state_o == (cycle == 0 ? 3 : 0));
  }

  void compare_request(const Step& step) {
    REQUIRE(rtl_.address_o == step.access.address);
    REQUIRE(rtl_.len_o == 0);
    REQUIRE(rtl_.bytes_o == step.access.bytes);
    if (!step.writes_dram) return;
    const auto lane = static_cast<std::uint32_t>(step.access.address % arch_.bus.beat_bytes);
    REQUIRE(rtl_.w_strb_o == ((1u << step.access.bytes) - 1) << lane);
    for (std::uint32_t i = 0; i < step.access.bytes; ++i) {
      REQUIRE((rtl_.w_data_o >> 8 * (lane + i) & 0xff) == (step.access.value >> 8 * i & 0xff));
    }
  }

  void compare_command(const Step& step) {
    const isa::Instruction& instruction = *step.command.instruction;
    INFO(instruction.name);
    REQUIRE(rtl_.push_o == 1 << (static_cast<int>(instruction.unit) - 1));
    REQUIRE(rtl_.unit_o == static_cast<int>(instruction.unit));
    REQUIRE(rtl_.instr_o == instruction.id);
    REQUIRE(rtl_.seq_o == step.command.seq);
    REQUIRE(rtl_.trace_seq_o == step.command.seq);
    for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
      const int number = static_cast<int>(i);
      switch (instruction.operands[i].kind) {
        case isa::OperandKind::Tile:
          REQUIRE(same(get_tile(rtl_.tiles_o.data(), kTileBits * number), step.command.tile[i]));
          break;
        case isa::OperandKind::View:
          REQUIRE(same(get_view(rtl_.view_o.data(), 0), step.command.view));
          break;
        default:
          REQUIRE(get_bits(rtl_.x_operands_o.data(), 32 * number, 32) == step.command.x[i]);
      }
    }
  }

  void check_end(const Step& step, const sim::Cpu& cpu) {
    rtl_.eval();
    REQUIRE(rtl_.end_state_o == (step.exits ? 1 : 2));
    REQUIRE(rtl_.retired_o == 0);
    REQUIRE(rtl_.stall_o == static_cast<int>(sim::Stall::Empty));
    if (step.exits) {
      REQUIRE(rtl_.exit_code_o == step.exit_code);
      return;
    }
    REQUIRE(rtl_.cause_o == static_cast<std::uint32_t>(cpu.trap_info().cause));
    REQUIRE(rtl_.value_o == cpu.trap_info().value);
    REQUIRE(rtl_.end_pc_o == cpu.trap_info().pc);
  }

  void compare_memory(const sim::Cpu& cpu) {
    const auto& dtcm = rtl_.rootp->tb_scalar__DOT__u_core__DOT__u_dtcm__DOT__mem_q;
    const std::uint8_t* bytes = cpu.memory(sim::kDtcmBase, 4);
    std::int64_t differences = 0;
    for (std::int64_t i = 0; i < arch_.scalar.dtcm_bytes / 4; ++i) {
      std::uint32_t word;
      std::memcpy(&word, bytes + 4 * i, 4);
      differences += word != dtcm[static_cast<std::size_t>(i)];
    }
    REQUIRE(differences == 0);
  }

  void count(const Step& step, Seen& seen) {
    seen.retired += step.retires >= 0;
    seen.traps += step.traps >= 0;
    seen.issued += step.issue >= 0;
    seen.gets += step.issue >= 0 && step.command.instruction->exec == "tgets";
    seen.syncs += step.sync >= 0;
    seen.dram += step.response >= 0;
    if (step.issue >= 0) seen.instructions.insert(step.command.instruction->name);
  }

  void clock() {
    rtl_.clk_i = 1;
    rtl_.eval();
    rtl_.clk_i = 0;
    rtl_.eval();
  }

  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const std::vector<sim::TilePlan>& plans_;
  const sim::IssueCheck& check_;
  VerilatedContext context_;
  VScalar rtl_;
};

}  // namespace

TEST_CASE("random programs run on the scalar core as on the model's, cycle by cycle", "[rtl]") {
  constexpr int kPrograms = 80;
  constexpr std::int64_t kCycles = 3000;
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<sim::TilePlan> plans = sim::make_plans(isa);
  const sim::IssueCheck check(arch);
  Bench bench(isa, arch, plans, check);
  Seen seen;
  for (int number = 0; number < kPrograms; ++number) {
    bench.run(static_cast<std::uint64_t>(number), kCycles, seen);
  }
  INFO(seen.cycles << " cycles, " << seen.retired << " retired, " << seen.traps << " traps, "
                   << seen.issued << " issued of " << seen.instructions.size() << " kinds, "
                   << seen.gets << " tgets, " << seen.syncs << " synchronisations, " << seen.dram
                   << " DRAM accesses, " << seen.ends << " ends");
  CHECK(seen.retired > 10000);
  CHECK(seen.traps > 500);
  CHECK(seen.issued > 1000);
  CHECK(seen.instructions.size() > 60);
  CHECK(seen.gets > 10);
  CHECK(seen.syncs > 100);
  CHECK(seen.dram > 200);
  CHECK(seen.ends > 5);
}
