#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "isa/arch.h"
#include "isa/isa.h"

namespace coldforge::sim {

/// One tile memory: bytes and geometry. Line i lies in bank i mod banks; no notion of time.
class TileMemory {
 public:
  explicit TileMemory(const isa::TileMemoryArch& arch);

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::int64_t size_bytes() const { return arch_.size_bytes; }
  std::int64_t line_bytes() const { return arch_.line_bytes; }
  std::int64_t banks() const { return arch_.banks; }

 private:
  isa::TileMemoryArch arch_;
  std::vector<std::uint8_t> bytes_;
};

/// The four tile memories of one NPU, indexed by isa::Memory.
class TileMemories {
 public:
  explicit TileMemories(const isa::Arch& arch);

  TileMemory& operator[](isa::Memory memory) { return memories_[static_cast<std::size_t>(memory)]; }
  const TileMemory& operator[](isa::Memory memory) const {
    return memories_[static_cast<std::size_t>(memory)];
  }

 private:
  std::array<TileMemory, isa::kMemories> memories_;
};

}  // namespace coldforge::sim
