#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/trace/critical_path.h"
#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

CommitRecord record(const isa::Isa& isa, std::uint64_t seq, const char* mnemonic,
                    std::int64_t issue, std::int64_t start, std::int64_t done,
                    Stall waited_for = Stall::Empty, std::int64_t waited_seq = -1) {
  const isa::Instruction& instruction = *isa.find(mnemonic);
  CommitRecord r;
  r.seq = seq;
  r.instruction = instruction.id;
  r.unit = instruction.unit;
  r.pc = static_cast<std::uint32_t>(4 * seq);
  r.issue = issue;
  r.start = start;
  r.done = done;
  r.waited_for = waited_for;
  r.waited_seq = waited_seq;
  return r;
}

}  // namespace

TEST_CASE("the critical path leads from the last done back to cycle 0 without gaps",
          "[sim][trace]") {
  const isa::Isa isa = isa::Isa::load();
  // A load, its flag, a copy that waited for the flag, and an unimportant load meanwhile.
  const std::vector<CommitRecord> records = {
      record(isa, 0, "tload", 10, 11, 150),
      record(isa, 1, "tset.load", 11, 12, 151, Stall::Busy, 0),
      record(isa, 2, "tload", 12, 20, 160, Stall::Busy, 0),
      record(isa, 3, "twait.vector", 13, 151, 152, Stall::Flag, 1),
      record(isa, 4, "tcopy", 14, 152, 180, Stall::Flag, 3)};
  const std::vector<PathStep> path = critical_path(isa, records, {}, 180);
  REQUIRE(path.size() >= 4);
  CHECK(path.front().what == "tcopy");
  CHECK(path.front().to == 180);
  CHECK(path.back().from == 0);
  CHECK(path.back().what == "scalar code");
  bool load_found = false;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    CHECK(path[i].from == path[i + 1].to);
    load_found |= path[i].what == "tload" && path[i].pc == 0;
    CHECK(path[i].pc != 8);
  }
  CHECK(load_found);
}

TEST_CASE("the core's stalls lead the path to what ended them", "[sim][trace]") {
  const isa::Isa isa = isa::Isa::load();
  const std::vector<CommitRecord> records = {record(isa, 0, "tload", 5, 6, 100)};
  const std::vector<CoreStall> stalls = {{7, 100, Stall::Barrier, 0, 12}};
  const std::vector<PathStep> path = critical_path(isa, records, stalls, 120);
  REQUIRE(path.size() == 3);
  CHECK(path[0].what == "scalar code");
  CHECK(path[0].from == 100);
  CHECK(path[1].what == "tload");
  CHECK(path[1].from == 6);
  CHECK(path[2].to == 6);
}

TEST_CASE("a trace is valid JSON with a track a unit and a flow for a flag", "[sim][trace]") {
  const FakeMachine fake;
  const Machine machine(isa::Isa::load(), isa::load_arch("tiny"));
  RunOptions options;
  options.commit_trace = true;
  Code code = {tile(fake.isa, "tset.load", {0}), tile(fake.isa, "twait.vector", {0})};
  append(code, exit_with(0));
  const RunResult result = fake.run(code, options);
  REQUIRE(result.trace.size() == 2);
  const auto json = nlohmann::json::parse(perfetto_trace(machine, result));
  int tracks = 0, instructions = 0, flows = 0;
  for (const auto& event : json["traceEvents"]) {
    tracks += event["name"] == "thread_name";
    instructions += event["ph"] == "X";
    flows += event["ph"] == "s";
  }
  CHECK(tracks == isa::kUnits);
  CHECK(instructions == 2);
  CHECK(flows == 1);
}

TEST_CASE("cycles are charged to the words that caused them", "[sim][trace]") {
  const FakeMachine machine(20);
  RunOptions options;
  options.source_profile = true;
  Code code = {addi(1, 0, 0), addi(2, 0, 4)};
  for (int t = 0; t < 3; ++t) code.push_back(tile(machine.isa, "tnew", {t, 1, 2, 2}));
  code.push_back(tile(machine.isa, "tadd", {0, 1, 2}));
  append(code, exit_with(0));
  const RunResult result = machine.run(code, options);
  REQUIRE(result.outcome == Outcome::Exited);
  CHECK(result.pc_cycles.at(0) == 1);
  CHECK(result.pc_cycles.at(20) == 1 + 20);  // issued in one cycle, twenty in the engine
}

}  // namespace coldforge::sim::test
