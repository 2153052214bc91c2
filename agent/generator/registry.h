#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/generator/generator.h"

namespace coldforge::agent {

/// A generator by name ("composer", "random_search", "evolution"). UserError lists the known ones.
std::unique_ptr<Generator> make_generator(const std::string& name);
std::vector<std::string> generator_names();

/// Those that ask somebody, made from more than a name (agent/generator/model):
///   llm     a language model
///   mixed   the composer drafts, a language model refines
///   manual  a person
///   replay  a recording of one of them
bool asks_somebody(const std::string& generator);

}  // namespace coldforge::agent
