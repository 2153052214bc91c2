// coldforge_lockstep: random programs on model and RTL, side by side.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "isa/arch.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "tests/lockstep/random/campaign.h"
#include "tests/lockstep/random/generator.h"
#include "tests/lockstep/random/program.h"

namespace {

using namespace coldforge;
using namespace coldforge::lockstep;
using nlohmann::ordered_json;

/// Part of a report's identity: a change of what a seed draws begins a new one.
constexpr int kGenerator = 1;
constexpr double kSaveSeconds = 10;

struct Options {
  std::string arch = "tiny", rtl, report, replay, seeds = "1..300", show;
  std::vector<std::string> sets, overlays;
  CampaignOptions campaign;
  bool fresh = false;
};

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

ordered_json identity(const World& world, const Report& report) {
  return {{"generator", kGenerator},
          {"machine", isa::to_json(world.arch)},
          {"isa_digest", world.isa.digest()},
          {"first_seed", report.first}};
}

ordered_json to_json(const World& world, const Report& report) {
  ordered_json json = {{"identity", identity(world, report)},
                       {"last_seed", report.last},
                       {"next_seed", report.next},
                       {"programs", report.next - report.first},
                       {"racy", report.racy},
                       {"cycles", report.cycles}};
  json["divergences"] = ordered_json::array();
  for (const Report::Divergence& d : report.divergences) {
    json["divergences"].push_back(
        {{"seed", d.seed}, {"difference", d.difference}, {"file", d.file}});
  }
  std::map<std::string, std::int64_t> counts = expected_coverage(world);
  for (const auto& [key, count] : report.coverage.counts()) counts[key] = count;
  json["coverage"] = counts;
  return json;
}

/// What an earlier run of the same programs has written; false if it is of others.
bool read_report(const World& world, const std::string& file, Report& report) {
  const ordered_json json =
      ordered_json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("identity")) {
    throw UserError(file, "is no report of this program; remove it or name another");
  }
  if (json["identity"] != identity(world, report)) return false;
  report.next = json.at("next_seed");
  report.racy = json.at("racy");
  report.cycles = json.at("cycles");
  for (const ordered_json& d : json.at("divergences")) {
    report.divergences.push_back({d.at("seed"), d.at("difference"), d.at("file")});
  }
  report.coverage.merge(json.at("coverage").get<std::map<std::string, std::int64_t>>());
  return true;
}

void parse_seeds(const std::string& text, Report& report) {
  const std::size_t dots = text.find("..");
  try {
    report.first = std::stoull(text.substr(0, dots));
    report.last = dots == std::string::npos ? report.first : std::stoull(text.substr(dots + 2));
  } catch (const std::exception&) {
    throw UserError("--seeds " + text, "must be FIRST..LAST, like 1..300");
  }
  if (report.last < report.first) throw UserError("--seeds " + text, "ends before it begins");
  report.next = report.first;
}

/// Machine and description that a replayed program belongs to.
ordered_json read_replay(Options& options) {
  const ordered_json json =
      ordered_json::parse(read_file(options.replay), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("scenario") || !json.contains("arch")) {
    throw UserError(options.replay, "is no program of this program");
  }
  options.overlays = json.at("overlays").get<std::vector<std::string>>();
  return json;
}

isa::Arch load_machine(const Options& options, const ordered_json& replay) {
  if (options.replay.empty()) return isa::load_arch(options.arch, options.sets);
  const std::string file = (std::filesystem::temp_directory_path() /
                            fmt::format("coldforge-lockstep-{}.json", ::getpid()))
                               .string();
  write_file_atomic(file, replay.at("arch").dump());
  isa::Arch arch = isa::load_arch(file, options.sets);
  std::filesystem::remove(file);
  return arch;
}

int replay(const Campaign& campaign, const Scenario& scenario) {
  const sim::RunResult result = campaign.run_one(scenario);
  fmt::print("{}\n", campaign.describe(scenario, result));
  if (!result.races.empty()) fmt::print("racy: {}\n", result.races.front().message);
  return Campaign::diverges(result) ? 1 : 0;
}

/// The seeds that are asked for, and what an earlier run has found out about them.
Report begin_report(const World& world, const Options& options) {
  Report report;
  parse_seeds(options.seeds, report);
  if (options.report.empty() || options.fresh || !std::filesystem::exists(options.report)) {
    return report;
  }
  if (!read_report(world, options.report, report)) {
    throw UserError(options.report,
                    "is the report of another machine, description or first seed; name another, "
                    "or add --fresh");
  }
  say(fmt::format("{}: goes on with seed {}", options.report, report.next));
  return report;
}

int run_seeds(const Campaign& campaign, const World& world, const Options& options, Report report) {
  const std::uint64_t last = report.last;
  const auto save = [&] {
    if (!options.report.empty()) {
      write_file_atomic(options.report, to_json(world, report).dump(1) + "\n");
    }
  };
  const double begin = now_seconds();
  const std::uint64_t from = report.next;
  double said = begin, saved = begin;
  std::size_t told = report.divergences.size();
  campaign.run(report, [&](const Report& r) {
    for (; told < r.divergences.size(); ++told) {
      const Report::Divergence& d = r.divergences[told];
      say(fmt::format("seed {}: {}\n  {}", d.seed, d.difference, d.file));
    }
    const double now = now_seconds();
    if (now - said > 5) {
      said = now;
      say(fmt::format("seed {} of {}, {:.1f} programs a second, {} racy, {} divergences",
                      r.next - 1, last, static_cast<double>(r.next - from) / (now - begin), r.racy,
                      r.divergences.size()));
    }
    if (now - saved > kSaveSeconds) {
      saved = now;
      save();
    }
  });
  save();
  fmt::print("{}: {} programs (seeds {}..{}), {} cycles, {} racy, {} divergences\n",
             world.arch.name, report.next - report.first, report.first, report.next - 1,
             report.cycles, report.racy, report.divergences.size());
  return report.divergences.empty() ? 0 : 1;
}

int run(Options& options) {
  ordered_json replayed;
  if (!options.replay.empty()) replayed = read_replay(options);
  sim::Machine machine(isa::Isa::load(options.overlays), load_machine(options, replayed));
  const World world(machine.isa(), machine.arch());
  if (!options.show.empty()) {
    Report one;
    parse_seeds(options.show, one);
    fmt::print("{}", listing(world, assemble(world, draw_scenario(world, one.first))));
    return 0;
  }
  const Report report = begin_report(world, options);
  sim::Machine::RtlOptions rtl;
  if (!options.rtl.empty()) rtl.folder = std::filesystem::absolute(options.rtl).string();
  rtl.progress = say;
  machine.load_rtl(rtl);
  const Campaign campaign(machine, world, options.campaign);
  if (options.replay.empty()) return run_seeds(campaign, world, options, report);
  return replay(campaign,
                scenario_from_json(machine.isa(), replayed.at("scenario"), options.replay));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Runs random programs on the model and on the RTL and compares cycle by cycle.",
               "coldforge_lockstep"};
  app.footer(
      "Example:\n  coldforge_lockstep --set queue.depth=1 --seeds 1..40000 --report depth1.json");
  app.add_option("--arch", options.arch, "Machine: a built-in name or a file")
      ->capture_default_str();
  app.add_option("--set", options.sets, "Change one value of the machine")->allow_extra_args(false);
  app.add_option("--isa", options.overlays, "Instruction-set overlay")->allow_extra_args(false);
  app.add_option("--rtl", options.rtl, "Folder of the RTL; that of this program if not given");
  app.add_option("--seeds", options.seeds, "Programs, FIRST..LAST")->capture_default_str();
  app.add_option("--jobs", options.campaign.jobs, "Programs at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--report", options.report,
                 "JSON file; an unfinished one of the same machine is continued");
  app.add_flag("--fresh", options.fresh, "Begin the report anew");
  app.add_option("--failures", options.campaign.failures, "Folder for programs that diverge")
      ->capture_default_str();
  app.add_option("--max-divergences", options.campaign.max_divergences, "Stop after so many")
      ->capture_default_str();
  app.add_option("--shrink", options.campaign.shrink_tries,
                 "Runs to shrink a program with, 0 for none")
      ->capture_default_str();
  app.add_option("--replay", options.replay, "Run one program that diverged, from its file");
  app.add_option("--show", options.show, "Print the program of a seed and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "coldforge_lockstep: {}; see --help\n", error.what());
    return 2;
  }
  try {
    return run(options);
  } catch (const UserError& error) {
    fmt::print(stderr, "coldforge_lockstep: {}\n", error.what());
    return 2;
  } catch (const InfrastructureError& error) {
    fmt::print(stderr, "coldforge_lockstep: {}\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "coldforge_lockstep: {}\n", error.what());
    return 3;
  }
}
