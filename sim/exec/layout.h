#pragma once

#include "sim/exec/command.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// Built-in instructions; operands stand in the order of the description
/// (isa/spec/{move,matrix,vector_layout}.json). Commands have passed the checks at issue; indices
/// of a gather are in range.

/// dst [m, n] = src [m, n], converted. One element type: bits stay as they are.
void move_tile(const Command& command, TileMemories& memories);
/// dst [m, n] = src [n, m] transposed, likewise.
void transpose(const Command& command, TileMemories& memories);
/// dst: elements of a tile memory in the order of a view, whose base counts from that of src; pads
/// as in a load.
void move_view(const Command& command, TileMemories& memories);
/// dst = src element number index[i], counted row by row.
void gather(const Command& command, TileMemories& memories);
/// dst = start + row * row_step + col * col_step; fp32: fma(col, col_step, fma(row, row_step,
/// start)).
void number_elements(const Command& command, TileMemories& memories);
/// acc [m, n] = a [m, k] * b [k, n], without and with what was in acc.
void multiply(const Command& command, TileMemories& memories);
void multiply_accumulate(const Command& command, TileMemories& memories);

}  // namespace coldforge::sim
