#include "kernels/task.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "kernels/compare.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "kernels/op_costs.h"
#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

const std::filesystem::path kTasks = std::filesystem::path(COLDFORGE_SOURCE_DIR) / "kernels/tasks";

const std::string kRelu =
    "<ir_version: 8, opset_import: [\"\" : 17]>\ng (float[4,8] x) => (float[4,8] y) { y = Relu (x) "
    "}\n";

std::string error_of(const std::string& remark) {
  try {
    parse_task(kRelu + "# coldforge: " + remark + "\n", "t");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("the twelve basic tasks are there and no cheat passes them", "[kernels][task]") {
  const TaskLibrary library(kTasks);
  std::set<std::string> names;
  for (const TaskLibrary::Entry& entry : library.entries()) {
    if (entry.name.find('/') == std::string::npos) names.insert(entry.name);
  }
  CHECK(names == std::set<std::string>{"attention", "conv2d_3x3", "gelu", "layernorm",
                                       "linear_bias_relu", "matmul_irregular", "matmul_square",
                                       "maxpool2d", "relu", "rmsnorm", "softmax", "sum_dim"});
  for (const TaskLibrary::Entry& entry : library.entries()) {
    if (names.count(entry.name) == 0) continue;
    INFO(entry.name);
    const Task task = load_task(entry.path);
    CHECK(task.name == entry.path.stem());
    CHECK(check_task(task).findings == std::vector<std::string>{});
  }
}

TEST_CASE("tasks declare the engines that their kernels must use", "[kernels][task]") {
  const auto work = [](const std::string& name) {
    return load_task(kTasks / "basic" / (name + ".onnxtxt")).work;
  };
  CHECK(work("matmul_square").matrix);
  CHECK_FALSE(work("matmul_square").vector);
  CHECK(work("softmax").vector);
  CHECK_FALSE(work("softmax").matrix);
  CHECK(work("attention").matrix);
  CHECK(work("attention").vector);
}

TEST_CASE("a task's digest depends on its meaning only", "[kernels][task]") {
  const std::string digest = parse_task(kRelu, "a").digest;
  CHECK(digest.size() == 64);
  CHECK(parse_task("# a comment\n" + kRelu, "b").digest == digest);
  CHECK(parse_task("# coldforge: tolerance rtol=1e-2\n" + kRelu, "a").digest ==
        digest);  // the default
  CHECK(parse_task("# coldforge: tolerance rtol=1e-3\n" + kRelu, "a").digest != digest);
  CHECK(parse_task("# coldforge: input x signs\n" + kRelu, "a").digest != digest);
  CHECK(parse_task(kRelu, "a", {{{"x", {4, 9}}}, {}}).digest != digest);
  CHECK(parse_task(kRelu, "a", {{}, ElementType::Bf16}).digest != digest);
}

TEST_CASE("remarks set tolerance and input rules", "[kernels][task]") {
  const Task task = parse_task(
      "# coldforge: tolerance rtol=0.003 atol=0.004\n# coldforge: input x range=0.5..2\n" + kRelu,
      "t");
  CHECK(task.tolerance.rtol == 0.003);
  CHECK(task.tolerance.atol == 0.004);
  CHECK(task.input_rules.at("x").kind == InputRule::Kind::Range);
  CHECK(task.input_rules.at("x").least == 0.5);
  CHECK(task.input_rules.at("x").most == 2);
}

TEST_CASE("bad remarks get one clear line with its number", "[kernels][task]") {
  CHECK(error_of("speed high") ==
        "t:3: coldforge: unknown remark 'speed': tolerance, input, scale or idle");
  CHECK(error_of("tolerance rtol=much") == "t:3: coldforge: rtol: 'much' is not a number");
  CHECK(error_of("tolerance rtol=2") == "t:3: coldforge: rtol must be at least 0 and below 1");
  CHECK(error_of("tolerance ulp=2") == "t:3: coldforge: tolerance: unknown 'ulp': rtol or atol");
  CHECK(error_of("tolerance 1e-3") == "t:3: coldforge: '1e-3' must be key=value");
  CHECK(error_of("input z signs") == "t:3: coldforge: input: there is no input 'z'");
  CHECK(error_of("input x") ==
        "t:3: coldforge: input needs a name and a rule, e.g. 'input x range=0.1..4'");
  CHECK(error_of("input x mean=4") ==
        "t:3: coldforge: input: unknown rule 'mean=4': range=LOW..HIGH, scale=S, spread=E, upper, "
        "lower, symmetric, probabilities or signs");
  CHECK(error_of("input x range=4..1") ==
        "t:3: coldforge: range: the first bound exceeds the second");
  CHECK(error_of("input x range=1..4 spread=1") ==
        "t:3: coldforge: input: range and signs stand alone");
  CHECK(error_of("input x spread=0") == "t:3: coldforge: spread must be positive");
  CHECK(error_of("input x upper") == "t:3: coldforge: input: 'x' is not square");
  CHECK(error_of("scale x") == "t:3: coldforge: scale: 'x' must be INPUT.AXIS, e.g. x.0");
  CHECK(error_of("scale x.2") == "t:3: coldforge: scale: 'x.2' must be INPUT.AXIS, e.g. x.0");
  CHECK(error_of("scale y.0") == "t:3: coldforge: scale: 'y.0' must be INPUT.AXIS, e.g. x.0");
  CHECK(error_of("idle z") == "t:3: coldforge: idle: there is no input or value 'z'");
}

TEST_CASE("the scale multiplies the extents that the task names and nothing else",
          "[kernels][task]") {
  ReadOptions options;
  options.scale = 3;
  const std::string scaled = "# coldforge: scale x.0\n" + kRelu;
  CHECK(parse_task(scaled, "t", options).graph.outputs.at(0).shape == Shape{12, 8});
  CHECK(parse_task(scaled, "t").digest == parse_task(kRelu, "t").digest);
  options.shapes["x"] = {5, 8};  // a shape of its own wins
  CHECK(parse_task(scaled, "t", options).graph.outputs.at(0).shape == Shape{5, 8});
  options.shapes.clear();
  CHECK_THROWS_WITH(parse_task(kRelu, "t", options),
                    "t: --scale 3: the task has no remark 'scale' that names its free extents");
}

TEST_CASE("task arguments are files, globs, names or unambiguous parts of names",
          "[kernels][task]") {
  const TaskLibrary library(kTasks);
  const auto names = [&](const std::string& argument) {
    std::vector<std::string> list;
    for (const TaskLibrary::Entry& entry : library.resolve(argument)) list.push_back(entry.name);
    return list;
  };
  CHECK(names("softmax") == std::vector<std::string>{"softmax"});
  CHECK(names("atten") == std::vector<std::string>{"attention"});
  CHECK(names("matmul_*") == std::vector<std::string>{"matmul_irregular", "matmul_square"});
  CHECK(names("*").size() == 12);
  CHECK(names("basic/*") == names("*"));
  CHECK(names("level1/023*") == std::vector<std::string>{"level1/023_softmax"});
  CHECK(names((kTasks / "basic/relu.onnxtxt").string()) == std::vector<std::string>{"relu"});
  CHECK(names((kTasks / "basic/s*.onnxtxt").string()) ==
        std::vector<std::string>{"softmax", "sum_dim"});
  CHECK(names("023_soft") == std::vector<std::string>{"level1/023_softmax"});
  CHECK_THROWS_WITH(library.resolve("matmul"),
                    Catch::StartsWith("matmul: is ambiguous: matmul_irregular, matmul_square, "
                                      "int8/batched_matmul, "));
  CHECK_THROWS_WITH(library.resolve("no_such*"),
                    "no_such*: matches no built-in task and no .onnx or .onnxtxt file");
  CHECK_THROWS_WITH(library.resolve("./x.onnx"),
                    Catch::StartsWith("./x.onnx: no such file, and no such built-in task"));
  CHECK_THROWS_WITH(TaskLibrary("/no/such"), "/no/such: there is no folder with built-in tasks");
}

TEST_CASE("globs match any run and any character", "[kernels][task]") {
  CHECK(matches_glob("a*c", "abbc"));
  CHECK(matches_glob("*", ""));
  CHECK(matches_glob("a?c*", "abcd"));
  CHECK(matches_glob("a/*b", "a/xb"));
  CHECK(matches_glob("*/*", "a/b"));
  CHECK_FALSE(matches_glob("*", "a/b"));
  CHECK_FALSE(matches_glob("a*b", "a/b"));
  CHECK_FALSE(matches_glob("a?b", "a/b"));
  CHECK_FALSE(matches_glob("a*c", "abcd"));
  CHECK_FALSE(matches_glob("?", ""));
}

TEST_CASE("a degenerate task is found out", "[kernels][task]") {
  const auto findings = [](const std::string& graph) {
    return check_task(parse_task("<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph, "t"))
        .findings;
  };
  // y does not depend on x at all.
  CHECK_THAT(findings("g (float[4,8] x) => (float[4,8] y) <float c = {0.0}> { y = Mul (x, c) }"),
             Catch::VectorContains(std::string("output 'y': zeros would pass (normal, seed 11)")) &&
                 Catch::VectorContains(
                     std::string("output 'y': does not vary along axis 0 (normal, seed 11)")) &&
                 Catch::VectorContains(std::string(
                     "input 'x': another one gives the same outputs within the tolerance")));
  CHECK_THAT(findings("g (float[4,8] x) => (float[4,8] y) { y = Identity (x) }"),
             Catch::VectorContains(
                 std::string("output 'y': a copy of input 'x' would pass (normal, seed 11)")));
  CHECK_THAT(findings("g (float[4,8] x) => (float[4,8] y) { y = Log (x) z = Neg (x) }"),
             Catch::Equals(std::vector<std::string>{}));
  CHECK_THAT(
      findings(
          "g (float16[4,8] x) => (float16[4,8] y) { a = Mul (x, x) b = Mul (a, a) y = Exp (b) }"),
      Catch::VectorContains(
          std::string("output 'y': the golden result is not finite (normal, seed 11)")));
}

TEST_CASE("a node that changes nothing must be declared idle", "[kernels][task]") {
  const auto findings = [](const std::string& remarks, const std::string& graph) {
    return check_task(parse_task(remarks + "<ir_version: 8, opset_import: [\"\" : 17]>\n" +
                                     "g (float[4,8] x) => (float[4,8] y) " + graph,
                                 "t"))
        .findings;
  };
  const std::string twice = "{ a = Abs (x) b = Relu (a) y = Exp (b) }";
  CHECK(findings("", twice) ==
        std::vector<std::string>{
            "value 'b': Relu changes nothing here: leave it out, or say 'idle b'"});
  CHECK(findings("# coldforge: idle b\n", twice) == std::vector<std::string>{});
  CHECK(findings("# coldforge: idle a b\n", "{ a = Neg (x) b = Relu (a) y = Exp (b) }") ==
        std::vector<std::string>{"value 'a': said to be idle, but Neg changes the outputs",
                                 "value 'b': said to be idle, but Relu changes the outputs"});
  CHECK(findings("# coldforge: idle x\n", "{ y = Exp (x) }") ==
        std::vector<std::string>{"input 'x': said to be idle, but the outputs depend on it"});
}

TEST_CASE("every supported operator has its operations counted", "[kernels][bounds]") {
  for (const golden::OperatorInfo& info : golden::supported_operators())
    CHECK_NOTHROW(cost_of(info.name));
}

}  // namespace
}  // namespace coldforge::kernels
