#include "agent/loop/synthesis.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/generator/practices.h"
#include "agent/loop/acceptance.h"
#include "agent/loop/context.h"
#include "agent/loop/experience.h"
#include "agent/loop/leave_one_out.h"
#include "agent/loop/round_work.h"
#include "agent/loop/run_folder.h"
#include "agent/loop/task_state.h"
#include "isa/emit.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

class Run {
 public:
  Run(const SynthesisInputs& inputs,
      const std::function<void(const SynthesisProgress&)>& on_progress)
      : in_(inputs),
        on_progress_(on_progress),
        tasks_(*inputs.tasks),
        states_(tasks_.size()),
        candidates_begun_(tasks_.size(), 0),
        folder_(inputs.folder, run_key()) {}

  std::vector<TaskOutcome> go() {
    seed_bank();
    folder_.open(in_.fresh, in_.store->sequence());
    if (auto finished = folder_.summary(in_.confirm)) return *finished;
    progress_.candidates_total = static_cast<std::int64_t>(tasks_.size()) * in_.settings.budget;
    const std::vector<CandidateRecord> records = folder_.read_records();
    std::size_t recorded = 0;  // of them, those of whole rounds that an earlier process finished
    bool is_recorded = true;   // the round that begins next
    for (;;) {
      while (static_cast<int>(under_way_.size()) <= in_.settings.overlap) {
        std::vector<Slot> slots = plan_round();
        if (slots.empty()) break;
        if (is_recorded && recorded + slots.size() > records.size()) {
          is_recorded = false;
          folder_.keep_records(records, recorded);  // an interruption left a part of a round
        }
        if (is_recorded) recorded += slots.size();
        begin_round(std::move(slots), is_recorded);
      }
      if (under_way_.empty()) break;
      if (under_way_.front().work == nullptr) {
        take_records(records, under_way_.front());
      } else {
        finish_round(under_way_.front());
      }
      under_way_.pop_front();
    }
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

  /// A round from its begin to its end. Rounds end in order; `overlap` of them are begun before.
  struct UnderWay {
    int number = 0;
    std::size_t slots = 0;
    std::string id;
    std::int64_t sequence = 0;        ///< of the bank that it reads
    std::unique_ptr<RoundWork> work;  ///< null: an earlier process finished it
  };

  /// A round sees what is known now: all rounds but those that are under way.
  void begin_round(std::vector<Slot> slots, bool is_recorded) {
    UnderWay& round = under_way_.emplace_back();
    round.number = rounds_begun_++;
    round.slots = slots.size();
    round.id = folder_.id() + ":" + std::to_string(round.number);
    for (const Slot& slot : slots) ++candidates_begun_[slot.task];
    if (is_recorded) return;
    round.sequence = round_sequence(round);
    const memory::Snapshot& snapshot = snapshot_at(round.sequence);
    std::vector<Draft> drafts;
    for (std::size_t i = 0; i < slots.size(); ++i)
      drafts.push_back(prepare(snapshot, slots[i], static_cast<int>(i)));
    const RoundWork::Workers workers = {in_.generator,
                                        in_.evaluator,
                                        in_.auditor,
                                        in_.tasks,
                                        in_.arch,
                                        in_.settings.seed,
                                        in_.settings.leave_one_out};
    round.work = std::make_unique<RoundWork>(workers, std::move(slots), std::move(drafts), states_);
  }

  void take_records(const std::vector<CandidateRecord>& records, const UnderWay& round) {
    const auto first = static_cast<std::size_t>(progress_.candidates_done);
    for (std::size_t i = 0; i < round.slots; ++i) add_record(records[first + i]);
    progress_.candidates_done += static_cast<std::int64_t>(round.slots);
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
      if (candidates_begun_[i] < in_.settings.budget) unfinished.push_back(i);
    }
    const auto width = static_cast<std::size_t>(in_.settings.slots);
    if (unfinished.size() > width) unfinished.resize(width);
    std::vector<Slot> slots;
    for (const std::size_t task : unfinished) {
      const std::int64_t left = in_.settings.budget - candidates_begun_[task];
      const auto share =
          std::min<std::int64_t>(left, static_cast<std::int64_t>(width / unfinished.size()));
      for (std::int64_t i = 0; i < share; ++i) {
        slots.push_back({task, static_cast<std::uint64_t>(candidates_begun_[task] + i)});
      }
    }
    return slots;
  }

  /// Judges what is written, and commits.
  void finish_round(UnderWay& round) {
    round_ = round.number;
    const std::int64_t before = progress_.candidates_done;
    const std::vector<Verdict> verdicts = round.work->judge([this] {
      ++progress_.candidates_done;
      on_progress_(progress_);
    });
    const std::vector<Slot>& slots = round.work->slots();
    progress_.candidates_done = before + static_cast<std::int64_t>(slots.size());
    AlternativeVerdicts alternatives;
    for (std::size_t i = 0; i < slots.size(); ++i)
      alternatives.add(slots[i].task, round.work->drafts()[i].alternatives);
    alternatives.judge(*in_.evaluator);

    memory::RoundBatch batch;
    batch.round_id = round.id;
    batch.snapshot_sequence = round.sequence;
    batch.config = in_.settings.retrieval.value;
    std::vector<CandidateRecord> records;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      records.push_back(settle(slots[i], static_cast<int>(i), round.work->drafts()[i], verdicts[i],
                               alternatives, batch));
    }
    in_.store->commit(batch);
    folder_.append_records(records);
    for (const Slot& slot : slots) {
      const TaskState& state = states_[slot.task];
      if (state.best) folder_.write_best(tasks_[slot.task].name, state.best->kernel.source);
    }
  }

  /// With vectors of the space that is asked for. The one of the round before moves forward: what
  /// it holds need not be read again.
  const memory::Snapshot& snapshot_at(std::int64_t sequence) {
    if (in_.vectors != nullptr) make_vectors(sequence);
    const memory::Space& space =
        in_.vectors != nullptr ? in_.vectors->space() : memory::builtin_space();
    if (snapshot_ && snapshot_->sequence() <= sequence) {
      snapshot_->refresh(*in_.store, sequence);
    } else {
      snapshot_.emplace(*in_.store, sequence, space);
    }
    return *snapshot_;
  }

  /// Of items that have none, and of the tasks.
  void make_vectors(std::int64_t sequence) {
    memory::add_missing_vectors(*in_.store, *in_.vectors, sequence);
    if (queries_.empty()) {
      std::vector<std::string> texts;
      for (const kernels::Task& task : tasks_)
        texts.push_back(memory::embedding_text(embedding_input(task, *in_.arch)));
      queries_ = in_.vectors->make(texts);
    }
  }

  /// The bank's sequence that a round reads: the one that it was committed with, if its records
  /// were lost afterwards; the one noted when it began, if it was interrupted; else the bank's
  /// latest.
  std::int64_t round_sequence(const UnderWay& round) {
    if (const auto committed = in_.store->find_round(round.id))
      return committed->batch.snapshot_sequence;
    return folder_.round_sequence(round.number, in_.store->sequence());
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
      draft.last_feedback = state.last->verdict.reason;
    }
    return draft;
  }

  /// Turns a verdict into item, reward and record, in slot order.
  CandidateRecord settle(const Slot& slot, int number, const Draft& draft, const Verdict& verdict,
                         AlternativeVerdicts& alternatives, memory::RoundBatch& batch) {
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
    if (in_.settings.leave_one_out) {
      record.extra_verdicts = alternatives.take_count(slot.task, draft.alternatives);
      for (const Alternative& other : draft.alternatives) {
        const Verdict& judged = alternatives.of(slot.task, other);
        record.without.push_back({other.item, reward_of(draft.stage, judged, state.best_cycles)});
        memory::Outcome difference = outcome;
        difference.event_id += ":" + std::to_string(record.without.size());
        difference.used = {other.item};
        difference.without = record.without.back().reward;
        batch.outcomes.push_back(difference);
      }
      outcome.used.clear();
      if (draft.context.start_point) outcome.used = {draft.context.start_point->id};
    }
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

  std::vector<TaskOutcome> finish() {
    Acceptance::Inputs inputs;
    inputs.tasks = in_.tasks;
    inputs.arch = in_.arch;
    inputs.evaluator = in_.evaluator;
    inputs.folder = &folder_;
    inputs.states = &states_;
    inputs.confirm = in_.confirm;
    inputs.say = [this](const std::string& line) { say(line); };
    std::vector<TaskOutcome> outcomes = Acceptance(inputs).judge();
    folder_.write_summary(outcomes, in_.confirm);
    return outcomes;
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
  std::vector<std::int64_t> candidates_begun_;  ///< of each task
  std::vector<memory::Embedding> queries_;      ///< of the tasks, in the space of in_.vectors
  std::optional<memory::Snapshot> snapshot_;    ///< of the newest round
  RunFolder folder_;
  SynthesisProgress progress_;
  std::deque<UnderWay> under_way_;
  int rounds_begun_ = 0;
  int round_ = 0;  ///< the one that is being finished
};

}  // namespace

std::string settings_text(const LoopSettings& settings) {
  nlohmann::ordered_json json = {{"budget", settings.budget},
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
                                 {"draft_practices", settings.draft_practices},
                                 {"similar_api_items", settings.similar_api_items},
                                 {"key_is_stage", settings.key_is_stage},
                                 {"permute_contents", settings.permute_contents}};
  if (settings.leave_one_out) json["credit"] = "leave_one_out";
  if (settings.overlap > 0) json["overlap"] = settings.overlap;  // older runs keep their identity
  return json.dump();
}

std::vector<TaskOutcome> synthesize(
    const SynthesisInputs& inputs,
    const std::function<void(const SynthesisProgress&)>& on_progress) {
  return Run(inputs, on_progress).go();
}

}  // namespace coldforge::agent
