#include "agent/generator/evolution.h"

#include <algorithm>
#include <set>

#include "agent/generator/random_search.h"
#include "sim/base/digest.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

using Population = std::vector<const ContextItem*>;

/// The task's own feasible kernels, each once, the fastest first; equal ones by digest.
Population population_of(const GenerationRequest& request) {
  const std::string pattern = task_pattern(*request.task);
  Population population;
  std::set<std::string> seen;
  const auto add = [&](const ContextItem& item) {
    const bool is_own = item.kind == "trace" && item.feasible && item.pattern == pattern;
    if (is_own && seen.insert(item.id).second) population.push_back(&item);
  };
  for (const ContextItem& item : request.context) add(item);
  if (request.start_point != nullptr) add(*request.start_point);
  std::sort(population.begin(), population.end(), [](const ContextItem* a, const ContextItem* b) {
    return a->cycles != b->cycles ? a->cycles < b->cycles : a->id < b->id;
  });
  return population;
}

/// The fastest of some draws; the population is sorted.
const ContextItem& tournament(const Population& population, int draws, Random& random) {
  std::size_t best = population.size() - 1;
  for (int i = 0; i < draws; ++i) {
    best = std::min<std::size_t>(best, random.below(static_cast<std::uint32_t>(population.size())));
  }
  return *population[best];
}

/// What the child has before mutation: each hole of the first parent with the value of one of the
/// two, and the holes that only the second has, should its choices ask for them.
ContextItem cross(const ContextItem& first, const ContextItem& second, Random& random) {
  ContextItem child = first;
  for (const Fragment& other : second.fragments) {
    const bool takes_other = random.uniform() < 0.5;
    const auto same =
        std::find_if(child.fragments.begin(), child.fragments.end(),
                     [&](const Fragment& fragment) { return fragment.hole == other.hole; });
    if (same == child.fragments.end()) {
      child.fragments.push_back(other);
    } else if (takes_other) {
      *same = other;
    }
  }
  return child;
}

/// The composer writes a child: it follows its model hole by hole and draws the rest uniformly,
/// which is mutation.
HoleConfig mutation_of(const ContextItem& child, const EvolutionConfig& config) {
  const auto holes = static_cast<double>(std::max<std::size_t>(child.fragments.size(), 1));
  HoleConfig holes_config;
  holes_config.success = 0;
  holes_config.follow = 1 - std::min(1.0, config.mutations / holes);
  holes_config.drafts = holes_config.neighbours;
  holes_config.attempts = config.children_of_mating;
  return holes_config;
}

std::vector<GeneratedKernel::Read> reads_of(const ContextItem& first, const ContextItem& second,
                                            const std::vector<Fragment>& fragments) {
  std::vector<GeneratedKernel::Read> reads;
  for (const Fragment& fragment : fragments) {
    for (const ContextItem* parent : {&first, &second}) {
      const bool has_it = std::any_of(
          parent->fragments.begin(), parent->fragments.end(), [&](const Fragment& other) {
            return other.hole == fragment.hole && other.value == fragment.value;
          });
      if (!has_it) continue;
      reads.push_back({parent->id, fragment.hole});
      break;
    }
  }
  return reads;
}

}  // namespace

GeneratedKernel Evolution::generate(const GenerationRequest& request) {
  const Population population = population_of(request);
  GenerationRequest bare = without_experience(request);
  if (population.size() < config_.founders) return composer_.generate(bare);

  std::uint64_t key = stream_key(request.task->digest, stream_key("evolution"));
  Random random(request.seed, stream_key(request.candidate, key));
  const std::size_t api_items = bare.context.size();
  for (int mating = 0; mating < config_.matings; ++mating) {
    const ContextItem& first = tournament(population, config_.tournament, random);
    const bool has_two = random.uniform() < config_.crossover;
    const ContextItem& second =
        has_two ? tournament(population, config_.tournament, random) : first;
    bare.context.resize(api_items);
    bare.context.push_back(cross(first, second, random));
    // Another seed for each mating: the composer's draws depend on it and on the candidate.
    bare.seed = random.next_u64();
    Composer writer(mutation_of(bare.context.back(), config_));
    GeneratedKernel kernel = writer.generate(bare);
    const bool is_new =
        !kernel.source.empty() &&
        (request.proposed == nullptr || request.proposed->count(digest_of(kernel.source)) == 0);
    if (!is_new) continue;
    kernel.reads = reads_of(first, second, kernel.fragments);
    return kernel;
  }
  return composer_.generate(without_experience(request));  // the neighbourhood is exhausted
}

std::vector<std::string> Evolution::blame(const std::vector<Fragment>& fragments,
                                          const std::string& gate,
                                          const std::string& reason) const {
  return composer_.blame(fragments, gate, reason);
}

}  // namespace coldforge::agent
