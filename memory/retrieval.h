#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "memory/snapshot.h"
#include "sim/base/random.h"

namespace coldforge::memory {

/// How a context is chosen. The defaults are published neighbours' (the paper prints no N and no
/// epsilon).
struct RetrievalConfig {
  std::string policy = "value";  ///< a name of retrieval_policies()
  int context_items = 6;         ///< N
  int lambda = 5;                ///< pool size K = lambda N; 2 is too few, late runs gain from 30
  double epsilon = 0.1;          ///< share of picks that are uniform over what is left of the pool
  bool use_key = true;  ///< blend in the key's own values; false: per stage only, as in the paper
  ValueConfig value;    ///< for the blend
};

struct RetrievalRequest {
  int stage = kDraft;
  std::string key;
  std::string task;  ///< digest; only the policies that know a task's own items read it
  Embedding query;   ///< of the task
  std::function<bool(const Item&)> filter;  ///< items that may be shown at all; none: all
};

/// One chosen item and why.
struct Choice {
  ItemId id = 0;
  double propensity = 1.0;      ///< probability of this pick, given the picks before it
  double score = 0.0;           ///< by the policy
  double similarity = 0.0;      ///< about the cosine
  bool is_exploration = false;  ///< drawn uniformly, not the best that was left
  std::string reason;  ///< one line for people: "rank 1 of 30 by value 0.42, similarity 0.81"
};

struct Retrieval {
  int pool_size = 0;
  double epsilon = 0.0;         ///< in effect: 1 for the policies that only draw
  std::vector<Choice> choices;  ///< in the order of picks
};

/// A context for a task: the K items most similar to the query form the pool, the policy ranks it,
/// and N are picked one by one, each the best left or, with probability epsilon, a uniform draw
/// from what is left. Equal scores go to the more similar item, then to the digest. Uses exactly
/// two draws of `random` a pick.
///
///   value          Q of stage and key
///   similarity     the pool's own order
///   random         any order, uniform
///   uniform        as random, but the pool is the whole memory
///   recency        newest first
///   least_used     fewest uses in verified candidates first
///   success_first  verdict "pass" first
///   per_task       Q of stage and key; the pool holds the task's own items and seed knowledge only
///   oracle         fewest cycles first; the pool is all feasible items of the task itself. A
///   ceiling
///                  if an earlier run left them in the bank
///   none           empty context: the floor
Retrieval retrieve(const Snapshot& snapshot, const RetrievalRequest& request,
                   const RetrievalConfig& config, Random& random);

/// Names of the policies above.
std::vector<std::string_view> retrieval_policies();

/// How a start point is chosen among feasible variants.
struct StartPointConfig {
  std::string policy = "value";  ///< a name of start_point_policies()
  double epsilon = 0.1;
  bool use_key = true;
  ValueConfig value;
};

/// One of `candidates` (not empty): the best by the policy or, with probability epsilon, a uniform
/// draw. Equal scores go to fewer cycles, then to the digest. Policies: value (Q of the refining
/// stage), best_cycles, recency, random.
Choice choose_start_point(const Snapshot& snapshot, const std::vector<ItemId>& candidates,
                          const std::string& key, const StartPointConfig& config, Random& random);

std::vector<std::string_view> start_point_policies();

/// The record of a retrieval for the log.
RetrievalRecord to_record(const Snapshot& snapshot, const RetrievalRequest& request,
                          const RetrievalConfig& config, const Retrieval& retrieval);

}  // namespace coldforge::memory
