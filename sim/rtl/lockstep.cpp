#include "sim/rtl/lockstep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace coldforge::sim {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kShown = 16;

/// The three events of a record, in the order of their names.
constexpr const char* kEvents[] = {"issue", "start", "done"};
std::array<std::int64_t, 3> events(const CommitRecord& record) {
  std::array<std::int64_t, 3> cycles = {record.issue, record.start, record.done};
  for (std::int64_t& cycle : cycles) cycle = cycle < 0 ? kNever : cycle;
  return cycles;
}

std::string cycle_text(std::int64_t cycle) {
  return cycle < 0 || cycle == kNever ? "never" : std::to_string(cycle);
}

bool ran_to_its_end(const RunResult& result) {
  return result.outcome == Outcome::Exited || result.outcome == Outcome::Race;
}

/// Earliest event that differs.
struct First {
  std::size_t record = 0;
  int event = -1;  ///< -1: none
  std::int64_t cycle = kNever;
};

/// Events from cycle `end` on are not compared.
First first_difference(const std::vector<CommitRecord>& model, const std::vector<CommitRecord>& rtl,
                       std::int64_t end) {
  First first;
  const CommitRecord none{0, -1, isa::Unit::Scalar, 0, -1, -1, -1};
  for (std::size_t i = 0; i < std::max(model.size(), rtl.size()); ++i) {
    const CommitRecord& m = i < model.size() ? model[i] : none;
    const CommitRecord& r = i < rtl.size() ? rtl[i] : none;
    const auto a = events(m), b = events(r);
    const bool other = m.instruction != r.instruction || m.pc != r.pc || m.unit != r.unit;
    for (int e = 0; e < 3; ++e) {
      // The RTL speaks of a synchronisation of the core when it ends, not when it begins.
      const bool is_late = m.unit == isa::Unit::Scalar && r.unit == isa::Unit::Scalar;
      const std::int64_t cycle = std::min(a[is_late ? 2 : e], b[is_late ? 2 : e]);
      if ((a[e] == b[e] && !(other && e == 0)) || cycle >= end || cycle >= first.cycle) continue;
      first = {i, e, cycle};
    }
  }
  return first;
}

std::string instruction_text(const isa::Isa& isa, const CommitRecord& record) {
  return fmt::format("{} (number {}, pc 0x{:08x}, {})",
                     isa.instructions()[static_cast<std::size_t>(record.instruction)].name,
                     record.seq, record.pc, name_of(record.unit));
}

/// The last instructions of each unit up to the diverging one, both backends side by side.
std::string history(const isa::Isa& isa, const RunResult& model, const RunResult& rtl,
                    const First& first) {
  std::string text;
  const std::vector<CommitRecord>& longer =
      model.trace.size() >= rtl.trace.size() ? model.trace : rtl.trace;
  for (int u = 0; u < isa::kUnits; ++u) {
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < longer.size(); ++i) {
      if (static_cast<int>(longer[i].unit) != u || longer[i].issue > first.cycle) continue;
      shown.push_back(i);
    }
    if (shown.empty()) continue;
    if (shown.size() > kShown) shown.erase(shown.begin(), shown.end() - kShown);
    text += fmt::format("{}: number pc instruction, issue start done of the model | of the RTL\n",
                        name_of(isa::Unit(u)));
    for (const std::size_t i : shown) {
      const auto side = [&](const RunResult& result) {
        if (i >= result.trace.size()) return std::string("never");
        const CommitRecord& record = result.trace[i];
        return fmt::format("{} {} {}", cycle_text(record.issue), cycle_text(record.start),
                           cycle_text(record.done));
      };
      text += fmt::format("{} {:5} 0x{:08x} {:12} {} | {}\n", i == first.record ? ">" : " ",
                          longer[i].seq, longer[i].pc,
                          isa.instructions()[static_cast<std::size_t>(longer[i].instruction)].name,
                          side(model), side(rtl));
    }
  }
  return text;
}

/// Lines about what differs, not about when.
class Lines {
 public:
  template <class T>
  void check(const std::string& what, const T& model, const T& rtl) {
    if (model != rtl)
      text_ += fmt::format("{}: {} on the model, {} on the RTL\n", what, model, rtl);
  }
  void add(const std::string& line) { text_ += line + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void compare_bytes(const std::string& name, const std::vector<std::uint8_t>& model,
                   const std::vector<std::uint8_t>& rtl, Lines& lines) {
  if (model == rtl) return;
  if (model.size() != rtl.size()) {
    return lines.add(
        fmt::format("{}: {} bytes on the model, {} on the RTL", name, model.size(), rtl.size()));
  }
  std::size_t count = 0, first = 0;
  for (std::size_t i = model.size(); i-- > 0;) {
    if (model[i] == rtl[i]) continue;
    ++count;
    first = i;
  }
  lines.add(fmt::format(
      "{}: {} bytes differ, first at 0x{:x}: 0x{:02x} on the model, 0x{:02x} on the RTL", name,
      count, first, model[first], rtl[first]));
}

void compare_memories(const std::map<std::string, std::vector<std::uint8_t>>& model,
                      const std::map<std::string, std::vector<std::uint8_t>>& rtl, Lines& lines) {
  for (const auto& [name, bytes] : model) {
    const auto found = rtl.find(name);
    compare_bytes(name, bytes, found == rtl.end() ? std::vector<std::uint8_t>() : found->second,
                  lines);
  }
}

void compare_counters(const RunResult& model, const RunResult& rtl, Lines& lines) {
  for (int u = 0; u < isa::kUnits; ++u) {
    const std::string unit(name_of(isa::Unit(u)));
    for (int s = 0; s < kStalls; ++s) {
      lines.check(unit + ": cycles charged to " + name_of(static_cast<Stall>(s)),
                  model.units[u].cycles[s], rtl.units[u].cycles[s]);
    }
    lines.check(unit + ": instructions", model.units[u].instructions, rtl.units[u].instructions);
    lines.check(unit + ": work", model.units[u].work, rtl.units[u].work);
  }
  const DramStats &m = model.dram, &r = rtl.dram;
  lines.check("DRAM bytes read", m.read_bytes, r.read_bytes);
  lines.check("DRAM bytes written", m.write_bytes, r.write_bytes);
  lines.check("DRAM beats read", m.read_beats, r.read_beats);
  lines.check("DRAM beats written", m.write_beats, r.write_beats);
  lines.check("DRAM row hits", m.row_hits, r.row_hits);
  lines.check("DRAM row misses", m.row_misses, r.row_misses);
  lines.check("DRAM busy cycles", m.busy_cycles, r.busy_cycles);
}

/// Both at once; ready when both are.
class LockstepRun : public Machine::Pending {
 public:
  LockstepRun(const isa::Isa& isa, const RunOptions& wanted,
              std::unique_ptr<Machine::Pending> model, std::unique_ptr<Machine::Pending> rtl)
      : isa_(isa), wanted_(wanted), model_(std::move(model)), rtl_(std::move(rtl)) {}

  int descriptor() const override {
    return model_is_ready_ ? rtl_->descriptor() : model_->descriptor();
  }
  bool ready() override {
    model_is_ready_ = model_is_ready_ || model_->ready();
    return model_is_ready_ && rtl_->ready();
  }
  RunResult finish() override {
    RunResult result = model_->finish();
    const RunResult rtl = rtl_->finish();
    const Difference difference = compare(isa_, result, rtl);
    if (!difference.text.empty()) {
      result.outcome = Outcome::Divergence;
      result.message = difference.text;
      result.pc = difference.pc;
      result.diverged_at = difference.cycle;
    }
    if (!wanted_.commit_trace) result.trace.clear();
    if (!wanted_.keep_memories) result.memories.clear();
    return result;
  }
  void cancel() override {
    model_->cancel();
    rtl_->cancel();
  }

 private:
  const isa::Isa& isa_;
  const RunOptions wanted_;
  std::unique_ptr<Machine::Pending> model_, rtl_;
  bool model_is_ready_ = false;
};

}  // namespace

RunOptions lockstep_options(const RunOptions& wanted) {
  RunOptions options = wanted;
  options.commit_trace = true;
  options.keep_memories = true;
  return options;
}

std::unique_ptr<Machine::Pending> start_lockstep(const isa::Isa& isa, const RunOptions& wanted,
                                                 std::unique_ptr<Machine::Pending> model,
                                                 std::unique_ptr<Machine::Pending> rtl) {
  return std::make_unique<LockstepRun>(isa, wanted, std::move(model), std::move(rtl));
}

Difference compare(const isa::Isa& isa, const RunResult& model, const RunResult& rtl) {
  Difference difference;
  const bool complete = ran_to_its_end(model) && ran_to_its_end(rtl);
  // What stops stops in the middle of something: the model may know a cycle more or less of the
  // others.
  const std::int64_t end = complete ? kNever : std::min(model.cycles, rtl.cycles) - 1;
  const First first = first_difference(model.trace, rtl.trace, end);
  Lines lines;
  // The RTL notices a deadlock only after some quiet cycles, for which the limit may leave no time.
  const bool both_hang = model.outcome == Outcome::Deadlock &&
                         (rtl.outcome == Outcome::Deadlock || rtl.outcome == Outcome::CycleLimit);
  if (!both_hang) {
    lines.check("outcome", name_of(model.outcome), name_of(rtl.outcome));
    lines.check("cycles", model.cycles, rtl.cycles);
  }
  lines.check("exit code", model.exit_code, rtl.exit_code);
  lines.check("cause", model.trap_cause, rtl.trap_cause);
  // What an engine's fault or a limit stops finds the model's core ahead of its time.
  if (complete || (model.outcome == Outcome::Trap && rtl.outcome == Outcome::Trap)) {
    lines.check("scalar instructions", model.instructions, rtl.instructions);
  }
  if (model.outcome == rtl.outcome &&
      (model.outcome == Outcome::Trap || model.outcome == Outcome::EngineFault)) {
    lines.check("pc", model.pc, rtl.pc);
    lines.check("fault address", model.fault_address, rtl.fault_address);
  }
  if (model.printed != rtl.printed) lines.add("the prints differ");
  if (complete) {
    lines.check("races", model.races.size(), rtl.races.size());
    compare_counters(model, rtl, lines);
    compare_memories(model.buffers, rtl.buffers, lines);
    compare_memories(model.memories, rtl.memories, lines);
  }
  if (first.event >= 0) {
    const bool in_model = first.record < model.trace.size();
    const CommitRecord& record = in_model ? model.trace[first.record] : rtl.trace[first.record];
    const auto cycle_of = [&](const RunResult& result) {
      return first.record < result.trace.size() ? events(result.trace[first.record])[first.event]
                                                : kNever;
    };
    difference.pc = record.pc;
    difference.cycle = first.cycle;
    difference.text = fmt::format("{} of {}: cycle {} on the model, {} on the RTL\n",
                                  kEvents[first.event], instruction_text(isa, record),
                                  cycle_text(cycle_of(model)), cycle_text(cycle_of(rtl)));
  }
  difference.text += lines.take();
  if (difference.text.empty()) return difference;
  difference.text = "model and RTL differ: " + difference.text;
  if (!model.message.empty()) difference.text += "model: " + model.message + "\n";
  if (!rtl.message.empty()) difference.text += "RTL: " + rtl.message + "\n";
  if (first.event >= 0) difference.text += history(isa, model, rtl, first);
  return difference;
}

}  // namespace coldforge::sim
