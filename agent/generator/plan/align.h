#pragma once

#include <cstdint>
#include <vector>

#include "agent/generator/grammar/lowering.h"
#include "agent/generator/grammar/stage.h"

namespace coldforge::agent {

/// Loop d of the stage becomes d of extent / inner and a new one, the last, of extent `inner`.
void cut_loop(Nest& stage, int d, std::int64_t inner);

/// Where stages walk one tensor by different loops, as reshapes leave it (channels here, groups and
/// channels of a group there), cuts the loops until all walk it alike: only then can the stages run
/// in one sweep of tiles.
///
/// Loops that cannot be cut stay as they are, with all that walk along with them: steps of a
/// window, padded axes, scans and arg-reductions. A hole says whether it is done at all.
void align_loops(Program& program, Chooser& chooser);

/// A loop of a stage that is to become one of extent / inner, and one of `inner`.
struct LoopCut {
  int stage = 0, loop = 0;
  std::int64_t inner = 1;
};

/// Cuts loops, each with all that walk along with it, so that the stages can still run in one
/// sweep; alone where one of those has to stay as it is, or is a contraction's.
void cut_alike(Program& program, const std::vector<LoopCut>& cuts);

}  // namespace coldforge::agent
