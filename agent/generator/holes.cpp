#include "agent/generator/holes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <numeric>

#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

/// Index drawn in proportion to the weights; their sum is positive.
std::size_t draw_index(const std::vector<double>& weights, Random& random) {
  double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t i = 0;
  while (i + 1 < weights.size() && left >= weights[i]) left -= weights[i++];
  while (weights[i] == 0 && i > 0) --i;
  return i;
}

/// A number or a fraction; -1 if the value is neither.
double number_of(const std::string& value) {
  char* end = nullptr;
  const double above = std::strtod(value.c_str(), &end);
  if (end == value.c_str()) return -1;
  return *end == '/' ? above / std::strtod(end + 1, nullptr) : above;
}

/// What is left of an answer where the same question allows less: itself, else the next number,
/// else the first value.
const std::string& nearest(const std::vector<std::string>& domain, const std::string& answer) {
  const double wanted = number_of(answer);
  return *std::min_element(domain.begin(), domain.end(), [&](const auto& a, const auto& b) {
    const auto distance = [&](const std::string& value) {
      if (value == answer) return -1.0;
      return wanted < 0 ? 0.0 : std::abs(std::log2((number_of(value) + 1e-3) / (wanted + 1e-3)));
    };
    return distance(a) < distance(b);
  });
}

/// A hole's name without the part of the kernel that it belongs to: "part3:tile.rows".
std::string base_of(const std::string& hole) { return hole.substr(hole.find(':') + 1); }

}  // namespace

HoleConfig as_drawn() {
  HoleConfig config;
  config.drafts = config.neighbours = 1;
  return config;
}

bool is_of_numbers(const std::string& hole) {
  static constexpr const char* kFamilies[] = {"algebra.", "exp.", "variance", "product.type"};
  return std::any_of(std::begin(kFamilies), std::end(kFamilies),
                     [&](const char* family) { return hole.find(family) != std::string::npos; });
}

HoleSampler::HoleSampler(const GenerationRequest& request, const HoleConfig& config)
    : request_(request), config_(config) {
  keep_start_point();
}

HoleSampler::HoleSampler(const GenerationRequest& request, Sample sample,
                         const std::vector<HoleQuestion>& asked, const HoleConfig& config)
    : request_(request), sample_(sample), config_(config) {
  keep_start_point();
  if (!kept_.empty()) plan_changes(asked);
  if (request_.stage == Stage::Draft) choose_model();
}

std::uint64_t HoleSampler::stream(const std::string& purpose, int attempt) const {
  std::uint64_t key = stream_key("composer");
  key = stream_key(request_.task->digest, key);
  key = stream_key(request_.candidate, key);
  key = stream_key(static_cast<std::uint64_t>(attempt), key);
  if (retractions_ > 0 && attempt >= 0)
    key = stream_key(static_cast<std::uint64_t>(retractions_), key);
  return stream_key(purpose, key);
}

std::uint64_t HoleSampler::stream_of(const std::string& hole, const std::string& purpose) const {
  // Rounds count down from -1: no attempt has such a number.
  return stream(purpose + hole, is_of_numbers(hole) ? -1 - sample_.round : sample_.attempt);
}

/// The same for all attempts at a candidate.
bool HoleSampler::is_fresh() const {
  if (request_.candidate < static_cast<std::uint64_t>(config_.fresh_candidates)) return true;
  const std::uint64_t key = stream_key(request_.task->digest, stream_key("composer fresh"));
  Random random(request_.seed, stream_key(request_.candidate, key));
  return random.uniform() < config_.fresh;
}

void HoleSampler::keep_start_point() {
  if (request_.stage != Stage::Refine || request_.start_point == nullptr || is_fresh()) return;
  for (const Fragment& fragment : request_.start_point->fragments)
    kept_[fragment.hole] = fragment.value;
}

/// Drafting, one kernel of the context is adapted: values that were right together stay together.
void HoleSampler::choose_model() {
  std::vector<const ContextItem*> models;
  std::vector<double> weights;
  for (const ContextItem& item : request_.context) {
    if (item.kind != "trace" || !item.feasible || item.roofline_fraction <= 0) continue;
    models.push_back(&item);
    weights.push_back(std::pow(item.roofline_fraction, config_.model_power));
  }
  if (models.empty()) return;
  Random random(request_.seed, stream("model", -1 - sample_.round));
  model_ = models[draw_index(weights, random)];
}

/// The model's answer, if it has one that is possible here and is followed.
const std::string* HoleSampler::answer_of_model(const HoleQuestion& question) const {
  if (model_ == nullptr) return nullptr;
  Random random(request_.seed, stream_of(question.hole, "follow "));
  if (random.uniform() >= config_.follow) return nullptr;
  for (const Fragment& fragment : model_->fragments) {
    const bool matches = fragment.condition.empty() || question.condition.empty() ||
                         fragment.condition == question.condition;
    const bool possible = std::find(question.domain.begin(), question.domain.end(),
                                    fragment.value) != question.domain.end();
    if (fragment.hole == question.hole && matches && possible) return &fragment.value;
  }
  return nullptr;
}

/// Which holes of the start point to fill anew. A hole is drawn as often as an answer drawn by its
/// weights would differ from the one it has, and as it has a say in where the time goes: where the
/// context agrees with the start point, or hardly any time is spent, there is little to change.
void HoleSampler::plan_changes(const std::vector<HoleQuestion>& asked) {
  std::vector<double> doubts;
  for (const HoleQuestion& question : asked) {
    const std::vector<double> weights = weights_of(question).of_value;
    const auto kept = kept_.find(question.hole);
    double total = 0, others = 0;
    for (std::size_t v = 0; v < weights.size(); ++v) {
      total += weights[v];
      if (kept == kept_.end() || question.domain[v] != kept->second) others += weights[v];
    }
    doubts.push_back(question.share * others / total);
  }
  if (asked.empty()) return;
  for (const std::string& hole : drawn_changes(asked, doubts, sample_.attempt)) {
    if (!is_of_numbers(hole)) changing_[hole] = true;
  }
  for (const std::string& hole : drawn_changes(asked, doubts, -1 - sample_.round)) {
    if (is_of_numbers(hole)) changing_[hole] = true;
  }
}

std::vector<std::string> HoleSampler::drawn_changes(const std::vector<HoleQuestion>& asked,
                                                    const std::vector<double>& doubts,
                                                    int attempt) const {
  Random random(request_.seed, stream("changes", attempt));
  const double draw = random.uniform();
  const int count = draw < config_.change_one                        ? 1
                    : draw < config_.change_one + config_.change_two ? 2
                                                                     : 3;
  std::vector<std::string> holes;
  // More where nothing new was found near the start point.
  for (int i = 0; i < count + sample_.round; ++i)
    holes.push_back(asked[draw_index(doubts, random)].hole);
  return holes;
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

/// Refining: whether the item has the value because its relative, the start point, has it. Such
/// agreement is no evidence: with it, what was never changed would seem ever more certain.
bool HoleSampler::is_inherited(const ContextItem& item, const Fragment& fragment) const {
  if (request_.start_point == nullptr || item.kind != "trace" ||
      item.pattern != request_.start_point->pattern) {
    return false;
  }
  const auto kept = kept_.find(fragment.hole);
  return kept != kept_.end() && kept->second == fragment.value;
}

/// Refining: whether the item is a slower neighbour of the start point that differs from it there.
bool HoleSampler::is_slower_for(const ContextItem& item, const std::string& hole) const {
  if (!item.feasible || request_.start_point == nullptr ||
      item.cycles <= request_.start_point->cycles) {
    return false;
  }
  const std::vector<std::string> changed = changed_in(item);
  return std::find(changed.begin(), changed.end(), hole) != changed.end();
}

bool HoleSampler::weigh(const ContextItem& item, const HoleQuestion& question,
                        std::vector<double>& weights) const {
  // Drawn anew: what the task's own kernels have is what is not wanted again.
  const bool anew = request_.start_point != nullptr && kept_.empty();
  if (anew && item.kind == "trace" && item.pattern == request_.start_point->pattern) return false;
  const auto blames = [&] {
    return std::find(item.blamed.begin(), item.blamed.end(), question.hole) != item.blamed.end();
  };
  bool moved = false;
  for (const Fragment& fragment : item.fragments) {
    const bool speaks = fragment.hole == question.hole ||
                        (item.kind == "best_practice" && fragment.hole == base_of(question.hole));
    if (!speaks) continue;
    const bool matches = fragment.condition.empty() || question.condition.empty() ||
                         fragment.condition == question.condition;
    const auto at = std::find(question.domain.begin(), question.domain.end(), fragment.value);
    if (!matches || at == question.domain.end() || is_inherited(item, fragment)) continue;
    double& weight = weights[static_cast<std::size_t>(at - question.domain.begin())];
    if (is_slower_for(item, question.hole)) {
      weight *= config_.blame;
    } else if (item.kind == "best_practice") {
      weight += config_.practice;
    } else if (item.feasible) {
      weight += config_.success;
    } else if (blames()) {
      weight *= config_.blame;
    } else {
      continue;
    }
    moved = true;
  }
  return moved;
}

HoleSampler::Weights HoleSampler::weights_of(const HoleQuestion& question) const {
  Weights weights;
  weights.of_value.assign(question.domain.size(), config_.prior);
  // Successes first: blame then scales what they say too, whatever the order of the context.
  for (const bool failures : {false, true}) {
    const auto read = [&](const ContextItem& item) {
      const bool failure = item.kind != "best_practice" && !item.feasible;
      if (failure == failures && weigh(item, question, weights.of_value))
        weights.readers.push_back(item.id);
    };
    for (const ContextItem& item : request_.context) read(item);
    if (request_.last_attempt != nullptr) read(*request_.last_attempt);
  }
  return weights;
}

/// A value, as often as its weight says.
std::string HoleSampler::draw(const HoleQuestion& question, std::vector<double> weights) const {
  const auto kept = kept_.find(question.hole);
  if (kept != kept_.end()) {  // a change is a change
    const auto at = std::find(question.domain.begin(), question.domain.end(), kept->second);
    if (at != question.domain.end())
      weights[static_cast<std::size_t>(at - question.domain.begin())] = 0;
  }
  Random random(request_.seed, stream_of(question.hole, ""));
  return question.domain[draw_index(weights, random)];
}

std::string HoleSampler::answer(const HoleQuestion& question, const std::string* otherwise) {
  const std::string& hole = question.hole;
  const auto is_possible = [&](const std::string& value) {
    return std::find(question.domain.begin(), question.domain.end(), value) !=
           question.domain.end();
  };
  if (question.domain.size() == 1) return question.domain[0];  // nothing to ask, nothing to learn
  const auto known = answers_.find(hole);
  if (known != answers_.end()) return nearest(question.domain, known->second);
  std::string answer;
  const auto kept = kept_.find(hole);
  const bool changes = changing_.count(hole) != 0;
  if (kept != kept_.end() && !changes && is_possible(kept->second)) {
    answer = kept->second;
    reads_.push_back({request_.start_point->id, hole});
  } else if (const std::string* of_model = answer_of_model(question); of_model != nullptr) {
    answer = *of_model;
    reads_.push_back({model_->id, hole});
  } else if (otherwise == nullptr && kept != kept_.end() && !changes &&
             number_of(kept->second) >= 0) {
    // Another change has left less room: as near to the start point as it goes.
    answer = nearest(question.domain, kept->second);
    reads_.push_back({request_.start_point->id, hole});
  } else if (otherwise != nullptr && !changes) {
    answer = *otherwise;
  } else {
    const Weights weights = weights_of(question);
    for (const std::string& item : weights.readers) reads_.push_back({item, hole});
    answer = draw(question, weights.of_value);
  }
  answers_[hole] = answer;
  asked_.push_back(question);
  fragments_.push_back({hole, answer, question.condition});
  return answer;
}

std::string HoleSampler::pick(const std::string& hole, const std::vector<std::string>& domain,
                              const std::string& condition) {
  return answer({hole, domain, condition, 1}, nullptr);
}

std::string HoleSampler::settle(const std::string& hole, const std::vector<std::string>& domain,
                                const std::string& condition, const std::string& otherwise) {
  return answer({hole, domain, condition, 1}, &otherwise);
}

void HoleSampler::amend(const std::string& hole, const std::string& value) {
  const auto known = answers_.find(hole);
  if (known == answers_.end()) return;
  known->second = value;
  for (Fragment& fragment : fragments_) {
    if (fragment.hole == hole) fragment.value = value;
  }
}

void HoleSampler::retract(std::size_t to) {
  for (std::size_t i = to; i < asked_.size(); ++i) answers_.erase(asked_[i].hole);
  asked_.resize(to);
  fragments_.resize(to);
  reads_.erase(std::remove_if(reads_.begin(), reads_.end(),
                              [&](const GeneratedKernel::Read& read) {
                                return answers_.count(read.hole) == 0;
                              }),
               reads_.end());
  ++retractions_;
}

}  // namespace coldforge::agent
