#include <fmt/format.h>

#include <algorithm>

#include "agent/generator/emit/writer.h"

namespace coldforge::agent {
namespace {

constexpr int kFixedViews = 7;  // registers 0..6 are described once, 7 serves the rest
constexpr const char* kTypes[kElementTypes] = {"npu::f32", "npu::f16", "npu::bf16", "npu::i8",
                                               "npu::u8",  "npu::i32", "npu::i64",  "bool"};

/// One loop level of a view.
struct Level {
  std::vector<int> dims;    ///< merged loops; empty: a single iteration
  std::int64_t stride = 0;  ///< elements; of an axis owner: the axis' stride
  int owner_of = -1;        ///< bounded axis that has this level's number
  int moves = -1;           ///< bounded axis that the level moves
  std::int64_t step = 1;    ///< coordinates a step of it
};

}  // namespace

std::string pad_text(double pad, bool is_float) {
  if (!is_float) return std::to_string(static_cast<std::int64_t>(pad));
  if (pad == 0) return "0.0f";
  if (pad - pad != 0) return pad > 0 ? "npu::infinity" : "-npu::infinity";
  std::string text = fmt::format("{:.9g}", pad);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

/// A view of a tile counts from the tile's base.
DramName GroupWriter::named(const ViewUse& use) const {
  if (use.access.tensor >= 0) return tensors_[static_cast<std::size_t>(use.access.tensor)];
  return {fmt::format("npu::Dram<{}>{{0}}", kTypes[static_cast<int>(use.type)]), use.type};
}

GroupWriter::ViewText GroupWriter::view_text(const ViewUse& use) {
  const Access& access = use.access;
  const Mapping& map = plan_.map;
  ViewText text;
  std::vector<Level> levels;
  std::vector<std::pair<int, std::int64_t>> moving;  // element offset by loop starts
  std::int64_t constant = access.base;
  std::vector<int> bounded;  // axes that need a check
  for (std::size_t a = 0; a < access.axes.size(); ++a) {
    const Axis& axis = access.axes[a];
    if (axis.bounded || axis.insertion != 1) {
      bounded.push_back(static_cast<int>(a));
      continue;
    }
    constant += axis.at.offset * axis.stride;
    for (const auto& [d, c] : axis.at.terms) {
      if (map.looped(plan_.group, d) && !axis.local) moving.emplace_back(d, c * axis.stride);
    }
  }
  const auto axis_of = [&](int d) {
    for (const int a : bounded) {
      if (access.axes[static_cast<std::size_t>(a)].at.coefficient(d) != 0) return a;
    }
    return -1;
  };
  std::vector<int> owned;
  for (const int d : use.levels) {
    Level level;
    level.dims = {d};
    const int a = axis_of(d);
    if (a < 0) {
      level.stride = access.stride(d);
      if (!levels.empty() && levels.back().moves < 0 && !levels.back().dims.empty() &&
          !map.tail(plan_.group, d) &&
          levels.back().stride == level.stride * map.tile[static_cast<std::size_t>(d)]) {
        levels.back().dims.push_back(d);
        levels.back().stride = level.stride;
        continue;
      }
    } else {
      if (access.stride(d) != 0) problem_ = "a loop that moves two axes of a view";
      level.moves = a;
      level.step = access.axes[static_cast<std::size_t>(a)].at.coefficient(d);
      if (std::find(owned.begin(), owned.end(), a) == owned.end()) {
        owned.push_back(a);
        level.owner_of = a;
        level.stride = access.axes[static_cast<std::size_t>(a)].stride;
      }
    }
    levels.push_back(level);
  }
  for (const int a :
       bounded) {  // held at one place by this tile: a level of one iteration carries the bound
    if (std::find(owned.begin(), owned.end(), a) != owned.end()) continue;
    Level level;
    level.moves = level.owner_of = a;
    level.stride = access.axes[static_cast<std::size_t>(a)].stride;
    levels.insert(levels.begin(), level);
  }
  if (levels.empty()) levels.emplace_back();
  if (levels.size() > kViewLevels) problem_ = fmt::format("a view of {} levels", levels.size());
  const auto owner_level = [&](int a) {
    for (std::size_t i = 0; i < levels.size(); ++i) {
      if (levels[i].owner_of == a) return i;
    }
    return std::size_t{0};
  };
  const auto put = [&](const std::string& call, bool changes) {
    (changes ? text.moving : text.fixed).push_back(call);
  };
  for (std::size_t i = 0; i < levels.size(); ++i) {
    Extent extent;
    for (const int d : levels[i].dims) {
      if (map.tail(plan_.group, d)) {
        extent.dims.push_back(d);
      } else {
        extent.constant *= map.tile[static_cast<std::size_t>(d)];
      }
    }
    const std::string n = number(extent);
    // Only the extent may change; a fresh level takes its axis back, so windows follow in the same
    // breath.
    const bool changes = !extent.dims.empty();
    std::string call =
        fmt::format(".level({}, {}, {})", i, changes ? "static_cast<uint32_t>(" + n + ")" : n,
                    levels[i].stride);
    const int a = levels[i].moves;
    if (a >= 0) {
      const std::size_t owner = owner_level(a);
      if (owner != i || levels[i].step != 1)
        call += fmt::format(".window({}, {}, {})", i, owner, levels[i].step);
    }
    put(call, changes);
  }
  for (const int a : bounded) {
    const Axis& axis = access.axes[static_cast<std::size_t>(a)];
    std::vector<std::pair<int, std::int64_t>> terms;
    for (const auto& [d, c] : axis.at.terms) {
      if (map.looped(plan_.group, d)) terms.emplace_back(d, -c);
    }
    const std::size_t level = owner_level(a);
    bool level_changes = false;
    for (const int d : levels[level].dims)
      level_changes = level_changes || map.tail(plan_.group, d);
    const bool changes = !terms.empty() || level_changes;
    put(fmt::format(".bound({}, {}, {})", level, affine(-axis.at.offset, terms), axis.size),
        changes);
    if (axis.insertion != 1)
      put(fmt::format(".insert({}, {})", level, axis.insertion), level_changes);
  }
  const DramName tensor = named(use);
  const std::string offset = affine(constant, moving);
  text.base_moves = !moving.empty();
  text.base = offset == "0"
                  ? tensor.expression
                  : tensor.expression + " + " + (moving.empty() ? offset : "(" + offset + ")");
  return text;
}

std::string GroupWriter::view(const ViewUse& use) {
  const ViewText text = view_text(use);
  const DramName tensor = named(use);
  const char* type = kTypes[static_cast<int>(tensor.type)];
  const bool steady_base = !text.base_moves;
  const bool has_pad = std::any_of(use.access.axes.begin(), use.access.axes.end(),
                                   [](const Axis& a) { return a.bounded || a.insertion != 1; });
  const std::string pad = has_pad ? ", " + pad_text(use.access.pad, is_float(tensor.type)) : "";
  std::string fixed, moving;
  for (const std::string& call : text.fixed) fixed += call;
  for (const std::string& call : text.moving) moving += call;
  if (next_view_ < kFixedViews) {
    const std::string name = fmt::format("v{}", next_view_);
    hoisted_ += fmt::format("  const npu::View<{}, {}> {}({}{});\n", type, next_view_, name,
                            steady_base ? text.base : tensor.expression, pad);
    if (!fixed.empty()) hoisted_ += "  " + name + fixed + ";\n";
    ++next_view_;
    if (!steady_base) line(name + ".rebase(" + text.base + ")" + moving + ";");
    if (steady_base && !moving.empty()) line(name + moving + ";");
    return name;
  }
  const std::string name = fmt::format("view{}", ++serial_);
  line(fmt::format("const npu::View<{}, 7> {}({}{});", type, name, text.base, pad));
  if (!fixed.empty() || !moving.empty()) line(name + fixed + moving + ";");
  return name;
}

}  // namespace coldforge::agent
