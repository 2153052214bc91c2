#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "isa/element_type.h"
#include "kernels/tensor.h"

namespace coldforge::agent {

/// What a task means, said as loop nests over tensors: the composer's grammar in use. Nothing here
/// knows the machine.

/// sum of coefficient * loop index, plus an offset.
struct Affine {
  std::vector<std::pair<int, std::int64_t>>
      terms;  ///< (dim of the stage, coefficient), dims ascending, none 0
  std::int64_t offset = 0;

  std::int64_t coefficient(int dim) const;
  void add(int dim, std::int64_t coefficient);
  bool operator==(const Affine& other) const {
    return terms == other.terms && offset == other.offset;
  }
};

/// One axis of a tensor as a stage walks it: element coordinate / insertion, where that is whole
/// and within [0, size).
struct Axis {
  Affine at;
  std::int64_t stride = 1;     ///< elements of the tensor from one coordinate to the next
  std::int64_t size = 1;       ///< valid coordinates (after division by insertion)
  std::int64_t insertion = 1;  ///< zeros between elements: transposed convolution
  bool bounded = false;        ///< the walk may leave [0, size): elements outside are `pad`
  bool local =
      false;  ///< of a copy on chip: counted from the tile's first element, not from the tensor's
};

/// A read or written element of a tensor for each point of a loop nest.
struct Access {
  int tensor = -1;
  std::int64_t base = 0;  ///< elements
  std::vector<Axis> axes;
  double pad = 0;

  /// Elements from one iteration of `dim` to the next over all axes that are not bounded.
  std::int64_t stride(int dim) const;
  bool uses(int dim) const;
  /// Whether a bounded or inserted axis moves with `dim`.
  bool bounded_in(int dim) const;
};

/// A scalar expression; nodes in evaluation order.
struct Expr {
  enum class Kind : std::uint8_t { Load, Constant, Index, Op } kind = Kind::Op;
  int load = -1;     ///< Load: index into Nest::loads
  double value = 0;  ///< Constant
  Affine index;      ///< Index: an integer made of loop indices
  std::string op;    ///< Op: a word of the lane vocabulary ("add", "exp", "sel", ...)
  std::vector<int> args;
};

struct Dim {
  std::int64_t extent = 1;
  bool reduce = false;
};

/// out[parallel dims] = reduction over the reduce dims of expression(all dims).
struct Nest {
  std::string label;  ///< for comments: "row maximum"
  std::string role;   ///< hole family: which decomposition it came from
  std::vector<Dim> dims;
  std::vector<Access> loads;
  std::vector<Expr> nodes;  ///< the last one is the value
  std::string reduce;       ///< "", "add", "max", "min", "mul", "argmax", "argmin"
  bool scan = false;        ///< every prefix along the only reduce dim is written
  bool exclusive = false;   ///< scan without the element itself
  bool reverse = false;     ///< scan from the end
  bool wide = false;        ///< reads integers of more than int8: no work for the matrix engine
  Access out;               ///< over the parallel dims (a scan: all)
};

struct TensorInfo {
  enum class Kind : std::uint8_t {
    Input,
    Constant,
    Output,
    Intermediate
  } kind = Kind::Intermediate;
  std::string name;  ///< ONNX name; of an intermediate: the value it holds
  ElementType type = ElementType::Fp32;
  kernels::Shape shape;
  bool integer = false;  ///< lanes are int32 (masks, indices)
};

struct Program {
  std::vector<TensorInfo> tensors;
  std::vector<Nest> stages;  ///< producers before consumers
  std::string problem;  ///< not empty: what the grammar cannot say (reasons.h); the rest is void
};

/// Appends the axis to `result`. One that loops walk as the digits of a number walk it becomes an
/// axis for each of them: reshapes leave such walks. Windows that happen not to overlap stay
/// windows if `keep_windows`.
void split_digits(const Axis& axis, const std::vector<Dim>& dims, bool keep_windows,
                  std::vector<Axis>& result);
/// Appends a node unless an equal one is there; gives its index.
int add_node(std::vector<Expr>& nodes, const Expr& node);
/// The stage as text for tests and comments: "t3[i,j] = sum_k mul(A, B)".
std::string to_text(const Program& program, const Nest& stage);

}  // namespace coldforge::agent
