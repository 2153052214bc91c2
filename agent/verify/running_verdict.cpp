#include "agent/verify/running_verdict.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "agent/verify/diagnosis.h"
#include "agent/verify/source_rules.h"
#include "agent/verify/verifier_impl.h"
#include "kernels/build/link_script.h"
#include "kernels/compare.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

constexpr std::size_t kMostDiagnostics = 12;
constexpr std::size_t kMostRaces = 4;
constexpr std::size_t kDearestLines = 3;

std::string clipped(std::string text) {
  if (text.size() > kReasonLimit) {
    text.resize(kReasonLimit - 4);
    text += "\n...";
  }
  return text;
}

class RunningVerdict final : public PendingVerdict {
 public:
  RunningVerdict(VerifierImpl& verifier, const std::string& source, const std::string& cache_key)
      : verifier_(verifier), source_(source) {
    verdict_.cache_key = cache_key;
    verdict_.lower_bound_cycles = verifier.bound.cycles;
    verdict_.limiter = std::string(kernels::name_of(verifier.bound.limiter));
    if (!source_is_clean()) return;
    compiling_ = verifier_.toolchain->start(source_, verifier_.header);
  }

  int descriptor() const override {
    if (compiling_) return compiling_->descriptor();
    return running_ ? running_->descriptor() : -1;
  }

  bool ready() override {
    while (!ended_) {
      if (compiling_) {
        if (!compiling_->ready()) return false;
        compiled(compiling_->finish());
      } else {
        if (!running_->ready()) return false;
        ran(running_->finish());
      }
    }
    return true;
  }

  Verdict finish() override {
    while (!ready()) {
      pollfd watched{descriptor(), POLLIN, 0};
      if (watched.fd >= 0) ::poll(&watched, 1, 200);
    }
    return verdict_;
  }

  const Evidence& evidence() const override { return evidence_; }

 private:
  void fail(Gate gate, std::string reason) {
    verdict_.pass = false;
    verdict_.failing = gate;
    verdict_.reason = clipped(std::move(reason));
    compiling_.reset();
    running_.reset();
    ended_ = true;
  }

  bool source_is_clean() {
    const std::vector<SourceFinding> findings = check_source(source_);
    if (findings.empty()) return true;
    std::string reason = "the source breaks the rules of kernels:\n";
    for (const SourceFinding& finding : findings) {
      reason += finding.line > 0 ? fmt::format("line {}: {}\n", finding.line, finding.message)
                                 : finding.message + "\n";
      verdict_.lines.push_back({finding.line, "rule", source_line(source_, finding.line)});
    }
    fail(Gate::Hack, reason);
    return false;
  }

  void compiled(kernels::CompileResult result) {
    compiling_.reset();
    evidence_.compile = result;
    if (!result.ok) {
      std::string reason =
          result.forbidden ? "the program breaks the rules of kernels:\n" : "does not compile:\n";
      std::size_t shown = 0;
      for (const kernels::Diagnostic& diagnostic : result.diagnostics) {
        if (diagnostic.severity == "warning" || shown++ >= kMostDiagnostics) continue;
        reason += diagnostic.line > 0 ? fmt::format("{}:{}:{}: ", diagnostic.file, diagnostic.line,
                                                    diagnostic.column)
                                      : "";
        reason += diagnostic.severity + ": " + diagnostic.message + "\n";
        if (diagnostic.file != "kernel.cpp" || diagnostic.line == 0) continue;
        const std::string text = source_line(source_, diagnostic.line);
        if (diagnostic.severity != "note")
          verdict_.lines.push_back({diagnostic.line, "error", text});
        reason += "    " + text + "\n";
      }
      if (shown == 0) reason += result.log.substr(0, 2000);
      return fail(result.forbidden ? Gate::Hack : Gate::Compile, reason);
    }
    evidence_.elf = std::move(result.elf);
    const std::string_view elf(reinterpret_cast<const char*>(evidence_.elf.data()),
                               evidence_.elf.size());
    verdict_.elf_digest = digest_of(elf);
    evidence_.lines = kernels::LineTable(elf);
    evidence_.program = sim::load_elf("kernel.elf", evidence_.elf, verifier_.machine->arch());
    start_trial();
  }

  void start_trial() {
    started_ = {*evidence_.program, verifier_.trial(trial_), {}};
    const TrialData& data = *started_.data;
    sim::Segment block;
    block.address = kernels::kArgumentBase;
    block.bytes = data.argument_block;
    block.size_bytes = static_cast<std::uint32_t>(block.bytes.size());
    block.writable = true;
    started_.program.segments.push_back(std::move(block));
    sim::RunOptions& options = started_.options;
    options.cycle_limit = Cycles(verifier_.options.cycle_limit);
    options.poison_seed = data.key;
    options.backend = verifier_.options.backend;
    if (trial_ == 0) options.wave = verifier_.options.wave;
    if (verifier_.options.profile && trial_ == 0) {
      options.source_profile = true;
      options.critical_path = true;
      options.commit_trace = true;
    }
    running_ = verifier_.machine->start(started_.program, data.buffers, options);
  }

  KernelImage image() const { return {&*evidence_.program, &evidence_.lines, &source_}; }
  bool hidden() const { return trial_ >= static_cast<std::size_t>(verifier_.options.trials); }

  std::string trial_text() const {
    const kernels::Trial& trial = verifier_.trials[trial_];
    return fmt::format("trial {} ({} inputs{})", trial_ + 1, kernels::name_of(trial.distribution),
                       hidden() ? ", hidden seed" : "");
  }

  void ran(sim::RunResult run) {
    running_.reset();
    ++verdict_.trials_run;
    verdict_.hidden_run += hidden() ? 1 : 0;
    const bool exited = run.outcome == sim::Outcome::Exited && run.exit_code == 0;
    if (trial_ == 0 || !exited) {
      verdict_.cycles = std::max(verdict_.cycles, run.cycles);
      profile(verifier_.machine->isa(), image(), run, verdict_);
    }
    if (!exited) {
      const std::string reason = run_problem(run);
      evidence_.run = std::move(run);
      evidence_.failed = std::move(started_);
      return fail(Gate::Run, reason);
    }
    verdict_.cycles = std::max(verdict_.cycles, run.cycles);
    const bool right = outputs_are_right(run);
    if (right) {
      ++verdict_.trials_passed;
      verdict_.hidden_passed += hidden() ? 1 : 0;
      const std::string missing = missing_work(verifier_.task->work, verifier_.counts, run);
      if (!missing.empty()) return fail(Gate::Hack, missing);
    }
    if (trial_ == 0) evidence_.run = std::move(run);
    // Wrong on seen data: the other seen trials still tell how wrong; the hidden ones are for what
    // passes.
    const bool all_right = verdict_.trials_passed == verdict_.trials_run;
    const std::size_t last =
        all_right ? verifier_.trials.size() : static_cast<std::size_t>(verifier_.options.trials);
    if (++trial_ < last) return start_trial();
    conclude();
  }

  std::string run_problem(const sim::RunResult& run) {
    std::string reason = fmt::format("{} in {} after {} cycles: {}\n", sim::name_of(run.outcome),
                                     trial_text(), run.cycles, run.message);
    switch (run.outcome) {
      case sim::Outcome::Trap:
      case sim::Outcome::EngineFault:
        verdict_.lines.push_back(blamed(image(), run.pc, "trap"));
        reason += "at " + place_text(image(), run.pc) + "\n";
        break;
      case sim::Outcome::Race:
        for (std::size_t i = 0; i < std::min(run.races.size(), kMostRaces); ++i) {
          const sim::RaceReport& race = run.races[i];
          verdict_.lines.push_back(blamed(image(), race.pc_first, "race"));
          verdict_.lines.push_back(blamed(image(), race.pc_second, "race"));
          reason +=
              fmt::format("{}\n  first at {}\n  second at {}\n", race.message,
                          place_text(image(), race.pc_first), place_text(image(), race.pc_second));
        }
        reason +=
            "Two engines touch the same bytes without a flag or barrier between them; set a flag "
            "on the engine that "
            "comes first and wait for it on the other, also before a buffer is used again.\n";
        break;
      case sim::Outcome::CycleLimit:
      case sim::Outcome::InstructionLimit:
        reason += fmt::format("The limit is {} cycles; the lower bound of the task is {}.\n",
                              verifier_.options.cycle_limit, verifier_.bound.cycles);
        break;
      case sim::Outcome::Exited:
        reason = fmt::format("{}: the kernel ended with exit code {}; it must return\n",
                             trial_text(), run.exit_code);
        break;
      case sim::Outcome::Divergence:
        if (run.pc != 0) reason += "at " + place_text(image(), run.pc) + "\n";
        break;
      case sim::Outcome::Deadlock:
        break;
    }
    return reason;
  }

  bool outputs_are_right(const sim::RunResult& run) {
    const TrialData& data = *started_.data;
    const std::vector<kernels::Value>& outputs = verifier_.task->graph.outputs;
    bool right = true;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto found = run.buffers.find(outputs[i].name);
      CF_CHECK(found != run.buffers.end(),
               "an output buffer did not come back: " + outputs[i].name);
      kernels::Tensor actual =
          kernels::from_bytes(outputs[i].type, outputs[i].shape, found->second);
      const kernels::Comparison comparison =
          kernels::compare(actual, data.golden[i], verifier_.task->tolerance, outputs[i].name);
      if (trial_ == 0) evidence_.outputs.push_back(std::move(actual));
      if (comparison.pass()) continue;
      right = false;
      verdict_.errors.push_back(trial_text() + ": " + comparison.message());
    }
    return right;
  }

  void conclude() {
    if (verdict_.trials_passed < verdict_.trials_run) {
      std::string reason = fmt::format("wrong results: {} of {} trials passed.\n",
                                       verdict_.trials_passed, verdict_.trials_run);
      if (verdict_.hidden_run > verdict_.hidden_passed &&
          verdict_.trials_passed >= verifier_.options.trials) {
        reason +=
            "All seen trials passed, hidden ones did not: the kernel fits the data that it was "
            "tested on.\n";
      }
      for (const std::string& error : verdict_.errors) reason += error + "\n";
      return fail(Gate::Correct, reason);
    }
    if (verdict_.cycles < verifier_.bound.dram) {
      verdict_.quarantined = true;
      return fail(Gate::Cycles,
                  fmt::format("quarantined: {} cycles are fewer than the {} that the compulsory "
                              "DRAM traffic takes; this "
                              "is a bug of the model or of the bound, please report it",
                              verdict_.cycles, verifier_.bound.dram));
    }
    verdict_.pass = true;
    verdict_.roofline_fraction =
        static_cast<double>(verifier_.bound.cycles) / static_cast<double>(verdict_.cycles);
    blame_dearest_lines();
    verdict_.reason = clipped(diagnosis_text(source_, verdict_));
    ended_ = true;
  }

  void blame_dearest_lines() {
    std::vector<std::pair<int, std::int64_t>> lines(verdict_.line_cycles.begin(),
                                                    verdict_.line_cycles.end());
    std::stable_sort(lines.begin(), lines.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [line, cycles] : lines) {
      if (line == 0 || verdict_.lines.size() >= kDearestLines) continue;
      verdict_.lines.push_back(
          {line, fmt::format("{} cycles", cycles), source_line(source_, line)});
    }
  }

  VerifierImpl& verifier_;
  const std::string source_;
  Verdict verdict_;
  Evidence evidence_;
  std::unique_ptr<kernels::PendingCompile> compiling_;
  std::unique_ptr<sim::Machine::Pending> running_;
  StartedRun started_;  ///< what running_ runs
  std::size_t trial_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string missing_work(const kernels::DeclaredWork& declared, const kernels::OpCounts& least,
                         const sim::RunResult& run) {
  const auto work = [&](isa::Unit unit) { return run.units[static_cast<int>(unit)].work; };
  // Activations and conversions of the move engine count as lane operations: 4 bytes are a lane.
  const std::int64_t lanes = work(isa::Unit::Vector) + work(isa::Unit::Move) / 4;
  const std::int64_t macs = work(isa::Unit::Matrix);
  const std::int64_t least_macs = least.total_macs();
  constexpr char kRule[] =
      "the scalar core did work that the task declares for the {} engine: {} operations ran there, "
      "at "
      "least {} are needed; {} scalar instructions were executed";
  if (declared.matrix && 4 * (macs + lanes) < least_macs) {
    return fmt::format(kRule, "matrix", macs, least_macs, run.instructions);
  }
  if (declared.vector && 4 * (lanes + macs) < least.vector_ops) {
    return fmt::format(kRule, "vector", lanes, least.vector_ops, run.instructions);
  }
  return "";
}

std::unique_ptr<PendingVerdict> start_verdict(VerifierImpl& verifier, const std::string& source,
                                              const std::string& cache_key) {
  return std::make_unique<RunningVerdict>(verifier, source, cache_key);
}

}  // namespace coldforge::agent
