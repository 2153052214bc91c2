#include "tests/unit/kernels/golden_support.h"

namespace coldforge::kernels {
namespace {

const Tensor kMatrix = floats({2, 3}, {1, 2, 3, 4, 5, 6});

/// y = call over the matrix above with int64 constants, e.g. "int64[1] axes = {0}".
Tensor run(const std::string& shape, const std::string& constants, const std::string& call) {
  const std::string list = constants.empty() ? "" : "<" + constants + ">";
  return run_text("g (float[2,3] x) => (float[" + shape + "] y) " + list + " { y = " + call + " }",
                  {kMatrix})[0];
}

TEST_CASE("shape changes keep the order of the elements", "[kernels][golden]") {
  check_values(run("3,2", "int64[2] s = {-1, 2}", "Reshape (x, s)"), {3, 2}, kMatrix.values);
  check_values(run("2,3", "int64[2] s = {0, -1}", "Reshape (x, s)"), {2, 3}, kMatrix.values);
  check_values(run("1,6", "", "Flatten <axis = 0> (x)"), {1, 6}, kMatrix.values);
  check_values(run("1,2,3,1", "int64[2] a = {0, -1}", "Unsqueeze (x, a)"), {1, 2, 3, 1},
               kMatrix.values);
  check_values(run_text("g (float[1,2,1] x) => (float[2] y) { y = Squeeze (x) }",
                        {floats({1, 2, 1}, {1, 2})})[0],
               {2}, {1, 2});
}

TEST_CASE("Transpose permutes any axes", "[kernels][golden]") {
  check_values(run("3,2", "", "Transpose (x)"), {3, 2}, {1, 4, 2, 5, 3, 6});
  check_values(
      run_text("g (float[1,2,3] x) => (float[3,1,2] y) { y = Transpose <perm = [2, 0, 1]> (x) }",
               {floats({1, 2, 3}, kMatrix.values)})[0],
      {3, 1, 2}, {1, 4, 2, 5, 3, 6});
}

TEST_CASE("Slice cuts forward and backward with steps and open ends", "[kernels][golden]") {
  const std::string open = "int64[1] s = {1}, int64[1] e = {9223372036854775807}, int64[1] a = {1}";
  check_values(run("2,2", open, "Slice (x, s, e, a)"), {2, 2}, {2, 3, 5, 6});
  const std::string back =
      "int64[1] s = {-1}, int64[1] e = {-9223372036854775807}, int64[1] a = {1}, int64[1] p = {-2}";
  check_values(run("2,2", back, "Slice (x, s, e, a, p)"), {2, 2}, {3, 1, 6, 4});
}

TEST_CASE("Concat and Split are each other's inverse", "[kernels][golden]") {
  check_values(run("2,6", "", "Concat <axis = 1> (x, x)"), {2, 6},
               {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
  const auto parts = run_text(
      "g (float[2,3] x) => (float[2,1] a, float[2,2] b) <int64[2] s = {1, 2}> { a, b = Split <axis "
      "= 1> (x, s) }",
      {kMatrix});
  check_values(parts[0], {2, 1}, {1, 4});
  check_values(parts[1], {2, 2}, {2, 3, 5, 6});
}

TEST_CASE("Pad fills, repeats the edge or reflects", "[kernels][golden]") {
  const std::string pads = "int64[4] p = {0, 1, 0, 1}";
  check_values(run("2,5", pads, "Pad (x, p)"), {2, 5}, {0, 1, 2, 3, 0, 0, 4, 5, 6, 0});
  check_values(run("2,5", pads, "Pad <mode = \"edge\"> (x, p)"), {2, 5},
               {1, 1, 2, 3, 3, 4, 4, 5, 6, 6});
  check_values(run("2,5", pads, "Pad <mode = \"reflect\"> (x, p)"), {2, 5},
               {2, 1, 2, 3, 2, 5, 4, 5, 6, 5});
}

TEST_CASE("Expand and Tile repeat", "[kernels][golden]") {
  check_values(run("2,2,3", "int64[3] s = {2, 1, 1}", "Expand (x, s)"), {2, 2, 3},
               {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
  check_values(run("2,6", "int64[2] r = {1, 2}", "Tile (x, r)"), {2, 6},
               {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
}

TEST_CASE("Trilu keeps one side of a shifted diagonal", "[kernels][golden]") {
  check_values(run("2,3", "", "Trilu (x)"), {2, 3}, {1, 2, 3, 0, 5, 6});
  check_values(run("2,3", "int64 k = {1}", "Trilu (x, k)"), {2, 3}, {0, 2, 3, 0, 0, 6});
  check_values(run("2,3", "", "Trilu <upper = 0> (x)"), {2, 3}, {1, 0, 0, 4, 5, 0});
}

TEST_CASE("gathers follow their indices, negative ones from the end", "[kernels][golden]") {
  check_values(run("2,2", "int64[2] i = {-1, 0}", "Gather <axis = 1> (x, i)"), {2, 2},
               {3, 1, 6, 4});
  check_values(run("2,1", "int64[2,1] i = {2, 0}", "GatherElements <axis = 1> (x, i)"), {2, 1},
               {3, 4});
  check_values(run("2", "int64[2,2] i = {0, 1, 1, 2}", "GatherND (x, i)"), {2}, {2, 6});
  check_values(run("2,3", "int64[2,1] i = {1, 2}, float[2,1] u = {70.0, 80.0}",
                   "ScatterElements <axis = 1> (x, i, u)"),
               {2, 3}, {1, 70, 3, 4, 5, 80});
  CHECK_THROWS_WITH(run_text("g (float[2,3] x, int64[1] i) => (float[1,3] y) { y = Gather (x, i) }",
                             {kMatrix, int64s({1}, {2})}),
                    "Gather: index 2 is out of range for an axis of 2");
  const auto hot = run_text(
      "g (int64[2] i) => (float[2,3] y) <int64 d = {3}, float[2] v = {0.0, 1.0}> { y = OneHot (i, "
      "d, v) }",
      {int64s({2}, {1, -1})});
  check_values(hot[0], {2, 3}, {0, 1, 0, 0, 0, 1});
}

TEST_CASE("blocks move between depth and space and back", "[kernels][golden]") {
  const Tensor deep = floats({1, 4, 1, 1}, {1, 2, 3, 4});
  const auto wide = run_text(
      "g (float[1,4,1,1] x) => (float[1,1,2,2] y) { y = DepthToSpace <blocksize = 2> (x) }",
      {deep});
  check_values(wide[0], {1, 1, 2, 2}, {1, 2, 3, 4});
  check_values(
      run_text(
          "g (float[1,1,2,2] x) => (float[1,4,1,1] y) { y = SpaceToDepth <blocksize = 2> (x) }",
          wide)[0],
      {1, 4, 1, 1}, {1, 2, 3, 4});
}

TEST_CASE("what depends on shapes alone is folded into constants", "[kernels][golden]") {
  const Graph graph = parse_onnx_text(
                          "<ir_version: 8, opset_import: [\"\" : 17]>\n"
                          "g (float[2,3] x) => (float[3,2] y) <int64[2] order = {1, 0}>"
                          "{ s = Shape (x)  t = Gather (s, order)  y = Reshape (x, t) }",
                          "test")
                          .graph;
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].op_type == "Reshape");
  REQUIRE(graph.constants.size() == 1);
  CHECK(graph.constants.at("t").values == std::vector<double>{3, 2});
}

TEST_CASE("Constant nodes become constants in each of their forms", "[kernels][golden]") {
  const auto folded = [](const std::string& type, const std::string& attribute) {
    const Graph graph =
        parse_onnx_text("<ir_version: 8, opset_import: [\"\" : 17]>\ng (" + type + " x) => (" +
                            type + " y) { c = Constant <" + attribute + "> ()  y = Add (x, c) }",
                        "test")
            .graph;
    CHECK(graph.nodes.size() == 1);
    return graph.constants.at("c").values;
  };
  CHECK(folded("float[2]", "value_float = 0.5") == std::vector<double>{0.5});
  CHECK(folded("float[2]", "value_floats = [0.5, 2.0]") == std::vector<double>{0.5, 2});
  CHECK(folded("int64[2]", "value_int = 3") == std::vector<double>{3});
  CHECK(folded("int64[2]", "value_ints = [3, 4]") == std::vector<double>{3, 4});
  CHECK(folded("float[2]", "value = float[2] {1.0, 2.0}") == std::vector<double>{1, 2});
}

}  // namespace
}  // namespace coldforge::kernels
