#include <algorithm>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

Viewed LoweringRules::reduce(const std::string& label, const std::string& op,
                             const std::string& expression, const std::vector<Viewed>& args,
                             const std::vector<std::int64_t>& axes, ElementType type) {
  const Shape& shape = args[0].shape;
  StageBuilder builder(l, label);
  std::vector<Affine> index(shape.size()), kept(shape.size());
  Shape kept_shape = shape;
  std::vector<bool> gone(shape.size(), false);
  for (const std::int64_t axis : axes) gone[static_cast<std::size_t>(axis)] = true;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    index[i] = builder.dim(shape[i], gone[i]);
    if (gone[i]) {
      kept_shape[i] = 1;
    } else {
      kept[i] = index[i];
    }
  }
  std::map<std::string, int> names;
  for (std::size_t i = 0; i < args.size(); ++i) {
    names[std::string(1, static_cast<char>('a' + i))] = builder.load_broadcast(args[i], index);
  }
  builder.expression(expression, names);
  const bool trivial = std::none_of(builder.stage().dims.begin(), builder.stage().dims.end(),
                                    [](const Dim& d) { return d.reduce; });
  const bool arg = op == "argmax" || op == "argmin";
  if (trivial && arg) {
    builder.stage().nodes.clear();
    builder.stage().loads.clear();
    builder.number(0);
  } else if (!trivial) {
    builder.reduce(op);
  }
  return builder.finish(kept, kept_shape, type);
}

std::vector<std::int64_t> LoweringRules::axes_of(std::size_t input, std::int64_t rank, bool& ok) {
  std::vector<std::int64_t> axes;
  ok = true;
  const bool given = n.has("axes") || n.has_input(input);
  if (given && !integers(input, "axes", axes)) ok = false;
  if (axes.empty() && n.integer("noop_with_empty_axes", 0) == 0) {
    for (std::int64_t i = 0; i < rank; ++i) axes.push_back(i);
  }
  for (std::int64_t& axis : axes) {
    if (axis < 0) axis += rank;
  }
  return axes;
}

namespace {

struct Reduction {
  const char* op;
  const char* reduce;
  const char* before;  // of a
  const char* after;   // of a, count
};

constexpr Reduction kReductions[] = {
    {"ReduceL1", "add", "abs(a)", "a"},
    {"ReduceL2", "add", "mul(a, a)", "sqrt(a)"},
    {"ReduceLogSum", "add", "a", "log(a)"},
    {"ReduceMax", "max", "a", "a"},
    {"ReduceMean", "add", "a", "mul(a, share)"},
    {"ReduceMin", "min", "a", "a"},
    {"ReduceProd", "mul", "a", "a"},
    {"ReduceSum", "add", "a", "a"},
    {"ReduceSumSquare", "add", "mul(a, a)", "a"},
};

}  // namespace

bool LoweringRules::reduction() {
  const std::string& op = n.op_type;
  if (op == "ArgMax" || op == "ArgMin") {
    std::int64_t axis = n.integer("axis", 0);
    if (axis < 0) axis += static_cast<std::int64_t>(in(0).shape.size());
    // The last of equals is the first one from behind.
    const bool last = n.integer("select_last_index", 0) != 0;
    Viewed x = in(0);
    const std::int64_t extent = x.shape[static_cast<std::size_t>(axis)];
    if (last) x = backwards(x, static_cast<std::size_t>(axis));
    Viewed value =
        reduce("index", op == "ArgMax" ? "argmax" : "argmin", "a", {x}, {axis}, ElementType::Int32);
    if (last) {
      value = map("place", "sub(end, a)", {value}, {{"end", static_cast<double>(extent - 1)}},
                  value.shape, ElementType::Int32);
    }
    Viewed shaped = reshape(value, out().shape);
    shaped.type = out().type;
    define(shaped);
    return true;
  }
  if (op == "ReduceLogSumExp") {
    bool ok = false;
    const auto axes = axes_of(1, static_cast<std::int64_t>(in(0).shape.size()), ok);
    if (!ok) return fail("variable axes"), true;
    const ElementType type = out().type;
    if (choose("exp.shift", {"max", "none"}) == "none") {
      const Viewed sum = reduce("sum", "add", "exp(a)", {in(0)}, axes, type);
      define(reshape(map("log", "log(a)", {sum}, {}, sum.shape, type), out().shape));
      return true;
    }
    const Viewed peak = reduce("peak", "max", "a", {in(0)}, axes, type);
    const Viewed sum = reduce("sum", "add", "exp(sub(a, b))", {in(0), peak}, axes, type);
    define(reshape(map("logsum", "add(b, log(a))", {sum, peak}, {}, sum.shape, type), out().shape));
    return true;
  }
  for (const Reduction& r : kReductions) {
    if (op != r.op) continue;
    bool ok = false;
    const auto axes = axes_of(1, static_cast<std::int64_t>(in(0).shape.size()), ok);
    if (!ok) return fail("variable axes"), true;
    double count = 1;
    for (const std::int64_t axis : axes)
      count *= static_cast<double>(in(0).shape[static_cast<std::size_t>(axis)]);
    Viewed value = reduce("reduced", r.reduce, r.before, {in(0)}, axes, out().type);
    if (std::string(r.after) != "a") {
      value = map("result", r.after, {value}, {{"share", 1.0 / count}}, value.shape, out().type);
    }
    define(reshape(value, out().shape));
    return true;
  }
  return false;
}

bool LoweringRules::normalisation() {
  const std::string& op = n.op_type;
  const ElementType type = out().type;
  const auto rank_of = [&](std::size_t i) { return static_cast<std::int64_t>(in(i).shape.size()); };
  const auto statistics = [&](const Viewed& x, const std::vector<std::int64_t>& axes,
                              double epsilon, Viewed& mean, Viewed& spread) {
    double count = 1;
    for (const std::int64_t axis : axes)
      count *= static_cast<double>(x.shape[static_cast<std::size_t>(axis)]);
    const double share = 1.0 / count;
    const Viewed sum = reduce("sum", "add", "a", {x}, axes, type);
    mean = map("mean", "mul(a, share)", {sum}, {{"share", share}}, sum.shape, type);
    if (choose("variance", {"two_pass", "moments"}) == "two_pass") {
      const Viewed off = map("centred", "sub(a, b)", {x, mean}, {}, x.shape, type);
      const Viewed squares = reduce("squares", "add", "mul(a, a)", {off}, axes, type);
      spread = map("deviation", "sqrt(add(mul(a, share), eps))", {squares},
                   {{"share", share}, {"eps", epsilon}}, squares.shape, type);
      return;
    }
    const Viewed squares = reduce("squares", "add", "mul(a, a)", {x}, axes, type);
    spread = map("deviation", "sqrt(add(sub(mul(a, share), mul(b, b)), eps))", {squares, mean},
                 {{"share", share}, {"eps", epsilon}}, squares.shape, type);
  };
  if (op == "Softmax" || op == "LogSoftmax") {
    const Viewed x = in(0);
    std::int64_t axis = n.integer("axis", -1);
    if (axis < 0) axis += rank_of(0);
    const bool log = op == "LogSoftmax";
    Viewed shifted = x;
    if (choose("exp.shift", {"max", "none"}) == "max") {
      const Viewed peak = reduce("peak", "max", "a", {x}, {axis}, type);
      shifted = map("shifted", "sub(a, b)", {x, peak}, {}, x.shape, type);
    }
    const Viewed weights = map("weights", "exp(a)", {shifted}, {}, x.shape, type);
    const Viewed sum = reduce("sum", "add", "a", {weights}, {axis}, type);
    define(log ? map("result", "sub(a, log(b))", {shifted, sum}, {}, x.shape, type)
               : map("result", "div(a, b)", {weights, sum}, {}, x.shape, type));
    return true;
  }
  if (op == "LpNormalization") {
    const Viewed x = in(0);
    std::int64_t axis = n.integer("axis", -1);
    if (axis < 0) axis += rank_of(0);
    const bool squares = n.integer("p", 2) == 2;
    const Viewed sum = reduce("norm", "add", squares ? "mul(a, a)" : "abs(a)", {x}, {axis}, type);
    // A row of zeros stays one: there is nothing that could be divided by 0.
    define(map("result", squares ? "div(a, sqrt(max(b, least)))" : "div(a, max(b, least))",
               {x, sum}, {{"least", 1e-30}}, x.shape, type));
    return true;
  }
  if (op == "LRN") {
    // Neighbouring channels as a window over the padded axis.
    const Viewed x = in(0);
    const std::int64_t size = n.integer("size", 1);
    const Viewed squares = map("squares", "mul(a, a)", {x}, {}, x.shape, type);
    const Viewed reach = bordered(squares, {1}, {(size - 1) / 2}, {size / 2}, 0);
    const Viewed sum = slide(reach, "add", {1, size, 1, 1, x.shape[1]}, type);
    const double beta = n.number("beta", 0.75);
    define(map("normal", "mul(a, exp(mul(log(add(mul(b, share), bias)), power)))", {x, sum},
               {{"share", n.number("alpha", 1e-4) / static_cast<double>(size)},
                {"bias", n.number("bias", 1)},
                {"power", -beta}},
               x.shape, type));
    return true;
  }
  if (op == "LayerNormalization") {
    const Viewed x = in(0);
    std::int64_t axis = n.integer("axis", -1);
    if (axis < 0) axis += rank_of(0);
    std::vector<std::int64_t> axes;
    for (std::int64_t i = axis; i < rank_of(0); ++i) axes.push_back(i);
    Viewed mean, spread;
    statistics(x, axes, n.number("epsilon", 1e-5), mean, spread);
    std::vector<Viewed> args = {x, mean, spread, in(1)};
    std::string text = "mul(div(sub(a, b), c), d)";
    if (n.has_input(2)) {
      text = "add(" + text + ", e)";
      args.push_back(in(2));
    }
    define(map("normal", text, args, {}, x.shape, type));
    return true;
  }
  if (op == "InstanceNormalization" || op == "BatchNormalization") {
    const Viewed x = in(0);
    Shape channel(x.shape.size(), 1);
    channel[1] = x.shape[1];
    const Viewed scale = reshape(in(1), channel);
    const Viewed bias = reshape(in(2), channel);
    const double epsilon = n.number("epsilon", 1e-5);
    const bool training = op == "BatchNormalization" && n.integer("training_mode", 0) != 0;
    for (std::size_t o = 1; o < n.outputs.size(); ++o) {
      if (!n.outputs[o].empty() && l.graph_.uses(n.outputs[o]) > 0)
        return fail("running statistics that are read"), true;
    }
    if (op == "BatchNormalization" && !training) {
      const Viewed gain = map("gain", "div(a, sqrt(add(b, eps)))", {scale, reshape(in(4), channel)},
                              {{"eps", epsilon}}, channel, type);
      const Viewed offset = map("offset", "sub(a, mul(b, c))",
                                {bias, reshape(in(3), channel), gain}, {}, channel, type);
      define(map("normal", "add(mul(a, b), c)", {x, gain, offset}, {}, x.shape, type));
      return true;
    }
    std::vector<std::int64_t> axes;
    if (training) axes.push_back(0);  // statistics of the batch itself
    for (std::int64_t i = 2; i < rank_of(0); ++i) axes.push_back(i);
    Viewed mean, spread;
    statistics(x, axes, epsilon, mean, spread);
    define(map("normal", "add(mul(div(sub(a, b), c), d), e)", {x, mean, spread, scale, bias}, {},
               x.shape, type));
    return true;
  }
  return false;
}

}  // namespace coldforge::agent
