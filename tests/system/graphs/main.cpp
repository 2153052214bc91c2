// coldforge_graphs: random ONNX graphs, from seed to verified kernel or published reason.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "agent/generator/reasons.h"
#include "kernels/task.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/system/graphs/attempt.h"
#include "tests/system/graphs/random_graph.h"

namespace {

using namespace coldforge;

struct Options {
  std::string seeds = "1..100", folder;
  int budget = 10;
  std::uint64_t run_seed = 1;
  bool text = false;
};

std::pair<std::uint64_t, std::uint64_t> range_of(const std::string& text) {
  std::uint64_t first = 0, last = 0;
  int used = 0;
  if (std::sscanf(text.c_str(), "%lu..%lu%n", &first, &last, &used) != 2 ||
      used != static_cast<int>(text.size()) || first > last) {
    throw UserError("--seeds " + text, "is no range; write 1..100");
  }
  return {first, last};
}

int run(const Options& options) {
  const auto [first, last] = range_of(options.seeds);
  test::Workbench bench;
  int kernels = 0, faults = 0, failed_candidates = 0;
  std::map<std::string, int> reasons;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::string text = test::random_graph(seed);
    const std::string name = "random" + std::to_string(seed);
    if (options.text) {
      fmt::print("{}", text);
      continue;
    }
    const test::Attempt attempt =
        bench.attempt(kernels::parse_task(text, name), options.run_seed, options.budget);
    using End = test::Attempt::End;
    const char* end = attempt.end == End::Kernel   ? "kernel"
                      : attempt.end == End::Reason ? "reason"
                                                   : "FAULT";
    fmt::print("{:>6}  {}  {} candidates  {}\n", seed, end, attempt.candidates,
               attempt.end == End::Kernel ? "" : attempt.reason);
    for (std::size_t i = 0; i < attempt.failures.size(); ++i) {
      if (i == 0 || attempt.failures[i] != attempt.failures[i - 1])
        fmt::print("        {}\n", attempt.failures[i].substr(0, 250));
    }
    std::fflush(stdout);
    kernels += attempt.end == End::Kernel;
    faults += attempt.end == End::Fault;
    failed_candidates += static_cast<int>(attempt.failures.size());
    if (attempt.end == End::Reason) ++reasons[agent::reason_id(attempt.reason)];
    const bool odd = attempt.end == End::Fault || !attempt.failures.empty();
    if (!options.folder.empty() && odd) {
      write_file_atomic(options.folder + "/" + name + ".onnxtxt", text);
      write_file_atomic(options.folder + "/" + name + ".cpp", attempt.source);
    }
  }
  if (options.text) return 0;
  fmt::print("{} graphs: {} kernels, {} faults, {} candidates failed a gate\n", last - first + 1,
             kernels, faults, failed_candidates);
  for (const auto& [id, count] : reasons) fmt::print("  {:<18}{:>5}\n", id, count);
  return faults == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Random ONNX graphs: each gets a correct kernel or a published reason"};
  app.footer("Example: coldforge_graphs --seeds 1..300 --failures /tmp/graphs");
  Options options;
  app.add_option("--seeds", options.seeds, "FIRST..LAST")->capture_default_str();
  app.add_option("--budget", options.budget, "Candidates a graph")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--run-seed", options.run_seed, "Seed of the composer's choices")
      ->capture_default_str();
  app.add_option("--failures", options.folder, "Folder for graphs with failed candidates");
  app.add_flag("--text", options.text, "Print the graphs, run nothing");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const UserError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
