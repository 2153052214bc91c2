#pragma once

#include <string>
#include <string_view>

#include "sim/exec/command.h"
#include "sim/mem/tile_memory.h"

namespace coldforge::sim {

/// A built-in instruction of the move, matrix or vector engine.
using Builtin = void (*)(const Command& command, TileMemories& memories);

struct BuiltinEntry {
  std::string_view exec;  ///< name in the description
  Builtin function;       ///< nullptr: the engine does it itself
};

/// The entry of that name, or nullptr.
const BuiltinEntry* find_builtin(std::string_view exec);
/// All names, for messages: "tci, tgather, ...".
std::string builtin_names();

}  // namespace coldforge::sim
