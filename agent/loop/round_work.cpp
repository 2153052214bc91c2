#include "agent/loop/round_work.h"

#include <future>

#include "sim/base/digest.h"

namespace coldforge::agent {
namespace {

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

/// The credited items of a context without the start point.
std::vector<std::string> rewarded(const Draft& draft) {
  std::vector<std::string> items;
  for (const std::string& item : draft.context.credited) {
    if (!draft.context.start_point || draft.context.start_point->id != item) items.push_back(item);
  }
  return items;
}

}  // namespace

RoundWork::RoundWork(const Workers& workers, std::vector<Slot> slots, std::vector<Draft> drafts,
                     const std::vector<TaskState>& states)
    : workers_(workers),
      slots_(std::move(slots)),
      drafts_(std::move(drafts)),
      verdicts_(slots_.size()) {
  for (const Slot& slot : slots_) proposed_[slot.task] = states[slot.task].proposed;
  for (std::size_t i = 0; i < slots_.size(); ++i) requests_.push_back(request_for(i));
  writer_ = std::thread([this] { write(); });
}

RoundWork::~RoundWork() { stop(); }

void RoundWork::stop() {
  is_wanted_ = false;
  if (writer_.joinable()) writer_.join();
}

GenerationRequest RoundWork::request_for(std::size_t slot) {
  Draft& draft = drafts_[slot];
  GenerationRequest request;
  request.task = &(*workers_.tasks)[slots_[slot].task];
  request.arch = workers_.arch;
  request.stage = draft.stage;
  request.seed = workers_.seed;
  request.candidate = slots_[slot].candidate;
  request.context = std::move(draft.context.items);
  if (draft.context.start_point) request.start_point = &*draft.context.start_point;
  if (draft.last) {
    request.last_attempt = &*draft.last;
    request.last_feedback = draft.last_feedback;
  }
  request.proposed = &proposed_.at(slots_[slot].task);
  return request;
}

void RoundWork::write() {
  try {
    workers_.generator->generate_all(requests_, [this](std::size_t i, GeneratedKernel kernel) {
      Draft& draft = drafts_[i];
      draft.kernel = std::move(kernel);
      if (workers_.leave_one_out) {
        draft.alternatives =
            alternatives_of(*workers_.generator, requests_[i], draft.kernel, rewarded(draft));
      }
      const std::string& source = draft.kernel.source;
      proposed_[slots_[i].task].insert(digest_of(source));
      if (source.empty()) {
        verdicts_[i].reason = "the generator wrote no kernel: " + draft.kernel.failure;
      } else {
        queue_.push(i, {slots_[i].task, source, false, false});
      }
      return is_wanted_.load();
    });
  } catch (...) {
    trouble_ = std::current_exception();
  }
  queue_.close();
}

std::vector<Verdict> RoundWork::judge(const std::function<void()>& on_verdict) {
  std::vector<Audit> audits;
  const auto audit = [&](std::size_t i) {
    const Auditor::Subject subject{&(*workers_.tasks)[slots_[i].task], slots_[i].candidate,
                                   drafts_[i].kernel.source, &verdicts_[i]};
    audits.push_back({i, std::async(std::launch::async, [this, subject] {
                        return workers_.auditor->objection(subject);
                      })});
  };
  workers_.evaluator->evaluate_stream(queue_, [&](std::size_t i, const Verdict& verdict) {
    verdicts_[i] = verdict;
    if (verdict.pass && workers_.auditor != nullptr) audit(i);
    on_verdict();
  });
  writer_.join();
  if (trouble_) std::rethrow_exception(trouble_);
  for (Audit& one : audits) {
    const std::string objection = one.objection.get();
    if (!objection.empty()) disqualify(verdicts_[one.slot], objection);
  }
  return verdicts_;
}

}  // namespace coldforge::agent
