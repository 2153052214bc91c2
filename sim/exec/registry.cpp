#include "sim/exec/registry.h"

#include "sim/exec/layout.h"

namespace coldforge::sim {
namespace {

constexpr BuiltinEntry kBuiltins[] = {
    {"tci", number_elements}, {"tgather", gather},   {"tgets", nullptr},
    {"tload", nullptr},       {"tmatmul", multiply}, {"tmatmul.acc", multiply_accumulate},
    {"tmov", move_tile},      {"tmov.t", transpose}, {"tmov.view", move_view},
    {"tset", nullptr},        {"tstore", nullptr},   {"ttrans", transpose},
    {"twait", nullptr},
};

}  // namespace

const BuiltinEntry* find_builtin(std::string_view exec) {
  for (const BuiltinEntry& entry : kBuiltins) {
    if (entry.exec == exec) return &entry;
  }
  return nullptr;
}

std::string builtin_names() {
  std::string names;
  for (const BuiltinEntry& entry : kBuiltins) {
    if (!names.empty()) names += ", ";
    names += entry.exec;
  }
  return names;
}

}  // namespace coldforge::sim
