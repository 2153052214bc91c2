#include "agent/generator/model/conversation.h"

#include "agent/generator/model/answer.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

using llm::ChatStatus;

/// Of what a provider says beside the answer.
constexpr std::size_t kMostWords = 500;

/// Holds the place of a question in a set while it is under way.
class Turn {
 public:
  using Key = std::pair<std::string, int>;
  Turn(std::mutex& mutex, std::condition_variable& ended, std::set<Key>& set, Key key)
      : mutex_(mutex), ended_(ended), set_(set), key_(std::move(key)) {
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [&] { return set_.count(key_) == 0; });
    set_.insert(key_);
  }
  ~Turn() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      set_.erase(key_);
    }
    ended_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::mutex& mutex_;
  std::condition_variable& ended_;
  std::set<Key>& set_;
  Key key_;
};

}  // namespace

Conversation::Reply Conversation::ask(const Purpose& purpose, const llm::ChatRequest& request) {
  Reply reply;
  reply.digest = request_digest(request);
  const Turn turn(mutex_, answered_, under_way_, {reply.digest, purpose.ordinal});
  int failures = 0;
  if (auto found = exchanges_.find(reply.digest, purpose.ordinal)) {
    failures = found->failures;
    const bool is_final = found->answer.status != ChatStatus::Failed || failures >= kMostFailures ||
                          respondent_ == nullptr;
    if (is_final) {
      reply.answer = std::move(found->answer);
      return reply;
    }
  }
  if (respondent_ == nullptr) {
    throw UserError(
        exchanges_.file(),
        "no answer is recorded for request " + short_digest(reply.digest) + " (" +
            to_text(purpose) +
            "); replay needs the tasks, options, versions and bank that the run began with");
  }
  Reservation reservation(budget_, worst_case(request));
  reply.answer = respondent_->answer(purpose, request);
  if (reply.answer.status == ChatStatus::Fatal)
    throw UserError("language model", reply.answer.reason);
  reservation.spent = spending_of(request, reply.answer);
  // What is used is what is recorded, or a replay would see other bytes.
  reply.answer.text = trimmed_answer(reply.answer.text);
  reply.answer.reason = trimmed_answer(reply.answer.reason.substr(0, kMostWords));
  reply.answer.model = trimmed_answer(reply.answer.model.substr(0, kMostWords));
  exchanges_.add(reply.digest, purpose, request, reply.answer);
  reply.may_yet_be_answered =
      reply.answer.status == ChatStatus::Failed && failures + 1 < kMostFailures;
  return reply;
}

}  // namespace coldforge::agent
