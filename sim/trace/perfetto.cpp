// Chrome trace event format (JSON object form), which Perfetto and chrome://tracing open: a thread
// a unit, a complete event
// ("X") an instruction, a flow ("s" to "f") from what released it. One cycle is shown as a
// microsecond.
#include <fmt/format.h>

#include <algorithm>

#include "sim/run.h"

namespace coldforge::sim {
namespace {

/// Mnemonics come from descriptions that users may patch.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

const CommitRecord* find(const std::vector<CommitRecord>& trace, std::int64_t seq) {
  const auto at = std::lower_bound(trace.begin(), trace.end(), seq,
                                   [](const CommitRecord& record, std::int64_t s) {
                                     return static_cast<std::int64_t>(record.seq) < s;
                                   });
  return at != trace.end() && static_cast<std::int64_t>(at->seq) == seq ? &*at : nullptr;
}

}  // namespace

std::string perfetto_trace(const Machine& machine, const RunResult& result) {
  std::string out = "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [\n";
  for (int u = 0; u < isa::kUnits; ++u) {
    out += fmt::format(
        "{{\"ph\": \"M\", \"pid\": 1, \"tid\": {0}, \"name\": \"thread_name\", \"args\": "
        "{{\"name\": \"{1}\"}}}},\n"
        "{{\"ph\": \"M\", \"pid\": 1, \"tid\": {0}, \"name\": \"thread_sort_index\", \"args\": "
        "{{\"sort_index\": {0}}}}},\n",
        u, name_of(isa::Unit(u)));
  }
  for (const CommitRecord& record : result.trace) {
    if (record.start < 0) continue;
    const std::int64_t end = record.done >= 0 ? record.done : result.cycles;
    const std::string name =
        escaped(machine.isa().instructions()[static_cast<std::size_t>(record.instruction)].name);
    out += fmt::format(
        "{{\"ph\": \"X\", \"pid\": 1, \"tid\": {}, \"ts\": {}, \"dur\": {}, \"name\": \"{}\", "
        "\"args\": "
        "{{\"seq\": {}, \"pc\": \"0x{:08x}\", \"issue\": {}, \"waited_for\": \"{}\"}}}},\n",
        static_cast<int>(record.unit), record.start, std::max<std::int64_t>(end - record.start, 0),
        name, record.seq, record.pc, record.issue, name_of(record.waited_for));
    const CommitRecord* from =
        record.waited_seq >= 0 ? find(result.trace, record.waited_seq) : nullptr;
    if (from == nullptr || from->unit == record.unit || from->start < 0) continue;
    out += fmt::format(
        "{{\"ph\": \"s\", \"pid\": 1, \"tid\": {0}, \"ts\": {1}, \"id\": {2}, \"cat\": \"flag\", "
        "\"name\": "
        "\"{3}\"}},\n"
        "{{\"ph\": \"f\", \"bp\": \"e\", \"pid\": 1, \"tid\": {4}, \"ts\": {5}, \"id\": {2}, "
        "\"cat\": \"flag\", "
        "\"name\": \"{3}\"}},\n",
        static_cast<int>(from->unit), from->start, record.seq, name_of(record.waited_for),
        static_cast<int>(record.unit), record.start);
  }
  out += fmt::format(
      "{{\"ph\": \"M\", \"pid\": 1, \"name\": \"process_name\", \"args\": {{\"name\": \"npu "
      "({})\"}}}}\n]}}\n",
      escaped(machine.arch().name));
  return out;
}

}  // namespace coldforge::sim
