#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/tensor.h"
#include "sim/base/random.h"

namespace coldforge::test {

/// A value of a graph that is being drawn.
struct Drawn {
  std::string name;
  std::string type;  ///< "float", "float16", "int64", "int32", "int8", "bool"
  kernels::Shape shape;
  double least = 0, most = 0;  ///< no element leaves them; set by every step
  bool exact = false;          ///< elements of an input, moved at most: rounding changes none
  int uses = 0;
  bool declared = false;  ///< the text says its shape, which the reader does not infer
};

/// An ONNX graph in the making: inputs are added when a step wants one, a step appends nodes.
class GraphDraft {
 public:
  GraphDraft(std::uint64_t seed, std::uint64_t draw);

  // Random choices.
  bool chance(double p) { return random_.uniform() < p; }
  std::int64_t between(std::int64_t least, std::int64_t most);
  template <class T>
  const T& one_of(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(
        between(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  std::int64_t extent();           ///< 1 to 64, awkward ones rather
  kernels::Shape shape(int rank);  ///< of at most kMostElements

  const std::string& float_type() const { return float_type_; }
  /// A new graph input with elements in [least, most].
  Drawn& input(const std::string& type, const kernels::Shape& shape, double least, double most);
  /// A value of the graph's float type to work on: one that is there, or a new input. References
  /// stay valid.
  Drawn& operand();
  /// One that `shape` broadcasts with: of the same shape, of fewer axes, or with axes of extent 1.
  Drawn& beside(const kernels::Shape& shape);
  /// Integers as a constant of the graph; its name.
  std::string integers(const std::vector<std::int64_t>& values, bool scalar = false);
  /// Appends "name = call" and gives the value; everything in `from` is used.
  Drawn& node(const std::string& call, const std::vector<Drawn*>& from, const std::string& type,
              const kernels::Shape& shape, double least, double most);
  /// The same with several results, all of the range and type of `like`.
  std::vector<Drawn*> node(const std::string& call, Drawn& from,
                           const std::vector<kernels::Shape>& shapes);

  int nodes() const { return nodes_; }
  /// The text of the model: inputs that are read, outputs that are not.
  std::string text(const std::string& name) const;

  static constexpr std::int64_t kMostElements = 6000;

 private:
  Drawn& add(const char* what, const std::string& type, const kernels::Shape& shape, double least,
             double most);
  std::string fresh(const char* what) { return what + std::to_string(++serial_); }

  Random random_;
  std::string float_type_;
  std::vector<Drawn*> all_;  ///< in order of creation
  std::vector<std::unique_ptr<Drawn>> owned_;
  std::string body_;
  int serial_ = 0, nodes_ = 0;
};

/// No value is larger: results stay within 16-bit floats, and errors small.
inline constexpr double kMostDrawn = 1e4;
/// What goes into a product is smaller: operands become 16-bit floats on chip.
inline constexpr double kMostInProducts = 200;

double bound(const Drawn& value);  ///< of its elements' size
std::int64_t rank(const Drawn& value);
std::string list(const std::vector<std::int64_t>& values);  ///< "[1, 2]"

/// Appends one step (an operator with attributes, now and then two) or nothing, if the drawn one
/// does not fit what is there.
void draw_step(GraphDraft& draft);

// Families of steps, each in a file of its own; the rest is in draw_steps.cpp.
void draw_convolution(GraphDraft& draft);
void draw_pooling(GraphDraft& draft);
void draw_layout_step(GraphDraft& draft);     ///< elements change places only
void draw_quantised_step(GraphDraft& draft);  ///< a product of 8-bit integers

}  // namespace coldforge::test
