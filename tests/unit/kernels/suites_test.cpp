// The operator suites: that they are complete, that no trivial answer passes any of their tasks,
// that every one comes in larger sizes, and that the split into development and measured tasks
// follows its rule.

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "kernels/bounds.h"
#include "kernels/compare.h"
#include "kernels/families.h"
#include "kernels/golden/golden.h"
#include "kernels/inputs.h"
#include "kernels/task.h"
#include "sim/base/digest.h"

namespace coldforge::kernels {
namespace {

const std::filesystem::path kTasks = std::filesystem::path(COLDFORGE_SOURCE_DIR) / "kernels/tasks";

std::vector<TaskLibrary::Entry> suite(const std::string& name) {
  return TaskLibrary(kTasks).resolve(name + "/*");
}

/// The rates of isa/arch/edge.json.
MachineRates edge_rates() {
  MachineRates rates;
  rates.dram_bytes_per_cycle = 32;
  for (const ElementType type : {ElementType::Fp16, ElementType::Bf16, ElementType::Int8})
    rates.macs_per_cycle[static_cast<int>(type)] = 256;
  rates.vector_elems_per_cycle = 16;
  rates.sfu_elems_per_cycle = 4;
  return rates;
}

void check_suite(const std::string& name) {
  for (const TaskLibrary::Entry& entry : suite(name)) {
    INFO(entry.name);
    CHECK(check_task(load_task(entry.path)).findings == std::vector<std::string>{});
  }
}

TEST_CASE("no cheat passes a task of level1", "[kernels][suites]") { check_suite("level1"); }
TEST_CASE("no cheat passes a task of level2", "[kernels][suites]") { check_suite("level2"); }
TEST_CASE("no cheat passes a task of attention", "[kernels][suites]") { check_suite("attention"); }
TEST_CASE("no cheat passes a task of mhc", "[kernels][suites]") { check_suite("mhc"); }
TEST_CASE("no cheat passes a task of int8", "[kernels][suites]") { check_suite("int8"); }

TEST_CASE("the suites are complete and numbered without a gap", "[kernels][suites]") {
  const auto numbers = [](const std::string& name) {
    std::set<int> found;
    for (const TaskLibrary::Entry& entry : suite(name))
      found.insert(std::stoi(entry.path.filename().string()));
    return found;
  };
  for (const char* name : {"level1", "level2"}) {
    const std::set<int> found = numbers(name);
    CHECK(suite(name).size() == 100);
    CHECK(found.size() == 100);
    CHECK(*found.begin() == 1);
    CHECK(*found.rbegin() == 100);
  }
  CHECK(suite("attention").size() == 63);
  CHECK(suite("mhc").size() == 15);
  CHECK(numbers("mhc").size() == 15);
  CHECK(suite("int8").size() == 12);
}

/// Trivial answers that the usual tolerance of 0.01 accepts for these tasks as the benchmark has
/// them: zeros (0), a constant (c) or a copy of the input (i), for its own inputs or for signed
/// ones.
TEST_CASE("answers that a careless tolerance accepts are wrong here", "[kernels][suites]") {
  const std::map<std::string, std::string> weak = {
      {"level1/019_*", "i"}, {"level1/020_*", "i"}, {"level1/023_*", "0"}, {"level1/031_*", "i"},
      {"level1/032_*", "i"}, {"level1/037_*", "0"}, {"level2/008_*", "c"}, {"level2/009_*", "0"},
      {"level2/023_*", "c"}, {"level2/036_*", "c"}, {"level2/038_*", "0"}, {"level2/042_*", "c"},
      {"level2/045_*", "c"}, {"level2/049_*", "c"}, {"level2/056_*", "c"}, {"level2/058_*", "c"},
      {"level2/064_*", "c"}, {"level2/065_*", "c"}, {"level2/066_*", "c"}, {"level2/080_*", "0"},
      {"level2/083_*", "0"}, {"level2/089_*", "c"}, {"level2/099_*", "0"}};
  const TaskLibrary library(kTasks);
  CHECK(weak.size() == 23);
  for (const auto& [pattern, cheat] : weak) {
    const Task task = load_task(library.resolve(pattern).at(0).path);
    for (const Trial& trial : make_trials(7, 4)) {
      INFO(task.name << ", " << name_of(trial.distribution));
      const std::vector<Tensor> inputs = make_inputs(task, trial);
      const Tensor golden = golden::evaluate(task.graph, inputs).at(0);
      Tensor answer(golden.type, golden.shape);
      double mean = 0;
      for (const double value : golden.values) mean += value / static_cast<double>(golden.size());
      if (cheat == "c") answer.values.assign(golden.values.size(), round_to(golden.type, mean));
      if (cheat == "i") answer.values = inputs.at(0).values;
      CHECK_FALSE(agrees(answer, golden, task.tolerance));
    }
  }
}

TEST_CASE("every task of a suite is worth 5000 to 200000 cycles and grows with its scale",
          "[kernels][suites]") {
  const TaskLibrary library(kTasks);
  for (const TaskLibrary::Entry& entry : library.entries()) {
    INFO(entry.name);
    const std::int64_t cycles = lower_bound(load_task(entry.path).graph, edge_rates()).cycles;
    ReadOptions options;
    options.scale = 4;
    const std::int64_t larger =
        lower_bound(load_task(entry.path, options).graph, edge_rates()).cycles;
    CHECK(cycles > 5000);
    CHECK(cycles < 200000);
    CHECK(larger > 2 * cycles);
  }
}

TEST_CASE("the development list follows its rule", "[kernels][suites]") {
  const TaskLibrary library(kTasks);
  std::map<std::string, std::map<std::string, std::string>> families;  // digest -> name
  for (const char* name : {"level1", "level2"}) {
    for (const TaskLibrary::Entry& entry : suite(name)) {
      const std::string family = family_of(load_task(entry.path).graph);
      families[std::string(name) + " " + family][Digest().add(entry.name).hex()] = entry.name;
    }
  }
  std::set<std::string> expected, measured;
  std::size_t seen = 0;
  for (const auto& [family, names] : families) {
    seen += names.size();
    const std::size_t goal = (seen * 6 + 5) / 10;
    for (const auto& [digest, name] : names)
      (expected.size() < goal ? expected : measured).insert(name);
  }
  const auto names_of = [&](const std::string& argument) {
    std::set<std::string> names;
    for (const TaskLibrary::Entry& entry : library.resolve(argument)) names.insert(entry.name);
    return names;
  };
  CHECK(expected.size() == 120);
  CHECK(names_of("@development") == expected);
  CHECK(names_of("@measured") == measured);
}

TEST_CASE("families are told by the operators of a graph", "[kernels][suites]") {
  const TaskLibrary library(kTasks);
  const auto family = [&](const std::string& name) {
    return family_of(load_task(library.resolve(name).at(0).path).graph);
  };
  CHECK(family("matmul_square") == "contraction");
  CHECK(family("attention") == "attention");
  CHECK(family("conv2d_3x3") == "convolution");
  CHECK(family("level1/064_*") == "transposed_convolution");
  CHECK(family("gelu") == "elementwise");
  CHECK(family("rmsnorm") == "normalisation");
  CHECK(family("softmax") == "normalisation");
  CHECK(family("sum_dim") == "reduction");
  CHECK(family("maxpool2d") == "pooling");
  CHECK(family("level1/089_*") == "scan");
  CHECK(family("level1/094_*") == "loss");
  CHECK(family("int8/conv2d_3x3") == "convolution");
}

}  // namespace
}  // namespace coldforge::kernels
