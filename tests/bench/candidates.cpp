#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>

#include "agent/verify/verifier.h"
#include "sim/base/error.h"
#include "tests/bench/measurements.h"

namespace coldforge::bench {
namespace {

constexpr int kInFlight = 2;
constexpr int kBatch = 10;  // candidates of one sample
constexpr int kLeastBatches = 2;

/// A small task, its verifier, and the hand-written kernel that all candidates are made from.
struct Subject {
  Subject(const Workshop& workshop, const std::string& name, const kernels::ReadOptions& read)
      : task(workshop.task(name, read)),
        source(source_file("kernels/reference/" + name + ".cpp")),
        verifier(task, workshop.machine(), workshop.toolchain(), {}) {}

  /// The kernel with something of its own in it, so that no cache of sources, programs or verdicts
  /// knows it: a number that goes to the stack.
  std::string candidate(int number) const {
    const std::string head = "void kernel(const task::Args& args) {\n";
    const std::size_t at = source.find(head);
    CF_CHECK(at != std::string::npos, task.name + ": the kernel's first line is not as expected");
    std::string text = source;
    text.insert(at + head.size(),
                fmt::format("  volatile int candidate = {};\n  (void)candidate;\n", number));
    return text;
  }

  kernels::Task task;
  std::string source;
  agent::Verifier verifier;
};

kernels::ReadOptions with_shape(const kernels::Shape& shape) {
  kernels::ReadOptions read;
  read.shapes["x"] = shape;
  return read;
}

/// Keeps kInFlight candidates under way and notes when each is judged.
class Stream {
 public:
  explicit Stream(const Workshop& workshop)
      : relu_(workshop, "relu", with_shape({4, 1536})),
        sum_dim_(workshop, "sum_dim", with_shape({16, 16, 64})) {}

  /// Until one more candidate is judged.
  void next() {
    for (;;) {
      std::array<pollfd, kInFlight> watched{};
      for (std::size_t i = 0; i < kInFlight; ++i) {
        if (!pending_[i]) start(pending_[i]);
        if (pending_[i]->ready()) return judged(pending_[i]);
        watched[i] = {pending_[i]->descriptor(), POLLIN, 0};
      }
      ::poll(watched.data(), watched.size(), 200);
    }
  }

 private:
  void start(std::unique_ptr<agent::PendingVerdict>& slot) {
    const Subject& subject = number_ % 2 == 0 ? relu_ : sum_dim_;
    slot = subject.verifier.start(subject.candidate(number_++));
  }
  void judged(std::unique_ptr<agent::PendingVerdict>& slot) {
    const agent::Verdict verdict = slot->finish();
    if (!verdict.pass) throw UserError("candidates_per_s", verdict.reason);
    slot.reset();
  }

  Subject relu_, sum_dim_;
  std::array<std::unique_ptr<agent::PendingVerdict>, kInFlight> pending_;
  int number_ = 0;
};

}  // namespace

Measurement candidates_per_s(const Workshop& workshop, double seconds) {
  Stream stream(workshop);
  for (int i = 0; i < 2 * kInFlight; ++i) stream.next();  // makes inputs and golden outputs
  std::vector<double> rates;
  repeat(seconds, kLeastBatches, [&] {
    const double begin = now_s();
    for (int i = 0; i < kBatch; ++i) stream.next();
    rates.push_back(kBatch / (now_s() - begin));
  });
  Measurement measurement;
  measurement.name = "candidates_per_s";
  measurement.unit = "candidates/s";
  measurement.target = 15;
  measurement.measured = median(rates);
  measurement.best = *std::max_element(rates.begin(), rates.end());
  measurement.samples = static_cast<int>(rates.size());
  return measurement;
}

}  // namespace coldforge::bench
