#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "isa/arch.h"
#include "kernels/eager/program.h"
#include "kernels/eager/stream.h"
#include "kernels/graph.h"

namespace coldforge::kernels::eager {

/// What a function that writes a node's kernel is given: the node, and where its tensors lie.
class Operands {
 public:
  /// `places`: a C++ expression of type npu::Dram for each value; `temporary`: the same, as bytes,
  /// for a place of the node's own, `temporary_bytes` large.
  Operands(const Graph& in_graph, const Node& of_node, const isa::Arch& machine,
           const std::map<std::string, std::string>& places, std::string temporary,
           std::int64_t bytes_of_temporary)
      : graph(in_graph),
        node(of_node),
        arch(machine),
        temporary_bytes(bytes_of_temporary),
        places_(places),
        temporary_(std::move(temporary)) {}

  const Graph& graph;
  const Node& node;
  const isa::Arch& arch;
  const std::int64_t temporary_bytes;

  const Value& in(std::size_t i) const { return graph.value(node.inputs[i]); }
  const Value& out(std::size_t i = 0) const { return graph.value(node.outputs[i]); }
  std::string place(const std::string& value) const { return places_.at(value); }
  /// A tensor of `type` in the node's temporary place, `at` bytes behind its start.
  std::string temporary(ElementType type, std::int64_t at = 0) const;
  /// The tensor from its own iteration space.
  Access dense(const std::string& value) const;
  /// The tensor from a larger iteration space, aligned at its last dimension as ONNX broadcasts.
  Access broadcast(const std::string& value, const Shape& to) const;
  /// The elements of a constant input as integers; `otherwise` if it was left out, nothing if it is
  /// no constant.
  std::optional<std::vector<std::int64_t>> integers(std::size_t input,
                                                    std::vector<std::int64_t> otherwise) const;
  /// A constant of one element: its value.
  std::optional<double> number(const std::string& value) const;
  /// An axis counted from the front.
  std::int64_t axis(std::int64_t axis, std::int64_t rank) const {
    return axis < 0 ? axis + rank : axis;
  }

 private:
  const std::map<std::string, std::string>& places_;
  std::string temporary_;
};

/// What a node comes to: bodies that run one after the other. No body and no refusal: not an
/// operator of this family.
struct Written {
  std::vector<Body> bodies;
  std::string refusal;
  bool known() const { return !bodies.empty() || !refusal.empty(); }
};
Written refused(const std::string& reason);
Written stream_of(const Program& program, const Operands& operands);

/// Where a tensor lies, and as what, instead of in its own place.
struct Stored {
  std::string base;  ///< a C++ expression of type npu::Dram
  ElementType type = ElementType::Fp32;
};

/// The MatMul of inputs a and b; the array takes the type of a: int8, bf16, else fp16.
Written write_matmul(const Operands& operands, std::size_t a, std::size_t b, const Stored& a_at,
                     const Stored& b_at, const Stored& out_at);
/// The convolution of int8 inputs 0 and `weight`, with an int32 bias unless empty.
Written write_conv(const Operands& operands, std::size_t weight, const std::string& bias,
                   const Stored& out_at);

/// The families, each in a file of its own.
Written write_map(const Operands& operands);          // elementwise with broadcasting
Written write_reduction(const Operands& operands);    // reductions, normalisations, scans, losses
Written write_layout(const Operands& operands);       // copies and transposition
Written write_contraction(const Operands& operands);  // MatMul, Gemm
Written write_convolution(const Operands& operands);  // Conv, ConvTranspose
Written write_pooling(const Operands& operands);      // MaxPool, AveragePool
Written write_quantised(const Operands& operands);    // integer products, conversions to 8 bits

/// Whether the node only renames its input.
bool is_renaming(const Graph& graph, const Node& node);

}  // namespace coldforge::kernels::eager
