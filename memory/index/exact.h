#pragma once

#include "memory/index.h"

namespace coldforge::memory {

/// A linear scan with int8 dot products: no build, no approximation, filters freely; right up to
/// about 10^6 items.
std::unique_ptr<Index> make_exact_index(int dims);

}  // namespace coldforge::memory
