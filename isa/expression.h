#pragma once

#include <string>
#include <vector>

#include "isa/isa.h"

namespace coldforge::isa {

/// The expression language of results.
///
///   expression = number | operand | operation "(" expression { "," expression } ")"
///   operand    = a tile that is read, an x-register operand, or a written tile: then its own
///   expression
///                before reduction, so that two results can share one value
///   operation  = a name of isa/spec/operations.json
///
/// Values are 32-bit lanes, fp32 or int32. A tile element enters widened to the lane of its kind
/// (float types to fp32, integer types to int32); the result is narrowed to the type of the written
/// tile, to the nearest even and saturating. Numbers and x-registers take the lane type that their
/// use asks for. Equal sub-expressions are one node.
///
/// Throws UserError(where, ...) for syntax, an unknown name, a wrong count of arguments or a circle
/// of results.
std::vector<ExprNode> parse_expression(
    const std::vector<Operation>& operations, const Instruction& instruction,
    const std::vector<std::pair<int, std::string>>& result_texts,  ///< (written operand, text)
    int result, const std::string& where);

/// One evaluation step of a result, lane types resolved.
struct LaneStep {
  ExprNode::Kind kind = ExprNode::Kind::Op;
  ElementType lane = ElementType::Fp32;  ///< lane type of the value: Fp32 or Int32
  int operand = -1;                      ///< Kind::Operand
  std::uint32_t bits = 0;                ///< Kind::Constant: the lane
  std::string function;  ///< Kind::Op: lane operation of sim/exec/numerics; empty: the argument
                         ///< passes unchanged
  std::vector<int> args;
};

/// A result with every lane type resolved, for one choice of tile element types.
struct LaneProgram {
  std::vector<LaneStep> steps;  ///< in evaluation order, the last is the value
  std::string error;            ///< not empty: the expression has no types; the rest is then void
};

/// Resolves lane types bottom-up, then top-down for what stayed open.
///   types  element type of each operand, in operand order; entries of x-registers are ignored
/// The loader has proved that no combination of types that an instruction allows gives an error.
LaneProgram resolve_types(const Isa& isa, const Instruction& instruction, const Result& result,
                          const std::vector<ElementType>& types);

/// A node as text, "add(a, 1)": equal texts are equal values.
std::string to_text(const Instruction& instruction, const std::vector<ExprNode>& nodes, int node);

/// The lane type of tile elements of a type.
constexpr ElementType lane_of(ElementType type) {
  return is_float(type) ? ElementType::Fp32 : ElementType::Int32;
}

}  // namespace coldforge::isa
