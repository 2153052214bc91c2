#include "agent/verify/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace coldforge::agent {
namespace {

using isa::Unit;
using sim::Stall;

constexpr std::size_t kPathSteps = 12;
constexpr std::size_t kFunctions = 16;

double share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::int64_t busy(const Verdict& verdict, Unit unit) {
  return verdict.units[static_cast<int>(unit)].cycles[static_cast<int>(Stall::Busy)];
}

std::string bottleneck_of(const Verdict& verdict) {
  struct Candidate {
    const char* name;
    std::int64_t cycles;
  };
  const Candidate candidates[] = {
      {"dram", verdict.dram.busy_cycles},
      {"matrix", busy(verdict, Unit::Matrix)},
      {"vector", std::max(busy(verdict, Unit::Vector), busy(verdict, Unit::Move))},
      {"scalar", busy(verdict, Unit::Scalar)}};
  const Candidate* best = &candidates[0];
  for (const Candidate& candidate : candidates) {
    if (candidate.cycles > best->cycles) best = &candidate;
  }
  return 2 * best->cycles >= verdict.cycles ? best->name : "ordering";
}

/// A function of a kernel: its name, its first and its last line.
struct Function {
  std::string name;
  int first = 0, last = 0;
};

/// Functions as sources usually write them: a line from column 0 on with a parameter list opens
/// one, a brace in column 0 closes it.
std::vector<Function> functions_of(const std::string& source) {
  std::vector<Function> functions;
  bool open = false;
  std::size_t begin = 0;
  for (int line = 1; begin < source.size(); ++line) {
    const std::size_t end = std::min(source.find('\n', begin), source.size());
    const std::string text = source.substr(begin, end - begin);
    begin = end + 1;
    if (open && text[0] == '}') {
      functions.back().last = line;
      open = false;
    }
    const std::size_t list = text.find('(');
    if (open || list == std::string::npos || list == 0 || text.back() != '{') continue;
    if (std::isalpha(static_cast<unsigned char>(text[0])) == 0) continue;
    const auto is_name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    std::size_t from = list;
    while (from > 0 && is_name(text[from - 1])) --from;
    if (from == list) continue;
    functions.push_back({text.substr(from, list - from), line, 0});
    open = true;
  }
  return functions;
}

/// "cycles by function: part2 71%, kernel 29%", dearest first; empty if there is but one.
std::string functions_text(const std::string& source, const Verdict& verdict) {
  std::vector<std::pair<std::string, std::int64_t>> costs;
  std::int64_t all = 0;
  for (const Function& function : functions_of(source)) {
    std::int64_t cycles = 0;
    const auto end = verdict.line_cycles.upper_bound(function.last);
    for (auto at = verdict.line_cycles.lower_bound(function.first); at != end; ++at)
      cycles += at->second;
    if (cycles > 0) costs.emplace_back(function.name, cycles);
    all += cycles;
  }
  if (costs.size() < 2) return "";
  std::stable_sort(costs.begin(), costs.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (costs.size() > kFunctions) costs.resize(kFunctions);
  std::string text;
  for (const auto& [name, cycles] : costs)
    text += fmt::format("{} {} {:.0f}%", text.empty() ? "cycles by function:" : ",", name,
                        100 * share(cycles, all));
  return text + "\n";
}

/// The instruction at a pc by name; "scalar" for ordinary code.
std::string class_of(const isa::Isa& isa, const sim::Program& program, std::uint32_t pc) {
  for (const sim::Segment& segment : program.segments) {
    const std::uint32_t offset = pc - segment.address;
    if (!segment.executable || pc < segment.address || offset + 4 > segment.bytes.size()) continue;
    std::uint32_t word = 0;
    for (std::uint32_t i = 0; i < 4; ++i)
      word |= static_cast<std::uint32_t>(segment.bytes[offset + i]) << 8 * i;
    const isa::Instruction* instruction = isa.decode(word);
    if (instruction != nullptr) return instruction->name;
  }
  return "scalar";
}

}  // namespace

kernels::MachineRates rates_of(const isa::Arch& arch) {
  kernels::MachineRates rates;
  rates.dram_bytes_per_cycle = arch.dram.shared_bytes_per_cycle;
  for (int type = 0; type < kElementTypes; ++type) {
    rates.macs_per_cycle[type] = arch.peak_macs_per_cycle(static_cast<ElementType>(type));
  }
  rates.vector_elems_per_cycle = arch.vector.lanes;
  rates.sfu_elems_per_cycle = arch.vector.sfu_elems_per_cycle;
  return rates;
}

std::string source_line(const std::string& source, int line) {
  std::size_t begin = 0;
  for (int at = 1; at < line; ++at) {
    begin = source.find('\n', begin);
    if (begin == std::string::npos) return "";
    ++begin;
  }
  if (line <= 0) return "";
  std::string text = source.substr(begin, source.find('\n', begin) - begin);
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  text = text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
  return text.size() > 100 ? text.substr(0, 97) + "..." : text;
}

std::string place_text(const KernelImage& image, std::uint32_t pc) {
  const int line = image.lines->line_of(pc);
  if (line == 0) return fmt::format("pc {:#x}", pc);
  return fmt::format("line {}: `{}`", line, source_line(*image.source, line));
}

BlamedLine blamed(const KernelImage& image, std::uint32_t pc, std::string why) {
  const int line = image.lines->line_of(pc);
  return {line, std::move(why), source_line(*image.source, line)};
}

void profile(const isa::Isa& isa, const KernelImage& image, const sim::RunResult& run,
             Verdict& verdict) {
  verdict.instructions = run.instructions;
  verdict.dram = run.dram;
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    std::copy(std::begin(run.units[unit].cycles), std::end(run.units[unit].cycles),
              verdict.units[unit].cycles);
    verdict.units[unit].instructions = run.units[unit].instructions;
    verdict.units[unit].work = run.units[unit].work;
  }
  verdict.bottleneck = bottleneck_of(verdict);
  for (const auto& [pc, cycles] : run.pc_cycles) {
    verdict.line_cycles[image.lines->line_of(pc)] += cycles;
    verdict.class_cycles[class_of(isa, *image.program, pc)] += cycles;
  }
  // Steps come last first; the end of a run tells more than its start.
  const std::size_t steps = std::min(run.critical_path.size(), kPathSteps);
  for (std::size_t i = steps; i-- > 0;) {
    const sim::PathStep& step = run.critical_path[i];
    const int line = image.lines->line_of(step.pc);
    verdict.path.push_back(fmt::format("{:<6} {}{}: cycles {} to {}{}{}", isa::name_of(step.unit),
                                       step.what, line > 0 ? fmt::format(", line {}", line) : "",
                                       step.from, step.to, step.because.empty() ? "" : "; ",
                                       step.because));
  }
}

std::vector<StallShare> stalls_by_length(const Verdict& verdict) {
  std::vector<StallShare> all;
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    for (int i = 0; i < sim::kStalls; ++i) {
      const auto stall = static_cast<Stall>(i);
      const std::int64_t cycles = verdict.units[unit].cycles[i];
      if (stall != Stall::Busy && stall != Stall::Empty && cycles > 0) {
        all.push_back({static_cast<Unit>(unit), stall, cycles});
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const StallShare& a, const StallShare& b) { return a.cycles > b.cycles; });
  return all;
}

std::string diagnosis_text(const std::string& source, const Verdict& verdict) {
  std::string text = fmt::format(
      "correct in {} cycles; lower bound {} ({}), roofline fraction {:.3f}.\n", verdict.cycles,
      verdict.lower_bound_cycles, verdict.limiter, verdict.roofline_fraction);
  text += fmt::format("bottleneck: {}. busy:", verdict.bottleneck);
  for (int unit = 0; unit < isa::kUnits; ++unit) {
    text += fmt::format(" {} {:.0f}%", isa::name_of(static_cast<Unit>(unit)),
                        100 * share(busy(verdict, static_cast<Unit>(unit)), verdict.cycles));
  }
  text += fmt::format(" dram {:.0f}%.\n", 100 * share(verdict.dram.busy_cycles, verdict.cycles));
  std::vector<StallShare> stalls = stalls_by_length(verdict);
  if (stalls.size() > 5) stalls.resize(5);
  if (!stalls.empty()) text += "stalls:";
  for (const StallShare& stall : stalls) {
    text += fmt::format(" {} waits for {} {:.0f}%;", isa::name_of(stall.unit),
                        sim::name_of(stall.stall), 100 * share(stall.cycles, verdict.cycles));
  }
  if (!stalls.empty()) text += "\n";
  text += functions_text(source, verdict);
  for (const BlamedLine& line : verdict.lines) {
    text += fmt::format("line {}: {}: {}\n", line.line, line.why, line.text);
  }
  if (!verdict.path.empty()) text += "critical path, its end:\n";
  for (const std::string& step : verdict.path) text += "  " + step + "\n";
  return text;
}

}  // namespace coldforge::agent
