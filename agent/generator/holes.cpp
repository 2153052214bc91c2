#include "agent/generator/holes.h"

#include <algorithm>
#include <set>

#include "sim/base/random.h"

namespace coldforge::agent {

HoleSampler::HoleSampler(const GenerationRequest& request, int attempt, const HoleConfig& config)
    : request_(request), attempt_(attempt), config_(config) {
  if (request.stage == Stage::Refine && request.start_point != nullptr) plan_changes();
}

std::uint64_t HoleSampler::stream(const std::string& purpose) const {
  std::uint64_t key = stream_key("composer");
  key = stream_key(request_.task->digest, key);
  key = stream_key(request_.candidate, key);
  key = stream_key(static_cast<std::uint64_t>(attempt_), key);
  return stream_key(purpose, key);
}

/// Which holes of the start point to fill anew: those that a best practice for its bottleneck
/// names, or any.
void HoleSampler::plan_changes() {
  std::set<std::string> named;
  for (const ContextItem& item : request_.context) {
    if (item.kind != "best_practice" || item.bottleneck != request_.start_point->bottleneck)
      continue;
    for (const Fragment& fragment : item.fragments) named.insert(fragment.hole);
  }
  std::vector<std::string> advised, all;
  for (const Fragment& fragment : request_.start_point->fragments) {
    kept_[fragment.hole] = fragment.value;
    all.push_back(fragment.hole);
    if (named.count(fragment.hole) != 0) advised.push_back(fragment.hole);
  }
  if (all.empty()) return;
  // What has been changed before, to no avail or not, comes later.
  std::map<std::string, int> tried;
  for (const ContextItem& item : request_.context) {
    for (const std::string& hole : changed_in(item)) ++tried[hole];
  }
  Random random(request_.seed, stream("changes"));
  const auto draw_one = [&](const std::vector<std::string>& from) {
    double total = 0;
    for (const std::string& hole : from) total += 1.0 / (1 + tried[hole]);
    double left = random.uniform() * total;
    std::size_t i = 0;
    while (i + 1 < from.size() && left >= 1.0 / (1 + tried[from[i]]))
      left -= 1.0 / (1 + tried[from[i++]]);
    return from[i];
  };
  const double draw = random.uniform();
  int count = draw < config_.change_one                        ? 1
              : draw < config_.change_one + config_.change_two ? 2
                                                               : 3;
  count += attempt_ / 8;  // nothing new was found near the start point
  for (int i = 0; i < count; ++i) {
    const bool follow = random.uniform() < config_.practice_first && !advised.empty();
    changing_[draw_one(follow ? advised : all)] = true;
  }
}

/// Holes in which a trace of this task differs from the start point, if they are few; else none.
std::vector<std::string> HoleSampler::changed_in(const ContextItem& item) const {
  std::vector<std::string> changed;
  if (request_.start_point == nullptr || item.kind != "trace" ||
      item.pattern != request_.start_point->pattern) {
    return changed;
  }
  for (const Fragment& fragment : item.fragments) {
    const auto kept = kept_.find(fragment.hole);
    if (kept != kept_.end() && kept->second != fragment.value) changed.push_back(fragment.hole);
  }
  if (changed.size() > static_cast<std::size_t>(config_.near)) changed.clear();
  return changed;
}

bool HoleSampler::weigh(const ContextItem& item, const std::string& hole,
                        const std::string& condition, const std::vector<std::string>& domain,
                        std::vector<double>& weights) const {
  bool moved = false;
  // Refining, a slower neighbour of the start point speaks against what it changed.
  bool slower = false;
  if (item.feasible && request_.start_point != nullptr &&
      item.cycles > request_.start_point->cycles) {
    const std::vector<std::string> changed = changed_in(item);
    slower = std::find(changed.begin(), changed.end(), hole) != changed.end();
  }
  for (const Fragment& fragment : item.fragments) {
    if (fragment.hole != hole) continue;
    const bool matches =
        fragment.condition.empty() || condition.empty() || fragment.condition == condition;
    if (!matches) continue;
    const auto at = std::find(domain.begin(), domain.end(), fragment.value);
    if (at == domain.end()) continue;
    double& weight = weights[static_cast<std::size_t>(at - domain.begin())];
    if (slower) {
      weight *= config_.blame;
    } else if (item.kind == "best_practice") {
      weight += config_.practice;
    } else if (item.feasible) {
      weight += config_.success;
    } else if (std::find(item.blamed.begin(), item.blamed.end(), hole) != item.blamed.end()) {
      weight *= config_.blame;
    } else {
      continue;
    }
    moved = true;
  }
  return moved;
}

std::string HoleSampler::pick(const std::string& hole, const std::vector<std::string>& domain,
                              const std::string& condition) {
  const auto known = answers_.find(hole);
  if (known != answers_.end() &&
      std::find(domain.begin(), domain.end(), known->second) != domain.end()) {
    return known->second;
  }
  if (domain.size() == 1) return domain[0];  // nothing to ask, nothing to learn
  std::string answer;
  const auto kept = kept_.find(hole);
  const bool keep = kept != kept_.end() && changing_.count(hole) == 0 &&
                    std::find(domain.begin(), domain.end(), kept->second) != domain.end();
  if (keep) {
    answer = kept->second;
    reads_.push_back({request_.start_point->id, hole});
  } else {
    std::vector<double> weights(domain.size(), config_.prior);
    // Successes first: blame then scales what they say too, whatever the order of the context.
    for (const bool failures : {false, true}) {
      const auto read = [&](const ContextItem& item) {
        const bool failure = item.kind != "best_practice" && !item.feasible;
        if (failure == failures && weigh(item, hole, condition, domain, weights))
          reads_.push_back({item.id, hole});
      };
      for (const ContextItem& item : request_.context) read(item);
      if (request_.last_attempt != nullptr) read(*request_.last_attempt);
    }
    if (kept != kept_.end()) {  // a change is a change
      const auto at = std::find(domain.begin(), domain.end(), kept->second);
      if (at != domain.end()) weights[static_cast<std::size_t>(at - domain.begin())] = 0;
    }
    double total = 0;
    for (const double w : weights) total += w;
    Random random(request_.seed, stream(hole));
    double left = random.uniform() * total;
    std::size_t i = 0;
    while (i + 1 < domain.size() && left >= weights[i]) left -= weights[i++];
    while (weights[i] == 0 && i > 0) --i;
    answer = domain[i];
  }
  answers_[hole] = answer;
  fragments_.push_back({hole, answer, condition});
  return answer;
}

bool same_choices(const std::vector<Fragment>& a, const std::vector<Fragment>& b) {
  const auto sorted = [](const std::vector<Fragment>& list) {
    std::map<std::string, std::string> map;
    for (const Fragment& f : list) map[f.hole] = f.value;
    return map;
  };
  return sorted(a) == sorted(b);
}

}  // namespace coldforge::agent
