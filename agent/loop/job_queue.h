#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace coldforge::agent {

/// A kernel that waits for its verdict.
struct EvaluationJob {
  std::size_t task = 0;  ///< index into the run's tasks
  std::string source;
  bool hidden = false;   ///< judge with the trials that no candidate has seen, too
  bool confirm = false;  ///< on model and RTL side by side
};

/// Jobs on their way from whoever writes kernels to the evaluator, which takes them as they come.
/// Writers may be many threads, the taker is one.
class JobQueue {
 public:
  struct Numbered {
    std::size_t number = 0;  ///< the writer's, to know the verdict by
    EvaluationJob job;
  };

  JobQueue();
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  void push(std::size_t number, EvaluationJob job);
  /// No job will follow.
  void close();

  /// The next job if there is one; never waits.
  std::optional<Numbered> take();
  /// Closed, and every job was taken.
  bool is_finished() const;
  /// Readable when take() or is_finished() may have news.
  int descriptor() const { return event_; }
  /// Sleeps until there is a job or the queue is finished.
  void wait() const;

 private:
  void wake() const;

  int event_ = -1;
  mutable std::mutex mutex_;
  std::deque<Numbered> jobs_;
  bool is_closed_ = false;
};

}  // namespace coldforge::agent
