#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/exec/command.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// What instructions compute, on tile memories, without time. Compiled once from an instruction
/// set; const and shared by runs.
///
/// An instruction either has results in the expression language, which are compiled to lane
/// operations, or names a built-in function (`exec`; table in sim/exec/registry.cpp).
class Semantics {
 public:
  /// Throws UserError: an instruction whose `exec` has no function (naming the known ones), an
  /// expression over an operation that the lanes do not have, or lane types that do not fit.
  explicit Semantics(const isa::Isa& isa);
  ~Semantics();
  Semantics(Semantics&&) noexcept;

  /// Carries out an instruction of the move, matrix or vector engine. The command has passed the
  /// checks at issue.
  void execute(const Command& command, TileMemories& memories) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// tgets: the raw 32-bit lane of element (x[row], x[col]): floats as fp32 bits, integers as int32.
std::uint32_t get_element(const Command& command, const TileMemories& memories);

/// The sinks of load and store, which see elements in the order of the view (elements 0 .. rows *
/// cols - 1): writes `count` elements of `from` (packed) as elements [first, first + count) of the
/// tile, converted;
void write_elements(const TileDesc& tile, TileMemories& memories, std::int64_t first,
                    std::int64_t count, ElementType from, const std::uint8_t* packed);
/// fills them with a pad value (ViewDesc::pad_bits of a view of type `from`);
void fill_elements(const TileDesc& tile, TileMemories& memories, std::int64_t first,
                   std::int64_t count, ElementType from, std::uint32_t pad_bits);
/// reads them as packed elements of `to`.
void read_elements(const TileDesc& tile, const TileMemories& memories, std::int64_t first,
                   std::int64_t count, ElementType to, std::uint8_t* packed);

}  // namespace coldforge::sim
