#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/loop/outcome.h"
#include "agent/loop/record.h"
#include "agent/study/statistics.h"

namespace coldforge::agent::study {

/// Drafting is judged by the first so many candidates (method.md).
inline constexpr int kDraftingHorizon = 15;
/// In geometric means, an unsolved task (roofline fraction 0) counts as this.
inline constexpr double kRooflineFloor = 0.01;

/// A candidate, as far as figures need it.
struct Try {
  bool compiled = false;  ///< there was an ELF; also if a later gate said no
  bool pass = false;      ///< all gates, on the trials that candidates see
  std::int64_t cycles = 0;
  double roofline = 0;  ///< lower bound / cycles; 0 unless pass
};

/// One task in one run: its candidates in order and how it ended.
struct TaskCurve {
  std::string family;  ///< kernels::family_of
  std::vector<Try> tries;
  TaskOutcome outcome;  ///< `correct` counts the hidden trials, too
};

/// From a run's records and outcomes; one curve a task, in the order of `tasks`, each (name,
/// family). Throws UserError(where, ...) if one has no outcome.
std::vector<TaskCurve> curves_of(const std::vector<CandidateRecord>& records,
                                 const std::vector<TaskOutcome>& outcomes,
                                 const std::vector<std::pair<std::string, std::string>>& tasks,
                                 const std::string& where);

/// 1 from the first passing candidate on, else 0: [t-1] after t candidates, t <= budget. A task
/// whose candidates ended early stays as it was.
std::vector<double> correct_curve(const TaskCurve& curve, int budget);
/// Roofline fraction of the fastest passing candidate so far, 0 while there is none.
std::vector<double> roofline_curve(const TaskCurve& curve, int budget);

/// What one task in one run scores, 0 to 1:
///   compiled       1 if a candidate compiled
///   correct        1 if the run ended with a kernel that is right on hidden trials, too
///   drafting_area  mean of correct_curve over t <= 15 (or the budget, if that is less)
///   refining_area  mean of roofline_curve over t <= budget
///   roofline       lower bound / cycles of the accepted kernel, 0 if unsolved
std::vector<std::string> metric_names();
double score(const std::string& metric, const TaskCurve& curve, int budget);

/// All runs of one arm: [seed][task].
using ArmCurves = std::vector<std::vector<TaskCurve>>;
Scores scores_of(const std::string& metric, const ArmCurves& curves, int budget);

/// The figures of one arm, over all seeds and tasks together.
struct ArmFigures {
  std::size_t runs = 0;            ///< seeds x tasks
  double compiled = 0;             ///< CR: share of runs with a candidate that compiles
  double candidates_compiled = 0;  ///< CR per candidate
  double correct = 0;              ///< Acc
  double seen_only = 0;  ///< share of runs whose kernels passed the seen trials but no hidden ones
  std::vector<double> correct_curve;   ///< Acc(t), [t-1]
  std::vector<double> roofline_curve;  ///< mean best-so-far roofline fraction, [t-1]
  double drafting_area = 0;
  double refining_area = 0;
  std::size_t eager_runs = 0;  ///< runs whose task has an eager baseline
  /// fast_0, fast_1, fast_2: share of those with an accepted kernel at least p times as fast as
  /// eager. Nothing if no task has a baseline.
  std::optional<std::array<double, 3>> fast;
  double roofline = 0;  ///< geometric mean of the accepted kernels' fraction, see kRooflineFloor
  struct Family {
    std::size_t runs = 0;
    double correct = 0;
    double roofline = 0;
  };
  std::map<std::string, Family> families;
  Spread speed_up;  ///< cycles of the first feasible kernel / of the accepted one, solved runs
  Spread first_roofline;  ///< roofline fraction of the first feasible kernel, the same runs
};
ArmFigures figures_of(const ArmCurves& curves, int budget);

}  // namespace coldforge::agent::study
