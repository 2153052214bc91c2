#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "sim/base/error.h"
#include "sim/base/random.h"
#include "sim/exec/semantics.h"
#include "sim/exec/tile_access.h"

namespace coldforge::sim::test {

/// Semantics on random tile memories.
struct ExecBench {
  explicit ExecBench(std::uint64_t seed, const std::vector<std::string>& overlays = {})
      : isa(isa::Isa::load(overlays)),
        arch(isa::load_arch("edge")),
        semantics(isa),
        memories(arch),
        random(seed, stream_key("exec")) {
    for (int m = 0; m < isa::kMemories; ++m) fill(static_cast<isa::Memory>(m));
  }

  /// Small integers and halves in every type, so that naive sums are exact.
  void fill(isa::Memory memory) {
    TileMemory& bytes = memories[memory];
    for (std::int64_t i = 0; i < bytes.size_bytes(); ++i) {
      bytes.data()[i] = static_cast<std::uint8_t>(random.next_u32());
    }
  }
  void set(const TileDesc& tile, std::int64_t r, std::int64_t c, double value) {
    const auto number = static_cast<float>(value);
    std::uint32_t lane = 0;
    if (is_float(tile.type)) {
      std::memcpy(&lane, &number, 4);
    } else {
      lane = static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    }
    write_lanes(tile, memories, r, c, 1, is_float(tile.type), &lane);
  }
  double get(const TileDesc& tile, std::int64_t r, std::int64_t c) const {
    std::uint32_t lane = 0;
    read_lanes(tile, memories, r, c, 1, &lane);
    if (!is_float(tile.type)) return static_cast<std::int32_t>(lane);
    float number = 0;
    std::memcpy(&number, &lane, 4);
    return number;
  }
  /// Multiples of 0.5 in [-8, 8) (floats), integers in [-100, 100) (0..99 unsigned).
  void randomise(const TileDesc& tile) {
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      for (std::int64_t c = 0; c < tile.cols; ++c) {
        if (is_float(tile.type)) {
          set(tile, r, c, (static_cast<int>(random.below(32)) - 16) * 0.5);
        } else {
          const int value = static_cast<int>(random.below(200)) - 100;
          set(tile, r, c, tile.type == ElementType::UInt8 ? (value + 100) / 2 : value);
        }
      }
    }
  }
  Command command(const std::string& name, const std::vector<TileDesc>& tiles) const {
    Command command;
    command.instruction = isa.find(name);
    CF_CHECK(command.instruction != nullptr, name);
    std::size_t next = 0;
    for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
      if (command.instruction->operands[i].kind == isa::OperandKind::Tile) {
        command.tile[i] = tiles.at(next++);
      }
    }
    return command;
  }
  void execute(const std::string& name, const std::vector<TileDesc>& tiles) {
    semantics.execute(command(name, tiles), memories);
  }

  const isa::Isa isa;
  const isa::Arch arch;
  const Semantics semantics;
  TileMemories memories;
  Random random;
};

}  // namespace coldforge::sim::test
