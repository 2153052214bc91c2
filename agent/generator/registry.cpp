#include "agent/generator/registry.h"

#include <algorithm>
#include <iterator>

#include "agent/generator/composer.h"
#include "agent/generator/evolution.h"
#include "agent/generator/random_search.h"
#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

template <class T>
std::unique_ptr<Generator> make() {
  return std::make_unique<T>();
}

struct Entry {
  const char* name;
  std::unique_ptr<Generator> (*make)();
};

constexpr Entry kGenerators[] = {
    {"composer", make<Composer>},
    {"random_search", make<RandomSearch>},
    {"evolution", make<Evolution>},
};

constexpr const char* kAsking[] = {"llm", "mixed", "manual", "replay"};

}  // namespace

bool asks_somebody(const std::string& generator) {
  return std::find(std::begin(kAsking), std::end(kAsking), generator) != std::end(kAsking);
}

std::unique_ptr<Generator> make_generator(const std::string& name) {
  for (const Entry& entry : kGenerators) {
    if (name == entry.name) return entry.make();
  }
  std::string known;
  for (const Entry& entry : kGenerators)
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  if (asks_somebody(name))
    throw UserError("--generator " + name, "only `coldforge synth` can ask it; known are " + known);
  for (const char* entry : kAsking) known += std::string(", ") + entry;
  throw UserError("--generator " + name, "unknown generator; known are " + known);
}

std::vector<std::string> generator_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kGenerators) names.emplace_back(entry.name);
  return names;
}

}  // namespace coldforge::agent
