#include "agent/generator/plan/planner.h"

#include <algorithm>
#include <functional>
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
  plan_.map = make_mapping(plan_.group, arch_, apis_, chooser_, prefix_);
  if (!plan_.map.problem.empty()) {
    plan_.problem = plan_.map.problem;
    return std::move(plan_);
  }
  expand_loads();
  share_shifted_loads();
  bodies_.resize(plan_.map.loops.size() + 1);
  next_body_ = static_cast<int>(bodies_.size());
  const std::vector<LongSum> chunked = long_sums();
  const bool sums =
      !chunked.empty() ||
      std::any_of(plan_.group.values.begin(), plan_.group.values.end(), [&](const Value& v) {
        return v.op == "add" &&
               std::any_of(v.args.begin(), v.args.end(), [&](int a) { return at(a).op == "mul"; });
      });
  const bool fma = sums && chooser_.pick(prefix_ + "select.fma", {"fused", "apart"}) == "fused";
  if (fma) fold_sums(chunked);
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

/// A load that lacks some of a side's loops, but not all, cannot be broadcast by strides: its view
/// repeats it instead. What is computed of such loads is computed of the repeated ones.
void Planner::expand_loads() {
  const std::function<int(int, const std::vector<int>&)> widen = [&](int arg,
                                                                     const std::vector<int>& like) {
    const Value source = at(arg);
    if (source.kind != Value::Kind::Load && source.kind != Value::Kind::Op) return arg;
    std::set<int> dims(source.dims.begin(), source.dims.end());
    for (const Side side : {Side::Row, Side::Col}) {
      const std::vector<int> have = plan_.map.in_tile(source.dims, side),
                             want = plan_.map.in_tile(like, side);
      if (!have.empty() && have != want) dims.insert(want.begin(), want.end());
    }
    Value wide = source;
    wide.dims.assign(dims.begin(), dims.end());
    if (wide.dims == source.dims) return arg;
    for (int& a : wide.args) a = widen(a, wide.dims);
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

int Planner::held_loop(std::int64_t extent) {
  GroupDim loop;
  loop.extent = extent;
  loop.name = "w" + std::to_string(plan_.group.dims.size());
  return held_loop(loop, Side::Col);
}

int Planner::held_loop(const GroupDim& loop, Side side) {
  plan_.group.dims.push_back(loop);
  plan_.map.tile.push_back(loop.extent);
  plan_.map.side.push_back(side);
  plan_.map.inner.push_back(false);
  return static_cast<int>(plan_.group.dims.size()) - 1;
}

int Planner::add_loop(const GroupDim& loop, Side side, int beside) {
  const int d = held_loop(loop, side);
  std::vector<int>& order = plan_.map.order[side == Side::Col];
  order.insert(std::find(order.begin(), order.end(), beside), d);
  return d;
}

int Planner::loop_level(const std::vector<int>& dims) const {
  int deepest = 0;
  for (std::size_t l = 0; l < plan_.map.loops.size(); ++l) {
    if (std::find(dims.begin(), dims.end(), plan_.map.loops[l]) != dims.end())
      deepest = static_cast<int>(l) + 1;
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
      chooser_.pick(prefix_ + "pitch", {"dense", "lines"}) == "lines") {
    buffer.pitch = (cols + line_elems - 1) / line_elems * line_elems;
  }
  buffer.bytes = (rows * std::max(cols, buffer.pitch) * size_bytes(type) + line - 1) / line * line;
  buffer.body = body;
  buffer.name = name;
  int serial = 1;
  const auto taken = [&](const std::string& n) {
    return std::any_of(plan_.buffers.begin(), plan_.buffers.end(),
                       [&](const Buffer& b) { return b.name == n; });
  };
  while (taken(buffer.name)) buffer.name = name + std::to_string(++serial);
  if (rows > 65535 || cols > 65535) fail("a tile side above 65535");
  plan_.buffers.push_back(buffer);
  return static_cast<int>(plan_.buffers.size()) - 1;
}

Argument Planner::tile(int buffer, const std::vector<int>& rows,
                       const std::vector<int>& cols) const {
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

bool Planner::make_index(int value) {
  const Value& v = at(value);
  const Api* api = apis_.number();
  if (api == nullptr) return fail("no instruction covers index");
  Place place{-1, rows(value), cols(value)};
  const int where = level(value);
  // start + row * row_step + col * col_step: one loop a side.
  if (place.rows.size() > 1 || place.cols.size() > 1)
    return fail("an index over two loops of one side");
  place.buffer = new_buffer("index", Memory::Vec, ElementType::Int32, most(place.rows),
                            most(place.cols), where);
  const auto text = [](const std::string& t) {
    Argument a;
    a.text = t;
    return a;
  };
  std::string start = std::to_string(v.index.offset);
  for (const auto& [d, c] : v.index.terms) {
    if (plan_.map.looped(plan_.group, d)) {
      start += " + " + std::to_string(c) + " * " +
               plan_.group.dims[static_cast<std::size_t>(d)].name + "0";
    }
  }
  const auto step = [&](const std::vector<int>& dims) {
    return std::to_string(dims.empty() ? 0 : v.index.coefficient(dims[0]));
  };
  emit(bodies_[static_cast<std::size_t>(where)], api,
       {tile(place.buffer, place.rows, place.cols), text(start), text(step(place.rows)),
        text(step(place.cols))},
       {}, {place.buffer}, "indices");
  vec_[value] = place;
  return true;
}

/// A tile of one number.
bool Planner::make_number(int value) {
  const Value v = at(value);
  const Api* fill = apis_.fill();
  if (fill == nullptr) return fail("no instruction covers a tile of one number");
  Place place{-1, rows(value), cols(value)};
  const int where = level(value);
  place.buffer =
      new_buffer("number", Memory::Vec, v.integer ? ElementType::Int32 : ElementType::Fp32,
                 most(place.rows), most(place.cols), where);
  emit(bodies_[static_cast<std::size_t>(where)], fill,
       {tile(place.buffer, place.rows, place.cols), number(value, v.integer)}, {}, {place.buffer},
       "");
  vec_[value] = place;
  return true;
}

bool Planner::in_vec(int value) {
  if (vec_.count(value) != 0) return true;
  const Value& v = at(value);
  switch (v.kind) {
    case Value::Kind::Load:
      return make_load(value);
    case Value::Kind::Index:
      return make_index(value);
    case Value::Kind::Constant:
      return make_number(value);
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
      to.buffer =
          new_buffer(v.label, Memory::Vec, v.integer ? ElementType::Int32 : ElementType::Fp32,
                     most(to.rows), most(to.cols), where);
      emit(bodies_[static_cast<std::size_t>(where)], copy,
           {tile(to.buffer, to.rows, to.cols), tile(from.buffer, from.rows, from.cols)},
           {from.buffer}, {to.buffer}, "out of the accumulator");
      vec_[value] = to;
      return true;
    }
    case Value::Kind::Op:
    case Value::Kind::Reduce:
      break;
  }
  const Match& match = cover_->best(value);
  if (match.api == nullptr) {
    if (v.kind == Value::Kind::Reduce &&
        plan_.map.in_tile(v.over, Side::Row).size() + plan_.map.in_tile(v.over, Side::Col).size() >
            0) {
      const std::string inner = cover_->uncovered(v.args[0]);
      return fail("no instruction covers " +
                  (inner.empty() ? "reduction " + v.op + " in this layout" : inner));
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

bool Planner::make_by(const Match& match) {
  const Match m = match;  // making operands may move the map that holds it
  const Api& api = *m.api;
  for (std::size_t o = 0; o < api.operands.size(); ++o) {
    const int v = m.bound[o];
    if (v < 0 || api.operands[o].kind == isa::OperandKind::X) continue;
    const bool from_acc =
        cover_->is_product(v) && (api.operands[o].memories & bit(Memory::Acc)) != 0;
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
      place.buffer =
          new_buffer(name, Memory::Vec, at(v).integer ? ElementType::Int32 : ElementType::Fp32,
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
  emit(bodies_[static_cast<std::size_t>(where)], &api, std::move(arguments), std::move(reads),
       std::move(writes), at(shown).label);
  return plan_.problem.empty();
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
