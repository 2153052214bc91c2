#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/loop/evaluator.h"

namespace coldforge::agent {

/// Leave-one-out credit: a candidate is written again without one item of its context at a time,
/// the request being the same otherwise. An item without which the source is the same did nothing
/// and gets no credit; any other gets the difference of the two rewards. The start point keeps the
/// whole reward, as nothing can be refined without one.

/// What a candidate would have been without an item.
struct Alternative {
  std::string item;    ///< digest
  std::string source;  ///< empty: no kernel at all
};

/// Those of `items` that made a difference to `kernel`, which the generator wrote for `request`.
std::vector<Alternative> alternatives_of(Generator& generator, const GenerationRequest& request,
                                         const GeneratedKernel& kernel,
                                         const std::vector<std::string>& items);

/// Verdicts on the alternatives of a round, each source of a task once.
class AlternativeVerdicts {
 public:
  void add(std::size_t task, const std::vector<Alternative>& alternatives);
  void judge(Evaluator& evaluator);
  /// After judge(). Of an alternative without a source: a failed one.
  const Verdict& of(std::size_t task, const Alternative& alternative) const;
  /// How many of them were judged anew for this task's alternatives: the first to ask pays.
  int take_count(std::size_t task, const std::vector<Alternative>& alternatives);

 private:
  struct Entry {
    Verdict verdict;
    bool paid = false;
  };
  std::map<std::pair<std::size_t, std::string>, Entry> entries_;
  Verdict none_;
};

}  // namespace coldforge::agent
