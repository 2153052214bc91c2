#include "sim/soc/board.h"

namespace coldforge::sim {
namespace {

RaceCheck::Names race_names(const isa::Isa& isa, BufferMap& map) {
  RaceCheck::Names names;
  names.mnemonic = [&isa](int id) { return isa.instructions()[static_cast<std::size_t>(id)].name; };
  names.buffer = [&map](std::int64_t address) {
    return map.nearest(static_cast<std::uint32_t>(address));
  };
  names.writable = [&map](std::int64_t address) {
    return map.writable(static_cast<std::uint32_t>(address), 1) != nullptr;
  };
  return names;
}

}  // namespace

Board::Board(const isa::Isa& isa, const isa::Arch& arch, const Program& program,
             const std::vector<Buffer>& buffers, std::size_t callers_buffers,
             const RunOptions& options)
    : program_(program),
      buffers_(buffers),
      callers_buffers_(callers_buffers),
      options_(options),
      map_(buffers),
      races_(race_names(isa, map_)),
      dram_("dram", arch, map_) {}

void Board::collect(RunResult& result, const ReadCore& core) {
  for (std::size_t i = 0; i < callers_buffers_; ++i) {
    if (!buffers_[i].writable) continue;
    const std::uint8_t* bytes = map_.content(i);
    result.buffers[buffers_[i].name].assign(bytes, bytes + buffers_[i].bytes.size());
  }
  result.signature = signature(core);
  result.dram = dram_.stats();
  if (!options_.race_check) return;
  races_.finish();
  result.races = races_.races();
  if (result.outcome == Outcome::Exited && !result.races.empty()) {
    result.outcome = Outcome::Race;
    result.message = "race: " + result.races.front().message;
    result.pc = result.races.front().pc_second;
  }
}

/// Bytes from begin_signature to end_signature (RISC-V architectural tests); empty without the
/// symbols.
std::vector<std::uint8_t> Board::signature(const ReadCore& core) const {
  const auto begin = program_.symbols.find("begin_signature");
  const auto end = program_.symbols.find("end_signature");
  if (begin == program_.symbols.end() || end == program_.symbols.end()) return {};
  if (end->second <= begin->second) return {};
  const std::uint32_t size = end->second - begin->second;
  std::vector<std::uint8_t> bytes = core(begin->second, size);
  if (!bytes.empty()) return bytes;
  const std::uint8_t* const in_dram = map_.host_readable(begin->second, size);
  if (in_dram == nullptr) return {};
  return {in_dram, in_dram + size};
}

}  // namespace coldforge::sim
