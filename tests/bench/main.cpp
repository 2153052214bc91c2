// coldforge_bench: how fast the simulator and the verifier are on this host, against the project's
// targets. A missed target is a finding, not a failure: the exit code is 0 if everything could be
// measured.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/error.h"
#include "tests/bench/host.h"
#include "tests/bench/measurements.h"

namespace {

using namespace coldforge;

struct Options {
  bool json = false;
  std::vector<std::string> only;
  double seconds = 5;
};

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const bench::Entry& entry : bench::kMeasurements) names.emplace_back(entry.name);
  return names;
}

void run(const Options& options) {
  bench::Workshop workshop;
  std::vector<bench::Measurement> measurements;
  for (const bench::Entry& entry : bench::kMeasurements) {
    const auto& only = options.only;
    const bool is_named = std::find(only.begin(), only.end(), entry.name) != only.end();
    if (only.empty() ? entry.needs_rtl : !is_named) continue;
    if (entry.needs_rtl) workshop.load_rtl();
    measurements.push_back(entry.measure(workshop, options.seconds));
  }
  nlohmann::ordered_json document = bench::describe_host();
  if (!options.json) {
    fmt::print("commit {}, {}, {} cores{}\n\n{}", document["commit"].dump(), document["cpu"].dump(),
               document["cores"].dump(),
               document["optimised"] == true ? "" : ", NOT AN OPTIMISED BUILD",
               bench::table(measurements));
    return;
  }
  document["measurements"] = nlohmann::ordered_json::array();
  for (const bench::Measurement& m : measurements) document["measurements"].push_back(to_json(m));
  fmt::print("{}\n", document.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures the speed of the simulator and the verifier.", "coldforge_bench"};
  app.footer("Example:\n  coldforge_bench --only matmul_cycles_per_s --seconds 10");
  app.add_flag("--json", options.json, "Print one JSON document on standard output");
  app.add_option("--only", options.only,
                 "Measure this one only, repeatable; model_to_rtl_ratio must be named")
      ->check(CLI::IsMember(known_names()))
      ->allow_extra_args(false);
  app.add_option("--seconds", options.seconds, "Time for each measurement")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    run(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const UserError& error) {
    fmt::print(stderr, "coldforge_bench: {}\n", error.what());
    return 2;
  } catch (const InfrastructureError& error) {
    fmt::print(stderr, "coldforge_bench: {}\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "coldforge_bench: internal error: {}\n", error.what());
    return 3;
  }
  return 0;
}
