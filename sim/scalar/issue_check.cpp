#include "sim/scalar/issue_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "sim/exec/legality.h"

namespace coldforge::sim {
namespace {

using isa::Instruction;
using isa::LegalRule;
using isa::Operand;
using isa::OperandKind;
using Step = LegalRule::Step;

constexpr std::int64_t kManyElements = std::int64_t{1} << 62;

bool is_written(const Operand& operand) { return operand.access != isa::Access::Read; }

/// Neither the rows lie apart nor the columns: elements may share an address.
bool overlaps_itself(const TileDesc& tile) {
  const std::int64_t row_stride = tile.row_stride, col_stride = tile.col_stride;
  const std::int64_t down = (std::int64_t{tile.rows} - 1) * row_stride;
  const std::int64_t along = (std::int64_t{tile.cols} - 1) * col_stride;
  return tile.rows > 1 && tile.cols > 1 && std::abs(row_stride) <= std::abs(along) &&
         std::abs(col_stride) <= std::abs(down);
}

std::int64_t attribute_of(const Step& step, const Instruction& instruction,
                          const Command& command) {
  const Operand& operand = instruction.operands[static_cast<std::size_t>(step.operand)];
  const TileDesc& tile = command.tile[step.operand];
  const bool is_view = operand.kind == OperandKind::View;
  switch (step.attribute) {
    case Step::Attr::Rows:
      return tile.rows;
    case Step::Attr::Cols:
      return tile.cols;
    case Step::Attr::RowStride:
      return tile.row_stride;
    case Step::Attr::ColStride:
      return tile.col_stride;
    case Step::Attr::Type:
      return static_cast<std::int64_t>(is_view ? command.view.type : tile.type);
    case Step::Attr::Memory:
      return static_cast<std::int64_t>(tile.memory);
    case Step::Attr::Value:
      return static_cast<std::int32_t>(command.x[step.operand]);
    case Step::Attr::Elems:
      return is_view ? elements_of(command.view) : std::int64_t{tile.rows} * tile.cols;
    case Step::Attr::Levels:
      return command.view.levels;
  }
  return 0;
}

std::int64_t combine(Step::Kind kind, std::int64_t a, std::int64_t b) {
  const auto wrapped = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (kind) {
    case Step::Kind::Add:
      return wrapped(ua + ub);
    case Step::Kind::Sub:
      return wrapped(ua - ub);
    case Step::Kind::Mul:
      return wrapped(ua * ub);
    case Step::Kind::Eq:
      return a == b;
    case Step::Kind::Ne:
      return a != b;
    case Step::Kind::Lt:
      return a < b;
    case Step::Kind::Le:
      return a <= b;
    case Step::Kind::Gt:
      return a > b;
    case Step::Kind::Ge:
      return a >= b;
    case Step::Kind::And:
      return a != 0 && b != 0;
    case Step::Kind::Or:
      return a != 0 || b != 0;
    default:
      return 0;
  }
}

bool holds(const LegalRule& rule, const Instruction& instruction, const Command& command) {
  std::int64_t stack[32];
  int top = 0;
  for (const Step& step : rule.program) {
    if (top >= 31) return false;
    if (step.kind == Step::Kind::Attribute) {
      stack[top++] = attribute_of(step, instruction, command);
    } else if (step.kind == Step::Kind::Constant) {
      stack[top++] = step.constant;
    } else if (step.kind == Step::Kind::Not) {
      stack[top - 1] = stack[top - 1] == 0;
    } else {
      --top;
      stack[top - 1] = combine(step.kind, stack[top - 1], stack[top]);
    }
  }
  return top == 0 || stack[0] != 0;
}

std::string attribute_text(const Step& step, const Instruction& instruction,
                           const Command& command) {
  const std::string& operand = instruction.operands[static_cast<std::size_t>(step.operand)].name;
  const std::int64_t value = attribute_of(step, instruction, command);
  switch (step.attribute) {
    case Step::Attr::Rows:
      return fmt::format("{}.rows = {}", operand, value);
    case Step::Attr::Cols:
      return fmt::format("{}.cols = {}", operand, value);
    case Step::Attr::RowStride:
      return fmt::format("{}.row_stride = {}", operand, value);
    case Step::Attr::ColStride:
      return fmt::format("{}.col_stride = {}", operand, value);
    case Step::Attr::Type:
      return fmt::format("{}.type = {}", operand, name_of(static_cast<ElementType>(value)));
    case Step::Attr::Memory:
      return fmt::format("{}.memory = {}", operand, name_of(static_cast<isa::Memory>(value)));
    case Step::Attr::Value:
      return fmt::format("{} = {}", operand, value);
    case Step::Attr::Elems:
      return fmt::format("{}.elems = {}", operand, value);
    case Step::Attr::Levels:
      return fmt::format("{}.levels = {}", operand, value);
  }
  return operand;
}

/// "Vec or Acc", "fp32 or int32": the members of a set that an operand may be.
template <class T>
std::string set_text(std::uint8_t set, int size) {
  std::string text;
  for (int i = 0; i < size; ++i) {
    if ((set >> i & 1) != 0)
      text += (text.empty() ? "" : " or ") + std::string(name_of(static_cast<T>(i)));
  }
  return text;
}

}  // namespace

std::int64_t elements_of(const ViewDesc& view) {
  std::int64_t elements = 1;
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    const std::int64_t extent = view.level[l].extent;
    if (extent == 0) return 0;
    if (elements > kManyElements / extent) return kManyElements;
    elements *= extent;
  }
  return elements;
}

IssueCheck::IssueCheck(const isa::Arch& arch)
    : memory_bytes_{arch.vec.size_bytes, arch.left.size_bytes, arch.right.size_bytes,
                    arch.acc.size_bytes},
      flags_(arch.flags) {}

std::string IssueCheck::problem(const TilePlan& plan, const Command& command) const {
  const Instruction& instruction = *plan.instruction;
  const bool is_config = plan.action <= Action::Vbound;
  for (int i = 0; !is_config && i < static_cast<int>(instruction.operands.size()); ++i) {
    const OperandKind kind = instruction.operands[static_cast<std::size_t>(i)].kind;
    std::string wrong = kind == OperandKind::Tile   ? tile_problem(plan, command, i)
                        : kind == OperandKind::View ? view_problem(plan, command, i)
                                                    : std::string();
    if (!wrong.empty()) return wrong;
  }
  if (plan.flag_operand >= 0 && command.x[plan.flag_operand] >= flags_) {
    return fmt::format("flag {}: this machine has flags 0 to {}", command.x[plan.flag_operand],
                       flags_ - 1);
  }
  if (plan.action == Action::Tnew &&
      ((command.x[1] & 15) >= isa::kMemories || command.x[1] >> 4 >= kElementTypes)) {
    return fmt::format("kind {}: no such memory and element type", command.x[1]);
  }
  std::string wrong = rule_problem(instruction, command);
  if (wrong.empty() && !instruction.results.empty()) wrong = shape_problem(instruction, command);
  if (wrong.empty() && !is_config) {
    const char* overlap = overlap_problem(command);
    if (overlap != nullptr) wrong = overlap;
  }
  return wrong;
}

std::string IssueCheck::tile_problem(const TilePlan& plan, const Command& command,
                                     int operand) const {
  const Operand& rule = plan.instruction->operands[static_cast<std::size_t>(operand)];
  const TileDesc& tile = command.tile[operand];
  const std::string_view type = name_of(tile.type);
  if (tile.rows == 0 || tile.cols == 0) {
    return fmt::format("{} has no extents ({} x {})", rule.name, tile.rows, tile.cols);
  }
  if ((rule.memories >> static_cast<int>(tile.memory) & 1) == 0) {
    return fmt::format("{} lies in {}; must lie in {}", rule.name, name_of(tile.memory),
                       set_text<isa::Memory>(rule.memories, isa::kMemories));
  }
  if ((rule.types >> static_cast<int>(tile.type) & 1) == 0) {
    return fmt::format("{} has type {}; must be {}", rule.name, type,
                       set_text<ElementType>(rule.types, kElementTypes));
  }
  if (rule.same_type_as >= 0 && command.tile[rule.same_type_as].type != tile.type) {
    return fmt::format("{} has type {}; must have that of {}, {}", rule.name, type,
                       plan.instruction->operands[static_cast<std::size_t>(rule.same_type_as)].name,
                       name_of(command.tile[rule.same_type_as].type));
  }
  if (tile.base_bytes % static_cast<std::uint32_t>(size_bytes(tile.type)) != 0) {
    return fmt::format("{} begins at byte {}, not a multiple of the {} bytes of {}", rule.name,
                       tile.base_bytes, size_bytes(tile.type), type);
  }
  if (is_written(rule) &&
      ((tile.row_stride == 0 && tile.rows > 1) || (tile.col_stride == 0 && tile.cols > 1))) {
    return fmt::format("{} is written and has a stride of 0", rule.name);
  }
  if (is_written(rule) && overlaps_itself(tile)) {
    return fmt::format("{} is written and may overlap itself: {} x {} with strides {} and {}",
                       rule.name, tile.rows, tile.cols, tile.row_stride, tile.col_stride);
  }
  if (plan.source_of_view == operand) return {};  // its extents come from the view
  const TileSpan range = span_of(tile);
  const std::int64_t size = memory_bytes_[static_cast<int>(tile.memory)];
  if (range.begin < 0 || range.end > size) {
    return fmt::format("{} covers bytes {} to {} of {}, which has {}", rule.name, range.begin,
                       range.end - 1, name_of(tile.memory), size);
  }
  return {};
}

std::string IssueCheck::view_problem(const TilePlan& plan, const Command& command,
                                     int operand) const {
  const Operand& rule = plan.instruction->operands[static_cast<std::size_t>(operand)];
  const ViewDesc& view = command.view;
  if (view.levels == 0) return fmt::format("{} has no levels", rule.name);
  bool used[ViewDesc::kMaxLevels] = {};
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    if (view.level[l].extent == 0) return fmt::format("{} has extent 0 in level {}", rule.name, l);
    used[view.level[l].axis] = true;
  }
  for (int a = 0; a < ViewDesc::kMaxLevels; ++a) {
    if (!used[a] || (view.axis[a].insertion >= 1 && view.axis[a].size >= 0)) continue;
    return fmt::format("{} has size {} and insertion {} in axis {}", rule.name, view.axis[a].size,
                       view.axis[a].insertion, a);
  }
  const bool on_chip = plan.source_of_view >= 0;
  const ElementType type = on_chip ? command.tile[plan.source_of_view].type : view.type;
  if (view.base % static_cast<std::uint32_t>(size_bytes(type)) != 0) {
    return fmt::format("{} begins at 0x{:x}, not a multiple of the {} bytes of {}", rule.name,
                       view.base, size_bytes(type), name_of(type));
  }
  if (!on_chip) {
    if (rule.types != 0 && (rule.types >> static_cast<int>(type) & 1) == 0) {
      return fmt::format("{} has type {}; must be {}", rule.name, name_of(type),
                         set_text<ElementType>(rule.types, kElementTypes));
    }
    return {};
  }
  const TileDesc& source = command.tile[plan.source_of_view];
  const TileSpan range = span_of(view, type);
  const std::int64_t base = std::int64_t{source.base_bytes} + static_cast<std::int32_t>(view.base);
  const std::int64_t size = memory_bytes_[static_cast<int>(source.memory)];
  if (range.end > range.begin && (base + range.begin < 0 || base + range.end > size)) {
    return fmt::format("{} covers bytes {} to {} of {}, which has {}", rule.name,
                       base + range.begin, base + range.end - 1, name_of(source.memory), size);
  }
  return {};
}

/// An expression is evaluated over a rectangle, that of its domain. Every tile must fit it.
std::string IssueCheck::shape_problem(const Instruction& instruction,
                                      const Command& command) const {
  const TileDesc& domain = command.tile[instruction.domain];
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    const Operand& operand = instruction.operands[i];
    if (operand.kind != OperandKind::Tile) continue;
    std::uint32_t want_rows = domain.rows, want_cols = domain.cols;
    for (const isa::Result& result : instruction.results) {
      if (result.operand != static_cast<int>(i) || !result.is_reduced()) continue;
      (result.reduce.axis == "cols" ? want_cols : want_rows) = 1;
    }
    const TileDesc& tile = command.tile[i];
    const bool rows_fit = tile.rows == want_rows || (operand.broadcast && tile.rows == 1);
    const bool cols_fit = tile.cols == want_cols || (operand.broadcast && tile.cols == 1);
    if (!rows_fit || !cols_fit) {
      return fmt::format("{} is {} x {}; must be {} x {}{}", operand.name, tile.rows, tile.cols,
                         want_rows, want_cols,
                         operand.broadcast ? ", or 1 where it is broadcast" : "");
    }
  }
  return {};
}

std::string IssueCheck::rule_problem(const Instruction& instruction, const Command& command) const {
  for (const LegalRule& rule : instruction.legal) {
    if (holds(rule, instruction, command)) continue;
    std::string values;
    for (const Step& step : rule.program) {
      if (step.kind != Step::Kind::Attribute) continue;
      const std::string text = attribute_text(step, instruction, command);
      if (values.find(text) == std::string::npos) values += (values.empty() ? "" : ", ") + text;
    }
    return fmt::format("rule {}: {} fails with {}", rule.name, rule.text, values);
  }
  return {};
}

}  // namespace coldforge::sim
