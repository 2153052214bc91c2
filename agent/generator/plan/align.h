#pragma once

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

}  // namespace coldforge::agent
