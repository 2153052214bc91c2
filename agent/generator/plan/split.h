#pragma once

#include "agent/generator/grammar/lowering.h"
#include "agent/generator/grammar/stage.h"
#include "isa/arch.h"

namespace coldforge::agent {

/// Cuts loops that are summed over and are longer than a row on chip, with what walks along.
void cut_long_loops(Program& program, const isa::Arch& arch);

/// Rewrites reductions over several loops, or over a loop longer than a tile may be, as reductions
/// one after the other: the first takes the innermost loops, each further one a loop outside of
/// them. What passes between them is a tensor of partial results; whether that leaves the chip is
/// the partition's affair.
///
/// A hole says in how many parts; what cannot lie on chip as a whole has no choice. Scans,
/// arg-reductions and contractions stay as they are.
void split_reductions(Program& program, Chooser& chooser, const isa::Arch& arch);

}  // namespace coldforge::agent
