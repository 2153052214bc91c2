#include "kernels/eager/operands.h"

namespace coldforge::kernels::eager {

Written write_convolution(const Operands&) { return {}; }

}  // namespace coldforge::kernels::eager
