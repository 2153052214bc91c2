#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

TileMemory::TileMemory(const isa::TileMemoryArch& arch)
    : arch_(arch), bytes_(static_cast<std::size_t>(arch.size_bytes)) {}

TileMemories::TileMemories(const isa::Arch& arch)
    : memories_{TileMemory(arch.vec), TileMemory(arch.left), TileMemory(arch.right),
                TileMemory(arch.acc)} {}

}  // namespace coldforge::sim
