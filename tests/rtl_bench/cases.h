#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/rtl_bench/unit_function.h"

namespace coldforge::rtl_bench {

/// The values of a kind that units get wrong: zeros, ends of ranges, their neighbours, NaN of every
/// sort.
const std::vector<std::uint32_t>& corners(Kind kind);

/// Number of combinations of corner values, and block `number` of them.
std::uint64_t corner_cases(const UnitFunction& function);
void fill_corners(const UnitFunction& function, std::uint64_t first, Block& block);

/// Random cases, a block full: operands alone (uniform, log-uniform exponents, few or many equal
/// bits, ends of the range) and related (cancellation, alignment, exact and almost exact ties).
/// Depends on function, seed and number only.
void fill_random(const UnitFunction& function, std::uint64_t seed, std::uint64_t number,
                 Block& block);

/// Number of all combinations of operands up to the second, or 0 if they have more than 32 bits
/// together; and a block of them. A third operand is random, often zero.
std::uint64_t exhaustive_cases(const UnitFunction& function);
void fill_exhaustive(const UnitFunction& function, std::uint64_t first, Block& block);

/// The first case of a block on which model and RTL differ, as text; empty if there is none.
std::string first_difference(UnitFunction& function, const Block& block);

}  // namespace coldforge::rtl_bench
