#include <algorithm>
#include <vector>

#include "agent/generator/plan/group.h"
#include "agent/generator/plan/unify.h"

namespace coldforge::agent {

const char* kind_of_part(const Program& program, const std::vector<int>& stages) {
  const auto any = [&](auto&& is) {
    return std::any_of(stages.begin(), stages.end(),
                       [&](int s) { return is(program.stages[static_cast<std::size_t>(s)]); });
  };
  if (any([](const Nest& stage) { return is_contraction(stage); })) return "product";
  if (any([](const Nest& stage) { return stage.scan; })) return "scan";
  if (any([](const Nest& stage) { return !tap_dims(stage).empty(); })) return "window";
  return any([](const Nest& stage) { return !stage.reduce.empty(); }) ? "reduction" : "map";
}

bool can_join(const Program& program, const std::vector<int>& stages) {
  const Unifier unifier(program, stages);
  if (!unifier.ok()) return false;
  // Connected: the newest stage shares a loop with the others, or reads what one of them made.
  const int last = stages.back();
  bool shares = false;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    const Nest& other = program.stages[static_cast<std::size_t>(stages[i])];
    for (const Access& load : program.stages[static_cast<std::size_t>(last)].loads) {
      shares = shares || load.tensor == other.out.tensor;
    }
    for (std::size_t a = 0; a < other.dims.size(); ++a) {
      for (std::size_t b = 0; b < program.stages[static_cast<std::size_t>(last)].dims.size(); ++b) {
        shares = shares || unifier.dim(stages[i], static_cast<int>(a)) ==
                               unifier.dim(last, static_cast<int>(b));
      }
    }
  }
  const auto product = [&](int s) {
    return is_contraction(program.stages[static_cast<std::size_t>(s)]);
  };
  const bool any_product = std::any_of(stages.begin(), stages.end(), product);
  return shares && !(any_product && !unifier.windows().empty());
}

int longest_group(const Program& program, int first, Chooser& chooser) {
  std::vector<int> joined = {first};
  for (int s = first + 1; s < static_cast<int>(program.stages.size()); ++s) {
    const bool apart = is_contraction(program.stages[static_cast<std::size_t>(s)]) &&
                       chooser.pick("fusion.before_product", {"joined", "apart"}) == "apart";
    joined.push_back(s);
    if (apart || !can_join(program, joined)) return s - first;
  }
  return static_cast<int>(joined.size());
}

}  // namespace coldforge::agent
