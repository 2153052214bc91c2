#include <map>

#include "agent/generator/grammar/rules.h"

namespace coldforge::agent {

/// Einsum of one or two operands: a loop a letter, those that the result lacks are summed over.
bool LoweringRules::einsum() {
  if (n.op_type != "Einsum") return false;
  std::string equation;
  for (const char c : n.text("equation", "")) {
    if (c != ' ') equation += c;
  }
  if (equation.find('.') != std::string::npos) return fail("an ellipsis"), true;
  if (n.inputs.size() > 2) return fail("more than two operands"), true;
  const std::size_t arrow = equation.find("->");
  const std::string left = equation.substr(0, arrow);
  std::vector<std::string> operands;
  for (std::size_t from = 0; from <= left.size();) {
    const std::size_t comma = std::min(left.find(',', from), left.size());
    operands.push_back(left.substr(from, comma - from));
    from = comma + 1;
  }
  std::map<char, std::int64_t> extents;  // and how often each letter occurs
  std::map<char, int> seen;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    for (std::size_t axis = 0; axis < operands[i].size(); ++axis) {
      std::int64_t& extent = extents.emplace(operands[i][axis], 1).first->second;
      extent = std::max(extent, in(i).shape[axis]);
      ++seen[operands[i][axis]];
    }
  }
  std::string result;
  if (arrow != std::string::npos) {
    result = equation.substr(arrow + 2);
  } else {  // letters that occur once, in the order of the alphabet
    for (const auto& [letter, count] : seen) {
      if (count == 1) result += letter;
    }
  }
  StageBuilder builder(l, "product");
  std::map<char, Affine> loop;
  std::vector<Affine> index;
  for (const char letter : result) {
    loop[letter] = builder.dim(extents.at(letter));
    index.push_back(loop[letter]);
  }
  bool sums = false;
  for (const auto& [letter, extent] : extents) {
    if (loop.count(letter) != 0) continue;
    loop[letter] = builder.dim(extent, true);
    sums = sums || extent != 1;
  }
  std::vector<int> elements;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    std::vector<Affine> own;
    for (std::size_t axis = 0; axis < operands[i].size(); ++axis)
      own.push_back(in(i).shape[axis] == 1 ? Affine{} : loop[operands[i][axis]]);
    elements.push_back(builder.load(in(i), own));
  }
  if (elements.size() == 2) builder.op("mul", elements);
  if (sums) builder.reduce("add");
  define(builder.finish(index, out().shape, out().type));
  return true;
}

}  // namespace coldforge::agent
