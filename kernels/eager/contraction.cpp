#include "kernels/eager/operands.h"

namespace coldforge::kernels::eager {

Written write_contraction(const Operands&) { return {}; }

}  // namespace coldforge::kernels::eager
