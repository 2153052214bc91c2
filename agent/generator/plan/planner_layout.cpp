#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {

using isa::Memory;

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
      if (loads && !innermost)
        body.ahead = chooser_.pick(prefix_ + "ahead.outer", {"0", "1"})[0] - '0';
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

void Planner::check_borders() {
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
}

void Planner::lay_out() {
  check_borders();
  const auto in_vec = std::count_if(plan_.buffers.begin(), plan_.buffers.end(),
                                    [](const Buffer& b) { return b.memory == Memory::Vec; });
  const bool stagger =
      in_vec > 1 && chooser_.pick(prefix_ + "stagger", {"one_line", "none"}) == "one_line";
  const isa::TileMemoryArch* sizes[] = {&arch_.vec, &arch_.left, &arch_.right, &arch_.acc};
  for (;;) {
    const std::array<std::int64_t, 4> needed = give_addresses(stagger);
    int full = 0;
    while (full < 4 && needed[static_cast<std::size_t>(full)] <= sizes[full]->size_bytes) ++full;
    if (full == 4) return;
    if (give_up_turns(static_cast<Memory>(full))) continue;
    fail("tiles need " + std::to_string(needed[static_cast<std::size_t>(full)]) + " bytes of " +
         std::string(isa::name_of(static_cast<Memory>(full))) + ", there are " +
         std::to_string(sizes[full]->size_bytes));
    return;
  }
}

bool Planner::give_up_turns(Memory memory) {
  const auto is_loaded = [&](const Body& body, const Buffer& buffer) {
    const std::vector<Touch> all = touches(body, static_cast<int>(&buffer - plan_.buffers.data()));
    return std::any_of(all.begin(), all.end(),
                       [](const Touch& t) { return t.write && t.unit == isa::Unit::Load; });
  };
  // Large tiles of outer loops are worth more than two smaller ones; those of inner ones overlap.
  Buffer* last = nullptr;
  for (Buffer& b : plan_.buffers) {
    if (b.memory == memory && b.depth > 1 && (last == nullptr || b.body <= last->body)) last = &b;
  }
  if (last == nullptr) return false;
  const int id = last->body;
  last->depth = 1;
  each_body(plan_.root, false, [&](Body& body, bool) {
    if (body.id != id || body.ahead == 0 || !is_loaded(body, *last)) return;
    body.ahead = 0;
    for (Buffer& buffer : plan_.buffers) {
      if (buffer.body == id && is_loaded(body, buffer)) buffer.depth = 1;
    }
  });
  return true;
}

std::array<std::int64_t, 4> Planner::give_addresses(bool stagger) {
  const std::int64_t line = arch_.vec.line_bytes;
  std::array<std::int64_t, 4> top = {0, 0, 0, 0};
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
    if (stagger && m == 0) top[m] += line;
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
          base = at_base + o.bytes + (stagger ? line : 0);
          moved = true;
        }
      }
    }
    buffer.base = base;
    placed.emplace_back(life, base);
    top[0] = std::max(top[0], base + buffer.bytes);
  }
  return top;
}

}  // namespace coldforge::agent
