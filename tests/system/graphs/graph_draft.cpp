#include "tests/system/graphs/graph_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace coldforge::test {

using kernels::Shape;

namespace {

std::string shape_of(const Shape& shape) {
  if (shape.empty()) return "";
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : ",") + std::to_string(extent);
  return "[" + text + "]";
}

}  // namespace

double bound(const Drawn& value) { return std::max(std::fabs(value.least), std::fabs(value.most)); }

std::int64_t rank(const Drawn& value) { return static_cast<std::int64_t>(value.shape.size()); }

std::string list(const std::vector<std::int64_t>& values) {
  std::string text;
  for (const std::int64_t v : values) text += (text.empty() ? "" : ", ") + std::to_string(v);
  return "[" + text + "]";
}

GraphDraft::GraphDraft(std::uint64_t seed, std::uint64_t draw)
    : random_(seed, stream_key(draw, stream_key("random graph"))),
      float_type_(random_.below(4) == 0 ? "float16" : "float") {}

std::int64_t GraphDraft::between(std::int64_t least, std::int64_t most) {
  return least + random_.below(static_cast<std::uint32_t>(most - least + 1));
}

std::int64_t GraphDraft::extent() {
  static const std::vector<std::int64_t> kExtents = {1,  2,  3,  4,  5,  6,  7,  8,  9,
                                                     12, 13, 16, 17, 24, 31, 33, 50, 64};
  return one_of(kExtents);
}

Shape GraphDraft::shape(int rank) {
  Shape shape;
  std::int64_t room = kMostElements;
  for (int i = 0; i < rank; ++i) {
    shape.push_back(std::min(extent(), std::max<std::int64_t>(1, room)));
    room /= shape.back();
  }
  return shape;
}

Drawn& GraphDraft::add(const char* what, const std::string& type, const Shape& shape, double least,
                       double most) {
  owned_.push_back(std::make_unique<Drawn>());
  Drawn& value = *owned_.back();
  value.name = fresh(what);
  value.type = type;
  value.shape = shape;
  value.least = least;
  value.most = most;
  return value;
}

Drawn& GraphDraft::input(const std::string& type, const Shape& shape, double least, double most) {
  Drawn& value = add("x", type, shape, least, most);
  value.exact = true;
  return value;
}

Drawn& GraphDraft::operand() {
  std::vector<Drawn*> fitting;
  for (Drawn* value : all_) {
    if (value->type == float_type_) fitting.push_back(value);
  }
  // Values that nobody reads yet rather: chains are longer than trees are wide.
  if (!fitting.empty() && chance(0.9)) {
    if (chance(0.75)) return *fitting.back();
    return *one_of(fitting);
  }
  Drawn& made = input(float_type_, shape(static_cast<int>(between(1, 4))), -2, 2);
  all_.push_back(&made);
  return made;
}

Drawn& GraphDraft::beside(const Shape& shape) {
  std::vector<Drawn*> same;
  for (Drawn* value : all_) {
    if (value->type == float_type_ && value->shape == shape) same.push_back(value);
  }
  if (!same.empty() && chance(0.4)) return *one_of(same);
  Shape own = shape;
  if (chance(0.6)) {
    for (std::int64_t& extent : own) {
      if (chance(0.4)) extent = 1;
    }
    const auto drop = between(0, static_cast<std::int64_t>(own.size()));
    own.erase(own.begin(), own.begin() + drop);
  }
  return input(float_type_, own, -2, 2);
}

std::string GraphDraft::integers(const std::vector<std::int64_t>& values, bool scalar) {
  const std::string name = fresh("c");
  std::string text;
  for (const std::int64_t value : values)
    text += (text.empty() ? "" : ", ") + std::to_string(value);
  body_ += scalar ? fmt::format("  {} = Constant <value = int64 {{{}}}> ()\n", name, text)
                  : fmt::format("  {} = Constant <value = int64[{}] {{{}}}> ()\n", name,
                                values.size(), text);
  return name;
}

Drawn& GraphDraft::node(const std::string& call, const std::vector<Drawn*>& from,
                        const std::string& type, const Shape& shape, double least, double most) {
  Drawn& value = add("t", type, shape, least, most);
  for (Drawn* used : from) ++used->uses;
  body_ += "  " + value.name + " = " + call + "\n";
  ++nodes_;
  all_.push_back(&value);
  return value;
}

std::vector<Drawn*> GraphDraft::node(const std::string& call, Drawn& from,
                                     const std::vector<Shape>& shapes) {
  std::vector<Drawn*> made;
  std::string names;
  for (const Shape& shape : shapes) {
    made.push_back(&add("t", from.type, shape, from.least, from.most));
    made.back()->exact = from.exact;
    names += (names.empty() ? "" : ", ") + made.back()->name;
    all_.push_back(made.back());
  }
  ++from.uses;
  ++nodes_;
  body_ += "  " + names + " = " + call + "\n";
  return made;
}

std::string GraphDraft::text(const std::string& name) const {
  std::string remarks, inputs, outputs, inner;
  for (const auto& value : owned_) {
    const bool is_input = value->name[0] == 'x';
    if (value->declared && value->uses > 0) {
      inner += fmt::format("{}{}{} {}", inner.empty() ? "" : ", ", value->type,
                           shape_of(value->shape), value->name);
    }
    if (is_input != (value->uses > 0)) continue;
    std::string& list = is_input ? inputs : outputs;
    list += fmt::format("{}{}{} {}", list.empty() ? "" : ", ", value->type, shape_of(value->shape),
                        value->name);
    if (is_input) {
      remarks += fmt::format("# coldforge: input {} range={}..{}\n", value->name, value->least,
                             value->most);
    }
  }
  return fmt::format("{}<ir_version: 8, opset_import: [\"\" : 17]>\n{} ({}) => ({}){}\n{{\n{}}}\n",
                     remarks, name, inputs, outputs, inner.empty() ? "" : "\n<" + inner + ">",
                     body_);
}

}  // namespace coldforge::test
