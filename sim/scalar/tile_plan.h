#pragma once

#include <cstdint>
#include <vector>

#include "isa/isa.h"

namespace coldforge::sim {

/// What the scalar core does with a tile instruction, found once from its description (unit,
/// `exec`, operand kinds), so that a renamed or patched instruction needs no code.
enum class Action : std::uint8_t {
  Tnew,
  Tbase,
  Tstride,
  Tshape,
  Tsubview,
  Vnew,
  Vbase,
  Vinsert,
  Vstride,
  Vlevel,
  Vwindow,
  Vbound,
  SetFlag,
  WaitFlag,
  Barrier,  ///< by the core itself
  Engine,   ///< goes into the queue of its unit; flags of engines too
  Gets,     ///< the same, and the core waits for the element
};

struct TilePlan {
  const isa::Instruction* instruction = nullptr;
  Action action = Action::Engine;
  int flag_operand = -1;  ///< x operand that numbers a flag, or -1
  int source_of_view =
      -1;  ///< tile operand whose memory a view of this instruction walks (tmov.view), or -1
  bool cacheable = false;  ///< legality depends on descriptors only, not on x-registers
};

/// One plan an instruction, by id. Throws UserError naming the instruction if its `exec` and
/// operands do not fit.
std::vector<TilePlan> make_plans(const isa::Isa& isa);

}  // namespace coldforge::sim
