#include <algorithm>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {
namespace {

constexpr std::int64_t kMostChunks = 16;
constexpr std::int64_t kLeastBeats = 64;  ///< of a chunk: an instruction's description is to hide

}  // namespace

/// In how many chunks a sum of products along rows is done: multiply-adds of the chunks, and one
/// sum of what is left, pass over the tile once, a product and its sum twice. 1: it is left as it
/// is, because an instruction does both, or the tile is too small.
std::int64_t Planner::chunks_of_sum(int sum, Cover& cover) const {
  const Value& v = at(sum);
  if (v.kind != Value::Kind::Reduce || v.op != "add" || v.scan || v.integer) return 1;
  const Value& product = at(v.args[0]);
  if (product.kind != Value::Kind::Op || product.op != "mul" || plan_.group.uses(v.args[0]) > 1)
    return 1;
  for (const int a : product.args) {
    const Value::Kind kind = at(a).kind;
    if (kind != Value::Kind::Load && kind != Value::Kind::Op) return 1;
  }
  const std::vector<int> summed = plan_.map.in_tile(v.over, Side::Col);
  if (summed.empty() || summed != cols(v.args[0]) ||
      !plan_.map.in_tile(v.over, Side::Row).empty()) {
    return 1;
  }
  const std::vector<int>& bound = cover.best(sum).bound;
  if (std::find(bound.begin(), bound.end(), v.args[0]) == bound.end()) return 1;
  const std::int64_t inner = most({summed.back()}), outer = most(summed) / inner;
  const std::int64_t beats = most(rows(v.args[0])) * inner / arch_.vector.lanes;
  std::int64_t best = 1;
  for (std::int64_t n = 1; n * outer <= kMostChunks && n * kLeastBeats <= beats; ++n) {
    if (inner % (n * arch_.vector.lanes) == 0) best = n * outer;
  }
  return best;
}

std::vector<Planner::LongSum> Planner::long_sums() const {
  std::vector<LongSum> found;
  Cover cover(plan_.group, plan_.map, apis_, arch_.vector.lanes, /*may_fuse_multiply_add=*/false);
  for (std::size_t v = 0; v < plan_.group.values.size(); ++v) {
    const std::int64_t chunks = chunks_of_sum(static_cast<int>(v), cover);
    if (chunks > 1) found.push_back({static_cast<int>(v), chunks});
  }
  return found;
}

/// Makes them multiply-adds of their chunks and a sum of what is left.
void Planner::fold_sums(const std::vector<LongSum>& sums) {
  for (const auto& [sum, chunks] : sums) {
    const std::vector<int> summed = plan_.map.in_tile(at(sum).over, Side::Col);
    const Value product = at(at(sum).args[0]);
    const std::int64_t inner = most({summed.back()});
    GroupDim chunk;
    chunk.extent = inner / (chunks / (most(summed) / inner));
    chunk.name = "w" + std::to_string(plan_.group.dims.size());
    const int along = add_loop(chunk, Side::Col, summed.back());
    /// The part of an operand at a place of the summed loops.
    const auto part = [&](int arg, const std::vector<std::int64_t>& place) {
      const Value from = at(arg);
      Value window;
      window.kind = Value::Kind::Window;
      window.args = {arg};
      window.integer = from.integer;
      window.label = from.label;
      bool moves = false;
      for (const int d : from.dims) {
        Affine where;
        const auto found = std::find(summed.begin(), summed.end(), d);
        if (found == summed.end()) {
          where.add(d, 1);
          window.dims.push_back(d);
        } else {
          where.offset = place[static_cast<std::size_t>(found - summed.begin())];
          if (d == summed.back()) where.add(along, 1);
          moves = true;
        }
        window.at.push_back(where);
      }
      if (std::find(from.dims.begin(), from.dims.end(), summed.back()) != from.dims.end())
        window.dims.push_back(along);
      std::sort(window.dims.begin(), window.dims.end());
      return moves ? plan_.group.add(window) : arg;
    };
    Value op;
    op.kind = Value::Kind::Op;
    for (const int d : product.dims) {
      if (std::find(summed.begin(), summed.end(), d) == summed.end()) op.dims.push_back(d);
    }
    op.dims.push_back(along);
    int total = -1;
    std::vector<std::int64_t> place(summed.size(), 0);
    for (std::int64_t c = 0; c < chunks; ++c) {
      op.op = "mul";
      op.args = {part(product.args[0], place), part(product.args[1], place)};
      const int one = plan_.group.add(op);
      op.op = "add";
      op.args = {one, total};
      total = total < 0 ? one : plan_.group.add(op);
      place.back() += chunk.extent;
      for (std::size_t i = place.size(); i-- > 1;) {
        if (place[i] < most({summed[i]})) break;
        place[i] = 0;
        ++place[i - 1];
      }
    }
    Value& rest = plan_.group.values[static_cast<std::size_t>(sum)];
    rest.args = {total};
    rest.over = {along};
  }
}

}  // namespace coldforge::agent
