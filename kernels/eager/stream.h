#pragma once

#include <string>

#include "isa/arch.h"
#include "kernels/eager/program.h"

namespace coldforge::kernels::eager {

/// The body of a kernel function, or why there is none.
struct Body {
  std::string plan;        ///< in words, for a comment
  std::string statements;  ///< indented by one level
  std::string refusal;     ///< one of eager_refusals()
};

/// Streams the operands of a program through Vec in pieces of rows x columns, loads, computes,
/// stores, double-buffered (up to four buffers where pieces are small).
///
/// Reduced dimensions lie along the columns if the innermost one is among them, else down the rows.
/// They stay on chip as a whole if they fit; else the operands are read once for each level of
/// reductions and once more for the result.
Body write_stream(const Program& program, const isa::Arch& arch);

}  // namespace coldforge::kernels::eager
