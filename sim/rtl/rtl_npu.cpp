#include "sim/rtl/rtl_npu.h"

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"
#include "sim/scalar/cpu.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {
namespace {

/// Verilated functions are large, those of waveforms most of all. What is not touched costs
/// nothing.
constexpr std::size_t kStackBytes = 64 << 20;
/// Nobody waits longer than this for anything but a flag, a barrier or DRAM: the deepest pipe and
/// the largest array together are shorter. If nothing has happened for so long, nothing will.
constexpr std::int64_t kQuietCycles = 2048;
/// As the model's core cuts a print.
constexpr std::uint32_t kLargestPrint = 1 << 20;
/// cf_npu_pkg::core_state_e
constexpr int kCoreTrapped = 2;

}  // namespace

RtlNpu::RtlNpu(const sc_core::sc_module_name& name, const isa::Arch& arch,
               const RtlLibrary& library, const Program& program, RtlObserver& observer,
               Options options)
    : sc_core::sc_module(name),
      arch_(arch),
      library_(library),
      observer_(observer),
      options_(std::move(options)),
      rtl_(library.create()),
      scalar_read_(false, 0, arch.bus.beat_bytes),
      scalar_write_(true, 0, arch.bus.beat_bytes),
      load_(false, 1, arch.bus.beat_bytes),
      store_(true, 1, arch.bus.beat_bytes) {
  scalar_isock.bind(scalar_backward_);
  load_isock.bind(load_backward_);
  store_isock.bind(store_backward_);
  host_tsock.register_b_transport(this, &RtlNpu::host_access);
  scalar_read_.on_answered = [this](std::uint32_t address, std::uint32_t size, bool failed) {
    if (!failed) observer_.core_access(address, size, false);
  };
  scalar_write_.on_answered = [this](std::uint32_t address, std::uint32_t size, bool failed) {
    if (!failed) observer_.core_access(address, size, true);
  };
  reset(program);
  SC_THREAD(run);
  set_stack_size(kStackBytes);
}

RtlNpu::~RtlNpu() { library_.destroy(rtl_); }

/// Memories are filled as those of the model are (scalar/cpu.h, soc/platform.h), then one clock
/// edge in reset.
void RtlNpu::reset(const Program& program) {
  in_.rst_n = 0;
  library_.eval(rtl_, &in_, &out_);
  const isa::TileMemoryArch tiles[isa::kMemories] = {arch_.vec, arch_.left, arch_.right, arch_.acc};
  for (int m = 0; m < isa::kMemories; ++m) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(tiles[m].size_bytes));
    poison(bytes.data(), bytes.size(), options_.poison_seed + 1 + static_cast<std::uint64_t>(m));
    library_.poke(rtl_, m, 0, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }
  std::vector<std::uint8_t> itcm(static_cast<std::size_t>(arch_.scalar.itcm_bytes));
  std::vector<std::uint8_t> dtcm(static_cast<std::size_t>(arch_.scalar.dtcm_bytes));
  poison(dtcm.data(), dtcm.size(), options_.poison_seed);
  for (const Segment& segment : program.segments) {
    if (segment.address >= kDramBase) continue;
    const bool is_data = segment.address >= kDtcmBase;
    std::uint8_t* const to =
        (is_data ? dtcm : itcm).data() + (segment.address - (is_data ? kDtcmBase : kItcmBase));
    std::memset(to, 0, segment.size_bytes);
    if (!segment.bytes.empty()) std::memcpy(to, segment.bytes.data(), segment.bytes.size());
  }
  library_.poke(rtl_, kCfRtlItcm, 0, itcm.data(), static_cast<std::uint32_t>(itcm.size()));
  library_.poke(rtl_, kCfRtlDtcm, 0, dtcm.data(), static_cast<std::uint32_t>(dtcm.size()));
  library_.clock(rtl_);
  in_.rst_n = 1;
  in_.start_at_reset = started_ = options_.start_at_reset;
  in_.boot_address = program.entry;
}

void RtlNpu::run() {
  for (;;) {
    wait(sc_core::SC_ZERO_TIME);  // the memory decides first
    const std::int64_t cycle = current_cycle();
    if (!stopped_) record_wave(cycle);
    settle(cycle);
    if (!stopped_) watch(cycle);
    library_.clock(rtl_);
    answer_host();
    wait(cycle_time(1));
  }
}

/// Everything that others see of a settled cycle. A machine that has stopped is clocked on, for a
/// host that asks, but does nothing any more.
void RtlNpu::watch(std::int64_t cycle) {
  CfRtlCommand command;
  if (out_.issued != 0 || out_.synced != 0) library_.command(rtl_, &command);
  observer_.events(cycle, out_, command);
  if (has_ended(cycle)) {
    stopped_ = true;
    library_.close_wave(rtl_);
    if (on_stop) on_stop();
    wait(sc_core::SC_ZERO_TIME);  // a platform that pauses finds the machine as of this cycle
    return;
  }
  observer_.charge(out_);
  scalar_read_.request(cycle, out_, scalar_isock);
  scalar_write_.request(cycle, out_, scalar_isock);
  load_.request(cycle, out_, load_isock);
  store_.request(cycle, out_, store_isock);
}

void RtlNpu::record_wave(std::int64_t cycle) {
  if (options_.wave.empty()) return;
  if (cycle == options_.wave_from && library_.open_wave(rtl_, options_.wave.c_str()) == 0) {
    throw UserError(options_.wave, "cannot be written");
  }
  if (cycle - 1 == options_.wave_to) library_.close_wave(rtl_);
}

void RtlNpu::settle(std::int64_t cycle) {
  scalar_read_.drive(cycle, in_);
  scalar_write_.drive(cycle, in_);
  load_.drive(cycle, in_);
  store_.drive(cycle, in_);
  in_.print_ok = 0;
  in_.host_write = host_asks_ && host_writes_;
  in_.host_read = host_asks_ && !host_writes_;
  in_.host_address = host_address_;
  in_.host_data = host_data_;
  started_ = started_ || (in_.host_write != 0 && host_address_ == 0 && (host_data_ & 1) != 0);
  library_.eval(rtl_, &in_, &out_);
  if (out_.print_valid == 0) return;
  std::string text;
  if (!read_bytes(out_.print_address, std::min(out_.print_bytes, kLargestPrint), text)) return;
  printed_.append(
      text, 0, options_.print_limit_bytes - std::min(printed_.size(), options_.print_limit_bytes));
  in_.print_ok = 1;
  library_.eval(rtl_, &in_, &out_);
}

/// The target answers from the cycle after an access on: what the clock edge has just made visible.
void RtlNpu::answer_host() {
  if (in_.host_write == 0 && in_.host_read == 0) return;
  host_asks_ = false;
  in_.host_write = in_.host_read = 0;
  CfRtlOutputs after{};
  library_.eval(rtl_, &in_, &after);
  host_data_ = after.host_data;
  host_failed_ = after.host_error != 0;
  host_answered_.notify();
}

bool RtlNpu::has_ended(std::int64_t cycle) {
  const bool bus_is_idle =
      scalar_read_.idle() && scalar_write_.idle() && load_.idle() && store_.idle();
  if (observer_.is_active() || !bus_is_idle || !started_) last_active_ = cycle;
  if (out_.stopped != 0) {
    end(Outcome::EngineFault, cycle);
  } else if (out_.end_state == kCoreTrapped) {
    end(Outcome::Trap, cycle);
  } else if (out_.is_idle != 0 && cycle <= options_.cycle_limit) {
    end(Outcome::Exited, cycle);
  } else if (observer_.retired() >= options_.instruction_limit) {
    end(Outcome::InstructionLimit, cycle + 1);
    observer_.charge(out_);
  } else if (cycle >= options_.cycle_limit) {
    end(Outcome::CycleLimit, options_.cycle_limit);
  } else if (cycle - last_active_ > kQuietCycles) {
    end(Outcome::Deadlock, cycle);
  } else {
    return false;
  }
  return true;
}

void RtlNpu::end(Outcome outcome, std::int64_t cycle) {
  outcome_ = outcome;
  end_cycle_ = cycle;
}

const std::string& RtlNpu::bus_problem(isa::Unit unit) const {
  return unit == isa::Unit::Store ? store_.problem() : load_.problem();
}

std::vector<std::uint8_t> RtlNpu::memory(int number, std::size_t size_bytes) const {
  std::vector<std::uint8_t> bytes(size_bytes);
  library_.peek(rtl_, number, 0, bytes.data(), static_cast<std::uint32_t>(size_bytes));
  return bytes;
}

std::vector<std::uint8_t> RtlNpu::core_memory(std::uint32_t address,
                                              std::uint32_t size_bytes) const {
  const bool is_data = address >= kDtcmBase;
  const std::uint32_t base = is_data ? kDtcmBase : kItcmBase;
  const std::int64_t all = is_data ? arch_.scalar.dtcm_bytes : arch_.scalar.itcm_bytes;
  if (std::int64_t{address} - base + size_bytes > all) return {};
  std::vector<std::uint8_t> bytes(size_bytes);
  library_.peek(rtl_, is_data ? kCfRtlDtcm : kCfRtlItcm, address - base, bytes.data(), size_bytes);
  return bytes;
}

bool RtlNpu::read_bytes(std::uint32_t address, std::uint32_t size, std::string& text) {
  const std::vector<std::uint8_t> in_core = core_memory(address, size);
  text.assign(in_core.begin(), in_core.end());
  if (text.size() == size) return true;
  text.resize(size);
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(address);
  payload.set_data_ptr(reinterpret_cast<std::uint8_t*>(text.data()));
  payload.set_data_length(size);
  return scalar_isock->transport_dbg(payload) == size;
}

tlm::tlm_sync_enum RtlNpu::response(int socket, tlm::tlm_generic_payload& payload,
                                    tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  BusBridge& bridge = socket == 1         ? load_
                      : socket == 2       ? store_
                      : payload.is_read() ? scalar_read_
                                          : scalar_write_;
  CF_CHECK(bridge.response(payload, delay), "a memory answers what it was asked");
  return tlm::TLM_COMPLETED;
}

/// Waits until the AXI4-Lite target has taken the access of this cycle. Its answer takes one.
void RtlNpu::host_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_data_length() != 4 || payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) wait(delay);
  host_writes_ = payload.is_write();
  host_address_ = static_cast<std::uint32_t>(payload.get_address());
  if (host_writes_) std::memcpy(&host_data_, payload.get_data_ptr(), 4);
  host_asks_ = true;
  wait(host_answered_);
  delay = cycle_time(1);
  if (!host_writes_) std::memcpy(payload.get_data_ptr(), &host_data_, 4);
  payload.set_response_status(host_failed_ ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                           : tlm::TLM_OK_RESPONSE);
}

}  // namespace coldforge::sim
