#include "agent/generator/select/cover.h"

#include <algorithm>
#include <cmath>

namespace coldforge::agent {
namespace {

constexpr double kNever = 1e300;

bool commutes(const std::string& op) {
  static const char* kOps[] = {"add", "mul", "min", "max", "and", "or", "xor", "eq", "ne"};
  return std::any_of(std::begin(kOps), std::end(kOps), [&](const char* o) { return op == o; });
}

}  // namespace

Cover::Cover(const Group& group, const Mapping& map, const ApiSet& apis, std::int64_t lanes,
             bool fma)
    : group_(group), map_(map), apis_(apis), lanes_(lanes), fma_(fma) {
  for (std::size_t v = 0; v < group.values.size(); ++v) {
    uses_[static_cast<int>(v)] = group.uses(static_cast<int>(v));
  }
}

bool Cover::is_product(int value) const { return at(value).kind == Value::Kind::Product; }

std::vector<int> Cover::shape(int value, Side side) const {
  return map_.in_tile(at(value).dims, side);
}

double Cover::beats(int value) const {
  double rows = 1, cols = 1;
  for (const int d : shape(value, Side::Row))
    rows *= static_cast<double>(map_.tile[static_cast<std::size_t>(d)]);
  for (const int d : shape(value, Side::Col))
    cols *= static_cast<double>(map_.tile[static_cast<std::size_t>(d)]);
  return rows * std::ceil(cols / static_cast<double>(lanes_)) + 8;
}

double Cover::cost_of(int value) {
  const Value& v = at(value);
  switch (v.kind) {
    case Value::Kind::Load:
    case Value::Kind::Constant:
      return 0;
    case Value::Kind::Window:
      return is_product(v.args[0]) ? beats(v.args[0]) : cost_of(v.args[0]);
    case Value::Kind::Product:
      return beats(value);  // the copy out of the accumulator
    case Value::Kind::Index:
      return apis_.number() != nullptr ? beats(value) : kNever;
    case Value::Kind::Op:
    case Value::Kind::Reduce:
      return best(value).cost;
  }
  return kNever;
}

/// All ways to bind the pattern's operands so that it equals the value.
void Cover::match_all(const Pattern& pattern, int value, bool root, const Match& so_far,
                      const Api& api, std::vector<Match>& found) const {
  const Value& v = at(value);
  if (pattern.kind == Pattern::Kind::Constant) {
    if (v.kind == Value::Kind::Constant && v.number == pattern.number) found.push_back(so_far);
    return;
  }
  if (pattern.kind == Pattern::Kind::Operand) {
    if (pattern.operand < 0) return;
    const auto o = static_cast<std::size_t>(pattern.operand);
    if (so_far.bound[o] >= 0 && so_far.bound[o] != value) return;
    const bool number = v.kind == Value::Kind::Constant;
    if (number != (api.operands[o].kind == isa::OperandKind::X)) return;
    Match next = so_far;
    next.bound[o] = value;
    found.push_back(next);
    return;
  }
  // A widening of what is wide already.
  if (pattern.op == "to_fp32" && !v.integer && v.op != "to_fp32") {
    match_all(pattern.args[0], value, root, so_far, api, found);
    return;
  }
  if (v.kind != Value::Kind::Op) return;
  if (!root && uses_.at(value) > 1) return;  // it has to be there for somebody else anyway
  const auto arguments = [&](const std::vector<const Pattern*>& patterns,
                             const std::vector<int>& values) {
    std::vector<Match> partial = {so_far};
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      std::vector<Match> next;
      for (const Match& m : partial) match_all(*patterns[i], values[i], false, m, api, next);
      partial = std::move(next);
    }
    found.insert(found.end(), partial.begin(), partial.end());
  };
  if (pattern.op == v.op && pattern.args.size() == v.args.size()) {
    std::vector<const Pattern*> patterns;
    for (const Pattern& p : pattern.args) patterns.push_back(&p);
    arguments(patterns, v.args);
    if (commutes(v.op) && v.args.size() == 2) arguments(patterns, {v.args[1], v.args[0]});
    return;
  }
  if (pattern.op == "sub" && v.op == "add" && at(v.args[1]).kind == Value::Kind::Constant) return;
  // a*b + c rounded once, where the candidate accepts that.
  if (pattern.op == "fma" && fma_ && (v.op == "add" || v.op == "sub") && !v.integer) {
    for (int turn = 0; turn < (v.op == "add" ? 2 : 1); ++turn) {
      const int m = v.args[static_cast<std::size_t>(turn)],
                c = v.args[static_cast<std::size_t>(1 - turn)];
      if (at(m).kind != Value::Kind::Op || at(m).op != "mul" || uses_.at(m) > 1) continue;
      if (v.op == "sub") continue;
      for (int swap = 0; swap < 2; ++swap) {
        arguments({&pattern.args[0], &pattern.args[1], &pattern.args[2]},
                  {at(m).args[static_cast<std::size_t>(swap)],
                   at(m).args[static_cast<std::size_t>(1 - swap)], c});
      }
    }
  }
}

/// Memories, lane types and broadcasts.
bool Cover::fits(const Api& api, const Match& match, int result_value) {
  const std::vector<int> rows = shape(result_value, Side::Row),
                         cols = shape(result_value, Side::Col);
  const bool elementwise = api.timing == "elementwise" || api.unit == isa::Unit::Move ||
                           api.timing == "fill" || api.results.size() > 1;
  for (std::size_t o = 0; o < api.operands.size(); ++o) {
    const Api::Operand& operand = api.operands[o];
    const int v = match.bound[o] >= 0 ? match.bound[o] : match.results[o];
    if (operand.kind == isa::OperandKind::View) return false;
    if (v < 0) return false;
    const ElementType lane = at(v).integer ? ElementType::Int32 : ElementType::Fp32;
    if (operand.kind == isa::OperandKind::X) {
      if ((operand.types & (bit(ElementType::Fp32) | bit(ElementType::Int32))) == 0) return false;
      continue;
    }
    if ((operand.types & bit(lane)) == 0) return false;
    const bool in_acc = is_product(v) && match.bound[o] >= 0;
    if (in_acc) {
      if ((operand.memories & (bit(isa::Memory::Acc) | bit(isa::Memory::Vec))) == 0) return false;
    } else if ((operand.memories & bit(isa::Memory::Vec)) == 0) {
      return false;
    }
    if (match.bound[o] >= 0 && elementwise) {
      const std::vector<int> r = shape(v, Side::Row), c = shape(v, Side::Col);
      const bool whole = r == rows && c == cols;
      const bool narrow = (r.empty() || r == rows) && (c.empty() || c == cols);
      if (!whole && !(operand.broadcast && narrow)) return false;
    }
  }
  return true;
}

/// False for most instructions, by a look at what they do in the end.
bool Cover::may_make(const Api& api, const Value& value) const {
  if (api.unit != isa::Unit::Vector && api.unit != isa::Unit::Move) return false;
  if (api.results.size() != 1) return api.results.size() == 2;
  const Api::Result& result = api.results[0];
  if (!result.reduce.empty()) return value.kind == Value::Kind::Reduce && value.op == result.reduce;
  if (value.kind != Value::Kind::Op) return false;
  const Pattern& pattern = result.value;
  return pattern.kind != Pattern::Kind::Op || pattern.op == value.op || pattern.op == "to_fp32" ||
         (pattern.op == "fma" && fma_);
}

void Cover::consider(const Api& api, int value, Match& best) {
  const Value& v = at(value);
  if (!may_make(api, v)) return;
  std::vector<std::pair<Match, int>> candidates;  // match, value that sets the shape
  Match empty;
  empty.api = &api;
  empty.bound.assign(api.operands.size(), -1);
  empty.results.assign(api.operands.size(), -1);
  if (api.results.size() == 1) {
    const Api::Result& result = api.results[0];
    std::vector<Match> found;
    int of = value;
    if (result.reduce.empty()) {
      if (v.kind != Value::Kind::Op) return;
      // A copy between tiles of any types converts.
      const bool copies = result.value.kind == Pattern::Kind::Operand && result.value.operand >= 0;
      if (copies && (v.op == "to_fp32" || v.op == "to_int32")) {
        Match m = empty;
        m.bound[static_cast<std::size_t>(result.value.operand)] = v.args[0];
        found.push_back(m);
      } else {
        match_all(result.value, value, true, empty, api, found);
      }
    } else {
      if (v.kind != Value::Kind::Reduce || v.op != result.reduce || v.scan != result.scan ||
          v.exclusive != result.exclusive || v.reverse) {
        return;
      }
      of = v.args[0];
      const std::vector<int> rows = shape(of, Side::Row), cols = shape(of, Side::Col);
      const std::vector<int> over_rows = map_.in_tile(v.over, Side::Row),
                             over_cols = map_.in_tile(v.over, Side::Col);
      if (result.along_row ? (!over_rows.empty() || over_cols != cols)
                           : (!over_cols.empty() || over_rows != rows)) {
        return;
      }
      match_all(result.value, of, false, empty, api, found);
    }
    for (Match& m : found) {
      m.results[static_cast<std::size_t>(result.operand)] = value;
      candidates.emplace_back(m, of);
    }
  } else if (api.results.size() == 2) {
    // An elementwise value and a reduction of the same: found from either.
    for (int plain = 0; plain < 2; ++plain) {
      const Api::Result &e = api.results[static_cast<std::size_t>(plain)],
                        &r = api.results[static_cast<std::size_t>(1 - plain)];
      if (!e.reduce.empty() || r.reduce.empty() || r.scan) continue;
      for (std::size_t u = 0; u < group_.values.size(); ++u) {
        const Value& reduced = group_.values[u];
        if (reduced.kind != Value::Kind::Reduce || reduced.op != r.reduce || reduced.scan) continue;
        const int body = reduced.args[0];
        if (static_cast<int>(u) != value && body != value) continue;
        if (at(body).kind != Value::Kind::Op) continue;
        const std::vector<int> over_rows = map_.in_tile(reduced.over, Side::Row);
        const std::vector<int> over_cols = map_.in_tile(reduced.over, Side::Col);
        if (r.along_row ? (!over_rows.empty() || over_cols != shape(body, Side::Col))
                        : (!over_cols.empty() || over_rows != shape(body, Side::Row))) {
          continue;
        }
        std::vector<Match> found;
        match_all(e.value, body, true, empty, api, found);
        for (Match& m : found) {
          m.results[static_cast<std::size_t>(e.operand)] = body;
          m.results[static_cast<std::size_t>(r.operand)] = static_cast<int>(u);
          candidates.emplace_back(m, body);
        }
      }
    }
  }
  for (auto& [m, of] : candidates) {
    if (!fits(api, m, of)) continue;
    // Two results count as half a pass each.
    double cost = beats(of) / static_cast<double>(api.results.size());
    for (std::size_t o = 0; o < api.operands.size(); ++o) {
      if (m.bound[o] < 0) continue;
      const bool from_acc =
          is_product(m.bound[o]) && (api.operands[o].memories & bit(isa::Memory::Acc)) != 0;
      if (!from_acc) cost += cost_of(m.bound[o]);
    }
    m.cost = cost;
    if (cost < best.cost) best = m;
  }
}

const Match& Cover::best(int value) {
  const auto known = memo_.find(value);
  if (known != memo_.end()) return known->second;
  Match none;
  none.cost = kNever;
  memo_[value] = none;  // a circle costs too much
  Match best = none;
  for (const Api& api : apis_.all()) consider(api, value, best);
  return memo_[value] = best;
}

std::string Cover::uncovered(int value) {
  const Value& v = at(value);
  if (v.kind != Value::Kind::Op && v.kind != Value::Kind::Reduce) return "";
  for (const int a : v.args) {
    const std::string inner = uncovered(a);
    if (!inner.empty()) return inner;
  }
  if (best(value).cost < kNever) return "";
  return v.kind == Value::Kind::Reduce ? "reduction " + v.op : v.op;
}

}  // namespace coldforge::agent
