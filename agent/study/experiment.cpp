#include "agent/study/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent::study {
namespace {

constexpr char kSources[] = "level1/";
constexpr char kTargets[] = "level2/";
/// Of the run that the oracle knows; no arm has it (check() sees to that).
constexpr std::uint64_t kReferenceSeed = 1'000'003;
/// More items than a run of one task ever leaves.
constexpr int kWholeMemory = 100'000;

constexpr char kSourcePhase[] = "source";        // of l1-to-l2: the first half
constexpr char kReferencePhase[] = "reference";  // of the oracle

/// A generator that does without the memory of other tasks, and the policy that shows it what it
/// reads.
struct PlainSearch {
  const char* generator;
  const char* policy;
  int context_items;
};
constexpr PlainSearch kPlainSearches[] = {
    {"random_search", "none", 0},
    {"evolution", "per_task", kWholeMemory},
};

const PlainSearch* plain_search(const std::string& generator) {
  const auto* found =
      std::find_if(std::begin(kPlainSearches), std::end(kPlainSearches),
                   [&](const PlainSearch& search) { return generator == search.generator; });
  return found == std::end(kPlainSearches) ? nullptr : found;
}

bool begins_with(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

std::vector<std::size_t> tasks_where(const std::vector<std::string>& tasks,
                                     const std::function<bool(const std::string&)>& holds) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (holds(tasks[i])) found.push_back(i);
  }
  return found;
}

/// The arm whose run leaves the bank that `arm` begins with, if there is one, and its seed.
struct Phase {
  Arm arm;
  std::uint64_t seed = 0;
};
std::vector<Phase> phases_before(const Arm& arm, std::uint64_t seed) {
  Phase phase{arm, seed};
  if (arm.transfer == "l1-to-l2") {
    phase.arm.transfer = kSourcePhase;
    phase.arm.measured = kSources;
    return {phase};
  }
  if (arm.policy == "oracle") {
    phase.arm = Arm();
    phase.arm.measured = arm.measured;
    phase.arm.transfer = kReferencePhase;
    phase.seed = kReferenceSeed;
    return {phase};
  }
  return {};
}

}  // namespace

std::string folder_of(const Arm& arm) {
  std::string measured = arm.measured.empty() ? "all" : arm.measured;
  measured.erase(std::remove(measured.begin(), measured.end(), '/'), measured.end());
  const std::string credit = arm.credit == "whole" ? "" : "-credit_" + arm.credit;
  return fmt::format("{}-{}-start_{}-lambda_{}-key_{}{}-{}-{}", arm.generator, arm.policy,
                     arm.start_point, arm.lambda, arm.q_key, credit, arm.transfer, measured);
}

std::vector<std::string> arm_policies() {
  std::vector<std::string> names;
  for (const std::string_view name : memory::retrieval_policies()) names.emplace_back(name);
  names.emplace_back("permuted");
  return names;
}

std::vector<std::string> transfers() { return {"scratch", "mixed", "l1-to-l2"}; }

std::vector<Arm> Design::arms() const {
  const bool has_transfer = transfers != std::vector<std::string>{"scratch"};
  std::vector<Arm> arms;
  for (const std::string& generator : generators) {
    for (const std::string& transfer : transfers) {
      Arm arm;
      arm.generator = generator;
      arm.transfer = transfer;
      if (has_transfer) arm.measured = kTargets;
      if (const PlainSearch* search = plain_search(generator)) {
        if (transfer != "scratch") continue;
        arm.policy = search->policy;
        arms.push_back(arm);
        continue;
      }
      for (const std::string& q_key : q_keys) {
        for (const int lambda : lambdas) {
          for (const std::string& start_point : start_points) {
            for (const std::string& policy : policies) {
              arm.policy = policy;
              arm.start_point = start_point;
              arm.lambda = lambda;
              arm.q_key = q_key;
              for (const std::string& credit : credits) {
                arm.credit = credit;
                arms.push_back(arm);
              }
            }
          }
        }
      }
    }
  }
  return arms;
}

Design drafting_design(Design factors) {
  factors.name = "drafting";
  factors.metric = "drafting_area";
  return factors;
}

Design refining_design(Design factors) {
  factors.name = "refining";
  factors.metric = "refining_area";
  return factors;
}

LoopSettings settings_of(const Experiment& experiment, const Arm& arm, std::uint64_t seed) {
  LoopSettings settings;
  settings.budget =
      arm.transfer == kReferencePhase ? experiment.reference_budget : experiment.budget;
  settings.slots = experiment.slots;
  settings.seed = seed;
  settings.permute_contents = arm.policy == "permuted";
  settings.retrieval.policy = settings.permute_contents ? "value" : arm.policy;
  settings.retrieval.context_items = experiment.context_items;
  settings.retrieval.lambda = arm.lambda;
  settings.retrieval.epsilon = settings.start_point.epsilon = experiment.epsilon;
  settings.start_point.policy = arm.start_point;
  settings.key_is_stage = arm.q_key == "stage";
  settings.leave_one_out = arm.credit == "leave_one_out";
  if (arm.policy == "none")
    settings.child_items = settings.matched_practices = settings.draft_practices = 0;
  if (const PlainSearch* search = plain_search(arm.generator)) {
    settings.retrieval.context_items = search->context_items;
    settings.retrieval.lambda = 1;
    settings.child_items = settings.matched_practices = settings.draft_practices = 0;
  }
  return settings;
}

std::vector<std::string> draw_tasks(const std::vector<std::string>& names, int count,
                                    std::uint64_t seed) {
  std::vector<std::string> drawn = names;
  const auto key = [&](const std::string& name) {
    return Random(seed, stream_key(name, stream_key("task"))).next_u64();
  };
  std::sort(drawn.begin(), drawn.end(), [&](const std::string& a, const std::string& b) {
    const auto key_a = key(a), key_b = key(b);
    return key_a != key_b ? key_a < key_b : a < b;
  });
  if (drawn.size() > static_cast<std::size_t>(count)) drawn.resize(static_cast<std::size_t>(count));
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

std::string cell_folder(const Arm& arm, std::uint64_t seed) {
  return fmt::format("cells/{}/seed-{}", folder_of(arm), seed);
}

bool is_measured(const Arm& arm, const std::string& task) {
  return begins_with(task, arm.measured);
}

std::vector<Cell> plan_cells(const Experiment& experiment, const std::vector<std::string>& tasks) {
  std::vector<Cell> cells;
  std::set<std::string> planned;
  const std::function<void(const Arm&, std::uint64_t)> plan = [&](const Arm& arm,
                                                                  std::uint64_t seed) {
    Cell cell;
    cell.folder = cell_folder(arm, seed);
    if (planned.count(cell.folder) != 0) return;
    cell.settings = settings_of(experiment, arm, seed);
    cell.generator = arm.generator;
    cell.tasks = tasks_where(tasks, [&](const std::string& name) {
      return is_measured(arm, name) || (arm.transfer == "mixed" && begins_with(name, kSources));
    });
    const bool is_mixed_without_sources =
        arm.transfer == "mixed" && tasks_where(tasks, [](const std::string& name) {
                                     return begins_with(name, kSources);
                                   }).empty();
    if (cell.tasks.empty() || is_mixed_without_sources) {
      throw UserError("--transfer " + arm.transfer,
                      "needs tasks of level1 to learn from and of level2 to measure");
    }
    for (const Phase& phase : phases_before(arm, seed)) {
      plan(phase.arm, phase.seed);
      cell.bank_from = cell_folder(phase.arm, phase.seed);
    }
    planned.insert(cell.folder);
    cells.push_back(std::move(cell));
  };
  // Seed by seed: an interrupted study has all arms of the seeds that it finished.
  for (int seed = 1; seed <= experiment.seeds; ++seed) {
    for (const Design& design : experiment.designs) {
      for (const Arm& arm : design.arms()) plan(arm, static_cast<std::uint64_t>(seed));
    }
  }
  return cells;
}

}  // namespace coldforge::agent::study
