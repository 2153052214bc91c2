#include "tests/bench/measurement.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace coldforge::bench {
namespace {

/// "12.3 M", "850 k", "1.42".
std::string short_number(double value) {
  if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.0f} k", value / 1e3);
  return fmt::format("{:.2f}", value);
}

}  // namespace

double now_s() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

double children_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string table(const std::vector<Measurement>& measurements) {
  constexpr char kRow[] = "{:<32} {:<16} {:>10} {:>10} {:>10}  {}\n";
  std::string text = fmt::format(kRow, "name", "unit", "target", "measured", "best", "met");
  for (const Measurement& m : measurements) {
    const std::string target = (m.lower_is_better ? "<= " : ">= ") + short_number(m.target);
    text += fmt::format(kRow, m.name, m.unit, target, short_number(m.measured),
                        short_number(m.best), m.met() ? "yes" : "no");
    for (const Part& part : m.parts) {
      text += fmt::format(kRow, "  " + part.name, "", "", short_number(part.measured),
                          short_number(part.best), "");
    }
  }
  return text;
}

nlohmann::ordered_json to_json(const Measurement& m) {
  nlohmann::ordered_json json = {{"name", m.name},
                                 {"unit", m.unit},
                                 {"target", m.target},
                                 {"measured", m.measured},
                                 {"best", m.best},
                                 {"clock", m.clock},
                                 {"lower_is_better", m.lower_is_better},
                                 {"met", m.met()},
                                 {"samples", m.samples}};
  for (const Part& part : m.parts) {
    json["parts"].push_back({{"name", part.name},
                             {"measured", part.measured},
                             {"best", part.best},
                             {"simulated", part.simulated}});
  }
  return json;
}

}  // namespace coldforge::bench
