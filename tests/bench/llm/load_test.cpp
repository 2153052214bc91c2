#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

// Times are shown by the program and judged by people; here counts and memory are.
TEST_CASE("sixteen requests are under way at a time, and memory does not grow", "[bench]") {
  std::FILE* pipe =
      ::popen(COLDFORGE_LLM_LOAD " --json --exchanges 3000 --hold-ms 2 --answer-bytes 1000", "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    output.append(buffer.data(), n);
  REQUIRE(::pclose(pipe) == 0);
  const nlohmann::json document = nlohmann::json::parse(output);
  INFO(output);
  CHECK(document.at("failed") == 0);
  CHECK(document.at("peak_busy") == 16);
  CHECK(document.at("memory_growth").get<double>() <= 1.05);
}
