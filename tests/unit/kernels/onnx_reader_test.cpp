#include "kernels/onnx_reader.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::kernels {
namespace {

const std::string kHeader = "<ir_version: 8, opset_import: [\"\" : 17]>\n";

Graph read(const std::string& graph, const ReadOptions& options = {}) {
  return parse_onnx_text(kHeader + graph, "m.onnxtxt", options).graph;
}

std::string error_of(const std::string& text, const ReadOptions& options = {}) {
  try {
    parse_onnx_text(text, "m.onnxtxt", options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("a model becomes a graph with types and shapes for every value", "[kernels][onnx]") {
  const Graph graph =
      read("g (float[2,3] x) => (float[2,1] y) { e = Exp (x)  y = ReduceMean <axes = [-1]> (e) }");
  REQUIRE(graph.nodes.size() == 2);
  CHECK(graph.opset == 17);
  CHECK(graph.value("e").shape == Shape{2, 3});
  CHECK(graph.value("y").shape == Shape{2, 1});
  CHECK(graph.nodes[1].op_type == "ReduceMean");
  CHECK(graph.nodes[1].version == 13);
  CHECK(graph.nodes[1].integers("axes", {}) == std::vector<std::int64_t>{-1});
  CHECK(graph.nodes[1].integer("keepdims", 1) == 1);
  CHECK(graph.producer("e") == &graph.nodes[0]);
  CHECK(graph.producer("x") == nullptr);
  CHECK(graph.uses("e") == 1);
  CHECK(pretty_text(graph) ==
        "input  x: fp32 2x3\n"
        "       e = Exp(x)  # fp32 2x3\n"
        "       y = ReduceMean(e) <axes = [-1]>  # fp32 2x1\n"
        "output y: fp32 2x1\n");
}

TEST_CASE("constants are folded through casts and dropped when nobody reads them",
          "[kernels][onnx]") {
  const Graph graph = read(
      "g (float16[2] x) => (float16[2] y) <float c = {0.1}, float unread = {7.0}>"
      "{ h = Cast <to = 10> (c)  y = Mul (x, h) }");
  REQUIRE(graph.nodes.size() == 1);
  REQUIRE(graph.constants.size() == 1);
  CHECK(graph.constants.at("h").type == ElementType::Fp16);
  CHECK(graph.constants.at("h").values[0] == round_to(ElementType::Fp16, 0.1));
}

TEST_CASE("a dtype option turns every float type of a model into one", "[kernels][onnx]") {
  ReadOptions options;
  options.dtype = ElementType::Fp16;
  const Graph graph = read(
      "g (float[2] x, double[2] z) => (double[2] y) <float c = {0.1}>"
      "{ h = Mul (x, c)  d = Cast <to = 11> (h)  y = Add (d, z) }",
      options);
  CHECK(graph.inputs[0].type == ElementType::Fp16);
  CHECK(graph.inputs[1].type == ElementType::Fp16);
  CHECK(graph.outputs[0].type == ElementType::Fp16);
  CHECK(graph.constants.at("c").type == ElementType::Fp16);
}

TEST_CASE("a shape option gives inputs new extents and binds symbolic ones", "[kernels][onnx]") {
  const std::string model = kHeader + "g (float[N,8] x) => (float[N,8] y) { y = Relu (x) }";
  CHECK(error_of(model) ==
        "m.onnxtxt: input 'x': dimension 0 (N) is not known: bind it, e.g. --shape x=64x512");
  ReadOptions options;
  options.shapes["x"] = {5, 8};
  CHECK(parse_onnx_text(model, "m.onnxtxt", options).graph.outputs[0].shape == Shape{5, 8});
  CHECK(read("g (float[2,3] x) => (float[2,3] y) { y = Relu (x) }", {{{"x", {4, 6}}}, {}})
            .value("y")
            .shape == Shape{4, 6});
  options.shapes = {{"z", {5, 8}}};
  CHECK(error_of(model, options) == "m.onnxtxt: --shape z: no such input; the inputs are x");
  options.shapes = {{"x", {0, 8}}};
  CHECK(error_of(model, options) == "m.onnxtxt: --shape x: extents must be at least 1");
}

TEST_CASE("all unsupported operators are listed in one error", "[kernels][onnx]") {
  const std::string text = kHeader +
                           "g (float[1,1,4,4] x) => (float[1,1,4,4] y)"
                           "{ a = Gelu (x)  b = Gelu (a)  c = Hardmax (b)  y = Relu (c) }";
  CHECK(error_of(text) ==
        "m.onnxtxt: unsupported operators: Gelu (2 nodes), Hardmax: see `coldforge tasks list "
        "--operators` for those "
        "that are supported");
  CHECK_THROWS_AS(parse_onnx_text(text, "m.onnxtxt"), UnsupportedOperators);
  CHECK(error_of("<ir_version: 8, opset_import: [\"\" : 11]>\n"
                 "g (float[2,3] x) => (float[2,3] y) { y = Softmax (x) }") ==
        "m.onnxtxt: unsupported operators: Softmax of opset 11 (supported from 13): see `coldforge "
        "tasks list "
        "--operators` for those that are supported");
  CHECK(error_of("<ir_version: 8, opset_import: [\"\" : 17, \"com.microsoft\" : 1]>\n"
                 "g (float[2,3] x) => (float[2,3] y) { y = com.microsoft.FastGelu (x) }") ==
        "m.onnxtxt: unsupported operators: com.microsoft.FastGelu: see `coldforge tasks list "
        "--operators` for those "
        "that are supported");
}

TEST_CASE("malformed text is reported with its line", "[kernels][onnx]") {
  CHECK(error_of(kHeader + "g (float[2] x) => (float[2] y)\n{\n  y = Relu (x\n}\n") ==
        "m.onnxtxt:5: malformed ONNX text: Expected character ) not found.");
  CHECK(error_of(kHeader +
                 "g (float[2] x) => (float[2] y)\n<float c = {1e39}>\n{ y = Mul (x, c) }") ==
        "m.onnxtxt:3: malformed ONNX text: a number that is out of range or malformed");
  CHECK(error_of(kHeader + "g (float[2] x) => (float[2] y) { y = Relu (x) }\nmore") ==
        "m.onnxtxt:3: malformed ONNX text: Expected character = not found.");
  CHECK(error_of("").rfind("m.onnxtxt:1: malformed ONNX text: ", 0) == 0);
}

TEST_CASE("versions beyond what libonnx checks reliably are refused", "[kernels][onnx]") {
  const std::string graph = "g (float[2] x) => (float[2] y) { y = Relu (x) }";
  CHECK(error_of("<ir_version: 8, opset_import: [\"\" : 18]>\n" + graph) ==
        "m.onnxtxt: opset 18 is not supported: at most 17 (export with opset_version=17)");
  CHECK(error_of("<ir_version: 9, opset_import: [\"\" : 17]>\n" + graph) ==
        "m.onnxtxt: ir_version 9 is not supported: at most 8 (export with opset 17 or lower)");
  CHECK(error_of("<ir_version: 8, opset_import: [\"x\" : 1]>\n" + graph) ==
        "m.onnxtxt: opset_import of the default domain is missing: add [\"\" : 17]");
}

TEST_CASE("constants must fill their shape and fit their type", "[kernels][onnx]") {
  CHECK(error_of(kHeader +
                 "g (float[2] x) => (float[2] y) <float[2] c = {1.0}> { y = Mul (x, c) }") ==
        "m.onnxtxt: constant 'c': has 1 values, its shape 2 needs 2");
  CHECK(error_of(kHeader + "g (int8[1] x) => (int8[1] y) <int8[1] c = {300}> { y = Mul (x, c) }") ==
        "m.onnxtxt: constant 'c': the value 300 does not fit into int8");
  CHECK(
      error_of(
          kHeader +
          "g (int64[1] x) => (int64[1] y) <int64[1] c = {9007199254740993}> { y = Mul (x, c) }") ==
      "m.onnxtxt: constant 'c': the int64 value 9007199254740993 lies beyond +-2^53");
}

TEST_CASE("types and shapes that the machine cannot hold are refused", "[kernels][onnx]") {
  CHECK(error_of(kHeader + "g (double[2] x) => (double[2] y) { y = Relu (x) }") ==
        "m.onnxtxt: input 'x': element type double is not supported: supported are float, float16, "
        "bfloat16, int8, "
        "uint8, int32, int64, bool; --dtype fp32 converts the model");
  CHECK(error_of(kHeader + "g (float[65536,65536] x) => (float[65536,65536] y) { y = Relu (x) }") ==
        "m.onnxtxt: input 'x': shape 65536x65536 is too large: at most 2^31 elements");
  CHECK(error_of(kHeader + "g (float[2] x, float[3] z) => (float[3] y) { y = Add (x, z) }")
            .rfind("m.onnxtxt: invalid ONNX model: ", 0) == 0);
  CHECK(error_of(kHeader + "g (float[2] x) => (float[2] y) { y = Relu (w) }")
            .rfind("m.onnxtxt: invalid ONNX model: ", 0) == 0);
}

TEST_CASE("attributes that would break shape inference are refused before it", "[kernels][onnx]") {
  const auto pool = [](const std::string& attributes) {
    return error_of(kHeader + "g (float[1,1,8] x) => (float[1,1,4] y) { y = MaxPool <" +
                    attributes + "> (x) }");
  };
  CHECK(pool("kernel_shape = [2], strides = [0]") ==
        "m.onnxtxt: MaxPool: attribute 'strides': must be at least 1 in each entry");
  CHECK(pool("kernel_shape = [-2]") ==
        "m.onnxtxt: MaxPool: attribute 'kernel_shape': must be at least 1 in each entry");
  CHECK(error_of(kHeader + "g (float[2] x) => (float[1] y) { y = ReduceMax <keepdims = 7> (x) }") ==
        "m.onnxtxt: ReduceMax: attribute 'keepdims': must be 0 or 1");
  CHECK(error_of(kHeader + "g (float[1,1,8] x, float[1,1,3] w) => (float[1,1,4] y)"
                           "{ y = Conv <kernel_shape = [5]> (x, w) }") ==
        "m.onnxtxt: Conv: kernel_shape 5: contradicts the weights 1x1x3");
}

TEST_CASE("binary models are told from other files", "[kernels][onnx]") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / "coldforge_reader_test.onnx";
  write_file_atomic(path, "not a model");
  CHECK_THROWS_WITH(
      read_onnx(path),
      path.string() + ": is not an ONNX model: the text form must be named *.onnxtxt");
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(read_onnx("/no/such.onnx"), "/no/such.onnx: no such file");
}

TEST_CASE("remarks are the comment lines with our mark", "[kernels][onnx]") {
  const Model model = parse_onnx_text(
      "# hello\n# coldforge: tolerance rtol=1e-3\n" + kHeader +
          "g (float[2] x) => (float[2] y) { y = Relu (x) }\n  #coldforge:  input x signs ",
      "m.onnxtxt");
  REQUIRE(model.remarks.size() == 2);
  CHECK(model.remarks[0].text == "tolerance rtol=1e-3");
  CHECK(model.remarks[0].line == 2);
  CHECK(model.remarks[1].text == "input x signs");
}

TEST_CASE("equal graphs have equal canonical texts, others do not", "[kernels][onnx]") {
  const auto text = [](const std::string& graph) { return canonical_text(read(graph)); };
  const std::string base =
      text("g (float[2] x) => (float[2] y) <float c = {0.1}> { y = Mul (x, c) }");
  CHECK(base == text("other (float[2] x) => (float[2] y)\n<float c = {1e-1}> { y = Mul (x, c) }"));
  CHECK(base != text("g (float[2] x) => (float[2] y) <float c = {0.1000001}> { y = Mul (x, c) }"));
  CHECK(base != text("g (float[3] x) => (float[3] y) <float c = {0.1}> { y = Mul (x, c) }"));
  CHECK(base != text("g (float[2] x) => (float[2] y) <float c = {0.1}> { y = Add (x, c) }"));
}

}  // namespace
}  // namespace coldforge::kernels
