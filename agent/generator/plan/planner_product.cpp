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
    if (window && apis_.copy_view() != nullptr &&
        chooser_.pick(prefix_ + "operand.window", {"from_memory", "on_chip"}) == "on_chip") {
      return on_chip_window(Value(v), items, body >= static_cast<int>(bodies_.size()), body, type,
                            target, outer, inner);
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

/// The tensor's part that the windows meet is loaded once, as it lies; a move engine's view picks
/// the operand from it.
int Planner::on_chip_window(const Value& value, std::vector<Item>& items, bool inside, int body,
                            ElementType type, int target, const std::vector<int>& outer,
                            const std::vector<int>& inner) {
  std::vector<Axis> axes = value.access.axes;
  std::sort(axes.begin(), axes.end(),
            [](const Axis& a, const Axis& b) { return a.stride > b.stride; });
  Value part = value;  // what is loaded
  part.access.axes.clear();
  std::vector<int> all, plain;  // loops of the part, as it lies: outermost first
  std::vector<std::pair<std::size_t, int>> levels;  // axis, loop over it
  for (std::size_t a = 0; a < axes.size(); ++a) {
    Axis& axis = axes[a];
    if (axis.at.terms.size() == 1 && axis.at.terms[0].second == 1 && !axis.bounded &&
        axis.insertion == 1) {
      const int d = axis.at.terms[0].first;
      part.access.axes.push_back(axis);
      plain.push_back(d);
      levels.emplace_back(a, d);
      if (plan_.map.tile[static_cast<std::size_t>(d)] > 1) all.push_back(d);
      continue;
    }
    // All of the axis: a loop that only this load knows.
    GroupDim whole;
    whole.extent = axis.size;
    whole.name = "w" + std::to_string(plan_.group.dims.size());
    plan_.group.dims.push_back(whole);
    plan_.map.tile.push_back(axis.size);
    plan_.map.side.push_back(Side::Col);
    plan_.map.inner.push_back(false);
    const int d = static_cast<int>(plan_.group.dims.size()) - 1;
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
  const bool in_loop =
      inside && std::any_of(plain.begin(), plain.end(), [&](int d) {
        return plan_.map.inner[static_cast<std::size_t>(d)] && plan_.map.looped(plan_.group, d);
      });
  const int at_level = loop_level(plain);
  const int staged =
      new_buffer(value.label, Memory::Vec, type, 1, most(all), in_loop ? body : at_level);
  load(in_loop ? items : bodies_[static_cast<std::size_t>(at_level)], part, staged, {}, all);
  Argument picked;
  picked.kind = Argument::Kind::View;
  picked.view.access = view;
  picked.view.type = type;
  picked.view.levels = outer;
  picked.view.levels.insert(picked.view.levels.end(), inner.begin(), inner.end());
  emit(items, apis_.copy_view(), {tile(target, outer, inner), tile(staged, {}, all), picked},
       {staged}, {target}, "windows picked");
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

namespace {

void collect(const Body& body, int buffer, int item, std::vector<Touch>& found) {
  for (const Item& inner : body.items) {
    if (inner.loop != nullptr) {
      collect(*inner.loop, buffer, item, found);
      continue;
    }
    const Step& step = *inner.step;
    if (std::count(step.reads.begin(), step.reads.end(), buffer) != 0) {
      found.push_back({item, step.api->unit, false});
    }
    if (std::count(step.writes.begin(), step.writes.end(), buffer) != 0) {
      found.push_back({item, step.api->unit, true});
    }
  }
}

}  // namespace

std::vector<Touch> touches(const Body& body, int buffer) {
  std::vector<Touch> found;
  for (std::size_t i = 0; i < body.items.size(); ++i) {
    const Item& item = body.items[i];
    if (item.loop != nullptr) {
      collect(*item.loop, buffer, static_cast<int>(i), found);
      continue;
    }
    const Step& step = *item.step;
    if (std::count(step.reads.begin(), step.reads.end(), buffer) != 0) {
      found.push_back({static_cast<int>(i), step.api->unit, false});
    }
    if (std::count(step.writes.begin(), step.writes.end(), buffer) != 0) {
      found.push_back({static_cast<int>(i), step.api->unit, true});
    }
  }
  return found;
}

namespace {

template <class F>
void each_body(Body& body, bool repeated, F&& visit) {
  visit(body, repeated);
  for (Item& item : body.items) {
    if (item.loop != nullptr) each_body(*item.loop, true, visit);
  }
}

bool has_loop(const Body& body) {
  return std::any_of(body.items.begin(), body.items.end(),
                     [](const Item& i) { return i.loop != nullptr; });
}

}  // namespace

/// The answer to the hole; none where there is no room. What is remembered is what was done.
int Planner::outer_ahead() {
  const int ahead = chooser_.pick(prefix_ + "ahead.outer", {"0", "1"})[0] - '0';
  if (!short_of_room_) return ahead;
  if (ahead > 0) chooser_.amend(prefix_ + "ahead.outer", "0");
  return 0;
}

/// How many tiles each buffer holds in turn, and how far loads run ahead.
void Planner::set_depths() {
  // A third result waits for the bus, where as much is stored as is read.
  std::vector<std::string> depths = {"1", "2", "3"};
  if (std::any_of(plan_.group.values.begin(), plan_.group.values.end(), [](const Value& v) {
        return v.kind == Value::Kind::Product || v.kind == Value::Kind::Reduce;
      })) {
    depths.pop_back();
  }
  each_body(plan_.root, false, [&](Body& body, bool repeated) {
    const bool innermost = !has_loop(body);
    if (repeated) {
      const bool loads = std::any_of(body.items.begin(), body.items.end(), [](const Item& i) {
        return i.step != nullptr && i.step->api->unit == isa::Unit::Load;
      });
      if (loads && innermost)
        body.ahead = chooser_.pick(prefix_ + "ahead", {"0", "1", "2"})[0] - '0';
      if (loads && !innermost) body.ahead = outer_ahead();
    }
    for (std::size_t b = 0; b < plan_.buffers.size(); ++b) {
      Buffer& buffer = plan_.buffers[b];
      if (buffer.body != body.id) continue;
      bool several = false, written_by_load = false;
      isa::Unit unit = isa::Unit::Scalar;
      for (const Touch& touch : touches(body, static_cast<int>(b))) {
        several = several || (unit != isa::Unit::Scalar && touch.unit != unit);
        unit = touch.unit;
        written_by_load = written_by_load || (touch.write && touch.unit == isa::Unit::Load);
      }
      // What the move engine alone touches is ordered with none of the vector engine's.
      buffer.shared = several || (unit != isa::Unit::Scalar && unit != isa::Unit::Vector);
      if (!several || !repeated) continue;
      if (short_of_room_ && !innermost) {
        buffer.depth = 1;
        continue;
      }
      buffer.depth = written_by_load ? 1 + body.ahead
                                     : chooser_.pick(prefix_ + "depth.result", depths)[0] - '0';
    }
  });
}

namespace {

struct Life {
  int buffer;
  int from, to;
};

}  // namespace

/// Addresses. Buffers of the vector engine alone may share room when their lives in one body do not
/// meet. Says what there is too little room for, if there is.
std::string Planner::lay_out() {
  const auto in_vec = std::count_if(plan_.buffers.begin(), plan_.buffers.end(),
                                    [](const Buffer& b) { return b.memory == Memory::Vec; });
  const bool stagger =
      in_vec > 1 && chooser_.pick(prefix_ + "stagger", {"one_line", "none"}) == "one_line";
  const isa::TileMemoryArch* sizes[] = {&arch_.vec, &arch_.left, &arch_.right, &arch_.acc};
  std::int64_t top[4] = {0, 0, 0, 0};
  for (const Border& border : plan_.borders) {
    // The vector engine says that the buffer is free, after it has filled it: nothing else orders
    // the two.
    const Buffer& buffer = plan_.buffers[static_cast<std::size_t>(border.buffer)];
    bool ordered = false;
    each_body(plan_.root, false, [&](Body& body, bool repeated) {
      if (body.id != buffer.body || !repeated) return;
      for (const Touch& touch : touches(body, border.buffer))
        ordered = ordered || touch.unit == isa::Unit::Vector;
    });
    if (!ordered) fail("a border that the vector engine does not read");
    if (buffer.bytes * buffer.depth / size_bytes(buffer.type) > 65535)
      fail("a tile side above 65535");
  }
  std::vector<Life> lives;
  each_body(plan_.root, false, [&](Body& body, bool) {
    for (std::size_t b = 0; b < plan_.buffers.size(); ++b) {
      const Buffer& buffer = plan_.buffers[b];
      if (buffer.body != body.id) continue;
      const std::vector<Touch> all = touches(body, static_cast<int>(b));
      if (all.empty()) continue;
      if (buffer.memory == Memory::Vec && !buffer.shared) {
        lives.push_back({static_cast<int>(b), all.front().item, all.back().item});
      }
    }
  });
  for (Buffer& buffer : plan_.buffers) {
    if (buffer.memory == Memory::Vec && !buffer.shared) continue;
    const auto m = static_cast<std::size_t>(buffer.memory);
    buffer.base = top[m];
    top[m] += buffer.bytes * buffer.depth;
    if (stagger && m == 0) top[m] += sizes[m]->line_bytes;
  }
  // First fit among the private ones, largest address last.
  const std::int64_t from = top[0];
  std::vector<std::pair<Life, std::int64_t>> placed;
  for (const Life& life : lives) {
    Buffer& buffer = plan_.buffers[static_cast<std::size_t>(life.buffer)];
    std::int64_t base = from;
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [other, at_base] : placed) {
        const Buffer& o = plan_.buffers[static_cast<std::size_t>(other.buffer)];
        const bool meet = o.body != buffer.body || (life.from <= other.to && other.from <= life.to);
        if (meet && base < at_base + o.bytes && at_base < base + buffer.bytes) {
          base = at_base + o.bytes + (stagger ? sizes[0]->line_bytes : 0);
          moved = true;
        }
      }
    }
    buffer.base = base;
    placed.emplace_back(life, base);
    top[0] = std::max(top[0], base + buffer.bytes);
  }
  for (int m = 0; m < 4; ++m) {
    if (top[m] > sizes[m]->size_bytes) {
      return "tiles need " + std::to_string(top[m]) + " bytes of " +
             std::string(isa::name_of(static_cast<Memory>(m))) + ", there are " +
             std::to_string(sizes[m]->size_bytes);
    }
  }
  return "";
}

}  // namespace coldforge::agent
