#pragma once

#include <string>

namespace coldforge::agent {

/// Elementary functions that no instruction computes, as expressions of StageBuilder::expression()
/// in the text `x`. Errors are for fp32 arguments, beside the rounding of each step.

std::string nearest(const std::string& x);      ///< to a whole number, halves to the even one
std::string floor_of(const std::string& x);     ///< exact
std::string ceil_of(const std::string& x);      ///< exact
std::string sine(const std::string& x);         ///< 4e-6 for |x| < 2^14
std::string cosine(const std::string& x);       ///< 4e-6, and half a unit in the last place of x
std::string arc_tangent(const std::string& x);  ///< 3e-6

}  // namespace coldforge::agent
