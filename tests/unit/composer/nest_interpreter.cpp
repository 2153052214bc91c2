#include "tests/unit/composer/nest_interpreter.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/base/error.h"

namespace coldforge::test {
namespace {

using agent::Access;
using agent::Expr;
using agent::Nest;
using Args = std::vector<double>;
using Values = std::vector<std::vector<double>>;

std::int64_t at(const agent::Affine& affine, const std::vector<std::int64_t>& index) {
  std::int64_t sum = affine.offset;
  for (const auto& [d, c] : affine.terms) sum += c * index[static_cast<std::size_t>(d)];
  return sum;
}

/// Flat element, or -1 outside of a bounded axis.
std::int64_t element(const Access& access, const std::vector<std::int64_t>& index) {
  std::int64_t flat = access.base;
  for (const agent::Axis& axis : access.axes) {
    std::int64_t coordinate = at(axis.at, index);
    if (axis.bounded || axis.insertion != 1) {
      if (coordinate < 0 || coordinate % axis.insertion != 0 ||
          coordinate / axis.insertion >= axis.size)
        return -1;
      coordinate /= axis.insertion;
    }
    flat += coordinate * axis.stride;
  }
  return flat;
}

double lane(const std::string& op, const std::vector<double>& x) {
  using Function = double (*)(const Args&);
  static const std::map<std::string, Function> kOps = {
      {"add", [](const Args& v) -> double { return v[0] + v[1]; }},
      {"sub", [](const Args& v) -> double { return v[0] - v[1]; }},
      {"mul", [](const Args& v) -> double { return v[0] * v[1]; }},
      {"div", [](const Args& v) -> double { return v[0] / v[1]; }},
      {"max", [](const Args& v) -> double { return std::max(v[0], v[1]); }},
      {"min", [](const Args& v) -> double { return std::min(v[0], v[1]); }},
      {"neg", [](const Args& v) -> double { return -v[0]; }},
      {"abs", [](const Args& v) -> double { return std::fabs(v[0]); }},
      {"exp", [](const Args& v) -> double { return std::exp(v[0]); }},
      {"log", [](const Args& v) -> double { return std::log(v[0]); }},
      {"sqrt", [](const Args& v) -> double { return std::sqrt(v[0]); }},
      {"rsqrt", [](const Args& v) -> double { return 1 / std::sqrt(v[0]); }},
      {"recip", [](const Args& v) -> double { return 1 / v[0]; }},
      {"tanh", [](const Args& v) -> double { return std::tanh(v[0]); }},
      {"sigmoid", [](const Args& v) -> double { return 1 / (1 + std::exp(-v[0])); }},
      {"erf", [](const Args& v) -> double { return std::erf(v[0]); }},
      {"eq", [](const Args& v) -> double { return v[0] == v[1] ? 1.0 : 0.0; }},
      {"ne", [](const Args& v) -> double { return v[0] != v[1] ? 1.0 : 0.0; }},
      {"lt", [](const Args& v) -> double { return v[0] < v[1] ? 1.0 : 0.0; }},
      {"le", [](const Args& v) -> double { return v[0] <= v[1] ? 1.0 : 0.0; }},
      {"gt", [](const Args& v) -> double { return v[0] > v[1] ? 1.0 : 0.0; }},
      {"ge", [](const Args& v) -> double { return v[0] >= v[1] ? 1.0 : 0.0; }},
      {"and", [](const Args& v) -> double { return v[0] != 0 && v[1] != 0 ? 1.0 : 0.0; }},
      {"or", [](const Args& v) -> double { return v[0] != 0 || v[1] != 0 ? 1.0 : 0.0; }},
      {"xor", [](const Args& v) -> double { return (v[0] != 0) != (v[1] != 0) ? 1.0 : 0.0; }},
      {"sel", [](const Args& v) -> double { return v[0] != 0 ? v[1] : v[2]; }},
      {"to_int32", [](const Args& v) -> double { return std::nearbyint(v[0]); }},
      {"to_fp32", [](const Args& v) -> double { return v[0]; }},
      {"trunc_int32", [](const Args& v) -> double { return std::trunc(v[0]); }},
  };
  const auto found = kOps.find(op);
  CF_CHECK(found != kOps.end(), "nest interpreter: no operation " + op);
  return found->second(x);
}

class Runner {
 public:
  Runner(const Nest& nest, Values& values)
      : nest_(nest), values_(values), index_(nest.dims.size(), 0) {}

  void run() { outer(0); }

 private:
  double body() const {
    std::vector<double> result;
    for (const Expr& node : nest_.nodes) {
      switch (node.kind) {
        case Expr::Kind::Load: {
          const Access& access = nest_.loads[static_cast<std::size_t>(node.load)];
          const std::int64_t flat = element(access, index_);
          result.push_back(flat < 0 ? access.pad
                                    : values_[static_cast<std::size_t>(access.tensor)].at(
                                          static_cast<std::size_t>(flat)));
          break;
        }
        case Expr::Kind::Constant:
          result.push_back(node.value);
          break;
        case Expr::Kind::Index:
          result.push_back(static_cast<double>(at(node.index, index_)));
          break;
        case Expr::Kind::Op: {
          std::vector<double> args;
          for (const int a : node.args) args.push_back(result[static_cast<std::size_t>(a)]);
          result.push_back(lane(node.op, args));
          break;
        }
      }
    }
    return result.back();
  }

  void write(double value) {
    const std::int64_t flat = element(nest_.out, index_);
    if (flat < 0) return;  // past the end: dropped
    values_[static_cast<std::size_t>(nest_.out.tensor)].at(static_cast<std::size_t>(flat)) = value;
  }

  void outer(std::size_t d) {
    while (d < nest_.dims.size() && nest_.dims[d].reduce) ++d;
    if (d < nest_.dims.size()) {
      for (index_[d] = 0; index_[d] < nest_.dims[d].extent; ++index_[d]) outer(d + 1);
      index_[d] = 0;
      return;
    }
    if (nest_.reduce.empty()) {
      write(body());
      return;
    }
    count_ = 0;
    best_ = -1;
    inner(0);
    if (!nest_.scan) write(nest_.reduce.rfind("arg", 0) == 0 ? static_cast<double>(best_) : sum_);
  }

  void inner(std::size_t d) {
    while (d < nest_.dims.size() && !nest_.dims[d].reduce) ++d;
    if (d < nest_.dims.size()) {
      const std::int64_t n = nest_.dims[d].extent;
      for (std::int64_t i = 0; i < n; ++i) {
        index_[d] = nest_.reverse ? n - 1 - i : i;
        inner(d + 1);
      }
      index_[d] = 0;
      return;
    }
    const double value = body();
    const bool first = count_ == 0;
    if (nest_.scan && nest_.exclusive) {
      write(first ? 0 : sum_);
      sum_ = first ? value : sum_ + value;
    } else if (nest_.reduce == "argmax" || nest_.reduce == "argmin") {
      if (first || (nest_.reduce == "argmax" ? value > sum_ : value < sum_)) {
        sum_ = value;
        best_ = count_;
      }
    } else {
      sum_ = first ? value : lane(nest_.reduce, {sum_, value});
      if (nest_.scan) write(sum_);
    }
    ++count_;
  }

  const Nest& nest_;
  Values& values_;
  std::vector<std::int64_t> index_;
  double sum_ = 0;
  std::int64_t count_ = 0, best_ = -1;
};

}  // namespace

std::vector<kernels::Tensor> run_nests(const agent::Program& program, const kernels::Graph& graph,
                                       const std::vector<kernels::Tensor>& inputs) {
  Values values;
  for (const agent::TensorInfo& info : program.tensors) {
    values.emplace_back(static_cast<std::size_t>(kernels::element_count(info.shape)), std::nan(""));
    if (info.kind == agent::TensorInfo::Kind::Constant)
      values.back() = graph.constant(info.name)->values;
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      if (info.kind == agent::TensorInfo::Kind::Input && graph.inputs[i].name == info.name) {
        values.back() = inputs[i].values;
      }
    }
  }
  for (const Nest& nest : program.stages) Runner(nest, values).run();
  std::vector<kernels::Tensor> outputs;
  for (const kernels::Value& output : graph.outputs) {
    for (std::size_t t = 0; t < program.tensors.size(); ++t) {
      const agent::TensorInfo& info = program.tensors[t];
      if (info.kind == agent::TensorInfo::Kind::Output && info.name == output.name) {
        outputs.emplace_back(output.type, output.shape, values[t]);
      }
    }
  }
  return outputs;
}

}  // namespace coldforge::test
