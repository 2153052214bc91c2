#include "agent/generator/plan/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "agent/generator/plan/algebra.h"
#include "agent/generator/plan/unify.h"
#include "sim/base/error.h"

namespace coldforge::agent {

int Group::add(Value value) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& have = values[i];
    if (have.kind != value.kind || have.op != value.op || have.args != value.args ||
        have.dims != value.dims || have.over != value.over || have.number != value.number ||
        have.integer != value.integer || have.scan != value.scan ||
        have.exclusive != value.exclusive || have.reverse != value.reverse ||
        !(have.index == value.index) || have.at != value.at) {
      continue;
    }
    const Access &x = have.access, &y = value.access;
    if (x.tensor != y.tensor || x.base != y.base || x.pad != y.pad ||
        x.axes.size() != y.axes.size())
      continue;
    bool same = true;
    for (std::size_t a = 0; a < x.axes.size(); ++a) {
      same = same && x.axes[a].at == y.axes[a].at && x.axes[a].stride == y.axes[a].stride &&
             x.axes[a].size == y.axes[a].size && x.axes[a].insertion == y.axes[a].insertion &&
             x.axes[a].bounded == y.axes[a].bounded;
    }
    if (same) return static_cast<int>(i);
  }
  values.push_back(std::move(value));
  return static_cast<int>(values.size()) - 1;
}

int Group::constant(double number, bool integer) {
  Value value;
  value.kind = Value::Kind::Constant;
  value.number = number;
  value.integer = integer;
  return add(value);
}

int Group::uses(int v) const {
  int count = 0;
  for (const Value& value : values) {
    count += static_cast<int>(std::count(value.args.begin(), value.args.end(), v));
  }
  for (const Target& target : targets) count += target.value == v;
  return count;
}

namespace {

/// A window of so many steps is summed by the vector engine, operand by operand.
constexpr std::int64_t kMostSteps = 40;

}  // namespace

bool is_contraction(const Nest& stage) {
  if (stage.reduce != "add" || stage.scan || stage.wide || stage.loads.size() != 2 ||
      stage.nodes.empty())
    return false;
  const Expr& root = stage.nodes.back();
  if (root.kind != Expr::Kind::Op || root.op != "mul") return false;
  for (const int a : root.args) {
    if (stage.nodes[static_cast<std::size_t>(a)].kind != Expr::Kind::Load) return false;
  }
  if (root.args[0] == root.args[1]) return false;
  // Loops of one operand only: rows of the one, columns of the other. Both must be there.
  bool rows = false, cols = false;
  for (std::size_t d = 0; d < stage.dims.size(); ++d) {
    const bool a = stage.loads[0].uses(static_cast<int>(d)),
               b = stage.loads[1].uses(static_cast<int>(d));
    if (stage.dims[d].reduce) {
      if (!a || !b) return false;
      continue;
    }
    rows = rows || (a && !b);
    cols = cols || (b && !a);
  }
  if (rows && cols) return true;
  // Few rows or columns of the array are better than a window written out step by step, if that
  // has many.
  std::int64_t steps = 1;
  for (const int d : tap_dims(stage)) steps *= stage.dims[static_cast<std::size_t>(d)].extent;
  return (rows || cols) && steps > kMostSteps;
}

std::vector<int> tap_dims(const Nest& stage) {
  std::set<int> taps;
  // Prefixes and places of extremes are no sums of steps.
  if (stage.scan || stage.reduce == "argmax" || stage.reduce == "argmin") return {};
  for (const Access& load : stage.loads) {
    for (const Axis& axis : load.axes) {
      if (axis.at.terms.size() < 2) continue;
      for (const auto& [d, c] : axis.at.terms) {
        if (stage.dims[static_cast<std::size_t>(d)].reduce) taps.insert(d);
      }
    }
  }
  return {taps.begin(), taps.end()};
}

namespace {

/// No program memory holds more steps; a window of so many elements is better summed by loops.
constexpr std::size_t kMostValues = 1024;

class GroupBuilder {
 public:
  GroupBuilder(const Program& program, const std::vector<int>& stages, Chooser& chooser)
      : program_(program), stages_(stages), unifier_(program, stages), algebra_(group_, chooser) {}

  Group build(std::string& problem) {
    group_.stages = stages_;
    if (!unifier_.ok()) {
      problem = "loops of the stages differ";
      return group_;
    }
    for (int d = 0; d < unifier_.count(); ++d) {
      GroupDim dim;
      dim.extent = unifier_.extent(d);
      dim.side_class = d;
      group_.dims.push_back(dim);
    }
    for (const int s : stages_) {
      if (!stage(s, problem)) return group_;
    }
    name_dims();
    return group_;
  }

 private:
  const Nest& at(int s) const { return program_.stages[static_cast<std::size_t>(s)]; }

  Affine mapped(int s, const Affine& affine, const std::map<int, std::int64_t>& fixed) const {
    Affine result;
    result.offset = affine.offset;
    for (const auto& [d, c] : affine.terms) {
      const auto held = fixed.find(d);
      if (held != fixed.end()) {
        result.offset += c * held->second;
      } else {
        result.add(unifier_.dim(s, d), c);
      }
    }
    return result;
  }

  Access mapped(int s, const Access& access, const std::map<int, std::int64_t>& fixed) const {
    Access result = access;
    result.axes.clear();
    for (Axis axis : access.axes) {
      axis.at = mapped(s, axis.at, fixed);
      if (axis.at.terms.empty() && axis.insertion == 1 &&
          (!axis.bounded || (axis.at.offset >= 0 && axis.at.offset < axis.size))) {
        result.base += axis.at.offset * axis.stride;
        continue;
      }
      result.axes.push_back(axis);
    }
    return result;
  }

  static std::vector<int> dims_of(const Access& access) {
    std::set<int> dims;
    for (const Axis& axis : access.axes) {
      for (const auto& [d, c] : axis.at.terms) dims.insert(d);
    }
    return {dims.begin(), dims.end()};
  }

  int load(int s, std::size_t slot, const std::map<int, std::int64_t>& fixed) {
    const Access& access = at(s).loads[slot];
    const int producer = unifier_.producer(access.tensor);
    const TensorInfo& info = program_.tensors[static_cast<std::size_t>(access.tensor)];
    if (producer < 0) {
      Value value;
      value.kind = Value::Kind::Load;
      value.access = mapped(s, access, fixed);
      value.dims = dims_of(value.access);
      value.integer = info.integer;
      value.label = info.name;
      return group_.add(value);
    }
    // A value of this group: as it is, or through a window.
    const int source = made_.at(access.tensor);
    const Value& from = group_.values[static_cast<std::size_t>(source)];
    bool plain = true;
    std::vector<Affine> where;
    for (const int d : from.dims) {
      Affine place;
      place.add(d, 1);
      for (const Axis& written : at(producer).out.axes) {
        if (unifier_.dim(producer, written.at.terms[0].first) != d) continue;
        bool found = false;
        for (const Axis& read : access.axes) {
          if (read.stride != written.stride || read.size != written.size) continue;
          place = mapped(s, read.at, fixed);
          found = true;
        }
        if (!found) {  // held at one index, which load() put into the base
          place = {};
          place.offset = access.base / written.stride % written.size;
        }
      }
      Affine identity;
      identity.add(d, 1);
      plain = plain && place == identity;
      where.push_back(place);
    }
    if (plain) return source;
    Value window;
    window.kind = Value::Kind::Window;
    window.args = {source};
    window.at = where;
    window.integer = from.integer;
    window.label = "window";
    std::set<int> dims;
    for (std::size_t i = 0; i < where.size(); ++i) {
      for (const auto& [d, c] : where[i].terms) {
        dims.insert(d);
        join_sides(d, from.dims[i]);
      }
    }
    window.dims.assign(dims.begin(), dims.end());
    for (std::size_t i = 0; i < where.size(); ++i) {
      Affine identity;
      identity.add(from.dims[i], 1);
      if (!(where[i] == identity)) group_.dims[static_cast<std::size_t>(from.dims[i])].whole = true;
    }
    return group_.add(window);
  }

  void join_sides(int a, int b) {
    const int to = group_.dims[static_cast<std::size_t>(a)].side_class;
    const int from = group_.dims[static_cast<std::size_t>(b)].side_class;
    for (GroupDim& dim : group_.dims) {
      if (dim.side_class == from) dim.side_class = to;
    }
  }

  int expression(int s, int node, const std::map<int, std::int64_t>& fixed) {
    const Nest& stage = at(s);
    const Expr& expr = stage.nodes[static_cast<std::size_t>(node)];
    switch (expr.kind) {
      case Expr::Kind::Load:
        return load(s, static_cast<std::size_t>(expr.load), fixed);
      case Expr::Kind::Constant:
        return group_.constant(expr.value, false);
      case Expr::Kind::Index: {
        Value value;
        value.kind = Value::Kind::Index;
        value.index = mapped(s, expr.index, fixed);
        value.integer = true;
        for (const auto& [d, c] : value.index.terms) value.dims.push_back(d);
        return group_.add(value);
      }
      case Expr::Kind::Op:
        break;
    }
    std::vector<int> args;
    for (const int a : expr.args) args.push_back(expression(s, a, fixed));
    return algebra_.op(expr.op, args);
  }

  bool stage(int s, std::string& problem) {
    const Nest& stage = at(s);
    const int root = static_cast<int>(stage.nodes.size()) - 1;
    int value = -1;
    std::vector<int> over;
    if (is_contraction(stage)) {
      Value product;
      product.kind = Value::Kind::Product;
      product.label = stage.label;
      product.integer = program_.tensors[static_cast<std::size_t>(stage.loads[0].tensor)].integer;
      product.args = {load(s, 0, {}), load(s, 1, {})};
      std::set<int> dims;
      for (std::size_t d = 0; d < stage.dims.size(); ++d) {
        const int g = unifier_.dim(s, static_cast<int>(d));
        if (stage.dims[d].reduce) {
          product.over.push_back(g);
        } else {
          dims.insert(g);
          // A loop of both operands is a batch: one product after the other.
          if (stage.loads[0].uses(static_cast<int>(d)) &&
              stage.loads[1].uses(static_cast<int>(d))) {
            group_.dims[static_cast<std::size_t>(g)].single = true;
          }
        }
      }
      product.dims.assign(dims.begin(), dims.end());
      value = group_.add(product);
    } else if (stage.reduce.empty()) {
      value = expression(s, root, {});
    } else {
      const std::vector<int> taps = tap_dims(stage);
      std::vector<std::int64_t> at_tap(taps.size(), 0);
      for (;;) {
        if (group_.values.size() > kMostValues) {
          problem = fmt::format("more than {} values on chip", kMostValues);
          return false;
        }
        std::map<int, std::int64_t> fixed;
        for (std::size_t i = 0; i < taps.size(); ++i) fixed[taps[i]] = at_tap[i];
        const int one = expression(s, root, fixed);
        value = value < 0 ? one : algebra_.op(stage.reduce, {value, one});
        std::size_t i = taps.size();
        while (i-- > 0) {
          if (++at_tap[i] < stage.dims[static_cast<std::size_t>(taps[i])].extent) break;
          at_tap[i] = 0;
        }
        if (i == static_cast<std::size_t>(-1)) break;
      }
      for (std::size_t d = 0; d < stage.dims.size(); ++d) {
        if (!stage.dims[d].reduce) continue;
        if (std::find(taps.begin(), taps.end(), static_cast<int>(d)) != taps.end()) continue;
        over.push_back(unifier_.dim(s, static_cast<int>(d)));
      }
      if (!stage.scan && !over.empty() && !repeated(stage.reduce, value, over)) {
        problem = "a reduction of what is repeated";
        return false;
      }
      if (!over.empty()) {
        const Value& body = group_.values[static_cast<std::size_t>(value)];
        Value reduced;
        reduced.kind = Value::Kind::Reduce;
        reduced.op = stage.reduce;
        reduced.args = {value};
        reduced.over = over;
        reduced.scan = stage.scan;
        reduced.exclusive = stage.exclusive;
        reduced.reverse = stage.reverse;
        reduced.integer = body.integer || stage.reduce == "argmax" || stage.reduce == "argmin";
        reduced.label = stage.label;
        for (const int d : body.dims) {
          if (stage.scan || std::find(over.begin(), over.end(), d) == over.end())
            reduced.dims.push_back(d);
        }
        value = group_.add(reduced);
      }
    }
    Value& made = group_.values[static_cast<std::size_t>(value)];
    if (made.label.empty()) made.label = stage.label;
    if (made_.count(stage.out.tensor) != 0 && needed_outside(stage.out.tensor) == false) {
      problem = "a tensor with two writers";
      return false;
    }
    made_[stage.out.tensor] = value;
    if (needed_outside(stage.out.tensor))
      group_.targets.push_back({value, mapped(s, stage.out, {})});
    return true;
  }

  /// Takes loops out of `over` along which the value does not change; false if the reduction cannot
  /// do without them.
  bool repeated(const std::string& reduce, int& value, std::vector<int>& over) {
    double times = 1;
    std::vector<int> varying;
    const std::vector<int> dims = group_.values[static_cast<std::size_t>(value)].dims;
    for (const int d : over) {
      if (std::find(dims.begin(), dims.end(), d) != dims.end()) {
        varying.push_back(d);
      } else {
        times *= static_cast<double>(group_.dims[static_cast<std::size_t>(d)].extent);
      }
    }
    if (varying.size() == over.size()) return true;
    if (reduce == "add") {
      value = algebra_.op("mul", {value, group_.constant(times, false)});
    } else if (reduce != "max" && reduce != "min") {
      return false;
    }
    over = varying;
    return true;
  }

  bool needed_outside(int tensor) const {
    if (program_.tensors[static_cast<std::size_t>(tensor)].kind == TensorInfo::Kind::Output)
      return true;
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      if (std::find(stages_.begin(), stages_.end(), static_cast<int>(s)) != stages_.end()) continue;
      for (const Access& load : program_.stages[s].loads) {
        if (load.tensor == tensor) return true;
      }
    }
    return false;
  }

  void name_dims() {
    static const char* kNames[] = {"i", "j", "k", "l", "m", "n", "p", "q", "r", "s", "t", "u"};
    for (std::size_t d = 0; d < group_.dims.size(); ++d) {
      group_.dims[d].name = d < 12 ? kNames[d] : "d" + std::to_string(d);
    }
  }

  const Program& program_;
  std::vector<int> stages_;
  Unifier unifier_;
  Group group_;
  Algebra algebra_;
  std::map<int, int> made_;  // tensor -> value
};

}  // namespace

Group make_group(const Program& program, const std::vector<int>& stages, Chooser& chooser,
                 std::string& problem) {
  return GroupBuilder(program, stages, chooser).build(problem);
}

}  // namespace coldforge::agent
