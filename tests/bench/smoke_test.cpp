#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace {

/// Exit status as pclose() gives it, and standard output.
std::pair<int, std::string> run_bench(const std::string& arguments) {
  std::FILE* pipe = ::popen((COLDFORGE_BENCH " " + arguments).c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), n);
  return {::pclose(pipe), output};
}

}  // namespace

TEST_CASE("smoke: every measurement is printed as JSON", "[bench]") {
  const auto [status, output] = run_bench("--json --seconds 0");
  REQUIRE(status == 0);
  const nlohmann::json document = nlohmann::json::parse(output);
  for (const char* key : {"commit", "cpu", "cores", "compiler", "optimised"})
    CHECK(document.contains(key));
  std::string names;
  for (const nlohmann::json& measurement : document.at("measurements")) {
    names += measurement.at("name").get<std::string>() + " ";
    CHECK(measurement.at("measured").get<double>() > 0);
    CHECK(measurement.at("target").get<double>() > 0);
    CHECK(measurement.at("unit").is_string());
    CHECK(measurement.at("met").is_boolean());
  }
  CHECK(names ==
        "candidates_per_s matmul_cycles_per_s slowest_reference_cycles_per_s "
        "scalar_instructions_per_s run_fixed_cost_ms ");
  CHECK(document.at("measurements").at(2).at("parts").size() == 12);
}

TEST_CASE("an unknown measurement is refused", "[bench]") {
  const auto [status, output] = run_bench("--only warp_speed 2>/dev/null");
  CHECK(status == 2 << 8);
  CHECK(output.empty());
}
