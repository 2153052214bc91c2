#include <algorithm>
#include <map>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {

using isa::Memory;

Argument Planner::view(const Access& access, const std::vector<int>& rows,
                       const std::vector<int>& cols) {
  Argument view;
  view.kind = Argument::Kind::View;
  view.view.access = access;
  view.view.levels = rows;
  view.view.levels.insert(view.view.levels.end(), cols.begin(), cols.end());
  return view;
}

void Planner::load(std::vector<Item>& items, const Value& value, int buffer,
                   const std::vector<int>& rows, const std::vector<int>& cols) {
  for (const Piece& piece : pieces(value.access, buffer, rows, cols)) {
    emit(items, apis_.load(), {piece.tile, view(piece.access, piece.rows, piece.cols)}, {},
         {buffer}, "");
  }
}

bool Planner::make_load(int value) {
  const Value& v = at(value);
  const int where = level(value);
  Place place{-1, rows(value), cols(value)};
  place.buffer =
      new_buffer(v.label, Memory::Vec, v.integer ? ElementType::Int32 : ElementType::Fp32,
                 most(place.rows), most(place.cols), where);
  Buffer& buffer = plan_.buffers[static_cast<std::size_t>(place.buffer)];
  // Windows of the tile know where its rows are, whatever their length is.
  const bool followed = std::any_of(v.dims.begin(), v.dims.end(), [&](int d) {
    return plan_.group.dims[static_cast<std::size_t>(d)].follows >= 0;
  });
  if (followed && !place.rows.empty() && buffer.pitch == 0) buffer.pitch = most(place.cols);
  vec_[value] = place;
  if (load_inside_border(Value(v), place, where)) return true;
  const bool padded = std::any_of(v.access.axes.begin(), v.access.axes.end(),
                                  [](const Axis& a) { return a.bounded || a.insertion != 1; });
  if (padded && place.rows.size() + place.cols.size() > 1 && apis_.copy_view() != nullptr &&
      chooser_.pick(prefix_ + "load.padded", {"by_view", "picked"}) == "picked") {
    const ElementType type = v.integer ? ElementType::Int32 : ElementType::Fp32;
    return picked_on_chip(Value(v), bodies_[static_cast<std::size_t>(where)], false, where, type,
                          place.buffer, place.rows, place.cols) >= 0;
  }
  // Elements that lie down the rows of the tile come as they lie in memory, to be turned over:
  // single elements are the slowest load there is.
  const Api* turn = apis_.copy(true);
  const auto unit = [&](const std::vector<int>& dims) {
    return !dims.empty() && v.access.stride(dims.back()) == 1;
  };
  if (turn != nullptr && unit(place.rows) && !unit(place.cols) && !place.cols.empty()) {
    auto& items = bodies_[static_cast<std::size_t>(where)];
    const ElementType type = v.integer ? ElementType::Int32 : ElementType::Fp32;
    const Value source = v;
    const int staged = new_buffer(source.label + "_lying", Memory::Vec, type, most(place.cols),
                                  most(place.rows), where);
    load(items, source, staged, place.cols, place.rows);
    emit(items, turn,
         {tile(place.buffer, place.rows, place.cols), tile(staged, place.cols, place.rows)},
         {staged}, {place.buffer}, "turned over");
    return plan_.problem.empty();
  }
  load(bodies_[static_cast<std::size_t>(where)], v, place.buffer, place.rows, place.cols);
  return plan_.problem.empty();
}

/// Padding without short runs: the tensor's rows go, as they lie, into the middle of a tile whose
/// edge was filled once. False if the value has no such padding, or the hole says otherwise.
bool Planner::load_inside_border(const Value& v, const Place& place, int body) {
  if (body == 0 || apis_.fill() == nullptr || place.rows.size() > 1 || place.cols.size() > 1)
    return false;
  Value middle = v;
  Argument target = tile(place.buffer, place.rows, place.cols);
  const std::int64_t pitch = target.tile.dense ? most(place.cols) : target.tile.row_stride;
  std::vector<int> rows = place.rows, cols = place.cols;
  bool any = false;
  for (Axis& axis : middle.access.axes) {
    if (!axis.bounded) continue;
    if (axis.insertion != 1 || axis.at.terms.size() != 1 || axis.at.terms[0].second != 1)
      return false;
    const int d = axis.at.terms[0].first;
    const bool row = !rows.empty() && rows[0] == d, col = !cols.empty() && cols[0] == d;
    if ((!row && !col) || plan_.map.looped(plan_.group, d)) return false;
    any = true;
  }
  if (!any || chooser_.pick(prefix_ + "border", {"by_view", "filled"}) == "by_view") return false;
  for (Axis& axis : middle.access.axes) {
    if (!axis.bounded) continue;
    const int d = axis.at.terms[0].first;
    const std::int64_t first = std::max<std::int64_t>(0, -axis.at.offset);
    const std::int64_t end =
        std::min(plan_.group.dims[static_cast<std::size_t>(d)].extent, axis.size - axis.at.offset);
    if (end <= first) return false;
    const int inside = held_loop(end - first);
    const bool row = !rows.empty() && rows[0] == d;
    (row ? rows : cols)[0] = inside;
    target.tile.offset_elems += first * (row ? pitch : 1);
    axis.bounded = false;
    axis.at.terms[0].first = inside;
    axis.at.offset += first;
  }
  target.tile.rows = extent(rows);
  target.tile.cols = extent(cols);
  target.tile.dense = false;
  target.tile.row_stride = pitch;
  emit(bodies_[static_cast<std::size_t>(body)], apis_.load(),
       {target, view(middle.access, rows, cols)}, {}, {place.buffer}, "");
  plan_.borders.push_back({place.buffer, apis_.fill(), v.access.pad});
  return true;
}

/// Another rectangle of a tile that is there: shifted, with strides.
Argument Planner::window_tile(int value) {
  const Value& v = at(value);
  const Place& source = vec_.at(v.args[0]);
  const Value& from = at(v.args[0]);
  Argument argument = tile(source.buffer, rows(value), cols(value));
  TileUse& use = argument.tile;
  use.dense = false;
  // Elements from one index of a source dim to the next.
  std::map<int, std::int64_t> step;
  std::int64_t run = 1;
  std::vector<int> all = source.rows;
  all.insert(all.end(), source.cols.begin(), source.cols.end());
  const std::int64_t pitch = plan_.buffers[static_cast<std::size_t>(source.buffer)].pitch;
  for (std::size_t i = all.size(); i-- > 0;) {
    if (pitch > 0 && i + 1 == source.rows.size()) run = pitch;
    step[all[i]] = run;
    run *= plan_.map.tile[static_cast<std::size_t>(all[i])];
    // Rows at a pitch do not feel how many columns there are.
    const bool is_outermost = i == 0 || (pitch > 0 && i == source.rows.size());
    if (!is_outermost && plan_.map.tail(plan_.group, all[i]))
      fail("a window over tiles with a tail");
  }
  std::map<int, std::int64_t> stride;
  for (std::size_t i = 0; i < v.at.size(); ++i) {
    const auto found = step.find(from.dims[i]);
    if (found == step.end()) continue;
    use.offset_elems += v.at[i].offset * found->second;
    for (const auto& [d, c] : v.at[i].terms) {
      stride[d] += c * found->second;
      // A source that is loaded with each tile begins where the tile does.
      const bool begins_with_tile =
          d == from.dims[i] ||
          plan_.group.dims[static_cast<std::size_t>(from.dims[i])].follows == d;
      if (plan_.map.looped(plan_.group, d) && !begins_with_tile)
        use.moving.add(d, c * found->second);
    }
  }
  const auto collapse = [&](const std::vector<int>& dims) -> std::int64_t {
    for (std::size_t i = 0; i + 1 < dims.size(); ++i) {
      const auto inner = static_cast<std::size_t>(dims[i + 1]);
      if (stride[dims[i]] != stride[dims[i + 1]] * plan_.map.tile[inner] ||
          plan_.map.tail(plan_.group, dims[i + 1])) {
        fail("a window whose rows lie at uneven distances");
      }
    }
    return dims.empty() ? 0 : stride[dims.back()];
  };
  use.row_stride = collapse(rows(value));
  use.col_stride = collapse(cols(value));
  return argument;
}

/// Rows of the tile that lie between each other's elements in the tensor are brought between each
/// other on chip: single elements are the slowest store there is.
bool Planner::interleave(const Target& target, Place& place, std::vector<Item>& items, int body) {
  const Api* copy = apis_.copy(false);
  if (copy == nullptr || place.rows.empty() || place.cols.empty()) return false;
  const auto step = [&](int d) {
    std::int64_t sum = 0;
    for (const Axis& axis : target.access.axes) sum += axis.at.coefficient(d) * axis.stride;
    return sum;
  };
  const int between = place.rows.back();
  const std::int64_t count = plan_.map.tile[static_cast<std::size_t>(between)];
  if (step(between) != 1 || step(place.cols.back()) != count ||
      plan_.map.looped(plan_.group, between) ||
      count >= arch_.vector.lanes) {  // turned over at once
    return false;
  }
  const Place from = place;
  const Buffer source = plan_.buffers[static_cast<std::size_t>(from.buffer)];
  const bool is_even = std::none_of(from.cols.begin(), from.cols.end(),
                                    [&](int d) { return plan_.map.tail(plan_.group, d); });
  if (!is_even && source.pitch == 0) return false;  // its rows lie nearer in the last tile
  const std::int64_t pitch = source.pitch > 0 ? source.pitch : most(from.cols);
  place.rows.pop_back();
  place.cols.push_back(between);
  place.buffer =
      new_buffer("interleaved", Memory::Vec, source.type, most(place.rows), most(place.cols), body);
  Buffer& joined = plan_.buffers[static_cast<std::size_t>(place.buffer)];
  if (joined.pitch == 0) joined.pitch = most(place.cols);
  for (std::int64_t i = 0; i < count; ++i) {
    Argument to = tile(place.buffer, place.rows, from.cols),
             part = tile(from.buffer, place.rows, from.cols);
    to.tile.offset_elems = i;
    to.tile.col_stride = count;
    part.tile.dense = false;
    part.tile.row_stride = count * pitch;
    part.tile.offset_elems = i * pitch;
    emit(items, copy, {to, part}, {from.buffer}, {place.buffer}, i == 0 ? "interleaved" : "");
  }
  return true;
}

void Planner::store(const Target& target) {
  const Value& v = at(target.value);
  Place place;
  if (v.kind == Value::Kind::Product && plan_.group.uses(target.value) == 1 &&
      (apis_.store()->operands[1].memories & bit(Memory::Acc)) != 0) {
    if (!in_accumulator(target.value)) return;
    place = acc_.at(target.value);
  } else {
    if (!in_vec(target.value)) return;
    place = vec_.at(target.value);
  }
  // Inside the loops that the value lacks, too: it is stored anew in each round.
  std::vector<int> walked;
  for (const Axis& axis : target.access.axes) {
    for (const auto& [d, c] : axis.at.terms) walked.push_back(d);
  }
  const int where = std::max(level(target.value), loop_level(walked));
  auto& items = bodies_[static_cast<std::size_t>(where)];
  const bool interleaved = interleave(target, place, items, where);
  // A tile that lies across the tensor's rows is turned over first: single elements are the slowest
  // store there is.
  const Api* turn = apis_.copy(true);
  const auto unit = [&](const std::vector<int>& dims) {
    return !dims.empty() && target.access.stride(dims.back()) == 1;
  };
  if (!interleaved && turn != nullptr && unit(place.rows) && !unit(place.cols) &&
      !place.cols.empty()) {
    const Place from = place;
    std::swap(place.rows, place.cols);
    place.buffer =
        new_buffer("turned", Memory::Vec, plan_.buffers[static_cast<std::size_t>(from.buffer)].type,
                   most(place.rows), most(place.cols), where);
    emit(items, turn,
         {tile(place.buffer, place.rows, place.cols), tile(from.buffer, from.rows, from.cols)},
         {from.buffer}, {place.buffer}, "turned over");
  }
  for (const Piece& piece : pieces(target.access, place.buffer, place.rows, place.cols)) {
    emit(items, apis_.store(), {view(piece.access, piece.rows, piece.cols), piece.tile},
         {place.buffer}, {}, "");
  }
}

}  // namespace coldforge::agent
