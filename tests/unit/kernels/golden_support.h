#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "kernels/golden/golden.h"
#include "kernels/onnx_reader.h"

namespace coldforge::kernels {

/// Runs a one-graph model: the part of the ONNX text after the header.
inline std::vector<Tensor> run_text(const std::string& graph, const std::vector<Tensor>& inputs) {
  const std::string text = "<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph;
  return golden::evaluate(parse_onnx_text(text, "test").graph, inputs);
}

inline Tensor floats(Shape shape, std::vector<double> values) {
  return Tensor(ElementType::Fp32, std::move(shape), std::move(values));
}

inline Tensor int64s(Shape shape, std::vector<double> values) {
  return Tensor(ElementType::Int64, std::move(shape), std::move(values));
}

/// Every element within 1e-6 of the expected one.
inline void check_values(const Tensor& tensor, const Shape& shape,
                         const std::vector<double>& expected) {
  CHECK(tensor.shape == shape);
  REQUIRE(tensor.values.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("element " << i);
    CHECK(tensor.values[i] == Approx(expected[i]).margin(1e-6));
  }
}

}  // namespace coldforge::kernels
