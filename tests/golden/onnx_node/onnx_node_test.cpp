// Holds the golden interpreter against the ONNX project's backend node tests (onnx 1.12): a folder
// per case with model.onnx and test_data_set_0/{input,output}_K.pb. Tolerances are upstream's
// defaults.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "kernels/golden/golden.h"
#include "kernels/onnx_reader.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;

constexpr double kRelative = 1e-3, kAbsolute = 1e-7;

std::vector<Tensor> read_tensors(const fs::path& folder, const std::string& role) {
  std::vector<Tensor> tensors;
  for (int k = 0; fs::exists(folder / (role + "_" + std::to_string(k) + ".pb")); ++k) {
    const fs::path path = folder / (role + "_" + std::to_string(k) + ".pb");
    tensors.push_back(parse_onnx_tensor(read_file(path), path.string()));
  }
  return tensors;
}

/// Models in float64 are run as fp32: their data are small numbers, and intermediate values are
/// double anyhow.
Graph read_graph(const fs::path& model) {
  try {
    return read_onnx(model).graph;
  } catch (const UnsupportedOperators&) {
    throw;
  } catch (const UserError& error) {
    if (std::string(error.what()).find("double is not supported") == std::string::npos) throw;
    ReadOptions options;
    options.dtype = ElementType::Fp32;
    return read_onnx(model, options).graph;
  }
}

bool agrees(const Tensor& actual, const Tensor& expected) {
  if (actual.shape != expected.shape || actual.type != expected.type) return false;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double x = actual.values[i], e = expected.values[i];
    const bool same = x == e || (std::isnan(x) && std::isnan(e));
    if (!same && !(std::abs(x - e) <= kAbsolute + kRelative * std::abs(e))) return false;
  }
  return true;
}

TEST_CASE("the golden interpreter agrees with the ONNX project's node tests", "[golden][onnx]") {
  const char* asked = std::getenv("COLDFORGE_ONNX_NODE");
  const fs::path folder = asked != nullptr ? asked : COLDFORGE_ONNX_NODE;
  if (!fs::is_directory(folder)) {
    WARN("skipped: COLDFORGE_ONNX_NODE does not name a folder with the ONNX node tests");
    return;
  }
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::exists(entry.path() / "model.onnx")) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  REQUIRE_FALSE(cases.empty());
  int passed = 0;
  std::vector<std::string> refused;
  for (const fs::path& path : cases) {
    INFO(path.filename().string());
    try {
      const Graph graph = read_graph(path / "model.onnx");
      const std::vector<Tensor> expected = read_tensors(path / "test_data_set_0", "output");
      const std::vector<Tensor> actual =
          golden::evaluate(graph, read_tensors(path / "test_data_set_0", "input"));
      bool same = actual.size() == expected.size();
      for (std::size_t i = 0; same && i < expected.size(); ++i)
        same = agrees(actual[i], expected[i]);
      CHECK(same);
      passed += same;
    } catch (const UserError& error) {
      refused.push_back(path.filename().string());
      WARN("refused: " << path.filename().string() << ": " << error.what());
    }
  }
  WARN(passed << " of " << cases.size() << " ONNX node tests pass, " << refused.size()
              << " are refused");
  CHECK(refused == std::vector<std::string>{});
}

}  // namespace
}  // namespace coldforge::kernels
