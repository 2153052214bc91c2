#include <algorithm>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {

using isa::Memory;

/// What the matrix engine multiplies: the tensors' own type if it takes it, else a narrow float.
ElementType Planner::product_type(const Value& product) {
  if (product.integer) return ElementType::Int8;
  ElementType given = ElementType::Fp32;
  for (const int a : product.args) {
    if (at(a).kind != Value::Kind::Load) continue;
    given = program_.tensors[static_cast<std::size_t>(at(a).access.tensor)].type;
    if (given == ElementType::Fp16 || given == ElementType::Bf16 || given == ElementType::Int8)
      return given;
  }
  return chooser_.pick(prefix_ + "product.type", {"fp16", "bf16"}) == "fp16" ? ElementType::Fp16
                                                                             : ElementType::Bf16;
}

/// Brings one operand into its memory, `outer` being the loops of its rows, `inner` of its columns.
/// Gives the buffer.
int Planner::product_operand(int product, int which, std::vector<Item>& items, int body,
                             ElementType type, const std::vector<int>& outer,
                             const std::vector<int>& inner) {
  const int arg = at(product).args[static_cast<std::size_t>(which)];
  const Value& v = at(arg);
  const Memory memory = which == 0 ? Memory::Left : Memory::Right;
  const std::string side = which == 0 ? "left" : "right";
  if (v.kind == Value::Kind::Load) {
    const bool contiguous =
        inner.empty() || v.access.stride(inner.back()) == 1 || v.access.bounded_in(inner.back());
    // An operand that lies the other way round in memory is loaded as it lies, and turned over on
    // chip.
    const Api* turn = contiguous ? nullptr : apis_.copy(true);
    const int target =
        new_buffer(v.label + "_" + side, memory, type, most(outer), most(inner), body);
    const bool window = std::any_of(v.access.axes.begin(), v.access.axes.end(),
                                    [](const Axis& a) { return a.at.terms.size() > 1; });
    const bool inside = body >= static_cast<int>(bodies_.size());
    if (apis_.copy_view() != nullptr &&
        (window ||
         (turn == nullptr && (is_scattered(v, outer, inner) || is_reloaded(v, inside)))) &&
        chooser_.pick(prefix_ + (window ? "operand.window" : "operand.staged"),
                      {"from_memory", "on_chip"}) == "on_chip") {
      return picked_on_chip(Value(v), items, inside, body, type, target, outer, inner);
    }
    if (turn == nullptr) {
      load(items, v, target, outer, inner);
      return target;
    }
    const int staged = new_buffer(v.label, Memory::Vec, type, most(inner), most(outer), body);
    load(items, v, staged, inner, outer);
    emit(items, turn, {tile(target, outer, inner), tile(staged, inner, outer)}, {staged}, {target},
         "turned over");
    return target;
  }
  const int needed = v.kind == Value::Kind::Window ? v.args[0] : arg;
  if (!in_vec(needed)) return -1;
  if (v.kind == Value::Kind::Window) {
    fail("a window as operand of a product");
    return -1;
  }
  const Place place = vec_.at(arg);
  const bool straight = place.rows == outer && place.cols == inner;
  const bool turned = place.rows == inner && place.cols == outer;
  const Api* move = straight ? apis_.copy(false) : apis_.copy(true);
  if ((!straight && !turned) || move == nullptr) {
    fail("a product's operand lies across its tiles");
    return -1;
  }
  const int target = new_buffer(v.label + "_" + side, memory, type, most(outer), most(inner), body);
  emit(items, move, {tile(target, outer, inner), tile(place.buffer, place.rows, place.cols)},
       {place.buffer}, {target}, "as operand");
  return target;
}

/// Whether the operand, walked as the product wants it, comes in shorter runs than it lies in.
bool Planner::is_scattered(const Value& value, const std::vector<int>& outer,
                           const std::vector<int>& inner) const {
  const auto run = [&](const std::vector<int>& loops) {
    std::int64_t length = 1;
    for (std::size_t i = loops.size(); i-- > 0;) {
      if (value.access.stride(loops[i]) == length)
        length *= plan_.map.tile[static_cast<std::size_t>(loops[i])];
    }
    return length;
  };
  std::vector<int> wanted = outer;
  wanted.insert(wanted.end(), inner.begin(), inner.end());
  std::vector<int> lying = wanted;
  std::stable_sort(lying.begin(), lying.end(),
                   [&](int a, int b) { return value.access.stride(a) > value.access.stride(b); });
  return run(wanted) < run(lying);
}

/// Whether an operand that is loaded `inside` of the loop over its sums is loaded again for other
/// tiles of the result.
bool Planner::is_reloaded(const Value& value, bool inside) const {
  return inside && std::any_of(plan_.map.loops.begin(), plan_.map.loops.end(),
                               [&](int d) { return !value.access.uses(d); });
}

/// The part of the tensor that is needed is loaded as it lies; a move engine's view picks the
/// operand from it.
int Planner::picked_on_chip(const Value& value, std::vector<Item>& items, bool inside, int body,
                            ElementType type, int target, const std::vector<int>& outer,
                            const std::vector<int>& inner) {
  std::vector<Axis> axes = value.access.axes;
  std::sort(axes.begin(), axes.end(),
            [](const Axis& a, const Axis& b) { return a.stride > b.stride; });
  Value part = value;  // what is loaded
  part.access.axes.clear();
  std::vector<int> all, plain;  // loops of the part, as it lies: outermost first
  std::vector<std::pair<std::size_t, int>> levels;  // axis, loop over it
  // Loops over sums that run inside of others: their part each time, or all of it once.
  const auto is_summed_loop = [&](int d) {
    return plan_.map.inner[static_cast<std::size_t>(d)] && plan_.map.looped(plan_.group, d);
  };
  const bool keeps =
      inside &&
      std::any_of(axes.begin(), axes.end(),
                  [&](const Axis& axis) {
                    return axis.at.terms.size() == 1 && is_summed_loop(axis.at.terms[0].first);
                  }) &&
      chooser_.pick(prefix_ + "operand.kept", {"part", "all"}) == "all";
  for (std::size_t a = 0; a < axes.size(); ++a) {
    Axis& axis = axes[a];
    if (axis.at.terms.size() == 1 && axis.at.terms[0].second == 1 && !axis.bounded &&
        axis.insertion == 1 && !(keeps && is_summed_loop(axis.at.terms[0].first))) {
      const int d = axis.at.terms[0].first;
      part.access.axes.push_back(axis);
      plain.push_back(d);
      levels.emplace_back(a, d);
      if (plan_.map.tile[static_cast<std::size_t>(d)] > 1) all.push_back(d);
      continue;
    }
    // All of the axis: a loop that only this load knows.
    const int d = held_loop(axis.size);
    Axis straight = axis;
    straight.at = {};
    straight.at.add(d, 1);
    straight.bounded = false;
    straight.insertion = 1;
    part.access.axes.push_back(straight);
    levels.emplace_back(a, d);
    all.push_back(d);
  }
  // Its rows must not be cut in the middle: elements lie one after the other.
  std::int64_t run = 1;
  Access view = value.access;
  view.tensor = -1;
  view.base = 0;
  view.axes = axes;
  for (std::size_t i = levels.size(); i-- > 0;) {
    Axis& axis = view.axes[levels[i].first];
    axis.stride = run;
    const bool plain_axis = std::find(plain.begin(), plain.end(), levels[i].second) != plain.end();
    axis.local = plain_axis;
    if (plain_axis) axis.at.offset = 0;  // the part begins there
    run *= plan_.map.tile[static_cast<std::size_t>(levels[i].second)];
    if (plain_axis && i > 0 && plan_.map.tail(plan_.group, levels[i].second)) {
      fail("a window over tiles with a tail");
      return -1;
    }
  }
  const bool in_loop = inside && std::any_of(plain.begin(), plain.end(), is_summed_loop);
  const int at_level = loop_level(plain);
  const int staged =
      new_buffer(value.label, Memory::Vec, type, 1, most(all), in_loop ? body : at_level);
  load(in_loop ? items : bodies_[static_cast<std::size_t>(at_level)], part, staged, {}, all);
  for (const Piece& piece : pieces(view, target, outer, inner)) {
    Argument picked = Planner::view(piece.access, piece.rows, piece.cols);
    picked.view.type = type;
    emit(items, apis_.copy_view(), {piece.tile, tile(staged, {}, all), picked}, {staged}, {target},
         "picked");
  }
  return target;
}

bool Planner::in_accumulator(int value) {
  if (acc_.count(value) != 0) return true;
  const Value v = at(value);
  const Api *fresh = apis_.multiply(false), *more = apis_.multiply(true);
  if (fresh == nullptr) return fail("no instruction multiplies tiles");
  Place place{-1, rows(value), cols(value)};
  const int where = level(value);
  const ElementType type = product_type(v);
  place.buffer = new_buffer(v.label + "_sum", Memory::Acc,
                            type == ElementType::Int8 ? ElementType::Int32 : ElementType::Fp32,
                            most(place.rows), most(place.cols), where);
  acc_[value] = place;

  // The loops that are summed over: those with several tiles run here, around the multiplication.
  std::vector<int> inner, looped;
  for (const Side side : {Side::Row, Side::Col}) {
    for (const int d : plan_.map.order[side == Side::Col]) {
      if (std::find(v.over.begin(), v.over.end(), d) == v.over.end()) continue;
      if (plan_.map.looped(plan_.group, d)) looped.push_back(d);
      if (plan_.map.tile[static_cast<std::size_t>(d)] > 1) inner.push_back(d);
    }
  }
  if (!looped.empty() && more == nullptr) return fail("no instruction adds a product");
  std::vector<Item> items;
  const int body = looped.empty() ? -1 : next_body_ + static_cast<int>(looped.size()) - 1;
  int operands[2] = {-1, -1};
  for (int which = 0; which < 2; ++which) {
    const int arg = v.args[static_cast<std::size_t>(which)];
    const bool in_loop =
        std::any_of(looped.begin(), looped.end(), [&](int d) { return at(arg).access.uses(d); });
    const int at_level = level(arg);
    std::vector<Item>& into = in_loop && at(arg).kind == Value::Kind::Load
                                  ? items
                                  : bodies_[static_cast<std::size_t>(at_level)];
    const int of_body = &into == &items ? body : at_level;
    operands[which] = which == 0
                          ? product_operand(value, 0, into, of_body, type, place.rows, inner)
                          : product_operand(value, 1, into, of_body, type, inner, place.cols);
    if (operands[which] < 0) return false;
  }
  emit(items, looped.empty() ? fresh : more,
       {tile(place.buffer, place.rows, place.cols), tile(operands[0], place.rows, inner),
        tile(operands[1], inner, place.cols)},
       {operands[0], operands[1]}, {place.buffer}, v.label);
  if (!looped.empty()) {
    items.back().step->first = fresh;
    items.back().step->first_of = looped;
    items.back().step->reads.push_back(place.buffer);
  }
  for (std::size_t l = looped.size(); l-- > 0;) {
    auto loop = std::make_unique<Body>();
    loop->id = next_body_ + static_cast<int>(l);
    loop->dim = looped[l];
    loop->items = std::move(items);
    items.clear();
    Item item;
    item.loop = std::move(loop);
    items.push_back(std::move(item));
  }
  next_body_ += static_cast<int>(looped.size());
  auto& target = bodies_[static_cast<std::size_t>(where)];
  for (Item& item : items) target.push_back(std::move(item));
  return plan_.problem.empty();
}

}  // namespace coldforge::agent
