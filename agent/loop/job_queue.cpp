#include "agent/loop/job_queue.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "sim/base/error.h"

namespace coldforge::agent {

JobQueue::JobQueue() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw InfrastructureError("no file descriptor is left for the queue of jobs");
}

JobQueue::~JobQueue() { ::close(event_); }

void JobQueue::wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then the descriptor is readable already.
  [[maybe_unused]] const ssize_t written = ::write(event_, &one, sizeof one);
}

void JobQueue::push(std::size_t number, EvaluationJob job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  jobs_.push_back({number, std::move(job)});
  wake();
}

void JobQueue::close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_closed_ = true;
  wake();
}

std::optional<JobQueue::Numbered> JobQueue::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (jobs_.empty()) {
    std::uint64_t count = 0;
    // Nothing is lost: who pushes next wakes again, and a closed queue is told by is_finished().
    [[maybe_unused]] const ssize_t cleared = ::read(event_, &count, sizeof count);
    return std::nullopt;
  }
  Numbered next = std::move(jobs_.front());
  jobs_.pop_front();
  return next;
}

bool JobQueue::is_finished() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return is_closed_ && jobs_.empty();
}

void JobQueue::wait() const {
  for (;;) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (is_closed_ || !jobs_.empty()) return;
    }
    pollfd one = {event_, POLLIN, 0};
    if (::poll(&one, 1, -1) < 0 && errno != EINTR) throw InfrastructureError("poll failed");
  }
}

}  // namespace coldforge::agent
