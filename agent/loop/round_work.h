#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/loop/context.h"
#include "agent/loop/evaluator.h"
#include "agent/loop/leave_one_out.h"
#include "agent/loop/task_state.h"
#include "agent/verify/auditor.h"

namespace coldforge::agent {

/// A candidate's place in a round.
struct Slot {
  std::size_t task = 0;  ///< index into the run's tasks
  std::uint64_t candidate = 0;
};

/// What a slot came to before its verdict.
struct Draft {
  Stage stage = Stage::Draft;
  SlotContext context;
  std::optional<ContextItem> last;  ///< the task's previous candidate, and what was said of it
  std::string last_feedback;
  GeneratedKernel kernel;
  std::vector<Alternative> alternatives;  ///< leave-one-out credit only
};

/// A round under way: its kernels are written on a thread of their own from the moment that it is
/// made, and judged when judge() is called. Reads nothing of the run meanwhile. The destructor ends
/// the writing.
class RoundWork {
 public:
  struct Workers {
    Generator* generator = nullptr;
    Evaluator* evaluator = nullptr;
    Auditor* auditor = nullptr;  ///< may be nullptr
    const std::vector<kernels::Task>* tasks = nullptr;
    const isa::Arch* arch = nullptr;
    std::uint64_t seed = 0;
    bool leave_one_out = false;  ///< the generator writes alternatives, too
  };

  /// `states`: of all tasks, as the round sees them; copied as far as they are needed.
  RoundWork(const Workers& workers, std::vector<Slot> slots, std::vector<Draft> drafts,
            const std::vector<TaskState>& states);
  ~RoundWork();
  RoundWork(const RoundWork&) = delete;
  RoundWork& operator=(const RoundWork&) = delete;

  /// Waits until every kernel is written and has its verdict; calls `on_verdict` for each. What
  /// goes wrong on either side is thrown here.
  std::vector<Verdict> judge(const std::function<void()>& on_verdict);

  const std::vector<Slot>& slots() const { return slots_; }
  /// With kernels, after judge(); without the items of their contexts.
  const std::vector<Draft>& drafts() const { return drafts_; }

 private:
  /// Takes the items of the draft's context: only its generator is shown them.
  GenerationRequest request_for(std::size_t slot);
  void write();
  void stop();

  const Workers workers_;
  const std::vector<Slot> slots_;
  std::vector<Draft> drafts_;
  std::map<std::size_t, std::set<std::string>> proposed_;  ///< by task, this round's included
  std::vector<GenerationRequest> requests_;
  std::vector<Verdict> verdicts_;
  JobQueue queue_;
  std::atomic<bool> is_wanted_{true};
  std::exception_ptr trouble_;
  std::thread writer_;
};

}  // namespace coldforge::agent
