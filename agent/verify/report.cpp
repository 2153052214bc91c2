#include "agent/verify/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/verify/diagnosis.h"

namespace coldforge::agent {
namespace {

using isa::Unit;
using sim::Stall;

constexpr std::size_t kMostRows = 10;

double percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

template <class Key>
std::vector<std::pair<Key, std::int64_t>> dearest(const std::map<Key, std::int64_t>& cycles) {
  std::vector<std::pair<Key, std::int64_t>> rows(cycles.begin(), cycles.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (rows.size() > kMostRows) rows.resize(kMostRows);
  return rows;
}

std::int64_t stalled(const Verdict& verdict, Unit unit, Stall stall) {
  return verdict.units[static_cast<int>(unit)].cycles[static_cast<int>(stall)];
}

}  // namespace

std::vector<PeakRate> peak_rates(const Verdict& verdict, const isa::Arch& arch) {
  const auto per_cycle = [&](std::int64_t amount) {
    return verdict.cycles > 0 ? static_cast<double>(amount) / static_cast<double>(verdict.cycles)
                              : 0;
  };
  const auto work = [&](Unit unit) { return verdict.units[static_cast<int>(unit)].work; };
  return {{"dram", per_cycle(verdict.dram.read_bytes + verdict.dram.write_bytes),
           static_cast<double>(arch.dram.shared_bytes_per_cycle), "bytes"},
          {"matrix", per_cycle(work(Unit::Matrix)),
           static_cast<double>(arch.peak_macs_per_cycle(ElementType::Fp16)), "MACs"},
          {"vector", per_cycle(work(Unit::Vector)), static_cast<double>(arch.vector.lanes),
           "lane operations"}};
}

std::string profile_text(const Verdict& verdict, const isa::Arch& arch) {
  std::string text = "unit      busy   instructions  stalls (% of all cycles)\n";
  for (int i = 0; i < isa::kUnits; ++i) {
    const UnitProfile& unit = verdict.units[i];
    text += fmt::format("{:<8} {:>4.0f}%  {:>12}  ", isa::name_of(static_cast<Unit>(i)),
                        percent(unit.cycles[0], verdict.cycles), unit.instructions);
    for (int stall = 1; stall < sim::kStalls; ++stall) {
      const double share = percent(unit.cycles[stall], verdict.cycles);
      if (share >= 0.5)
        text += fmt::format("{} {:.0f}  ", sim::name_of(static_cast<Stall>(stall)), share);
    }
    text += "\n";
  }
  text += "\npeak rates\n";
  for (const PeakRate& rate : peak_rates(verdict, arch)) {
    text +=
        fmt::format("{:<8} {:>6.1f} of {:.0f} {} a cycle ({:.0f} %)\n", rate.name, rate.achieved,
                    rate.peak, rate.unit, rate.peak > 0 ? 100 * rate.achieved / rate.peak : 0);
  }
  if (!verdict.line_cycles.empty()) {
    text += "\ncycles by source line (scalar core and engines together)\n";
    for (const auto& [line, cycles] : dearest(verdict.line_cycles)) {
      text += line == 0 ? fmt::format("{:>10}  start-up code and library\n", cycles)
                        : fmt::format("{:>10}  line {}\n", cycles, line);
    }
    text += "\ncycles by instruction\n";
    for (const auto& [name, cycles] : dearest(verdict.class_cycles))
      text += fmt::format("{:>10}  {}\n", cycles, name);
  }
  if (!verdict.path.empty()) {
    text += "\ncritical path, its end\n";
    for (const std::string& step : verdict.path) text += "  " + step + "\n";
  }
  return text;
}

std::string suggestion(const Verdict& verdict) {
  if (!verdict.pass)
    return "make it correct first: " + verdict.reason.substr(0, verdict.reason.find('\n'));
  if (verdict.roofline_fraction >= 0.9)
    return "it is at its bound: only a smaller bound (fewer bytes, a fused task) helps";
  const std::int64_t cycles = std::max<std::int64_t>(1, verdict.cycles);
  const auto large = [&](Unit unit, Stall stall) {
    return 5 * stalled(verdict, unit, stall) > cycles;
  };
  if (verdict.bottleneck == "scalar") {
    return "the core issues too slowly: larger tiles, fewer instructions, descriptors set outside "
           "the loop";
  }
  if (large(Unit::Scalar, Stall::Barrier) || large(Unit::Scalar, Stall::Result)) {
    return "the core waits: replace barriers and tgets by flags between the engines, so that the "
           "next tiles are issued early";
  }
  if (verdict.dram.row_misses > verdict.dram.row_hits && verdict.bottleneck != "matrix") {
    return "most DRAM accesses open a new row: load longer contiguous runs";
  }
  if (large(Unit::Vector, Stall::Bank) || large(Unit::Matrix, Stall::Bank) ||
      large(Unit::Load, Stall::Bank) || large(Unit::Store, Stall::Bank) ||
      large(Unit::Move, Stall::Bank)) {
    return "tile-memory banks collide: start buffers that are used at the same time in different "
           "banks (one line apart)";
  }
  if (large(Unit::Vector, Stall::Hazard) || large(Unit::Matrix, Stall::Hazard)) {
    return "dependent instructions wait for each other's pipeline: interleave two tiles, or make "
           "tiles longer";
  }
  if (verdict.bottleneck == "ordering") {
    return "no unit is busy half of the time: split the work into more, smaller tiles and use two "
           "or more buffers, so that "
           "load, compute and store overlap";
  }
  if (verdict.bottleneck == "dram") {
    return verdict.limiter == "dram"
               ? "the DRAM is the limit: start it earlier (smaller first tile) and keep it busy to "
                 "the end"
               : "more DRAM traffic than the task needs: keep intermediate values on chip";
  }
  if (verdict.bottleneck == "vector") {
    return "the vector engine is the limit: fewer passes over the data, fused instructions, work "
           "moved to the move engine's "
           "epilogue";
  }
  return "the array is the limit: longer streams (more rows a tile) hide the loading of weights";
}

}  // namespace coldforge::agent
