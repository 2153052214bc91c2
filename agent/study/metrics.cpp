#include "agent/study/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::agent::study {
namespace {

/// out[t-1] = best of `value` over the first t tries.
template <class Value>
std::vector<double> best_so_far(const TaskCurve& curve, int budget, const Value& value) {
  std::vector<double> best(static_cast<std::size_t>(budget), 0.0);
  double so_far = 0;
  for (std::size_t t = 0; t < best.size(); ++t) {
    if (t < curve.tries.size()) so_far = std::max(so_far, value(curve.tries[t]));
    best[t] = so_far;
  }
  return best;
}

double compiled(const TaskCurve& curve, int) {
  return std::any_of(curve.tries.begin(), curve.tries.end(),
                     [](const Try& t) { return t.compiled; })
             ? 1
             : 0;
}
double correct(const TaskCurve& curve, int) { return curve.outcome.correct ? 1 : 0; }
double drafting_area(const TaskCurve& curve, int budget) {
  return mean(correct_curve(curve, std::min(budget, kDraftingHorizon)));
}
double refining_area(const TaskCurve& curve, int budget) {
  return mean(roofline_curve(curve, budget));
}
double ratio(std::int64_t numerator, std::int64_t denominator) {
  return denominator > 0 ? static_cast<double>(numerator) / static_cast<double>(denominator) : 0;
}
double roofline(const TaskCurve& curve, int) {
  return curve.outcome.correct ? ratio(curve.outcome.lower_bound_cycles, curve.outcome.best_cycles)
                               : 0;
}

struct Metric {
  const char* name;
  double (*of)(const TaskCurve& curve, int budget);
};
constexpr Metric kMetrics[] = {
    {"compiled", compiled},           {"correct", correct},   {"drafting_area", drafting_area},
    {"refining_area", refining_area}, {"roofline", roofline},
};

void add_to(std::vector<double>& sums, const std::vector<double>& values) {
  sums.resize(values.size(), 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i] += values[i];
}

}  // namespace

std::vector<TaskCurve> curves_of(const std::vector<CandidateRecord>& records,
                                 const std::vector<TaskOutcome>& outcomes,
                                 const std::vector<std::pair<std::string, std::string>>& tasks,
                                 const std::string& where) {
  std::vector<TaskCurve> curves;
  for (const auto& [name, family] : tasks) {
    const auto found = std::find_if(outcomes.begin(), outcomes.end(),
                                    [&](const TaskOutcome& o) { return o.task == name; });
    if (found == outcomes.end()) throw UserError(where, "says nothing of task " + name);
    TaskCurve curve;
    curve.family = family;
    curve.outcome = *found;
    for (const CandidateRecord& record : records) {
      if (record.task != name) continue;
      const Verdict& verdict = record.verdict;
      curve.tries.push_back({!verdict.elf_digest.empty(), verdict.pass, verdict.cycles,
                             verdict.pass ? verdict.roofline_fraction : 0});
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

std::vector<double> correct_curve(const TaskCurve& curve, int budget) {
  return best_so_far(curve, budget, [](const Try& t) { return t.pass ? 1.0 : 0.0; });
}

std::vector<double> roofline_curve(const TaskCurve& curve, int budget) {
  return best_so_far(curve, budget, [](const Try& t) { return t.roofline; });
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Metric& metric : kMetrics) names.emplace_back(metric.name);
  return names;
}

double score(const std::string& metric, const TaskCurve& curve, int budget) {
  for (const Metric& known : kMetrics) {
    if (metric == known.name) return known.of(curve, budget);
  }
  throw UserError("metric " + metric,
                  fmt::format("unknown; known are {}", fmt::join(metric_names(), ", ")));
}

Scores scores_of(const std::string& metric, const ArmCurves& curves, int budget) {
  Scores scores;
  for (const auto& of_seed : curves) {
    scores.emplace_back();
    for (const TaskCurve& curve : of_seed) scores.back().push_back(score(metric, curve, budget));
  }
  return scores;
}

ArmFigures figures_of(const ArmCurves& curves, int budget) {
  ArmFigures figures;
  std::size_t candidates = 0, candidates_compiled = 0;
  std::array<double, 3> fast{};
  std::vector<double> rooflines, speed_ups, first_rooflines;
  std::map<std::string, std::vector<double>> of_family;
  for (const auto& of_seed : curves) {
    for (const TaskCurve& curve : of_seed) {
      ++figures.runs;
      const TaskOutcome& outcome = curve.outcome;
      const auto first =
          std::find_if(curve.tries.begin(), curve.tries.end(), [](const Try& t) { return t.pass; });
      figures.compiled += compiled(curve, budget);
      figures.correct += correct(curve, budget);
      figures.seen_only += first != curve.tries.end() && !outcome.correct ? 1 : 0;
      candidates += curve.tries.size();
      candidates_compiled += static_cast<std::size_t>(std::count_if(
          curve.tries.begin(), curve.tries.end(), [](const Try& t) { return t.compiled; }));
      add_to(figures.correct_curve, correct_curve(curve, budget));
      add_to(figures.roofline_curve, roofline_curve(curve, budget));
      figures.drafting_area += drafting_area(curve, budget);
      figures.refining_area += refining_area(curve, budget);
      rooflines.push_back(roofline(curve, budget));
      of_family[curve.family].push_back(rooflines.back());
      figures.families[curve.family].correct += correct(curve, budget);
      if (outcome.eager_cycles > 0) {
        ++figures.eager_runs;
        for (int p = 0; p < 3; ++p) {
          fast[static_cast<std::size_t>(p)] +=
              outcome.correct && outcome.eager_cycles >= p * outcome.best_cycles ? 1 : 0;
        }
      }
      if (outcome.correct) {
        speed_ups.push_back(ratio(outcome.first_correct_cycles, outcome.best_cycles));
        first_rooflines.push_back(ratio(outcome.lower_bound_cycles, outcome.first_correct_cycles));
      }
    }
  }
  const double runs = static_cast<double>(std::max<std::size_t>(figures.runs, 1));
  for (double* sum : {&figures.compiled, &figures.correct, &figures.seen_only,
                      &figures.drafting_area, &figures.refining_area})
    *sum /= runs;
  for (double& value : figures.correct_curve) value /= runs;
  for (double& value : figures.roofline_curve) value /= runs;
  figures.candidates_compiled =
      ratio(static_cast<std::int64_t>(candidates_compiled), static_cast<std::int64_t>(candidates));
  if (figures.eager_runs > 0) {
    for (double& share : fast) share /= static_cast<double>(figures.eager_runs);
    figures.fast = fast;
  }
  figures.roofline = geometric_mean(rooflines, kRooflineFloor);
  for (auto& [name, family] : figures.families) {
    family.runs = of_family[name].size();
    family.correct /= static_cast<double>(family.runs);
    family.roofline = geometric_mean(of_family[name], kRooflineFloor);
  }
  figures.speed_up = spread(speed_ups);
  figures.first_roofline = spread(first_rooflines);
  return figures;
}

}  // namespace coldforge::agent::study
