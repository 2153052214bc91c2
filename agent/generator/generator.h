#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "kernels/task.h"

namespace coldforge::agent {

enum class Stage : std::uint8_t { Draft, Refine };

/// A hole of a candidate and what was put there: ("tile.rows", "1/4", "extent:large axis:0
/// type:fp32").
struct Fragment {
  std::string hole;
  std::string value;
  std::string condition;  ///< classes of the sub-graph under which the value was used; matched,
                          ///< never executed
};

/// A memory item as a generator may see it (method.md, "An item, as the composer sees it"): no
/// rank, Q-value, age or name.
struct ContextItem {
  std::string id;       ///< digest; only to say which item moved which hole
  std::string kind;     ///< "api", "best_practice", "trace", "summary"
  std::string pattern;  ///< canonical JSON: operator sub-graph with axis, type and extent classes
  std::string
      content;  ///< api: ApiItem::content and call; best practice: holes and conditions; else empty
  std::vector<Fragment> fragments;
  bool feasible = false;
  std::string failing_gate;         ///< "" if feasible
  std::vector<std::string> blamed;  ///< holes
  std::int64_t cycles = 0;
  double roofline_fraction = 0;
  std::string bottleneck;
  std::string source;    ///< C++; comments stripped
  std::string feedback;  ///< what the verifier said of it, at most 4,000 characters
};

/// What a generator is asked: one slot of a round. It sees this and nothing else.
struct GenerationRequest {
  const kernels::Task* task = nullptr;
  const isa::Arch* arch = nullptr;  ///< sizes only; timing tables are not for generators
  Stage stage = Stage::Draft;
  std::uint64_t seed = 0;                    ///< run seed
  std::uint64_t candidate = 0;               ///< number of the candidate within the task, from 0
  std::vector<ContextItem> context;          ///< retrieved items; API items by the hybrid rule
  const ContextItem* start_point = nullptr;  ///< refining: the feasible kernel to start from
  const ContextItem* last_attempt =
      nullptr;  ///< the task's previous candidate and its verdict, nullptr for the first
  /// Digests of the sources that this run has proposed for the task, this round's included: none of
  /// them is worth another candidate. May be nullptr.
  const std::set<std::string>* proposed = nullptr;
  std::string last_feedback;  ///< verdict text of it, at most 4,000 characters
};

/// How a language model came to a kernel; part of the candidate's record.
struct Writing {
  std::string model;                   ///< as the provider names it
  std::vector<std::string> exchanges;  ///< digests of the requests, in order
  std::int64_t prompt_tokens = 0;      ///< of the first, as we count them
  std::vector<std::string> dropped;    ///< what had to stay out of it, in the order of dropping
};

struct GeneratedKernel {
  std::string source;               ///< the kernel; empty if the generator found none
  std::string failure;              ///< why: say() of a reason in reasons.h; empty on success
  std::vector<Fragment> fragments;  ///< every hole and its value
  std::string pattern;              ///< canonical JSON pattern of the task, for the stored item
  struct Read {
    std::string item;  ///< ContextItem::id
    std::string hole;  ///< the hole whose weights it moved
  };
  std::vector<Read> reads;
  std::optional<Writing> writing;  ///< of generators that ask somebody
};

/// A run stops here on purpose, nothing half-written, and goes on when the same command is given
/// again: a cap is reached, a person has not answered yet. The text says how to go on.
class RunStopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes kernel sources. A generator may not compile, simulate, evaluate the golden model or read
/// timing tables; the same request gives the same bytes.
class Generator {
 public:
  virtual ~Generator() = default;
  virtual std::string name() const = 0;     ///< "composer"
  virtual std::string version() const = 0;  ///< part of the run's identity
  virtual GeneratedKernel generate(const GenerationRequest& request) = 0;

  /// Takes kernel number `request` of a batch; false: no more are wanted.
  using Ready = std::function<bool(std::size_t request, GeneratedKernel kernel)>;
  /// The kernels of one round, each handed over as soon as it is written, in any order, by one
  /// thread at a time. By default one after the other. A generator that works on several at a time
  /// does not read GenerationRequest::proposed, which grows meanwhile. When it throws, what was not
  /// handed over is lost and the round with it.
  virtual void generate_all(const std::vector<GenerationRequest>& requests, const Ready& ready);

  /// Which holes a failed verdict speaks of, given the gate and its text; used to fill
  /// ContextItem::blamed.
  virtual std::vector<std::string> blame(const std::vector<Fragment>& fragments,
                                         const std::string& gate,
                                         const std::string& reason) const = 0;
};

/// Facts of a task for embedding and for the pattern: operator graph, axis, type and extent
/// classes; deterministic.
std::string task_pattern(const kernels::Task& task);
/// floor(log2(extent)), 0 below 2: extents of one class behave alike.
int size_class(std::int64_t extent);
/// Family of the costliest operator ("elementwise", "reduction", "normalization", "contraction",
/// "convolution", "pooling", "attention", ...): state key of Q in drafting.
std::string task_family(const kernels::Task& task);

}  // namespace coldforge::agent
