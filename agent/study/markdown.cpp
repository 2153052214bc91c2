#include "agent/study/markdown.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "sim/base/error.h"

namespace coldforge::agent::study {
namespace {

using nlohmann::ordered_json;

/// Above it, drafting tells policies apart no more (method.md).
constexpr double kUninformativeFloor = 0.9;
constexpr int kShownCandidates[] = {1, 2, 3, 5, 8, 10, 15, 20, 30, 60};

std::string percent(const ordered_json& share) {
  return fmt::format("{:.1f} %", 100 * share.get<double>());
}
std::string number(const ordered_json& value) { return fmt::format("{:.3f}", value.get<double>()); }
std::string interval(const ordered_json& difference) {
  return fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", difference.at("mean").get<double>(),
                     difference.at("low").get<double>(), difference.at("high").get<double>());
}
std::string quartiles(const ordered_json& spread, const char* format) {
  if (spread.at("count") == 0) return "-";
  return fmt::format(fmt::runtime(format), spread.at("lower_quartile").get<double>(),
                     spread.at("median").get<double>(), spread.at("upper_quartile").get<double>());
}

std::string row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}
std::string head(const std::vector<std::string>& cells) {
  return row(cells) + row(std::vector<std::string>(cells.size(), "---"));
}

std::string figures_table(const ordered_json& arms) {
  std::string text =
      head({"arm", "CR", "CR of candidates", "Acc", "area of Acc(t)", "area of roofline", "fast_0",
            "fast_1", "fast_2", "roofline (geometric mean)"});
  for (const ordered_json& arm : arms) {
    const ordered_json& figures = arm.at("figures");
    std::vector<std::string> cells = {arm.at("label"),
                                      percent(figures.at("compiled")),
                                      percent(figures.at("candidates_compiled")),
                                      percent(figures.at("correct")),
                                      number(figures.at("drafting_area")),
                                      number(figures.at("refining_area"))};
    for (int p = 0; p < 3; ++p) {
      const ordered_json& fast = figures.at("fast");
      cells.push_back(fast.is_null() ? "-" : percent(fast.at(static_cast<std::size_t>(p))));
    }
    cells.push_back(number(figures.at("roofline")));
    text += row(cells);
  }
  return text;
}

std::string speed_up_table(const ordered_json& arms) {
  std::string text = head({"arm", "solved runs", "speed-up over the first feasible kernel",
                           "the first one's roofline fraction"});
  for (const ordered_json& arm : arms) {
    const ordered_json& figures = arm.at("figures");
    const ordered_json& speed_up = figures.at("speed_up_over_first");
    text += row({arm.at("label"), std::to_string(speed_up.at("count").get<int>()),
                 quartiles(speed_up, "{:.2f} / {:.2f} / {:.2f}"),
                 quartiles(figures.at("first_roofline"), "{:.3f} / {:.3f} / {:.3f}")});
  }
  return text;
}

std::string curve_table(const ordered_json& arms, const char* curve) {
  const auto budget = static_cast<int>(arms.at(0).at("figures").at(curve).size());
  std::vector<std::string> titles = {"arm"};
  for (const int t : kShownCandidates) {
    if (t <= budget) titles.push_back(fmt::format("t = {}", t));
  }
  std::string text = head(titles);
  for (const ordered_json& arm : arms) {
    std::vector<std::string> cells = {arm.at("label")};
    for (const int t : kShownCandidates) {
      if (t <= budget)
        cells.push_back(number(arm.at("figures").at(curve).at(static_cast<std::size_t>(t - 1))));
    }
    text += row(cells);
  }
  return text;
}

std::string family_table(const ordered_json& arms) {
  std::set<std::string> families;
  for (const ordered_json& arm : arms) {
    for (const auto& [name, family] : arm.at("figures").at("families").items())
      families.insert(name);
  }
  std::vector<std::string> titles = {"arm"};
  titles.insert(titles.end(), families.begin(), families.end());
  std::string text = head(titles);
  for (const ordered_json& arm : arms) {
    std::vector<std::string> cells = {arm.at("label")};
    for (const std::string& name : families) {
      const ordered_json& known = arm.at("figures").at("families");
      cells.push_back(known.contains(name)
                          ? fmt::format("{} ({})", number(known[name].at("roofline")),
                                        percent(known[name].at("correct")))
                          : "-");
    }
    text += row(cells);
  }
  return text;
}

std::string difference_table(const ordered_json& design) {
  const std::string metric = design.at("metric");
  std::vector<std::string> shown = {metric};
  for (const char* other : {"correct", "refining_area", "roofline"}) {
    if (other != metric) shown.emplace_back(other);
  }
  std::vector<std::string> titles = {"difference"};
  titles.insert(titles.end(), shown.begin(), shown.end());
  std::string text = head(titles);
  for (const ordered_json& difference : design.at("differences")) {
    std::vector<std::string> cells = {difference.at("baseline").get<std::string>() + " − " +
                                      difference.at("arm").get<std::string>()};
    for (const std::string& name : shown) cells.push_back(interval(difference.at(name)));
    text += row(cells);
  }
  return text;
}

/// A sentence, if the floor solves nearly everything.
std::string remark_on_drafting(const ordered_json& design) {
  if (design.at("metric") != "drafting_area") return "";
  for (const ordered_json& arm : design.at("arms")) {
    const double correct = arm.at("figures").at("correct");
    if (arm.at("policy") == "none" && arm.at("generator") == "composer" &&
        correct > kUninformativeFloor) {
      return fmt::format(
          "**Drafting is uninformative here**: with no experience at all ({}) Acc is {:.1f} %, "
          "above "
          "{:.0f} %. Claims rest on refining.\n\n",
          arm.at("label").get<std::string>(), 100 * correct, 100 * kUninformativeFloor);
    }
  }
  return "";
}

std::string design_section(const ordered_json& design) {
  const ordered_json& arms = design.at("arms");
  std::string text = fmt::format("## {}: {}\n\n", design.at("name").get<std::string>(),
                                 design.at("metric").get<std::string>());
  text += remark_on_drafting(design) + figures_table(arms) + "\n";
  if (!design.at("differences").empty()) {
    text += "Paired differences, 95 % intervals (above 0: the first is better):\n\n" +
            difference_table(design) + "\n";
  }
  text += "Lower quartile / median / upper quartile:\n\n" + speed_up_table(arms) + "\n";
  text += "Acc(t), share of runs with a passing kernel after t candidates:\n\n" +
          curve_table(arms, "correct_curve") + "\n";
  text += "Mean roofline fraction of the best kernel so far:\n\n" +
          curve_table(arms, "roofline_curve") + "\n";
  text += "Roofline fraction by family, geometric mean (Acc):\n\n" + family_table(arms) + "\n";
  return text;
}

}  // namespace

std::string markdown_of(const ordered_json& report) {
  try {
    const ordered_json& experiment = report.at("experiment");
    const auto horizon = report.at("drafting_horizon").get<int>();
    std::string text = fmt::format(
        "# Study: {} tasks, {} seeds, {} candidates a task, on {}\n\n"
        "N = {}, ε = {}, {} slots a round. A run is one task with one seed. CR: share of runs with "
        "a "
        "candidate that compiles. Acc: share of runs\n"
        "whose best kernel is right on trials that no candidate saw, too. Areas are means over t: "
        "of "
        "Acc(t), t ≤ {}, and of the roofline\n"
        "fraction of the best kernel so far, t ≤ {}. fast_p: share of runs with a kernel at least "
        "p "
        "times as fast as the eager baseline, of the\n"
        "tasks that have one. Geometric means count a fraction below {} (an unsolved run has 0) as "
        "{}. Intervals: bootstrap over seeds and tasks.\n\n",
        report.at("tasks").size(), experiment.at("seeds").get<int>(),
        experiment.at("budget").get<int>(), report.at("arch").get<std::string>(),
        experiment.at("context_items").get<int>(), experiment.at("epsilon").get<double>(),
        experiment.at("slots").get<int>(), horizon, experiment.at("budget").get<int>(),
        report.at("roofline_floor").get<double>(), report.at("roofline_floor").get<double>());
    for (const ordered_json& design : report.at("designs")) text += design_section(design);
    text += "## Tasks\n\n";
    for (const ordered_json& task : report.at("tasks")) {
      text += fmt::format("- {} ({})\n", task.at("task").get<std::string>(),
                          task.at("family").get<std::string>());
    }
    return text;
  } catch (const nlohmann::json::exception& error) {
    throw InternalError(std::string("a report of a study lacks a field: ") + error.what());
  }
}

}  // namespace coldforge::agent::study
