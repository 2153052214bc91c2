#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/lockstep/random/program.h"
#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// What programs have reached, as counters: "<group>/<instruction or unit>/<what>".
///
///   type      element type of an operand         memory   tile memory of an operand
///   head      what held it at the head of its queue, "empty" if nothing did
///   queue     how full it found its queue: empty, part, full (it, or the one before, had to wait)
///   cross     type of the first operand, head and queue together
///   stall     programs in which a unit was charged so     levels   levels of a view
///   view      a page boundary inside, pads, insertion, more than one piece
///   line      a tile that begins inside a line            outcome, cause, fault, illegal
class Coverage {
 public:
  void add(const World& world, const Scenario& scenario, const Assembled& assembled,
           const sim::RunResult& result);
  void merge(const std::map<std::string, std::int64_t>& counts);
  const std::map<std::string, std::int64_t>& counts() const { return counts_; }

 private:
  void count(const std::string& key) { ++counts_[key]; }
  void add_operands(const World& world, const sim::Command& command);
  void add_events(const World& world, const Scenario& scenario, const Assembled& assembled,
                  const sim::RunResult& result);
  void add_end(const World& world, const Scenario& scenario, const sim::RunResult& result);

  std::map<std::string, std::int64_t> counts_;
};

/// Every key of the groups type, memory, head, queue and cross that the description says to be
/// there.
std::map<std::string, std::int64_t> expected_coverage(const World& world);

}  // namespace coldforge::lockstep
