#pragma once

#include <array>
#include <optional>
#include <vector>

#include "isa/isa.h"
#include "sim/base/random.h"
#include "sim/exec/command.h"
#include "sim/mem/tile_memory.h"
#include "sim/scalar/issue_check.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::rtl_bench {

/// Random instructions of one unit that pass the check at issue: tiles at odd places, with strides
/// of both signs, broadcast, in place; views with padding, insertion and repeated axes. No result
/// writes an element twice: then the order of beats would show.
class RandomCommands {
 public:
  RandomCommands(const isa::Isa& isa, const isa::Arch& arch, isa::Unit unit);

  /// An instruction with the element types of its tiles, by operand.
  struct Typed {
    const isa::Instruction* instruction = nullptr;
    std::array<ElementType, 4> types{};
  };
  /// Each instruction of the unit with each combination of types that its operands allow.
  std::vector<Typed> all_types() const;

  sim::Command next(Random& random, std::uint64_t seq) const;
  /// One of these types; none if the check at issue lets none of many draws through.
  std::optional<sim::Command> next(const Typed& typed, Random& random, std::uint64_t seq) const;
  /// Gives the indices of a gather values, as a rule inside of the source.
  static void set_indices(const sim::Command& command, bool may_be_bad, Random& random,
                          sim::TileMemories& memories);

 private:
  /// `types` are drawn, too, if they are not given.
  sim::Command draw(const isa::Instruction& instruction, const Typed* typed, Random& random) const;
  ElementType draw_type(const isa::Instruction& instruction, std::size_t operand,
                        const sim::Command& command, Random& random) const;
  bool is_legal(const sim::Command& command) const;
  sim::TileDesc draw_tile(const isa::Operand& operand, std::uint32_t rows, std::uint32_t cols,
                          ElementType type, Random& random) const;
  void draw_view(std::uint32_t elements, ElementType type, Random& random,
                 sim::ViewDesc& view) const;

  const isa::Arch& arch_;
  std::vector<const isa::Instruction*> instructions_;
  std::vector<sim::TilePlan> plans_;
  sim::IssueCheck check_;
};

/// Bytes of the tile memories: random bits, and floats and integers that say something.
void fill_memories(sim::TileMemories& memories, Random& random);

}  // namespace coldforge::rtl_bench
