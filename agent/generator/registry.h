#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/generator/generator.h"

namespace coldforge::agent {

/// A generator by name ("composer", "random_search", "evolution"). UserError lists the known ones.
std::unique_ptr<Generator> make_generator(const std::string& name);
std::vector<std::string> generator_names();

}  // namespace coldforge::agent
