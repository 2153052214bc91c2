#include "sim/rtl/lockstep.h"

#include <catch2/catch.hpp>

namespace coldforge::sim {
namespace {

/// Two instructions of the load engine, and the end.
RunResult two_loads(const isa::Isa& isa) {
  RunResult result;
  result.cycles = 60;
  for (std::uint64_t seq = 0; seq < 2; ++seq) {
    CommitRecord record;
    record.seq = seq;
    record.instruction = isa.find("tload")->id;
    record.unit = isa::Unit::Load;
    record.pc = static_cast<std::uint32_t>(0x40 + 4 * seq);
    record.issue = 10 + static_cast<std::int64_t>(seq);
    record.start = record.issue + 1;
    record.done = record.start + 30;
    result.trace.push_back(record);
  }
  return result;
}

}  // namespace

TEST_CASE("equal runs have no difference", "[lockstep_compare]") {
  const isa::Isa isa = isa::Isa::load();
  const Difference difference = compare(isa, two_loads(isa), two_loads(isa));
  CHECK(difference.text.empty());
  CHECK(difference.cycle == -1);
}

TEST_CASE("the earliest event that differs is named, on the earlier backend's cycle",
          "[lockstep_compare]") {
  const isa::Isa isa = isa::Isa::load();
  const RunResult model = two_loads(isa);
  RunResult rtl = two_loads(isa);
  rtl.trace[1].start = 15;  // 12 on the model
  rtl.trace[0].done = 44;   // 41 on the model: later
  const Difference difference = compare(isa, model, rtl);
  CHECK(difference.cycle == 12);
  CHECK(difference.pc == 0x44);
  CHECK(difference.text ==
        "model and RTL differ: start of tload (number 1, pc 0x00000044, load): cycle 12 on the "
        "model, 15 on the RTL\n"
        "load: number pc instruction, issue start done of the model | of the RTL\n"
        "      0 0x00000040 tload        10 11 41 | 10 11 44\n"
        ">     1 0x00000044 tload        11 12 42 | 11 15 42\n");
}

TEST_CASE("memories that differ without an event have no cycle", "[lockstep_compare]") {
  const isa::Isa isa = isa::Isa::load();
  RunResult model = two_loads(isa), rtl = two_loads(isa);
  model.memories["Vec"] = {1, 2, 3};
  rtl.memories["Vec"] = {1, 9, 9};
  const Difference difference = compare(isa, model, rtl);
  CHECK(difference.cycle == -1);
  CHECK(difference.text ==
        "model and RTL differ: Vec: 2 bytes differ, first at 0x1: 0x02 on the model, 0x09 on the "
        "RTL\n");
}

}  // namespace coldforge::sim
