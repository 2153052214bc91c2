#include "memory/retrieval.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

/// One member of a pool. Everything that ranks it is here, so that ranking is one comparison.
struct Member {
  ItemId id = 0;
  double score = 0.0;
  std::int64_t second = 0;  // equal scores: the larger first
};

struct Question {
  const Snapshot& snapshot;
  int stage;
  const std::string& key;
  bool use_key;
  const ValueConfig& value;
};

double by_value(const Question& question, ItemId id) {
  static const std::string kAllKeys;
  return question.snapshot.values().blended(question.snapshot.digest(id), question.stage,
                                            question.use_key ? question.key : kAllKeys,
                                            question.value);
}
double by_nothing(const Question&, ItemId) { return 0.0; }
double by_recency(const Question&, ItemId id) { return id; }
double by_least_used(const Question& question, ItemId id) {
  return -static_cast<double>(question.snapshot.values().uses(question.snapshot.digest(id)));
}
double by_success(const Question& question, ItemId id) {
  return question.snapshot.item(id).verdict == "pass" ? 1.0 : 0.0;
}
double by_cycles(const Question& question, ItemId id) {
  return -static_cast<double>(question.snapshot.item(id).cycles);
}

enum class Pool : std::uint8_t {
  Similar,      // the K most similar items
  Everything,   // the whole memory
  OwnTask,      // the K most similar of the task's own items and of those that belong to no task
  OwnFeasible,  // all of the task's own items with verdict "pass"
  Nothing,
};

struct Policy {
  std::string_view name;
  Pool pool;
  bool is_uniform;  // every pick is a draw
  double (*score)(const Question& question, ItemId id);
};

constexpr Policy kPolicies[] = {
    {"value", Pool::Similar, false, by_value},
    {"similarity", Pool::Similar, false, by_nothing},  // the pool's order decides
    {"random", Pool::Similar, true, by_nothing},
    {"uniform", Pool::Everything, true, by_nothing},
    {"recency", Pool::Similar, false, by_recency},
    {"least_used", Pool::Similar, false, by_least_used},
    {"success_first", Pool::Similar, false, by_success},
    {"per_task", Pool::OwnTask, false, by_value},
    {"oracle", Pool::OwnFeasible, false, by_cycles},
    {"none", Pool::Nothing, false, by_nothing},
};

constexpr Policy kStartPointPolicies[] = {
    {"value", Pool::Similar, false, by_value},
    {"best_cycles", Pool::Similar, false, by_cycles},
    {"recency", Pool::Similar, false, by_recency},
    {"random", Pool::Similar, true, by_nothing},
};

template <std::size_t N>
std::vector<std::string_view> names_of(const Policy (&policies)[N]) {
  std::vector<std::string_view> names;
  for (const Policy& policy : policies) names.push_back(policy.name);
  return names;
}

template <std::size_t N>
const Policy& find_policy(const Policy (&policies)[N], const std::string& what,
                          const std::string& name) {
  for (const Policy& policy : policies) {
    if (policy.name == name) return policy;
  }
  throw UserError(what + " '" + name + "'",
                  fmt::format("unknown: known are {}", fmt::join(names_of(policies), ", ")));
}

void rank(const Snapshot& snapshot, std::vector<Member>& pool) {
  std::sort(pool.begin(), pool.end(), [&](const Member& a, const Member& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.second != b.second) return a.second > b.second;
    return snapshot.digest(a.id) < snapshot.digest(b.id);
  });
}

struct Picked {
  Choice choice;
  std::int64_t second = 0;  // of the member
};

/// Takes one member of a ranked pool out. Two random numbers, whatever happens.
Picked pick(std::vector<Member>& pool, double epsilon, Random& random) {
  const double uniform_share = epsilon / static_cast<double>(pool.size());
  const bool is_exploration = random.uniform() < epsilon;
  // 53 bits times a pool's size: the product is below the size, and as uniform as anyone can
  // notice.
  const double draw = random.uniform() * static_cast<double>(pool.size());
  const std::size_t at =
      is_exploration ? std::min(static_cast<std::size_t>(draw), pool.size() - 1) : 0;
  Picked picked;
  picked.second = pool[at].second;
  Choice& choice = picked.choice;
  choice.id = pool[at].id;
  choice.score = pool[at].score;
  choice.is_exploration = is_exploration;
  choice.propensity = std::min(1.0, at == 0 ? (1.0 - epsilon) + uniform_share : uniform_share);
  pool.erase(pool.begin() + static_cast<std::ptrdiff_t>(at));
  return picked;
}

/// Whether a pool of this kind may hold the item at all.
bool belongs(Pool kind, const Item& item, const std::string& task) {
  if (kind == Pool::OwnTask) return item.task_digest.empty() || item.task_digest == task;
  if (kind == Pool::OwnFeasible) return item.task_digest == task && item.verdict == "pass";
  return true;
}

std::vector<Member> make_pool(const Snapshot& snapshot, const RetrievalRequest& request,
                              const RetrievalConfig& config, Pool kind) {
  if (kind == Pool::Nothing || config.context_items <= 0) return {};
  const auto filter = [&](ItemId id) {
    const Item& item = snapshot.item(id);
    return belongs(kind, item, request.task) && (!request.filter || request.filter(item));
  };
  const bool is_whole = kind == Pool::Everything || kind == Pool::OwnFeasible;
  const std::size_t size =
      is_whole ? snapshot.size() : static_cast<std::size_t>(config.lambda) * config.context_items;
  std::vector<Member> pool;
  for (const Neighbour& neighbour : snapshot.index().search(request.query, size, filter)) {
    pool.push_back({neighbour.id, 0.0, neighbour.similarity});
  }
  return pool;
}

}  // namespace

Retrieval retrieve(const Snapshot& snapshot, const RetrievalRequest& request,
                   const RetrievalConfig& config, Random& random) {
  const Policy& policy = find_policy(kPolicies, "retrieval policy", config.policy);
  CF_CHECK(config.epsilon >= 0.0 && config.epsilon <= 1.0, "epsilon is a probability");
  CF_CHECK(config.lambda >= 1, "the pool holds at least what is chosen");
  std::vector<Member> pool = make_pool(snapshot, request, config, policy.pool);
  const Question question{snapshot, request.stage, request.key, config.use_key, config.value};
  for (Member& member : pool) member.score = policy.score(question, member.id);
  rank(snapshot, pool);

  Retrieval retrieval;
  retrieval.pool_size = static_cast<int>(pool.size());
  retrieval.epsilon = policy.is_uniform ? 1.0 : config.epsilon;
  for (int i = 0; i < config.context_items && !pool.empty(); ++i) {
    Picked picked = pick(pool, retrieval.epsilon, random);
    Choice& choice = picked.choice;
    choice.similarity = static_cast<double>(picked.second) / kFullSimilarity;
    choice.reason =
        fmt::format("{} of {} by {}: score {:.3f}, similarity {:.3f}, probability {:.4f}",
                    choice.is_exploration ? "drawn" : "best", retrieval.pool_size - i, policy.name,
                    choice.score, choice.similarity, choice.propensity);
    retrieval.choices.push_back(std::move(choice));
  }
  return retrieval;
}

Choice choose_start_point(const Snapshot& snapshot, const std::vector<ItemId>& candidates,
                          const std::string& key, const StartPointConfig& config, Random& random) {
  const Policy& policy = find_policy(kStartPointPolicies, "start-point policy", config.policy);
  CF_CHECK(!candidates.empty(), "a start point is chosen among at least one");
  CF_CHECK(config.epsilon >= 0.0 && config.epsilon <= 1.0, "epsilon is a probability");
  const Question question{snapshot, kRefine, key, config.use_key, config.value};
  std::vector<Member> pool;
  for (const ItemId id : candidates) {
    pool.push_back({id, policy.score(question, id), -snapshot.item(id).cycles});
  }
  rank(snapshot, pool);
  Choice choice = pick(pool, policy.is_uniform ? 1.0 : config.epsilon, random).choice;
  choice.reason =
      fmt::format("{} of {} by {}: score {:.3f}, {} cycles, probability {:.4f}",
                  choice.is_exploration ? "drawn" : "best", candidates.size(), policy.name,
                  choice.score, snapshot.item(choice.id).cycles, choice.propensity);
  return choice;
}

std::vector<std::string_view> retrieval_policies() { return names_of(kPolicies); }

std::vector<std::string_view> start_point_policies() { return names_of(kStartPointPolicies); }

RetrievalRecord to_record(const Snapshot& snapshot, const RetrievalRequest& request,
                          const RetrievalConfig& config, const Retrieval& retrieval) {
  RetrievalRecord record;
  record.stage = request.stage;
  record.key = request.key;
  record.policy = config.policy;
  record.pool_size = retrieval.pool_size;
  record.epsilon = retrieval.epsilon;
  for (const Choice& choice : retrieval.choices) {
    record.chosen.push_back({snapshot.digest(choice.id), choice.propensity});
  }
  return record;
}

}  // namespace coldforge::memory
