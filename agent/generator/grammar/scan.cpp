#include "agent/generator/grammar/rules.h"
#include "kernels/running.h"

namespace coldforge::agent {
Viewed LoweringRules::running(const std::string& op, const Viewed& value, std::int64_t axis,
                              bool exclusive, bool reverse, ElementType type) {
  StageBuilder builder(l, "running");
  const auto a = static_cast<std::size_t>(
      axis < 0 ? axis + static_cast<std::int64_t>(value.shape.size()) : axis);
  std::vector<Affine> index;
  for (std::size_t i = 0; i < value.shape.size(); ++i)
    index.push_back(builder.dim(value.shape[i], i == a));
  if (index[a].terms.empty()) {
    exclusive ? builder.number(op == "mul" ? 1 : 0) : builder.load(value, index);
    return builder.finish(index, value.shape, type);
  }
  if (reverse) {  // the same walk from the other end, in what is read and in what is written
    index[a].offset = value.shape[a] - 1;
    for (auto& [d, c] : index[a].terms) c = -c;
  }
  builder.load(value, index);
  builder.reduce(op);
  builder.stage().scan = true;
  builder.stage().exclusive = exclusive;
  return builder.finish(index, value.shape, type);
}

bool LoweringRules::scan() {
  if (n.op_type == "CumSum") {
    std::vector<std::int64_t> axis;
    if (!integers(1, "", axis)) return fail("a variable axis"), true;
    define(running("add", in(0), axis[0], n.integer("exclusive", 0) != 0,
                   n.integer("reverse", 0) != 0, out().type));
    return true;
  }
  if (n.op_type != "Scan") return false;
  const kernels::RunningFold fold = kernels::running_fold(l.graph_, n);
  if (!fold.problem.empty()) return fail(fold.problem), true;
  l.define(n.outputs[1], running(fold.product ? "mul" : "add", in(1), fold.axis, false,
                                 fold.reverse, out(1).type));
  return true;
}

}  // namespace coldforge::agent
