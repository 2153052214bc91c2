#include "agent/generator/plan/planner.h"

#include <algorithm>
#include <set>

#include "sim/base/error.h"

namespace coldforge::agent {

using isa::Memory;

Planner::Planner(const Program& program, Group group, const isa::Arch& arch, const ApiSet& apis,
                 Chooser& chooser, std::string prefix)
    : program_(program), arch_(arch), apis_(apis), chooser_(chooser), prefix_(std::move(prefix)) {
  plan_.group = std::move(group);
}

bool Planner::fail(const std::string& why) {
  if (plan_.problem.empty()) plan_.problem = why;
  return false;
}

GroupPlan Planner::run() {
  plan_.map = make_mapping(plan_.group, arch_, chooser_, prefix_);
  if (!plan_.map.problem.empty()) {
    plan_.problem = plan_.map.problem;
    return std::move(plan_);
  }
  expand_loads();
  bodies_.resize(plan_.map.loops.size() + 1);
  next_body_ = static_cast<int>(bodies_.size());
  const bool sums = std::any_of(plan_.group.values.begin(), plan_.group.values.end(), [&](const Value& v) {
    return v.op == "add" && std::any_of(v.args.begin(), v.args.end(), [&](int a) { return at(a).op == "mul"; });
  });
  const bool fma = sums && chooser_.pick("select.fma", {"fused", "apart"}) == "fused";
  cover_ = std::make_unique<Cover>(plan_.group, plan_.map, apis_, arch_.vector.lanes, fma);
  for (const Target& target : plan_.group.targets) {
    store(target);
    if (!plan_.problem.empty()) return std::move(plan_);
  }
  assemble();
  set_depths();
  lay_out();
  return std::move(plan_);
}

/// A load that lacks some of a side's loops, but not all, cannot be broadcast by strides: its view repeats it instead.
void Planner::expand_loads() {
  const auto widen = [&](int arg, const std::vector<int>& like) {
    const Value& source = at(arg);
    if (source.kind != Value::Kind::Load) return arg;
    std::set<int> dims(source.dims.begin(), source.dims.end());
    for (const Side side : {Side::Row, Side::Col}) {
      const std::vector<int> have = plan_.map.in_tile(source.dims, side), want = plan_.map.in_tile(like, side);
      if (!have.empty() && have != want) dims.insert(want.begin(), want.end());
    }
    Value wide = source;
    wide.dims.assign(dims.begin(), dims.end());
    return plan_.group.add(wide);
  };
  for (std::size_t v = 0; v < plan_.group.values.size(); ++v) {
    if (plan_.group.values[v].kind != Value::Kind::Op) continue;
    const std::vector<int> like = plan_.group.values[v].dims;
    for (std::size_t a = 0; a < plan_.group.values[v].args.size(); ++a) {
      const int wide = widen(plan_.group.values[v].args[a], like);
      plan_.group.values[v].args[a] = wide;
    }
  }
}

int Planner::loop_level(const std::vector<int>& dims) const {
  int deepest = 0;
  for (std::size_t l = 0; l < plan_.map.loops.size(); ++l) {
    if (std::find(dims.begin(), dims.end(), plan_.map.loops[l]) != dims.end()) deepest = static_cast<int>(l) + 1;
  }
  return deepest;
}

int Planner::level(int value) {
  const auto known = level_.find(value);
  if (known != level_.end()) return known->second;
  const Value& v = at(value);
  int deepest = 0;
  if (v.kind == Value::Kind::Load) {
    std::vector<int> dims;
    for (const Axis& axis : v.access.axes) {
      for (const auto& [d, c] : axis.at.terms) dims.push_back(d);
    }
    deepest = loop_level(dims);
    // Repeated over a loop whose last tile is smaller: its extent changes with that loop.
    for (const int d : v.dims) {
      if (plan_.map.tail(plan_.group, d)) deepest = std::max(deepest, loop_level({d}));
    }
  } else {
    deepest = loop_level(v.dims);
    for (const int a : v.args) deepest = std::max(deepest, level(a));
  }
  return level_[value] = deepest;
}

Extent Planner::extent(const std::vector<int>& dims) const {
  Extent e;
  for (const int d : dims) {
    if (plan_.map.tail(plan_.group, d)) {
      e.dims.push_back(d);
    } else {
      e.constant *= plan_.map.tile[static_cast<std::size_t>(d)];
    }
  }
  return e;
}

std::int64_t Planner::most(const std::vector<int>& dims) const {
  std::int64_t product = 1;
  for (const int d : dims) product *= plan_.map.tile[static_cast<std::size_t>(d)];
  return product;
}

int Planner::new_buffer(const std::string& name, Memory memory, ElementType type, std::int64_t rows,
                        std::int64_t cols, int body) {
  const isa::TileMemoryArch* sizes[] = {&arch_.vec, &arch_.left, &arch_.right, &arch_.acc};
  const std::int64_t line = sizes[static_cast<int>(memory)]->line_bytes;
  Buffer buffer;
  buffer.memory = memory;
  buffer.type = type;
  // Rows that begin on lines cost room and save the second line that an odd start touches.
  const std::int64_t line_elems = line / size_bytes(type);
  if (rows > 1 && cols > 1 && cols % line_elems != 0 &&
      chooser_.pick("pitch", {"dense", "lines"}) == "lines") {
    buffer.pitch = (cols + line_elems - 1) / line_elems * line_elems;
  }
  buffer.bytes = (rows * std::max(cols, buffer.pitch) * size_bytes(type) + line - 1) / line * line;
  buffer.body = body;
  buffer.name = name;
  int serial = 1;
  const auto taken = [&](const std::string& n) {
    return std::any_of(plan_.buffers.begin(), plan_.buffers.end(), [&](const Buffer& b) { return b.name == n; });
  };
  while (taken(buffer.name)) buffer.name = name + std::to_string(++serial);
  if (rows > 65535 || cols > 65535) fail("a tile side above 65535");
  plan_.buffers.push_back(buffer);
  return static_cast<int>(plan_.buffers.size()) - 1;
}

Argument Planner::tile(int buffer, const std::vector<int>& rows, const std::vector<int>& cols) const {
  Argument argument;
  argument.kind = Argument::Kind::Tile;
  argument.tile.buffer = buffer;
  argument.tile.rows = extent(rows);
  argument.tile.cols = extent(cols);
  if (const std::int64_t pitch = plan_.buffers[static_cast<std::size_t>(buffer)].pitch; pitch > 0) {
    argument.tile.dense = false;
    argument.tile.row_stride = pitch;
  }
  return argument;
}

void Planner::emit(std::vector<Item>& items, const Api* api, std::vector<Argument> arguments,
                   std::vector<int> reads, std::vector<int> writes, const std::string& note) {
  Item item;
  item.step = std::make_unique<Step>();
  item.step->api = api;
  item.step->arguments = std::move(arguments);
  item.step->reads = std::move(reads);
  item.step->writes = std::move(writes);
  item.step->note = note;
  items.push_back(std::move(item));
}

void Planner::load(std::vector<Item>& items, const Value& value, int buffer, const std::vector<int>& rows,
                   const std::vector<int>& cols) {
  Argument view;
  view.kind = Argument::Kind::View;
  view.view.access = value.access;
  view.view.levels = rows;
  view.view.levels.insert(view.view.levels.end(), cols.begin(), cols.end());
  emit(items, apis_.load(), {tile(buffer, rows, cols), view}, {}, {buffer}, "");
}

bool Planner::make_load(int value) {
  const Value& v = at(value);
  const int where = level(value);
  Place place{-1, rows(value), cols(value)};
  place.buffer = new_buffer(v.label, Memory::Vec, v.integer ? ElementType::Int32 : ElementType::Fp32,
                            most(place.rows), most(place.cols), where);
  vec_[value] = place;
  if (load_inside_border(Value(v), place, where)) return true;
  load(bodies_[static_cast<std::size_t>(where)], v, place.buffer, place.rows, place.cols);
  return plan_.problem.empty();
}

/// Padding without short runs: the tensor's rows go, as they lie, into the middle of a tile whose edge was filled once.
/// False if the value has no such padding, or the hole says otherwise.
bool Planner::load_inside_border(const Value& v, const Place& place, int body) {
  if (body == 0 || apis_.fill() == nullptr || place.rows.size() > 1 || place.cols.size() > 1) return false;
  Value middle = v;
  Argument target = tile(place.buffer, place.rows, place.cols);
  const std::int64_t pitch = target.tile.dense ? most(place.cols) : target.tile.row_stride;
  std::vector<int> rows = place.rows, cols = place.cols;
  bool any = false;
  for (Axis& axis : middle.access.axes) {
    if (!axis.bounded) continue;
    if (axis.insertion != 1 || axis.at.terms.size() != 1 || axis.at.terms[0].second != 1) return false;
    const int d = axis.at.terms[0].first;
    const bool row = !rows.empty() && rows[0] == d, col = !cols.empty() && cols[0] == d;
    if ((!row && !col) || plan_.map.looped(plan_.group, d)) return false;
    any = true;
  }
  if (!any || chooser_.pick("border", {"by_view", "filled"}) == "by_view") return false;
  for (Axis& axis : middle.access.axes) {
    if (!axis.bounded) continue;
    const int d = axis.at.terms[0].first;
    const std::int64_t first = std::max<std::int64_t>(0, -axis.at.offset);
    const std::int64_t end =
        std::min(plan_.group.dims[static_cast<std::size_t>(d)].extent, axis.size - axis.at.offset);
    if (end <= first) return false;
    GroupDim valid;
    valid.extent = end - first;
    valid.name = "w" + std::to_string(plan_.group.dims.size());
    plan_.group.dims.push_back(valid);
    plan_.map.tile.push_back(valid.extent);
    plan_.map.side.push_back(Side::Col);
    plan_.map.inner.push_back(false);
    const int inside = static_cast<int>(plan_.group.dims.size()) - 1;
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
  Argument view;
  view.kind = Argument::Kind::View;
  view.view.access = middle.access;
  view.view.levels = rows;
  view.view.levels.insert(view.view.levels.end(), cols.begin(), cols.end());
  emit(bodies_[static_cast<std::size_t>(body)], apis_.load(), {target, view}, {}, {place.buffer}, "");
  plan_.borders.push_back({place.buffer, apis_.fill(), v.access.pad});
  return true;
}

bool Planner::make_index(int value) {
  const Value& v = at(value);
  const Api* api = apis_.number();
  if (api == nullptr) return fail("no instruction covers index");
  Place place{-1, rows(value), cols(value)};
  const int where = level(value);
  // start + row * row_step + col * col_step: one loop a side.
  if (place.rows.size() > 1 || place.cols.size() > 1) return fail("an index over two loops of one side");
  place.buffer = new_buffer("index", Memory::Vec, ElementType::Int32, most(place.rows), most(place.cols), where);
  const auto text = [](const std::string& t) {
    Argument a;
    a.text = t;
    return a;
  };
  std::string start = std::to_string(v.index.offset);
  for (const auto& [d, c] : v.index.terms) {
    if (plan_.map.looped(plan_.group, d)) {
      start += " + " + std::to_string(c) + " * " + plan_.group.dims[static_cast<std::size_t>(d)].name + "0";
    }
  }
  const auto step = [&](const std::vector<int>& dims) {
    return std::to_string(dims.empty() ? 0 : v.index.coefficient(dims[0]));
  };
  emit(bodies_[static_cast<std::size_t>(where)], api,
       {tile(place.buffer, place.rows, place.cols), text(start), text(step(place.rows)), text(step(place.cols))}, {},
       {place.buffer}, "indices");
  vec_[value] = place;
  return true;
}

bool Planner::in_vec(int value) {
  if (vec_.count(value) != 0) return true;
  const Value& v = at(value);
  switch (v.kind) {
    case Value::Kind::Load: return make_load(value);
    case Value::Kind::Index: return make_index(value);
    case Value::Kind::Constant: return fail("a constant in place of a tile");
    case Value::Kind::Window: {
      // Read in place by whoever needs it; a copy only where it stands alone.
      return fail("a window that nothing is computed of");
    }
    case Value::Kind::Product: {
      if (!in_accumulator(value)) return false;
      const Api* copy = apis_.copy(false);
      if (copy == nullptr) return fail("no instruction covers a copy of the accumulator");
      const Place& from = acc_.at(value);
      Place to = from;
      const int where = level(value);
      to.buffer = new_buffer(v.label, Memory::Vec, ElementType::Fp32, most(to.rows), most(to.cols), where);
      emit(bodies_[static_cast<std::size_t>(where)], copy,
           {tile(to.buffer, to.rows, to.cols), tile(from.buffer, from.rows, from.cols)}, {from.buffer}, {to.buffer},
           "out of the accumulator");
      vec_[value] = to;
      return true;
    }
    case Value::Kind::Op:
    case Value::Kind::Reduce: break;
  }
  const Match& match = cover_->best(value);
  if (match.api == nullptr) {
    if (v.kind == Value::Kind::Reduce && plan_.map.in_tile(v.over, Side::Row).size() +
                                                 plan_.map.in_tile(v.over, Side::Col).size() > 0) {
      const std::string inner = cover_->uncovered(v.args[0]);
      return fail("no instruction covers " + (inner.empty() ? "reduction " + v.op + " in this layout" : inner));
    }
    return fail("no instruction covers " + cover_->uncovered(value));
  }
  return make_by(match);
}

Argument Planner::number(int value, bool integer) const {
  Argument argument;
  const double n = at(value).number;
  if (integer) {
    argument.text = std::to_string(static_cast<std::int64_t>(n));
    return argument;
  }
  if (n - n != 0) {
    argument.text = n > 0 ? "npu::infinity" : "-npu::infinity";
    return argument;
  }
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.9g", n);
  argument.text = buffer;
  if (argument.text.find_first_of(".e") == std::string::npos) argument.text += ".0";
  argument.text += "f";
  return argument;
}

Argument Planner::operand_tile(int value) {
  if (at(value).kind == Value::Kind::Window) return window_tile(value);
  const Place& place = vec_.at(value);
  return tile(place.buffer, place.rows, place.cols);
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
    if (i > 0 && plan_.map.tail(plan_.group, all[i])) fail("a window over tiles with a tail");
  }
  std::map<int, std::int64_t> stride;
  for (std::size_t i = 0; i < v.at.size(); ++i) {
    const auto found = step.find(from.dims[i]);
    if (found == step.end()) continue;
    use.offset_elems += v.at[i].offset * found->second;
    for (const auto& [d, c] : v.at[i].terms) {
      stride[d] += c * found->second;
      if (plan_.map.looped(plan_.group, d) && d != from.dims[i]) use.moving.add(d, c * found->second);
    }
  }
  const auto collapse = [&](const std::vector<int>& dims) -> std::int64_t {
    for (std::size_t i = 0; i + 1 < dims.size(); ++i) {
      const auto inner = static_cast<std::size_t>(dims[i + 1]);
      if (stride[dims[i]] != stride[dims[i + 1]] * plan_.map.tile[inner] || plan_.map.tail(plan_.group, dims[i + 1])) {
        fail("a window whose rows lie at uneven distances");
      }
    }
    return dims.empty() ? 0 : stride[dims.back()];
  };
  use.row_stride = collapse(rows(value));
  use.col_stride = collapse(cols(value));
  return argument;
}

bool Planner::make_by(const Match& match) {
  const Match m = match;  // making operands may move the map that holds it
  const Api& api = *m.api;
  for (std::size_t o = 0; o < api.operands.size(); ++o) {
    const int v = m.bound[o];
    if (v < 0 || api.operands[o].kind == isa::OperandKind::X) continue;
    const bool from_acc = cover_->is_product(v) && (api.operands[o].memories & bit(Memory::Acc)) != 0;
    const int needed = at(v).kind == Value::Kind::Window ? at(v).args[0] : v;
    if (from_acc ? !in_accumulator(v) : !in_vec(needed)) return false;
  }
  int where = 0, shown = -1;
  for (std::size_t o = 0; o < api.operands.size(); ++o) {
    if (m.results[o] >= 0) where = std::max(where, level(m.results[o]));
  }
  std::vector<Argument> arguments;
  std::vector<int> reads, writes;
  for (std::size_t o = 0; o < api.operands.size(); ++o) {
    const Api::Operand& operand = api.operands[o];
    if (m.results[o] >= 0) {
      const int v = m.results[o];
      if (shown < 0) shown = v;
      Place place{-1, rows(v), cols(v)};
      const std::string name = at(v).label.empty() ? at(v).op : at(v).label;
      place.buffer = new_buffer(name, Memory::Vec, at(v).integer ? ElementType::Int32 : ElementType::Fp32,
                                most(place.rows), most(place.cols), where);
      vec_[v] = place;
      writes.push_back(place.buffer);
      arguments.push_back(tile(place.buffer, place.rows, place.cols));
      continue;
    }
    const int v = m.bound[o];
    if (operand.kind == isa::OperandKind::X) {
      bool integer = false;  // as the tiles beside it
      for (std::size_t other = 0; other < api.operands.size(); ++other) {
        if (m.bound[other] >= 0 && at(m.bound[other]).kind != Value::Kind::Constant) {
          integer = at(m.bound[other]).integer;
          // A select's number is of the branch's type, not of the mask's.
          if (api.operands[other].types != bit(ElementType::Int32)) break;
        }
      }
      if (operand.types == bit(ElementType::Fp32)) integer = false;
      if (operand.types == bit(ElementType::Int32)) integer = true;
      arguments.push_back(number(v, integer));
      continue;
    }
    if (cover_->is_product(v) && (operand.memories & bit(Memory::Acc)) != 0) {
      const Place& place = acc_.at(v);
      arguments.push_back(tile(place.buffer, place.rows, place.cols));
      reads.push_back(place.buffer);
      continue;
    }
    arguments.push_back(operand_tile(v));
    reads.push_back(arguments.back().tile.buffer);
  }
  emit(bodies_[static_cast<std::size_t>(where)], &api, std::move(arguments), std::move(reads), std::move(writes),
       at(shown).label);
  return plan_.problem.empty();
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
  const int where = level(target.value);
  auto& items = bodies_[static_cast<std::size_t>(where)];
  // A tile that lies across the tensor's rows is turned over first: single elements are the slowest store there is.
  const Api* turn = apis_.copy(true);
  const auto unit = [&](const std::vector<int>& dims) {
    return !dims.empty() && target.access.stride(dims.back()) == 1;
  };
  if (turn != nullptr && unit(place.rows) && !unit(place.cols) && !place.cols.empty()) {
    const Place from = place;
    std::swap(place.rows, place.cols);
    place.buffer = new_buffer("turned", Memory::Vec, plan_.buffers[static_cast<std::size_t>(from.buffer)].type,
                              most(place.rows), most(place.cols), where);
    emit(items, turn, {tile(place.buffer, place.rows, place.cols), tile(from.buffer, from.rows, from.cols)},
         {from.buffer}, {place.buffer}, "turned over");
  }
  Argument view;
  view.kind = Argument::Kind::View;
  view.view.access = target.access;
  view.view.levels = place.rows;
  view.view.levels.insert(view.view.levels.end(), place.cols.begin(), place.cols.end());
  emit(items, apis_.store(), {view, tile(place.buffer, place.rows, place.cols)}, {place.buffer}, {}, "");
}

void Planner::assemble() {
  // Loads first: nothing holds them back but room.
  for (auto& items : bodies_) {
    std::stable_partition(items.begin(), items.end(), [&](const Item& item) {
      return item.step != nullptr && item.step->api->unit == isa::Unit::Load;
    });
  }
  Body inner;
  for (std::size_t l = bodies_.size(); l-- > 0;) {
    Body body;
    body.id = static_cast<int>(l);
    body.dim = l == 0 ? -1 : plan_.map.loops[l - 1];
    body.items = std::move(bodies_[l]);
    if (l + 1 < bodies_.size()) {
      Item loop;
      loop.loop = std::make_unique<Body>(std::move(inner));
      body.items.push_back(std::move(loop));
    }
    inner = std::move(body);
  }
  plan_.root = std::move(inner);
}

}  // namespace coldforge::agent
