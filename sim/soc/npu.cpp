#include "sim/soc/npu.h"

#include <algorithm>
#include <cstring>

#include "sim/soc/clock.h"

namespace coldforge::sim {

Npu::Npu(const sc_core::sc_module_name& name, const Parts& parts, const NpuOptions& options)
    : sc_core::sc_module(name),
      arch_(parts.arch),
      recorder_(parts.recorder),
      flags_(parts.arch.flags) {
  CommandQueue* queues[isa::kUnits] = {};
  for (int u = 1; u < isa::kUnits; ++u) {
    queues_[u] = std::make_unique<CommandQueue>(arch_.queue.depth);
    queues[u] = queues_[u].get();
  }
  RaceCheck* const races = parts.races;
  if (races != nullptr) {
    flags_.on_take = [races](isa::Unit unit, std::uint64_t set_seq) {
      races->matched(unit, set_seq);
    };
  }
  recorder_.on_fault = [this](std::int64_t cycle) { fault_in(cycle); };

  CoreSurroundings around;
  std::copy(std::begin(queues), std::end(queues), std::begin(around.queues));
  around.flags = &flags_;
  around.recorder = &recorder_;
  around.races = races;
  around.tiles = &parts.memories;
  around.counter = [this](std::uint32_t csr) { return counter(csr); };
  around.is_stopped = [this] { return fault_stop_ >= 0 && current_cycle() >= fault_stop_; };
  core_ = std::make_unique<ScalarCore>("scalar", parts.isa, arch_, parts.cpu, parts.check, around,
                                       options.core);
  core_->bus_isock.bind(scalar_isock);
  engines_ = parts.engines(EngineWiring{parts.isa, arch_, flags_, recorder_, parts.memories,
                                        arbiter_, queues, load_isock, store_isock});
  host_tsock.register_b_transport(this, &Npu::host_access);
  host_tsock.register_transport_dbg(this, &Npu::host_debug);
  if (options.start_at_reset) core_->start();
  SC_METHOD(stop);
  dont_initialize();
  sensitive << stop_event_ << core_->ended;
}

void Npu::fault_in(std::int64_t cycle) {
  const std::int64_t stop_cycle = cycle + arch_.fault_stop_cycles.count;
  if (fault_stop_ >= 0 && fault_stop_ <= stop_cycle) return;
  fault_stop_ = stop_cycle;
  const std::int64_t now = current_cycle();
  stop_event_.notify(cycle_time(std::max<std::int64_t>(stop_cycle - now, 0)));
}

void Npu::stop() {
  const bool fault = fault_stop_ >= 0 && current_cycle() >= fault_stop_;
  const bool core = core_->has_ended() && core_->outcome() != Outcome::Exited;
  if (stopped_ || (!fault && !core)) return;
  stopped_ = true;
  if (on_stop) on_stop();
}

bool Npu::engines_idle() const {
  for (int u = 1; u < isa::kUnits; ++u) {
    if (!engines_->idle(isa::Unit(u)) || !queues_[u]->empty()) return false;
  }
  return true;
}

std::string Npu::waiting() const {
  std::string text = core_->waiting();
  for (int u = 1; u < isa::kUnits; ++u) {
    const std::string engine = engines_->waiting(isa::Unit(u));
    if (!engine.empty()) text += (text.empty() ? "" : "; ") + engine;
  }
  return text;
}

UnitStats Npu::stats(isa::Unit unit, std::int64_t end_cycle) {
  return unit == isa::Unit::Scalar ? core_->stats(end_cycle) : engines_->stats(unit, end_cycle);
}

std::uint64_t Npu::counter(std::uint32_t csr) {
  const auto unit_of = [&](std::uint32_t base) { return isa::Unit(csr - base); };
  const std::int64_t now = current_cycle();
  if (csr == kCsrDramReadBytes || csr == kCsrDramWriteBytes) {
    if (!dram_stats) return 0;
    const DramStats dram = dram_stats();
    return static_cast<std::uint64_t>(csr == kCsrDramReadBytes ? dram.read_bytes
                                                               : dram.write_bytes);
  }
  if (csr < kCsrInstructions) {
    return static_cast<std::uint64_t>(
        stats(unit_of(kCsrBusyCycles), now).cycles[static_cast<int>(Stall::Busy)]);
  }
  const isa::Unit unit = unit_of(kCsrInstructions);
  return static_cast<std::uint64_t>(unit == isa::Unit::Scalar ? stats(unit, now).instructions
                                                              : recorder_.instructions(unit, now));
}

/// The core runs ahead of SystemC's time; the host must not see its end before it is.
bool Npu::core_is_seen_to_end() const {
  return core_->has_ended() && current_cycle() >= core_->end_cycle();
}

HostStatus Npu::status() const {
  if (fault_stop_ >= 0 && current_cycle() >= fault_stop_) return HostStatus::Faulted;
  if (!core_->has_started()) return HostStatus::Reset;
  if (!core_is_seen_to_end()) return HostStatus::Running;
  if (core_->outcome() != Outcome::Exited) return HostStatus::Trapped;
  return engines_idle() && current_cycle() >= recorder_.last_done() ? HostStatus::Exited
                                                                    : HostStatus::Running;
}

bool Npu::host_register(bool write, std::uint64_t address, std::uint32_t& value, bool debug) {
  if (write) {
    if (address != static_cast<std::uint32_t>(HostRegister::Control) || debug) return false;
    if ((value & 1) != 0) core_->start();
    return true;
  }
  const std::int64_t end = status() == HostStatus::Exited
                               ? std::max(core_->end_cycle(), recorder_.last_done())
                               : current_cycle();
  const auto cycles = static_cast<std::uint64_t>(end);
  switch (static_cast<HostRegister>(address)) {
    case HostRegister::Control:
      value = 0;
      return true;
    case HostRegister::Status:
      value = static_cast<std::uint32_t>(status());
      return true;
    case HostRegister::ExitCode:
      value = core_is_seen_to_end() ? static_cast<std::uint32_t>(core_->exit_code()) : 0;
      return true;
    case HostRegister::CyclesLow:
      value = static_cast<std::uint32_t>(cycles);
      return true;
    case HostRegister::CyclesHigh:
      value = static_cast<std::uint32_t>(cycles >> 32);
      return true;
  }
  return false;
}

void Npu::host_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_data_length() != 4 || payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  std::uint32_t value = 0;
  if (payload.is_write()) std::memcpy(&value, payload.get_data_ptr(), 4);
  const bool known = host_register(payload.is_write(), payload.get_address(), value, false);
  if (known && payload.is_read()) std::memcpy(payload.get_data_ptr(), &value, 4);
  delay += cycle_time(1);
  payload.set_response_status(known ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

unsigned Npu::host_debug(tlm::tlm_generic_payload& payload) {
  std::uint32_t value = 0;
  if (payload.get_data_length() != 4 || !payload.is_read() ||
      !host_register(false, payload.get_address(), value, true)) {
    return 0;
  }
  std::memcpy(payload.get_data_ptr(), &value, 4);
  return 4;
}

}  // namespace coldforge::sim
