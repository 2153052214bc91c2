#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/plan/group.h"
#include "agent/generator/plan/mapping.h"
#include "agent/generator/select/api.h"

namespace coldforge::agent {

/// An instruction found to compute a value (and perhaps a reduction of it).
struct Match {
  const Api* api = nullptr;
  std::vector<int> bound;    ///< by operand: the group value it reads, -1 for written ones
  std::vector<int> results;  ///< by operand: the group value it writes, -1
  double cost = 0;           ///< tile elements touched by this and all that is needed before it
};

/// Covers the values of a group with instructions, by matching the expressions of API items against
/// them: as few passes over tile elements as possible.
class Cover {
 public:
  Cover(const Group& group, const Mapping& map, const ApiSet& apis, std::int64_t lanes,
        bool may_fuse_multiply_add);

  /// The best way to make `value` in Vec; null api if there is none.
  const Match& best(int value);
  /// Whether a product's accumulator has to be copied to Vec for `match` to read it.
  bool is_product(int value) const;
  /// Values for which no instruction was found, innermost first.
  std::string uncovered(int value);

 private:
  const Value& at(int v) const { return group_.values[static_cast<std::size_t>(v)]; }
  double beats(int value) const;
  std::vector<int> shape(int value, Side side) const;
  bool fits(const Api& api, const Match& match, int result_value);
  void match_all(const Pattern& pattern, int value, bool root, const Match& so_far, const Api& api,
                 std::vector<Match>& found) const;
  bool may_make(const Api& api, const Value& value) const;
  void consider(const Api& api, int value, Match& best);
  double cost_of(int value);

  const Group& group_;
  const Mapping& map_;
  const ApiSet& apis_;
  std::int64_t lanes_;
  bool fma_;
  std::map<int, Match> memo_;
  std::map<int, int> uses_;
};

}  // namespace coldforge::agent
