#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/loop/evaluator.h"
#include "agent/study/experiment.h"
#include "isa/isa.h"
#include "kernels/task.h"

namespace coldforge::agent::study {

/// What a study works on. Everything outlives the call.
struct StudyInputs {
  const Experiment* experiment = nullptr;
  const std::vector<kernels::Task>* tasks = nullptr;  ///< drawn already; sorted by name
  const isa::Isa* isa = nullptr;
  const isa::Arch* arch = nullptr;
  Evaluator* evaluator = nullptr;  ///< of these tasks, in this order
  std::string
      folder;  ///< cells/<arm>/seed-N (a run's folder each, with bank.db), report.md, report.json
  bool fresh = false;  ///< forget the cells of this experiment that the folder holds
};

/// For the display; never part of a result.
struct StudyProgress {
  std::size_t cell = 0;  ///< number of it, from 0
  std::size_t cells = 0;
  std::string folder;  ///< of the cell
  std::int64_t candidates_done = 0;
  std::int64_t candidates_total = 0;
  bool is_finished = false;  ///< the cell is
};

/// Runs what is not finished yet, cell by cell. A finished cell is not run again, also if other
/// arms, designs or seeds are asked for than before; one that was interrupted goes on.
///
/// Throws UserError when a cell's folder holds another run (other tasks, budget, tools, program),
/// InfrastructureError when the machine fails (what was committed stays).
void run_cells(const StudyInputs& inputs,
               const std::function<void(const StudyProgress&)>& on_progress);

/// The report of a finished study, from the cells' records and summaries alone: arms with their
/// figures and, per design, paired differences. Holds no time, path or host.
nlohmann::ordered_json make_report(const StudyInputs& inputs);

}  // namespace coldforge::agent::study
