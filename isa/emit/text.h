#pragma once

#include <string>

#include "isa/isa.h"

namespace coldforge::isa {

/// "// Made by `emitter` from instruction set 0123456789ab and machine edge 0123456789ab.": first
/// line of every output, after the comment sign of its language.
std::string made_by(const std::string& emitter, const Isa& isa, const Arch& arch);

/// A mnemonic or operand name as C++ identifier: dots become '_', a keyword of C++ gets a '_'
/// behind it.
std::string cpp_identifier(const std::string& name);
/// "row_step" -> "RowStep": a template parameter.
std::string pascal_case(const std::string& name);
/// "tcmp.eq" -> "TCMP_EQ": an enumerator of the SystemVerilog package.
std::string upper_case(const std::string& name);

/// "fp32|int32" and "Vec|Acc" of the bits of an operand.
std::string types_text(std::uint8_t types);
std::string memories_text(std::uint8_t memories);

/// "sum of (dst) over cols", "scan: exclusive max of (a) over rows", or the plain expression.
std::string result_text(const Result& result);

/// Whether a function that calls the instruction must not be reordered with the core's own memory
/// accesses.
bool orders_memory(const Instruction& instruction);

}  // namespace coldforge::isa
