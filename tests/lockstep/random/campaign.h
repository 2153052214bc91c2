#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/lockstep/random/coverage.h"
#include "tests/lockstep/random/scenario.h"

namespace coldforge::lockstep {

/// What a range of seeds has given so far.
struct Report {
  std::uint64_t first = 1, last = 0;  ///< seeds, both included
  std::uint64_t next = 1;             ///< those below are done
  std::int64_t cycles = 0;            ///< of all programs, on one backend
  std::int64_t racy = 0;              ///< not compared
  struct Divergence {
    std::uint64_t seed = 0;
    std::string difference;  ///< first line
    std::string file;        ///< the shrunken program
  };
  std::vector<Divergence> divergences;
  Coverage coverage;
};

struct CampaignOptions {
  int jobs = 2;                ///< programs at a time; each is two processes
  std::string failures = ".";  ///< folder of shrunken programs
  int shrink_tries = 250;      ///< runs for one of them; 0: not at all
  std::size_t max_divergences = 5;
  std::int64_t cycle_limit = 100'000;
};

/// Runs programs on model and RTL and compares; the report does not depend on `jobs`.
class Campaign {
 public:
  Campaign(const sim::Machine& machine, const World& world, CampaignOptions options)
      : machine_(machine), world_(world), options_(std::move(options)) {}

  /// Goes on from report.next to report.last, or until there are too many divergences. `done` is
  /// called after each program, in the order of seeds.
  void run(Report& report, const std::function<void(const Report&)>& done) const;

  /// One program: its result, or that of the model with Outcome::Divergence.
  sim::RunResult run_one(const Scenario& scenario) const;
  /// Differs, and has no race.
  static bool diverges(const sim::RunResult& result);
  /// Ops, code and first difference, for people.
  std::string describe(const Scenario& scenario, const sim::RunResult& result) const;

 private:
  struct Running;
  Running start(const Scenario& scenario) const;
  void add(Report& report, Running running) const;
  void add_divergence(Report& report, const Scenario& scenario) const;

  const sim::Machine& machine_;
  const World& world_;
  const CampaignOptions options_;
};

}  // namespace coldforge::lockstep
