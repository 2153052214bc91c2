#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/exec/command.h"
#include "sim/run.h"
#include "sim/scalar/issue_check.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::lockstep {

/// Description and machine that programs are drawn for, and what follows from them.
struct World {
  World(const isa::Isa& the_isa, const isa::Arch& the_arch);
  const sim::TilePlan& plan(const isa::Instruction& instruction) const {
    return plans[static_cast<std::size_t>(instruction.id)];
  }
  /// The instruction with which the core does this; every description has it.
  const isa::Instruction& instruction(sim::Action action) const;
  /// The set or wait of a unit.
  const isa::Instruction& flag_instruction(isa::Unit unit, bool wait) const;
  std::int64_t memory_bytes(isa::Memory memory) const;
  const isa::TileMemoryArch& memory(isa::Memory memory) const;

  const isa::Isa& isa;
  const isa::Arch& arch;
  std::vector<sim::TilePlan> plans;
  sim::IssueCheck check;
};

/// One thing that a program does, in program order. Which fields say something depends on `kind`.
struct Op {
  enum class Kind : std::uint8_t {
    Issue,    ///< command: an instruction of an engine; an illegal one traps
    Order,    ///< what `unit` is given from here on happens after what `other` was given
    Barrier,  ///< number: mask of engines that the core waits for
    Flag,     ///< `count` sets or waits of flag `number` by `unit`, outside of all order
    Access,   ///< the core reads or writes `count` bytes of DRAM at `number`
    Scalar,   ///< `count` instructions of the core, drawn from `style`
  };
  Kind kind = Kind::Scalar;
  sim::Command command;
  isa::Unit unit = isa::Unit::Scalar, other = isa::Unit::Scalar;
  std::uint32_t number = 0, count = 0, value = 0;
  bool write = false;       ///< Access; Flag: a set
  std::uint32_t style = 0;  ///< what the code for it is drawn from; 0 is the plainest
};

/// A program before it is code. Order between engines that its data need is not in it: the code
/// generator adds flags and barriers, so that whatever is left of it stays free of races.
struct Scenario {
  std::uint64_t seed = 0;  ///< of memory patterns and of the contents of DRAM, too
  bool handler = false;    ///< traps are logged and stepped over
  bool drain = false;      ///< a barrier in front of the exit
  std::uint32_t burst =
      1;  ///< instructions whose descriptors are set up before the first is issued
  std::vector<Op> ops;
};

nlohmann::ordered_json to_json(const Scenario& scenario);
/// Throws UserError(where, ...) for what is no scenario of this description.
Scenario scenario_from_json(const isa::Isa& isa, const nlohmann::ordered_json& json,
                            const std::string& where);

/// DRAM of every program: "in", which is read only, and "out"; both begin below and end behind
/// several 4 KiB boundaries, and not on a boundary of a beat. Numbers that say something to each
/// element type lie in stripes of their own.
inline constexpr std::uint32_t kInBase = sim::kDramBase + 0xf4c, kInBytes = 7 * 2048;
inline constexpr std::uint32_t kOutBase = sim::kDramBase + 0x8f9c, kOutBytes = 9 * 1024;
inline constexpr std::uint32_t kStripeBytes = 2048;
/// First address of the stripe of numbers of a type.
std::uint32_t stripe_of(ElementType type);
/// Half a stripe each: int32 numbers in [0, 4) and in [0, 16), for gathers.
inline constexpr std::uint32_t kIndexStripe = kInBase + 5 * kStripeBytes;
std::vector<sim::Buffer> make_buffers(std::uint64_t seed);

}  // namespace coldforge::lockstep
