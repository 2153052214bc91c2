#include "tests/lockstep/random/campaign.h"

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/base/file.h"
#include "tests/lockstep/random/generator.h"
#include "tests/lockstep/random/shrink.h"

namespace coldforge::lockstep {

struct Campaign::Running {
  Scenario scenario;
  Assembled assembled;
  std::vector<sim::Buffer> buffers;
  std::unique_ptr<sim::Machine::Pending> pending;
};

Campaign::Running Campaign::start(const Scenario& scenario) const {
  Running running;
  running.scenario = scenario;
  running.assembled = assemble(world_, scenario);
  running.buffers = make_buffers(scenario.seed);
  sim::RunOptions options;
  options.backend = sim::Backend::Both;
  options.cycle_limit = Cycles(options_.cycle_limit);
  options.poison_seed = scenario.seed;
  options.commit_trace = true;
  running.pending = machine_.start(running.assembled.program, running.buffers, options);
  return running;
}

sim::RunResult Campaign::run_one(const Scenario& scenario) const {
  return start(scenario).pending->finish();
}

bool Campaign::diverges(const sim::RunResult& result) {
  return result.outcome == sim::Outcome::Divergence && result.races.empty();
}

void Campaign::run(Report& report, const std::function<void(const Report&)>& done) const {
  std::deque<Running> running;  // in the order of seeds
  std::uint64_t to_start = report.next;
  while (report.next <= report.last && report.divergences.size() < options_.max_divergences) {
    while (to_start <= report.last && running.size() < static_cast<std::size_t>(options_.jobs)) {
      running.push_back(start(draw_scenario(world_, to_start++)));
    }
    Running first = std::move(running.front());
    running.pop_front();
    add(report, std::move(first));
    ++report.next;
    done(report);
  }
}

void Campaign::add(Report& report, Running running) const {
  const sim::RunResult result = running.pending->finish();
  report.cycles += result.cycles;
  if (diverges(result)) return add_divergence(report, running.scenario);
  if (!result.races.empty()) {
    ++report.racy;
    return;
  }
  report.coverage.add(world_, running.scenario, running.assembled, result);
}

void Campaign::add_divergence(Report& report, const Scenario& scenario) const {
  const Scenario small = shrink(scenario, options_.shrink_tries, [this](const Scenario& candidate) {
    return diverges(run_one(candidate));
  });
  const sim::RunResult result = run_one(small);
  const std::string name =
      fmt::format("lockstep_{}_{}", world_.arch.digest.substr(0, 8), small.seed);
  const std::string file = options_.failures + "/" + name + ".json";
  nlohmann::ordered_json json = {{"arch", isa::to_json(world_.arch)},
                                 {"overlays", world_.isa.overlays()},
                                 {"scenario", to_json(small)}};
  write_file_atomic(file, json.dump(1) + "\n");
  write_file_atomic(options_.failures + "/" + name + ".txt", describe(small, result));
  report.divergences.push_back(
      {scenario.seed, result.message.substr(0, result.message.find('\n')), file});
}

std::string Campaign::describe(const Scenario& scenario, const sim::RunResult& result) const {
  return fmt::format("seed {}, {} ops: {} after {} cycles\n{}\n\n{}", scenario.seed,
                     scenario.ops.size(), sim::name_of(result.outcome), result.cycles,
                     result.message, listing(world_, assemble(world_, scenario)));
}

}  // namespace coldforge::lockstep
