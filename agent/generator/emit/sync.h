#pragma once

#include <vector>

#include "agent/generator/plan/kernel_plan.h"

namespace coldforge::agent {

/// One engine waits for another: `from` raises the flag after its item, `to` waits before its item,
/// once an iteration.
struct Token {
  int body = 0;
  isa::Unit from = isa::Unit::Scalar, to = isa::Unit::Scalar;
  int after = 0, before = 0;  ///< items of the body
  int credits = 0;            ///< raised that often at the start: a buffer is free that many times
  int flag = -1;
};

/// All tokens of a group, flags numbered from 0. Derived from what the steps read and
/// write:
///   - in one iteration, whoever touches a buffer after an engine wrote it waits for that, and a
///   writer for its readers;
///   - a buffer's next tile but `depth` is written only after the last touch of the present one.
/// A token that another one of the same two engines implies is left out.
std::vector<Token> make_tokens(const GroupPlan& plan);

}  // namespace coldforge::agent
