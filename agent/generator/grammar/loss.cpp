#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

using kernels::Shape;

/// Losses with class indices: scores [N, C, d...], targets [N, d...].
bool LoweringRules::loss() {
  const bool entropy = n.op_type == "SoftmaxCrossEntropyLoss";
  if (!entropy && n.op_type != "NegativeLogLikelihoodLoss") return false;
  if (n.has_input(2)) return fail("class weights"), true;
  if (n.has("ignore_index")) return fail("an ignored class"), true;
  if (n.outputs.size() > 1 && !n.outputs[1].empty() && l.graph_.uses(n.outputs[1]) > 0)
    return fail("log-probabilities that are read"), true;
  const Viewed scores = in(0);
  const ElementType type = scores.type;
  Shape one_class = scores.shape;
  one_class[1] = 1;
  const Viewed targets = reshape(in(1), one_class);

  // The score of each target's class: all others count as 0.
  StageBuilder builder(l, "picked");
  std::vector<Affine> index, kept;
  for (std::size_t i = 0; i < scores.shape.size(); ++i) {
    index.push_back(builder.dim(scores.shape[i], i == 1));
    kept.push_back(i == 1 ? Affine{} : index.back());
  }
  const int score = builder.load(scores, index);
  const int target = builder.load_broadcast(targets, index);
  const int chosen = builder.op("eq", {builder.index(index[1]), target});
  builder.op("sel", {chosen, score, builder.number(0)});
  if (scores.shape[1] > 1) builder.reduce("add");
  const Viewed picked = builder.finish(kept, one_class, type);

  Viewed losses;
  if (entropy && choose("exp.shift", {"max", "none"}) == "max") {
    const Viewed peak = reduce("peak", "max", "a", {scores}, {1}, type);
    const Viewed sum = reduce("sum", "add", "exp(sub(a, b))", {scores, peak}, {1}, type);
    losses = map("loss", "sub(add(b, log(a)), c)", {sum, peak, picked}, {}, one_class, type);
  } else if (entropy) {
    const Viewed sum = reduce("sum", "add", "exp(a)", {scores}, {1}, type);
    losses = map("loss", "sub(log(a), b)", {sum, picked}, {}, one_class, type);
  } else {
    losses = map("loss", "neg(a)", {picked}, {}, one_class, type);
  }
  const std::string how = n.text("reduction", "mean");
  if (how == "none") {
    define(reshape(losses, out().shape));
    return true;
  }
  double count = 1;
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < one_class.size(); ++i) {
    count *= static_cast<double>(one_class[i]);
    axes.push_back(static_cast<std::int64_t>(i));
  }
  Viewed total = reduce("total", "add", "a", {losses}, axes, type);
  if (how == "mean")
    total = map("mean", "mul(a, share)", {total}, {{"share", 1 / count}}, total.shape, type);
  define(reshape(total, out().shape));
  return true;
}

}  // namespace coldforge::agent
