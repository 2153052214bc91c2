#include "agent/loop/synthesis.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "agent/generator/practices.h"
#include "agent/loop/context.h"
#include "agent/loop/experience.h"
#include "agent/loop/run_folder.h"
#include "agent/loop/task_state.h"
#include "isa/emit.h"
#include "kernels/eager/eager.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

/// A candidate's place in a round.
struct Slot {
  std::size_t task = 0;
  std::uint64_t candidate = 0;
};

/// What a slot came to before its verdict.
struct Draft {
  Stage stage = Stage::Draft;
  SlotContext context;
  std::optional<ContextItem> last;  ///< the task's previous candidate
  GeneratedKernel kernel;
};

/// A question to the auditor that is under way.
struct Audit {
  std::size_t slot = 0;
  std::future<std::string> objection;
};

/// A kernel that passed all rules is a cheat after all.
void disqualify(Verdict& verdict, const std::string& objection) {
  verdict.pass = false;
  verdict.failing = Gate::Hack;
  verdict.roofline_fraction = 0;
  verdict.reason = "the auditor objects: " + objection;
}

/// Of several kernels that are equally good on seen data, how many are tried on hidden data before
/// a task is given up.
constexpr std::size_t kHiddenAttempts = 5;

class Run {
 public:
  Run(const SynthesisInputs& inputs,
      const std::function<void(const SynthesisProgress&)>& on_progress)
      : in_(inputs),
        on_progress_(on_progress),
        tasks_(*inputs.tasks),
        states_(tasks_.size()),
        folder_(inputs.folder, run_key()) {}

  std::vector<TaskOutcome> go() {
    seed_bank();
    folder_.open(in_.fresh, in_.store->sequence());
    if (auto finished = folder_.summary(in_.confirm)) return *finished;
    replay_records();
    progress_.candidates_total = static_cast<std::int64_t>(tasks_.size()) * in_.settings.budget;
    for (std::vector<Slot> slots = plan_round(); !slots.empty(); slots = plan_round())
      run_round(slots);
    return finish();
  }

 private:
  std::string run_key() const {
    Digest digest;
    for (const kernels::Task& task : tasks_) digest.add(task.name).add(task.digest);
    digest.add(settings_text(in_.settings))
        .add(in_.generator->name())
        .add(in_.generator->version());
    digest.add(in_.evaluator->digest()).add(in_.isa->digest()).add(in_.arch->digest);
    if (in_.auditor != nullptr) digest.add(in_.auditor->digest());
    if (in_.vectors != nullptr) digest.add(in_.vectors->space().id);
    return digest.hex();
  }

  /// API items of this instruction set and the best practices, once a bank.
  void seed_bank() {
    memory::RoundBatch batch;
    for (const isa::ApiItem& api : isa::emit_api_items(*in_.isa))
      batch.items.push_back(api_item(api, *in_.isa));
    for (const memory::Item& practice : best_practices()) batch.items.push_back(practice);
    Digest digest;
    for (const memory::Item& item : batch.items) digest.add(memory::item_digest(item));
    batch.round_id = "seed:" + digest.hex();
    if (in_.store->find_round(batch.round_id)) return;
    batch.snapshot_sequence = in_.store->sequence();
    in_.store->commit(batch);
  }

  /// Folds the whole rounds that an earlier process finished; cuts off the rest of one that it did
  /// not.
  void replay_records() {
    const std::vector<CandidateRecord> records = folder_.read_records();
    std::size_t at = 0;
    for (;;) {
      const std::size_t planned = plan_round().size();
      if (planned == 0 || records.size() - at < planned) break;
      for (std::size_t i = 0; i < planned; ++i) add_record(records[at++]);
      ++round_;
    }
    folder_.keep_records(records, at);
    progress_.candidates_done = static_cast<std::int64_t>(at);
  }

  void add_record(const CandidateRecord& record) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].name == record.task) states_[i].add(record);
    }
  }

  /// W slots: unfinished tasks in canonical order, one each; fewer tasks than slots share them
  /// evenly.
  std::vector<Slot> plan_round() const {
    std::vector<std::size_t> unfinished;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (states_[i].candidates < in_.settings.budget) unfinished.push_back(i);
    }
    const auto width = static_cast<std::size_t>(in_.settings.slots);
    if (unfinished.size() > width) unfinished.resize(width);
    std::vector<Slot> slots;
    for (const std::size_t task : unfinished) {
      const std::int64_t left = in_.settings.budget - states_[task].candidates;
      const auto share =
          std::min<std::int64_t>(left, static_cast<std::int64_t>(width / unfinished.size()));
      for (std::int64_t i = 0; i < share; ++i) {
        slots.push_back({task, static_cast<std::uint64_t>(states_[task].candidates + i)});
      }
    }
    return slots;
  }

  void run_round(const std::vector<Slot>& slots) {
    const std::string round_id = folder_.id() + ":" + std::to_string(round_);
    const std::int64_t sequence = round_sequence(round_id);
    const memory::Snapshot snapshot = snapshot_at(sequence);
    std::vector<Draft> drafts;
    for (std::size_t i = 0; i < slots.size(); ++i)
      drafts.push_back(prepare(snapshot, slots[i], static_cast<int>(i)));
    const std::vector<Verdict> verdicts = write_and_judge(slots, drafts);

    memory::RoundBatch batch;
    batch.round_id = round_id;
    batch.snapshot_sequence = sequence;
    batch.config = in_.settings.retrieval.value;
    std::vector<CandidateRecord> records;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      records.push_back(settle(slots[i], static_cast<int>(i), drafts[i], verdicts[i], batch));
    }
    in_.store->commit(batch);
    folder_.append_records(records);
    for (const Slot& slot : slots) {
      const TaskState& state = states_[slot.task];
      if (state.best) folder_.write_best(tasks_[slot.task].name, state.best->kernel.source);
    }
    ++round_;
  }

  /// With vectors of the space that is asked for.
  memory::Snapshot snapshot_at(std::int64_t sequence) {
    if (in_.vectors == nullptr) return memory::Snapshot(*in_.store, sequence);
    memory::add_missing_vectors(*in_.store, *in_.vectors, sequence);
    if (queries_.empty()) {
      std::vector<std::string> texts;
      for (const kernels::Task& task : tasks_)
        texts.push_back(memory::embedding_text(embedding_input(task, *in_.arch)));
      queries_ = in_.vectors->make(texts);
    }
    return memory::Snapshot(*in_.store, sequence, in_.vectors->space());
  }

  /// The bank's sequence that a round reads: the one that it was committed with, if its records
  /// were lost afterwards; the one noted when it began, if it was interrupted; else the bank's
  /// latest.
  std::int64_t round_sequence(const std::string& round_id) {
    if (const auto committed = in_.store->find_round(round_id))
      return committed->batch.snapshot_sequence;
    return folder_.round_sequence(round_, in_.store->sequence());
  }

  /// A slot's stage and context.
  Draft prepare(const memory::Snapshot& snapshot, const Slot& slot, int number) const {
    const TaskState& state = states_[slot.task];
    Draft draft;
    draft.stage = state.stage();
    ContextRequest question;
    question.task = &tasks_[slot.task];
    question.isa = in_.isa;
    question.arch = in_.arch;
    question.stage = draft.stage;
    question.slot = number;
    question.candidate = slot.candidate;
    question.feasible = state.feasible;
    if (!queries_.empty()) question.query = &queries_[slot.task];
    draft.context = make_context(snapshot, question, in_.settings);
    if (state.last) {
      const auto id = snapshot.find(state.last->item);
      CF_CHECK(id.has_value(), "the last attempt of this run is not in the bank");
      draft.last = context_item(snapshot.item(*id), state.last->item);
    }
    return draft;
  }

  /// What the generator is asked for a slot; refers to the draft and to the task's state.
  GenerationRequest request_for(const Slot& slot, const Draft& draft) const {
    const TaskState& state = states_[slot.task];
    GenerationRequest request;
    request.task = &tasks_[slot.task];
    request.arch = in_.arch;
    request.stage = draft.stage;
    request.seed = in_.settings.seed;
    request.candidate = slot.candidate;
    request.context = draft.context.items;
    if (draft.context.start_point) request.start_point = &*draft.context.start_point;
    if (draft.last) {
      request.last_attempt = &*draft.last;
      request.last_feedback = state.last->verdict.reason;
    }
    request.proposed = &state.proposed;
    return request;
  }

  /// Has all kernels of the round written, on a thread of its own, and judges each as soon as it is
  /// there. The first trouble on either side ends both.
  std::vector<Verdict> write_and_judge(const std::vector<Slot>& slots, std::vector<Draft>& drafts) {
    std::vector<GenerationRequest> requests;
    for (std::size_t i = 0; i < slots.size(); ++i)
      requests.push_back(request_for(slots[i], drafts[i]));
    std::vector<Verdict> verdicts(slots.size());
    std::vector<Audit> audits;
    JobQueue queue;
    std::atomic<bool> is_wanted{true};
    std::exception_ptr trouble;
    std::thread writer([&] {
      try {
        in_.generator->generate_all(requests, [&](std::size_t i, GeneratedKernel kernel) {
          drafts[i].kernel = std::move(kernel);
          const std::string& source = drafts[i].kernel.source;
          states_[slots[i].task].proposed.insert(digest_of(source));
          if (source.empty()) {
            verdicts[i].reason = "the generator wrote no kernel: " + drafts[i].kernel.failure;
          } else {
            queue.push(i, {slots[i].task, source, false, false});
          }
          return is_wanted.load();
        });
      } catch (...) {
        trouble = std::current_exception();
      }
      queue.close();
    });
    const std::int64_t before = progress_.candidates_done;
    try {
      in_.evaluator->evaluate_stream(queue, [&](std::size_t i, const Verdict& verdict) {
        verdicts[i] = verdict;
        if (verdict.pass && in_.auditor != nullptr)
          audits.push_back(start_audit(slots[i], drafts[i], verdicts[i], i));
        ++progress_.candidates_done;
        on_progress_(progress_);
      });
    } catch (...) {
      is_wanted = false;
      writer.join();
      throw;
    }
    writer.join();
    if (trouble) std::rethrow_exception(trouble);
    for (Audit& audit : audits) {
      const std::string objection = audit.objection.get();
      if (!objection.empty()) disqualify(verdicts[audit.slot], objection);
    }
    progress_.candidates_done = before + static_cast<std::int64_t>(slots.size());
    return verdicts;
  }

  Audit start_audit(const Slot& slot, const Draft& draft, const Verdict& verdict,
                    std::size_t number) const {
    const Auditor::Subject subject{&tasks_[slot.task], slot.candidate, draft.kernel.source,
                                   &verdict};
    return {number, std::async(std::launch::async,
                               [this, subject] { return in_.auditor->objection(subject); })};
  }

  /// Turns a verdict into item, reward and record, in slot order.
  CandidateRecord settle(const Slot& slot, int number, const Draft& draft, const Verdict& verdict,
                         memory::RoundBatch& batch) {
    const kernels::Task& task = tasks_[slot.task];
    TaskState& state = states_[slot.task];
    Trial trial;
    trial.task = &task;
    trial.isa = in_.isa;
    trial.arch = in_.arch;
    trial.stage = draft.stage;
    trial.kernel = &draft.kernel;
    trial.verdict = &verdict;
    if (!verdict.pass)
      trial.blamed =
          in_.generator->blame(draft.kernel.fragments, name_of(verdict.failing), verdict.reason);
    if (draft.context.start_point) trial.parent = draft.context.start_point->id;
    trial.seed = in_.settings.seed;
    memory::Item item = trace_item(trial);

    CandidateRecord record;
    record.round = round_;
    record.slot = number;
    record.task = task.name;
    record.task_digest = task.digest;
    record.candidate = slot.candidate;
    record.stage = draft.stage;
    record.key = draft.context.key;
    record.start_point = trial.parent;
    record.context = draft.context.credited;
    record.item = memory::item_digest(item);
    record.kernel = draft.kernel;
    record.verdict = verdict;
    record.reward = reward_of(draft.stage, verdict, state.best_cycles);

    memory::Outcome outcome;
    outcome.event_id = batch.round_id + ":" + std::to_string(number);
    outcome.slot = number;
    outcome.task = task.digest;
    outcome.stage = draft.stage == Stage::Draft ? memory::kDraft : memory::kRefine;
    outcome.key = draft.context.key;
    outcome.reward = record.reward;
    outcome.used = draft.context.credited;
    const bool known = std::find(state.feasible.begin(), state.feasible.end(), record.item) !=
                       state.feasible.end();
    if (verdict.pass && !known) outcome.new_start_point = record.item;
    batch.outcomes.push_back(outcome);
    for (const memory::RetrievalRecord& retrieval : draft.context.records)
      batch.retrievals.push_back(retrieval);
    batch.items.push_back(std::move(item));

    const std::int64_t before = state.best_cycles;
    record.best_cycles =
        verdict.pass && (before == 0 || verdict.cycles < before) ? verdict.cycles : before;
    state.add(record);
    if (record.best_cycles != before) report_better(task, verdict);
    return record;
  }

  void report_better(const kernels::Task& task, const Verdict& verdict) {
    const auto percent = static_cast<int>(100 * verdict.roofline_fraction + 0.5);
    progress_.round = round_;
    say(task.name + ": " + std::to_string(verdict.cycles) + " cycles, " + std::to_string(percent) +
        " % of the bound");
  }

  /// The fastest kernel of each task that is also right on data that no candidate saw.
  std::vector<TaskOutcome> finish() {
    std::vector<TaskOutcome> outcomes;
    const std::vector<CandidateRecord> records = folder_.read_records();
    const std::vector<std::int64_t> eager = eager_cycles();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const TaskState& state = states_[i];
      TaskOutcome outcome;
      outcome.task = tasks_[i].name;
      outcome.eager_cycles = eager[i];
      outcome.candidates = state.candidates;
      outcome.gate = state.first_correct ? "pass" : name_of(state.farthest_gate);
      if (state.last) outcome.lower_bound_cycles = state.last->verdict.lower_bound_cycles;
      if (state.first_correct) {
        outcome.first_correct_candidate = static_cast<std::int64_t>(state.first_correct->candidate);
        outcome.first_correct_cycles = state.first_correct->verdict.cycles;
        accept_best(i, records, outcome);
      } else if (state.last) {
        outcome.limiter = state.last->verdict.reason.substr(0, 200);
      }
      outcomes.push_back(outcome);
    }
    if (in_.confirm) folder_.write_confirmations(confirmations_);
    folder_.write_summary(outcomes, in_.confirm);
    return outcomes;
  }

  /// Of each task's node-by-node baseline; 0: there is none, or it is wrong. No generator sees it.
  std::vector<std::int64_t> eager_cycles() {
    std::vector<std::int64_t> cycles(tasks_.size(), 0);
    std::vector<EvaluationJob> jobs;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      kernels::EagerKernel kernel = kernels::write_eager(tasks_[i], *in_.arch);
      if (kernel.refusal.empty()) jobs.push_back({i, std::move(kernel.source), false, false});
    }
    const std::vector<Verdict> verdicts = in_.evaluator->evaluate(jobs, [](std::size_t) {});
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (verdicts[i].pass) cycles[jobs[i].task] = verdicts[i].cycles;
    }
    return cycles;
  }

  void accept_best(std::size_t task, const std::vector<CandidateRecord>& records,
                   TaskOutcome& outcome) {
    std::vector<const CandidateRecord*> feasible;
    for (const CandidateRecord& record : records) {
      if (record.task == tasks_[task].name && record.verdict.pass) feasible.push_back(&record);
    }
    std::stable_sort(feasible.begin(), feasible.end(),
                     [](const CandidateRecord* a, const CandidateRecord* b) {
                       return a->verdict.cycles < b->verdict.cycles;
                     });
    for (std::size_t i = 0; i < feasible.size() && i < kHiddenAttempts; ++i) {
      const CandidateRecord& best = *feasible[i];
      const Verdict hidden = judge_one({task, best.kernel.source, true, false});
      if (!hidden.pass || (in_.confirm && !confirm(task, best, outcome))) continue;
      outcome.correct = outcome.hidden_trials_passed = true;
      outcome.best_cycles = best.verdict.cycles;
      outcome.lower_bound_cycles = best.verdict.lower_bound_cycles;
      outcome.limiter = best.verdict.bottleneck;
      outcome.kernel = folder_.write_best(tasks_[task].name, best.kernel.source);
      return;
    }
    outcome.limiter = outcome.diverged.empty() ? "right on seen data only: the hidden trials fail"
                                               : "model and RTL differ: no kernel was confirmed";
  }

  Verdict judge_one(const EvaluationJob& job) {
    return in_.evaluator->evaluate({job}, [](std::size_t) {}).front();
  }

  /// All trials of a kernel on model and RTL side by side.
  bool confirm(std::size_t task, const CandidateRecord& record, TaskOutcome& outcome) {
    const std::string who = fmt::format("{}: candidate {}", record.task, record.candidate);
    say(who + " is run on model and RTL");
    const Verdict verdict = judge_one({task, record.kernel.source, true, true});
    confirmations_.push_back(
        {record.task, record.task_digest, record.candidate, record.item, verdict});
    outcome.confirmed = verdict.pass;
    if (verdict.pass) {
      say(fmt::format("{} is confirmed on the RTL, {} cycles", who, verdict.cycles));
      return true;
    }
    const bool is_first = outcome.diverged.empty();
    if (is_first) outcome.diverged = folder_.write_diverged(record.task, record.kernel.source);
    say(fmt::format("{} is not accepted: {}{}", who,
                    verdict.reason.substr(0, verdict.reason.find('\n')),
                    is_first ? " (" + outcome.diverged + ")" : ""));
    return false;
  }

  /// A line of the display that stays.
  void say(const std::string& line) {
    progress_.newest = line;
    on_progress_(progress_);
    progress_.newest.clear();
  }

  const SynthesisInputs& in_;
  const std::function<void(const SynthesisProgress&)>& on_progress_;
  const std::vector<kernels::Task>& tasks_;
  std::vector<TaskState> states_;
  std::vector<memory::Embedding> queries_;  ///< of the tasks, in the space of in_.vectors
  RunFolder folder_;
  SynthesisProgress progress_;
  std::vector<Confirmation> confirmations_;
  int round_ = 0;
};

}  // namespace

std::string settings_text(const LoopSettings& settings) {
  const nlohmann::ordered_json json = {{"budget", settings.budget},
                                       {"slots", settings.slots},
                                       {"seed", settings.seed},
                                       {"policy", settings.retrieval.policy},
                                       {"context_items", settings.retrieval.context_items},
                                       {"lambda", settings.retrieval.lambda},
                                       {"epsilon", settings.retrieval.epsilon},
                                       {"start_point", settings.start_point.policy},
                                       {"start_point_epsilon", settings.start_point.epsilon},
                                       {"value", memory::config_text(settings.retrieval.value)},
                                       {"child_items", settings.child_items},
                                       {"matched_practices", settings.matched_practices},
                                       {"similar_api_items", settings.similar_api_items},
                                       {"key_is_stage", settings.key_is_stage},
                                       {"permute_contents", settings.permute_contents}};
  return json.dump();
}

std::vector<TaskOutcome> synthesize(
    const SynthesisInputs& inputs,
    const std::function<void(const SynthesisProgress&)>& on_progress) {
  return Run(inputs, on_progress).go();
}

}  // namespace coldforge::agent
