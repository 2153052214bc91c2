#pragma once

#include <string>
#include <vector>

#include "isa/isa.h"

namespace coldforge::isa {

/// Compiles and type-checks a rule of the description.
///
///   rule       = any of  || && ! == != < <= > >= + - * ( )  over numbers and attributes
///   attribute  = tile.{rows,cols,row_stride,col_stride,elems,type,memory} |
///   view.{elems,levels,type} | x-register operand constants  = integers, element types ("fp16"),
///   memories ("Acc")
///
/// Throws UserError(where, ...) for syntax, unknown names, an attribute that the operand does not
/// have, and a number where a truth value is needed or the other way round.
LegalRule compile_rule(const Instruction& instruction, const std::string& name,
                       const std::string& text, const std::string& where);

/// The operand whose extents an expression iterates over: a result that is not reduced (a scan is
/// not), else the first source without broadcast; -1 if there is neither.
int find_domain(const Instruction& instruction);

/// What holds without being said in `legal`, as rules: every tile has the extents of the domain (1
/// where it is broadcast or reduced), equal element types where operands ask for them, and no
/// stride of 0 in a tile that is written.
std::vector<std::string> implied_rules(const Instruction& instruction);

}  // namespace coldforge::isa
