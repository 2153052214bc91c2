#include "agent/loop/verifying_evaluator.h"

#include <poll.h>

#include <cerrno>
#include <map>
#include <optional>
#include <tuple>

#include "agent/verify/verifier.h"
#include "kernels/build/toolchain.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

/// A job is tried this often before its failure is the machine's fault for good.
constexpr int kAttempts = 3;
constexpr std::int64_t kSeenTrials = 3;
constexpr std::int64_t kHiddenTrials = 3;
/// Seed of the seen trials; that of the hidden ones follows from the task, so that no kernel can be
/// written for it.
constexpr std::uint64_t kSeenSeed = 1;

}  // namespace

struct VerifyingEvaluator::Impl {
  Impl(const std::vector<kernels::Task>& all, const sim::Machine& that_machine,
       const Options& options)
      : tasks(all),
        machine(that_machine),
        toolchain(machine.isa(), machine.arch()),
        width(static_cast<std::size_t>(options.jobs)),
        cache(options.cache),
        backend(options.backend) {
    machine.prepare_runs();  // before tasks' data fill the process
  }

  const Verifier& verifier(const EvaluationJob& job) {
    const sim::Backend on = job.confirm ? sim::Backend::Both : backend;
    auto& slot = verifiers[{job.task, job.hidden, on}];
    if (!slot) {
      VerifyOptions options;
      options.backend = on;
      options.seed = kSeenSeed;
      options.trials = static_cast<int>(kSeenTrials);
      if (job.hidden) {
        options.hidden_seed = stream_key("hidden", stream_key(tasks[job.task].digest));
        options.hidden_trials = static_cast<int>(kHiddenTrials);
      }
      slot = std::make_unique<Verifier>(tasks[job.task], machine, toolchain, options, &trials);
    }
    return *slot;
  }

  /// The verdict of a key, if it was given before.
  const Verdict* find(const std::string& key) {
    auto at = known.find(key);
    if (at == known.end() && cache != nullptr) {
      if (std::optional<Verdict> stored = cache->find(key))
        at = known.emplace(key, std::move(*stored)).first;
    }
    return at == known.end() ? nullptr : &at->second;
  }

  void add(const std::string& key, const Verdict& verdict) {
    known[key] = verdict;
    if (cache != nullptr) cache->add(key, verdict);
  }

  const std::vector<kernels::Task>& tasks;
  const sim::Machine& machine;
  kernels::Toolchain toolchain;
  std::size_t width;
  const VerdictCache* cache;
  sim::Backend backend;
  TrialStore trials;  ///< of all verifiers: the hidden ones repeat the seen trials
  /// By task, whether the hidden trials are among its trials, and what runs them.
  std::map<std::tuple<std::size_t, bool, sim::Backend>, std::unique_ptr<Verifier>> verifiers;
  std::map<std::string, Verdict> known;  ///< by cache key
  std::int64_t failures = 0;
};

namespace {

/// A job under way.
struct Active {
  JobQueue::Numbered job;
  std::string key;
  int attempts = 1;
  std::unique_ptr<PendingVerdict> pending;
};

/// Sleeps until a child of one of the jobs has something to say, or another job comes.
void wait_for_any(const std::vector<Active>& active, const JobQueue* more) {
  std::vector<pollfd> descriptors;
  for (const Active& one : active) {
    const int descriptor = one.pending->descriptor();
    if (descriptor < 0) return;
    descriptors.push_back({descriptor, POLLIN, 0});
  }
  if (more != nullptr) descriptors.push_back({more->descriptor(), POLLIN, 0});
  // The time-out lets each job see its own limits; it decides nothing.
  constexpr int kLookAgainMs = 1000;
  if (::poll(descriptors.data(), descriptors.size(), kLookAgainMs) < 0 && errno != EINTR) {
    throw InfrastructureError("poll failed");
  }
}

}  // namespace

VerifyingEvaluator::VerifyingEvaluator(const std::vector<kernels::Task>& tasks,
                                       const sim::Machine& machine, const Options& options)
    : impl_(std::make_unique<Impl>(tasks, machine, options)) {}

VerifyingEvaluator::~VerifyingEvaluator() = default;

std::vector<Verdict> VerifyingEvaluator::evaluate(
    const std::vector<EvaluationJob>& jobs, const std::function<void(std::size_t)>& on_progress) {
  JobQueue queue;
  for (std::size_t i = 0; i < jobs.size(); ++i) queue.push(i, jobs[i]);
  queue.close();
  std::vector<Verdict> verdicts(jobs.size());
  std::size_t done = 0;
  evaluate_stream(queue, [&](std::size_t number, const Verdict& verdict) {
    verdicts[number] = verdict;
    on_progress(++done);
  });
  return verdicts;
}

void VerifyingEvaluator::evaluate_stream(
    JobQueue& jobs, const std::function<void(std::size_t, const Verdict&)>& on_verdict) {
  std::map<std::string, std::vector<std::size_t>> twins;  // jobs that wait for an equal one
  std::vector<Active> active;
  while (!active.empty() || !jobs.is_finished()) {
    while (active.size() < impl_->width) {
      std::optional<JobQueue::Numbered> next = jobs.take();
      if (!next) break;
      const Verifier& verifier = impl_->verifier(next->job);
      const std::string key = verifier.cache_key(next->job.source);
      if (const Verdict* known = impl_->find(key)) {
        on_verdict(next->number, *known);
      } else if (auto twin = twins.find(key); twin != twins.end()) {
        twin->second.push_back(next->number);
      } else {
        twins[key] = {};
        auto pending = verifier.start(next->job.source);
        active.push_back({std::move(*next), key, 1, std::move(pending)});
      }
    }
    const bool takes_more = active.size() < impl_->width && !jobs.is_finished();
    if (active.empty() && !takes_more) continue;
    wait_for_any(active, takes_more ? &jobs : nullptr);
    for (std::size_t i = 0; i < active.size();) {
      Active& one = active[i];
      try {
        if (!one.pending->ready()) {
          ++i;
          continue;
        }
        const Verdict verdict = one.pending->finish();
        impl_->add(one.key, verdict);
        on_verdict(one.job.number, verdict);
        for (const std::size_t twin : twins[one.key]) on_verdict(twin, verdict);
        twins.erase(one.key);
        active.erase(active.begin() + static_cast<std::ptrdiff_t>(i));
      } catch (const InfrastructureError&) {
        ++impl_->failures;
        if (++one.attempts > kAttempts) throw;
        one.pending = impl_->verifier(one.job.job).start(one.job.job.source);
        ++i;
      }
    }
  }
}

std::string VerifyingEvaluator::digest() const {
  Digest digest;
  digest.add(impl_->toolchain.digest()).add(program_digest()).add(kSeenTrials).add(kHiddenTrials);
  if (impl_->backend != sim::Backend::Model) {
    digest.add(sim::name_of(impl_->backend)).add(impl_->machine.rtl_digest());
  }
  return digest.hex();
}

std::int64_t VerifyingEvaluator::infrastructure_failures() const { return impl_->failures; }

}  // namespace coldforge::agent
