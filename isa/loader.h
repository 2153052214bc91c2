#pragma once

#include <vector>

#include "isa/isa.h"
#include "isa/json_file.h"

namespace coldforge::isa {

/// An entry of isa/spec/operations.json; `entry` is {"summary", "arity", "types", ...}.
Operation read_operation(const JsonEntry& entry, const std::string& name);

/// An instruction entry, everything checked that can be checked of one instruction alone: fields
/// used once and completely, names resolve, expressions parse, rules compile.
Instruction read_instruction(const JsonEntry& entry, const std::string& name,
                             const std::vector<Operation>& operations);

/// Expressions have types for every choice of tile types that the operands allow, and a stated
/// latency is not below the expression's. Throws UserError(where, ...).
void prove_types(const Isa& isa, const Instruction& instruction, const std::string& where);

}  // namespace coldforge::isa
