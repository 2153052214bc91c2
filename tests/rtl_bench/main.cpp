// rtl_bench: the arithmetic of the RTL against the arithmetic of the model, as many cases as one
// likes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "sim/base/error.h"
#include "tests/rtl_bench/cases.h"

namespace {

using namespace coldforge;
using namespace coldforge::rtl_bench;

struct Options {
  std::vector<std::string> names;
  std::uint64_t cases = 1'000'000;
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  bool exhaustive = false;
  bool list = false;
};

/// "fma.f32: 40 of 1000 M" on standard error every few seconds.
class Progress {
 public:
  Progress(const std::string& name, std::uint64_t total) : name_(name), total_(total) {}
  void at(std::uint64_t done) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(10)) return;
    last_ = now;
    fmt::print(stderr, "{}: {} of {} M\n", name_, done / 1'000'000, total_ / 1'000'000);
  }

 private:
  std::string name_;
  std::uint64_t total_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Prints what was compared; false at the first difference.
bool check(UnitFunction& function, const Options& options) {
  Block block;
  const auto agree = [&] {
    const std::string difference = first_difference(function, block);
    if (!difference.empty()) fmt::print("{}\n", difference);
    return difference.empty();
  };
  if (options.exhaustive) {
    const std::uint64_t total = exhaustive_cases(function);
    if (total == 0) {
      fmt::print("{}: more than 32 bits of operands, left out\n", function.name);
      return true;
    }
    Progress progress(function.name, total);
    for (std::uint64_t at = options.first; at < total; at += kBlock) {
      fill_exhaustive(function, at, block);
      if (!agree()) return false;
      progress.at(at);
    }
    fmt::print("{}: all {} cases alike\n", function.name, total - options.first);
    return true;
  }
  const std::uint64_t corner = corner_cases(function);
  for (std::uint64_t at = 0; at < corner; at += kBlock) {
    fill_corners(function, at, block);
    if (!agree()) return false;
  }
  Progress progress(function.name, options.cases);
  const std::uint64_t blocks = (options.cases + kBlock - 1) / kBlock;
  for (std::uint64_t number = options.first; number < options.first + blocks; ++number) {
    fill_random(function, options.seed, number, block);
    if (!agree()) return false;
    progress.at((number - options.first) * kBlock);
  }
  fmt::print("{}: {} corner and {} random cases alike, seed {}\n", function.name, corner,
             blocks * kBlock, options.seed);
  return true;
}

/// Exit code 1 if a function differs.
int run(const Options& options) {
  const auto functions = all_functions();
  bool is_alike = true;
  std::vector<std::string> unknown = options.names;
  for (const auto& function : functions) {
    if (options.list) fmt::print("{}\n", function->name);
    bool wanted = false;
    for (const std::string& name : options.names) {
      if (name == function->name || name == "all") {
        wanted = true;
        unknown.erase(std::remove(unknown.begin(), unknown.end(), name), unknown.end());
      }
    }
    if (wanted) is_alike = check(*function, options) && is_alike;
    std::fflush(stdout);
  }
  if (!unknown.empty()) {
    throw UserError(unknown.front(), "no such function; `rtl_bench --list` names them");
  }
  return is_alike ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Compares the arithmetic units of the RTL with the model's numerics.", "rtl_bench"};
  app.footer(
      "Example:\n  rtl_bench fma.f32 --cases 1000000000 --seed 7\n  rtl_bench pe.bf16 "
      "--exhaustive");
  app.add_option("OP", options.names, "Functions by name, or all");
  app.add_option("--cases", options.cases, "Random cases, after all corner cases");
  app.add_option("--seed", options.seed, "Seed of the random cases");
  app.add_option("--first", options.first, "Number of the first random block or exhaustive case");
  app.add_flag("--exhaustive", options.exhaustive,
               "All combinations instead, up to 32 bits of operands");
  app.add_flag("--list", options.list, "Print the functions");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
