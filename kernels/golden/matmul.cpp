#include <algorithm>
#include <cmath>
#include <map>

#include "kernels/golden/broadcast.h"
#include "kernels/golden/gemm.h"

namespace coldforge::kernels::golden {

void multiply_add(std::int64_t m, std::int64_t n, std::int64_t k, const double* a, const double* b,
                  double* out) {
  // A slab of b stays in the cache while every row of a passes over it.
  constexpr std::int64_t kSlab = 32;
  for (std::int64_t k0 = 0; k0 < k; k0 += kSlab) {
    const std::int64_t k1 = std::min(k, k0 + kSlab);
    for (std::int64_t i = 0; i < m; ++i) {
      double* __restrict row = out + i * n;
      std::int64_t kk = k0;
      for (; kk + 4 <= k1; kk += 4) {
        const double a0 = a[i * k + kk], a1 = a[i * k + kk + 1], a2 = a[i * k + kk + 2],
                     a3 = a[i * k + kk + 3];
        const double *b0 = b + kk * n, *b1 = b0 + n, *b2 = b1 + n, *b3 = b2 + n;
        for (std::int64_t j = 0; j < n; ++j)
          row[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j]);
      }
      for (; kk < k1; ++kk) {
        const double a0 = a[i * k + kk];
        const double* b0 = b + kk * n;
        for (std::int64_t j = 0; j < n; ++j) row[j] += a0 * b0[j];
      }
    }
  }
}

namespace {

Tensor transposed(const Tensor& matrix) {
  Tensor result(matrix.type, {matrix.shape[1], matrix.shape[0]});
  for (std::int64_t i = 0; i < matrix.shape[0]; ++i) {
    for (std::int64_t j = 0; j < matrix.shape[1]; ++j) {
      result.values[j * matrix.shape[0] + i] = matrix.values[i * matrix.shape[1] + j];
    }
  }
  return result;
}

/// NumPy's matmul: vectors are promoted, leading axes broadcast.
Tensor matmul(const Call& call, Tensor a, Tensor b, ElementType type) {
  call.require(a.rank() > 0 && b.rank() > 0, "operands must not be scalars");
  const bool vector_a = a.rank() == 1, vector_b = b.rank() == 1;
  if (vector_a) a.shape.insert(a.shape.begin(), 1);
  if (vector_b) b.shape.push_back(1);
  const std::int64_t m = a.shape[a.rank() - 2], k = a.shape.back(), n = b.shape.back();
  call.require(b.shape[b.rank() - 2] == k, "inner extents differ: " + std::to_string(k) + " and " +
                                               std::to_string(b.shape[b.rank() - 2]));
  const Shape batch_a(a.shape.begin(), a.shape.end() - 2),
      batch_b(b.shape.begin(), b.shape.end() - 2);
  const Shape batch = broadcast_shape(call, batch_a, batch_b);
  Shape shape = batch;
  shape.push_back(m);
  shape.push_back(n);
  Tensor result(type, shape);
  for_each_pair(batch, broadcast_strides(batch_a, batch), broadcast_strides(batch_b, batch),
                [&](std::int64_t i, std::int64_t at_a, std::int64_t at_b) {
                  multiply_add(m, n, k, &a.values[at_a * m * k], &b.values[at_b * k * n],
                               &result.values[i * m * n]);
                });
  if (vector_b) result.shape.pop_back();
  if (vector_a) result.shape.erase(result.shape.end() - (vector_b ? 1 : 2));
  return result;
}

/// `tensor` less its zero point, a scalar or one value per row (a) or column (b).
Tensor centred(const Call& call, std::size_t input, std::size_t zero_point, bool per_row) {
  Tensor tensor = call.in(input);
  if (!call.has(zero_point)) return tensor;
  Tensor zero = call.in(zero_point);
  if (zero.rank() == 1 && zero.size() > 1 && per_row) zero.shape.push_back(1);
  if (zero.size() == 1) zero.shape.clear();
  return map_pairs(call, ElementType::Int32, tensor, zero,
                   [](double x, double z) { return x - z; });
}

// ------------------------------------------------------------------------------------------------
// Einsum

struct Equation {
  std::vector<std::string> operands;  // one letter per axis; those of an ellipsis are digits
  std::string result;
};

/// The axes of an ellipsis as digits counted from the right, because broadcasting aligns there:
/// "210".
std::string ellipsis_letters(std::int64_t count) {
  std::string letters;
  for (std::int64_t i = count; i-- > 0;) letters += static_cast<char>('0' + i);
  return letters;
}

Equation parse_equation(const Call& call) {
  std::string text;
  for (const char c : call.node.text("equation", "")) {
    if (c != ' ') text += c;
  }
  Equation equation;
  const std::size_t arrow = text.find("->");
  std::string terms = text.substr(0, arrow);
  std::int64_t widest = 0;
  for (std::size_t start = 0, input = 0; start <= terms.size(); ++input) {
    const std::size_t comma = std::min(terms.find(',', start), terms.size());
    std::string term = terms.substr(start, comma - start);
    start = comma + 1;
    const std::size_t dots = term.find("...");
    if (dots != std::string::npos) {
      const std::int64_t hidden =
          call.in(input).rank() - static_cast<std::int64_t>(term.size() - 3);
      call.require(hidden >= 0, "equation '" + text + "' names too many axes");
      widest = std::max(widest, hidden);
      term.replace(dots, 3, ellipsis_letters(hidden));
    }
    call.require(static_cast<std::int64_t>(term.size()) == call.in(input).rank(),
                 "equation '" + text + "' does not fit the rank of input " + std::to_string(input));
    equation.operands.push_back(term);
  }
  if (arrow != std::string::npos) {
    equation.result = text.substr(arrow + 2);
    const std::size_t dots = equation.result.find("...");
    if (dots != std::string::npos) equation.result.replace(dots, 3, ellipsis_letters(widest));
    return equation;
  }
  // Implicit form: ellipsis, then every letter that occurs once, in alphabetical order.
  std::map<char, int> uses;
  for (const std::string& term : equation.operands) {
    for (const char c : term) ++uses[c];
  }
  equation.result = ellipsis_letters(widest);
  for (const auto& [letter, count] : uses) {
    const bool digit = letter >= '0' && letter <= '9';
    if (count == 1 && !digit) equation.result += letter;
  }
  return equation;
}

}  // namespace

Results op_matmul(const Call& call) {
  return {matmul(call, call.in(0), call.in(1), call.in(0).type)};
}

Results op_gemm(const Call& call) {
  call.require(call.in(0).rank() == 2 && call.in(1).rank() == 2, "operands must be matrices");
  const Tensor a = call.node.integer("transA", 0) != 0 ? transposed(call.in(0)) : call.in(0);
  const Tensor b = call.node.integer("transB", 0) != 0 ? transposed(call.in(1)) : call.in(1);
  Tensor result = matmul(call, a, b, call.in(0).type);
  const double alpha = call.node.number("alpha", 1.0), beta = call.node.number("beta", 1.0);
  for (double& value : result.values) value *= alpha;
  if (!call.has(2)) return {result};
  return {map_pairs(call, result.type, result, call.in(2),
                    [beta](double x, double c) { return x + beta * c; })};
}

/// Any number of operands, by plain iteration over all letters: meant for clarity, not for speed.
Results op_einsum(const Call& call) {
  const Equation equation = parse_equation(call);
  std::map<char, std::int64_t> extents;
  for (std::size_t i = 0; i < equation.operands.size(); ++i) {
    for (std::size_t axis = 0; axis < equation.operands[i].size(); ++axis) {
      std::int64_t& extent = extents.emplace(equation.operands[i][axis], 1).first->second;
      const std::int64_t found = call.in(i).shape[axis];
      call.require(found == extent || extent == 1 || found == 1, "extents of one letter differ");
      extent = std::max(extent, found);
    }
  }
  // Letters of the result first, so that the innermost loops run over the summed ones.
  std::string letters = equation.result;
  for (const auto& [letter, extent] : extents) {
    if (letters.find(letter) == std::string::npos) letters += letter;
  }
  Shape space, result_shape;
  for (const char letter : letters) {
    call.require(extents.count(letter) != 0, "the result names a letter that no operand has");
    space.push_back(extents[letter]);
    if (result_shape.size() < equation.result.size()) result_shape.push_back(extents[letter]);
  }
  Tensor result(call.in(0).type, result_shape);
  std::vector<std::vector<std::int64_t>> strides;  // by operand, then letter
  for (std::size_t i = 0; i < equation.operands.size(); ++i) {
    const std::vector<std::int64_t> own = row_major_strides(call.in(i).shape);
    std::vector<std::int64_t> by_letter(letters.size(), 0);
    for (std::size_t axis = 0; axis < equation.operands[i].size(); ++axis) {
      if (call.in(i).shape[axis] > 1)
        by_letter[letters.find(equation.operands[i][axis])] += own[axis];
    }
    strides.push_back(std::move(by_letter));
  }
  const std::int64_t summed =
      element_count(space) / std::max<std::int64_t>(1, element_count(result_shape));
  std::vector<std::int64_t> position(space.size(), 0), at(strides.size(), 0);
  for (std::int64_t i = 0, count = element_count(space); i < count; ++i) {
    double product = 1.0;
    for (std::size_t k = 0; k < at.size(); ++k) product *= call.in(k).values[at[k]];
    result.values[i / summed] += product;
    for (std::size_t axis = space.size(); axis-- > 0;) {
      const bool carry = ++position[axis] == space[axis];
      const std::int64_t steps = carry ? 1 - space[axis] : 1;
      for (std::size_t k = 0; k < at.size(); ++k) at[k] += steps * strides[k][axis];
      if (!carry) break;
      position[axis] = 0;
    }
  }
  return {result};
}

Results op_matmul_integer(const Call& call) {
  Tensor result =
      matmul(call, centred(call, 0, 2, true), centred(call, 1, 3, false), ElementType::Int32);
  return {result};
}

Results op_qlinear_matmul(const Call& call) {
  // Inputs: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point.
  const Tensor a = centred(call, 0, 2, true), b = centred(call, 3, 5, false);
  Tensor result = matmul(call, a, b, call.in(7).type);
  call.require(call.in(1).size() == 1 && call.in(4).size() == 1 && call.in(6).size() == 1,
               "only per-tensor scales are supported");
  const double scale = call.in(1).values[0] * call.in(4).values[0] / call.in(6).values[0];
  const double zero_point = call.in(7).values.at(0);
  for (double& value : result.values) {
    value = round_to(result.type, std::nearbyint(value * scale) + zero_point);
  }
  return {result};
}

}  // namespace coldforge::kernels::golden
