#pragma once

#include <vector>

#include "memory/item.h"

namespace coldforge::agent {

/// The seed memory: at most 30 rules that name holes, conditions and bottlenecks, never tasks. Read
/// from seed_practices.json; the same for every policy. Throws UserError if the file is missing or
/// malformed.
std::vector<memory::Item> best_practices();

}  // namespace coldforge::agent
