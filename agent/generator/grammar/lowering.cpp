#include "agent/generator/grammar/lowering.h"

#include <cctype>
#include <cstdlib>

#include "sim/base/error.h"

namespace coldforge::agent {

using kernels::Shape;

Viewed compose(const Viewed& value, const Shape& shape, const std::vector<Affine>& map) {
  Viewed result = value;
  result.shape = shape;
  for (Axis& axis : result.axes) {
    Affine at;
    at.offset = axis.at.offset;
    for (const auto& [old_axis, coefficient] : axis.at.terms) {
      const Affine& index = map[static_cast<std::size_t>(old_axis)];
      at.offset += coefficient * index.offset;
      for (const auto& [dim, c] : index.terms) at.add(dim, coefficient * c);
    }
    axis.at = at;
  }
  return result;
}

namespace {

/// Axes from..to (exclusive) of the value as one linear axis, if they lie so.
bool merge_axes(Viewed& value, std::size_t from, std::size_t to) {
  if (to - from <= 1) return true;
  std::vector<std::size_t> owner;  // axis of the tensor that each moves
  for (std::size_t v = from; v < to; ++v) {
    if (value.shape[v] == 1) continue;
    int found = -1;
    for (std::size_t a = 0; a < value.axes.size(); ++a) {
      if (value.axes[a].at.coefficient(static_cast<int>(v)) == 0) continue;
      if (found >= 0) return false;
      found = static_cast<int>(a);
    }
    if (found < 0) return false;  // repeated elements
    const Axis& axis = value.axes[static_cast<std::size_t>(found)];
    if (axis.bounded || axis.insertion != 1) return false;
    owner.push_back(static_cast<std::size_t>(found));
  }
  const auto stride_of = [&](std::size_t v) {
    std::int64_t sum = 0;
    for (const Axis& axis : value.axes)
      sum += axis.at.coefficient(static_cast<int>(v)) * axis.stride;
    return sum;
  };
  std::int64_t run = 1, unit = 0;
  for (std::size_t v = to; v-- > from;) {
    if (value.shape[v] == 1) continue;
    if (unit == 0) {
      unit = stride_of(v);
    } else if (stride_of(v) != unit * run) {
      return false;
    }
    run *= value.shape[v];
  }
  // All of them together move one new axis; old axes keep their offset and other terms.
  for (std::size_t v = from; v < to; ++v) {
    for (Axis& axis : value.axes)
      axis.at.add(static_cast<int>(v), -axis.at.coefficient(static_cast<int>(v)));
  }
  if (unit != 0) {
    Axis axis;
    axis.stride = unit;
    axis.size = run;
    axis.at.add(static_cast<int>(from), 1);  // the caller renumbers
    value.axes.push_back(axis);
  }
  return true;
}

}  // namespace

bool reshape_view(const Viewed& value, const Shape& shape, Viewed& result) {
  Viewed work = value;
  std::vector<Affine> map(value.shape.size());
  std::size_t i = 0, j = 0;
  while (i < value.shape.size() || j < shape.size()) {
    const std::size_t i0 = i, j0 = j;
    std::int64_t old_size = 1, new_size = 1;
    if (i < value.shape.size()) old_size = value.shape[i++];
    if (j < shape.size()) new_size = shape[j++];
    while (old_size != new_size) {
      if (old_size < new_size) {
        if (i >= value.shape.size()) return false;
        old_size *= value.shape[i++];
      } else {
        if (j >= shape.size()) return false;
        new_size *= shape[j++];
      }
    }
    if (i == i0) continue;  // a new axis of extent 1
    if (!merge_axes(work, i0, i)) return false;
    // The merged old axis is index i0; it equals the new axes in row-major order.
    std::int64_t stride = 1;
    std::size_t single = i0;
    for (std::size_t v = i0; v < i; ++v) {
      if (value.shape[v] != 1) single = v;
    }
    if (i - i0 > 1) single = i0;
    for (std::size_t n = j; n-- > j0;) {
      if (shape[n] != 1) map[single].add(static_cast<int>(n), stride);
      stride *= shape[n];
    }
  }
  result = compose(work, shape, map);
  return true;
}

StageBuilder::StageBuilder(Lowering& lowering, std::string label) : lowering_(lowering) {
  stage_.label = std::move(label);
}

Affine StageBuilder::dim(std::int64_t extent, bool reduce) {
  Affine affine;
  if (extent == 1) return affine;
  stage_.dims.push_back({extent, reduce});
  affine.add(static_cast<int>(stage_.dims.size()) - 1, 1);
  return affine;
}

std::vector<Affine> StageBuilder::dims(const Shape& shape) {
  std::vector<Affine> index;
  for (const std::int64_t extent : shape) index.push_back(dim(extent));
  return index;
}

int StageBuilder::load(const Viewed& value, const std::vector<Affine>& index) {
  if (value.is_number) return number(value.number);
  if (!is_float(value.type) && value.type != ElementType::Int8) stage_.wide = true;
  const Viewed walked = compose(value, {}, index);
  Access access;
  access.tensor = walked.tensor;
  access.base = walked.base;
  access.pad = walked.pad;
  for (Axis axis : walked.axes) {
    if (axis.bounded) {
      // The walk may turn out to stay inside.
      std::int64_t low = axis.at.offset, high = axis.at.offset;
      for (const auto& [d, c] : axis.at.terms) {
        const std::int64_t reach = c * (stage_.dims[static_cast<std::size_t>(d)].extent - 1);
        (reach < 0 ? low : high) += reach;
      }
      if (low >= 0 && high < axis.size * axis.insertion) axis.bounded = false;
    }
    if (axis.at.terms.empty() && !axis.bounded && axis.insertion == 1) {
      access.base += axis.at.offset * axis.stride;
      continue;
    }
    split_digits(axis, stage_.dims, /*keep_windows=*/true, access.axes);
  }
  int slot = -1;
  for (std::size_t i = 0; i < stage_.loads.size(); ++i) {
    const Access& have = stage_.loads[i];
    if (have.tensor != access.tensor || have.base != access.base ||
        have.axes.size() != access.axes.size()) {
      continue;
    }
    bool same = true;
    for (std::size_t a = 0; a < have.axes.size(); ++a) {
      same = same && have.axes[a].at == access.axes[a].at &&
             have.axes[a].stride == access.axes[a].stride &&
             have.axes[a].bounded == access.axes[a].bounded;
    }
    if (same) slot = static_cast<int>(i);
  }
  if (slot < 0) {
    stage_.loads.push_back(access);
    slot = static_cast<int>(stage_.loads.size()) - 1;
  }
  Expr node;
  node.kind = Expr::Kind::Load;
  node.load = slot;
  return add_node(stage_.nodes, node);
}

int StageBuilder::load_broadcast(const Viewed& value, const std::vector<Affine>& index) {
  std::vector<Affine> own;
  const std::size_t skip = index.size() - value.shape.size();
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    own.push_back(value.shape[i] == 1 ? Affine{} : index[skip + i]);
  }
  return load(value, own);
}

int StageBuilder::number(double value) {
  Expr node;
  node.kind = Expr::Kind::Constant;
  node.value = value;
  return add_node(stage_.nodes, node);
}

int StageBuilder::index(const Affine& affine) {
  if (affine.terms.empty()) return number(static_cast<double>(affine.offset));
  Expr node;
  node.kind = Expr::Kind::Index;
  node.index = affine;
  return add_node(stage_.nodes, node);
}

int StageBuilder::op(const std::string& name, const std::vector<int>& args) {
  Expr node;
  node.op = name;
  node.args = args;
  return add_node(stage_.nodes, node);
}

namespace {

struct Parser {
  StageBuilder& builder;
  const std::map<std::string, int>& names;
  const std::string& text;
  std::size_t at = 0;

  void blank() {
    while (at < text.size() && text[at] == ' ') ++at;
  }
  int parse() {
    blank();
    const std::size_t from = at;
    if (std::isdigit(static_cast<unsigned char>(text[at])) != 0 || text[at] == '-') {
      char* end = nullptr;
      const double value = std::strtod(text.c_str() + at, &end);
      at = static_cast<std::size_t>(end - text.c_str());
      return builder.number(value);
    }
    while (at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) {
      ++at;
    }
    const std::string name = text.substr(from, at - from);
    blank();
    if (at >= text.size() || text[at] != '(') {
      const auto found = names.find(name);
      CF_CHECK(found != names.end(), "grammar: unknown name in " + text);
      return found->second;
    }
    ++at;
    std::vector<int> args;
    for (;;) {
      args.push_back(parse());
      blank();
      if (at < text.size() && text[at] == ',') {
        ++at;
        continue;
      }
      CF_CHECK(at < text.size() && text[at] == ')', "grammar: syntax in " + text);
      ++at;
      return builder.op(name, args);
    }
  }
};

}  // namespace

int StageBuilder::expression(const std::string& text, const std::map<std::string, int>& names) {
  Parser parser{*this, names, text};
  return parser.parse();
}

Viewed StageBuilder::finish(const std::vector<Affine>& index, const Shape& shape,
                            ElementType type) {
  const int tensor =
      lowering_.new_tensor(stage_.label + std::to_string(++lowering_.serial_), type, shape);
  const Viewed whole = lowering_.whole(tensor);
  finish_part(whole, index);
  return whole;
}

void StageBuilder::finish_part(const Viewed& whole, const std::vector<Affine>& index) {
  // load() normalises the walk; the load node itself is not wanted.
  StageBuilder scratch(lowering_, "");
  scratch.stage_.dims = stage_.dims;
  scratch.load(whole, index);
  stage_.out = scratch.stage_.loads[0];
  lowering_.program_.stages.push_back(stage_);
}

int Lowering::new_tensor(const std::string& name, ElementType type, const Shape& shape) {
  TensorInfo info;
  info.name = name;
  info.type = type;
  info.shape = shape;
  info.integer = !is_float(type);
  program_.tensors.push_back(info);
  return static_cast<int>(program_.tensors.size()) - 1;
}

Viewed Lowering::whole(int tensor) const {
  const TensorInfo& info = program_.tensors[static_cast<std::size_t>(tensor)];
  Viewed value;
  value.tensor = tensor;
  value.shape = info.shape;
  value.type = info.type;
  const std::vector<std::int64_t> strides = kernels::row_major_strides(info.shape);
  for (std::size_t i = 0; i < info.shape.size(); ++i) {
    if (info.shape[i] == 1) continue;
    Axis axis;
    axis.stride = strides[i];
    axis.size = info.shape[i];
    axis.at.add(static_cast<int>(i), 1);
    value.axes.push_back(axis);
  }
  return value;
}

const Viewed& Lowering::view(const std::string& name) {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  const kernels::Tensor* constant = graph_.constant(name);
  CF_CHECK(constant != nullptr, "grammar: value without producer: " + name);
  const int tensor = new_tensor(name, constant->type, constant->shape);
  program_.tensors[static_cast<std::size_t>(tensor)].kind = TensorInfo::Kind::Constant;
  Viewed value = whole(tensor);
  if (constant->size() == 1) {
    value.is_number = true;
    value.number = constant->values[0];
  }
  return values_[name] = value;
}

/// Every graph output is written by a stage of its own name: the last writer takes it over, or a
/// copy is made.
void Lowering::copy_outputs() {
  for (const kernels::Value& output : graph_.outputs) {
    const Viewed value = view(output.name);
    int writer = -1, readers = 0;
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      const Nest& stage = program_.stages[s];
      if (!value.is_number && stage.out.tensor == value.tensor) writer = static_cast<int>(s);
    }
    const bool fresh = writer >= 0 && !value.is_number &&
                       program_.tensors[static_cast<std::size_t>(value.tensor)].kind ==
                           TensorInfo::Kind::Intermediate;
    bool plain = fresh && value.base == 0;
    if (plain) {
      // Row-major in the output's own shape: then the tensor simply is the output.
      Viewed same = whole(value.tensor);
      Viewed shaped;
      plain = reshape_view(same, value.shape, shaped) && shaped.axes.size() == value.axes.size();
      for (std::size_t a = 0; plain && a < shaped.axes.size(); ++a) {
        plain = shaped.axes[a].at == value.axes[a].at &&
                shaped.axes[a].stride == value.axes[a].stride && !value.axes[a].bounded &&
                value.axes[a].insertion == 1;
      }
    }
    if (plain) {
      TensorInfo& info = program_.tensors[static_cast<std::size_t>(value.tensor)];
      info.kind = TensorInfo::Kind::Output;
      info.name = output.name;
      info.type = output.type;
      continue;
    }
    StageBuilder builder(*this, "copy");
    const std::vector<Affine> index = builder.dims(output.shape);
    builder.load(value, index);
    const Viewed done = builder.finish(index, output.shape, output.type);
    TensorInfo& info = program_.tensors[static_cast<std::size_t>(done.tensor)];
    info.kind = TensorInfo::Kind::Output;
    info.name = output.name;
    (void)readers;
  }
}

Program Lowering::run() {
  for (const kernels::Value& input : graph_.inputs) {
    const int tensor = new_tensor(input.name, input.type, input.shape);
    program_.tensors[static_cast<std::size_t>(tensor)].kind = TensorInfo::Kind::Input;
    define(input.name, whole(tensor));
  }
  for (const kernels::Node& step : graph_.nodes) {
    node(step);
    if (!program_.problem.empty()) return program_;
  }
  copy_outputs();
  return program_;
}

Program lower(const kernels::Graph& graph, Chooser& chooser) {
  return Lowering(graph, chooser).run();
}

}  // namespace coldforge::agent
