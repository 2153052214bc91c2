#include "sim/exec/semantics.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/base/error.h"
#include "sim/exec/expression.h"
#include "sim/exec/registry.h"

namespace coldforge::sim {
namespace {

using Types = std::vector<ElementType>;

constexpr int kTypeBits = 3;  // an element type in a key

template <typename TypeOf>
std::uint32_t key_of(const isa::Instruction& instruction, TypeOf&& type_of) {
  std::uint32_t key = 0;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    if (instruction.operands[i].kind != isa::OperandKind::Tile) continue;
    key |= static_cast<std::uint32_t>(type_of(i)) << (kTypeBits * i);
  }
  return key;
}

/// Calls f(types) for each choice of element types that the operands allow.
void for_each_types(const isa::Instruction& instruction, const std::function<void(Types&)>& f) {
  Types types(instruction.operands.size(), ElementType::Fp32);
  const std::function<void(std::size_t)> choose = [&](std::size_t i) {
    if (i == types.size()) {
      for (std::size_t k = 0; k < types.size(); ++k) {
        const int same = instruction.operands[k].same_type_as;
        if (same >= 0 && types[k] != types[same]) return;
      }
      return f(types);
    }
    const isa::Operand& operand = instruction.operands[i];
    if (operand.kind != isa::OperandKind::Tile) return choose(i + 1);
    for (int type = 0; type < kElementTypes; ++type) {
      if ((operand.types & 1U << type) == 0) continue;
      types[i] = static_cast<ElementType>(type);
      choose(i + 1);
    }
  };
  choose(0);
}

}  // namespace

struct Semantics::Impl {
  struct Entry {
    Builtin builtin = nullptr;
    std::vector<std::pair<std::uint32_t, Expression>> expressions;  ///< by key
  };
  std::vector<Entry> entries;  ///< by instruction id
};

Semantics::Semantics(const isa::Isa& isa) : impl_(std::make_unique<Impl>()) {
  for (const isa::Instruction& instruction : isa.instructions()) {
    Impl::Entry& entry = impl_->entries.emplace_back();
    if (instruction.unit == isa::Unit::Scalar) continue;  // the core's own
    const std::string where = "instruction " + instruction.name;
    if (!instruction.exec.empty()) {
      const BuiltinEntry* builtin = find_builtin(instruction.exec);
      if (builtin == nullptr) {
        throw UserError(where, "exec = \"" + instruction.exec + "\" has no function; known are " +
                                   builtin_names());
      }
      entry.builtin = builtin->function;
      continue;
    }
    if (instruction.unit != isa::Unit::Vector && instruction.unit != isa::Unit::Move) {
      throw UserError(where, "only the vector and the move unit evaluate expressions");
    }
    for_each_types(instruction, [&](Types& types) {
      const auto key = key_of(instruction, [&](std::size_t i) { return types[i]; });
      entry.expressions.emplace_back(key, Expression(isa, instruction, types, where));
    });
    std::sort(entry.expressions.begin(), entry.expressions.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
}

Semantics::~Semantics() = default;
Semantics::Semantics(Semantics&&) noexcept = default;

void Semantics::execute(const Command& command, TileMemories& memories) const {
  const isa::Instruction& instruction = *command.instruction;
  const Impl::Entry& entry = impl_->entries[static_cast<std::size_t>(instruction.id)];
  if (entry.builtin != nullptr) return entry.builtin(command, memories);
  const auto key = key_of(instruction, [&](std::size_t i) { return command.tile[i].type; });
  const auto found = std::lower_bound(
      entry.expressions.begin(), entry.expressions.end(), key,
      [](const auto& candidate, std::uint32_t wanted) { return candidate.first < wanted; });
  CF_CHECK(found != entry.expressions.end() && found->first == key,
           "operand types have been checked at issue");
  found->second.execute(command, memories);
}

}  // namespace coldforge::sim
