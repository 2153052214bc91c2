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
  if (!options_.wave.empty() && library_.open_wave(rtl_, options_.wave.c_str()) == 0) {
    throw UserError(options_.wave, "cannot be written");
  }
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
  in_.start_at_reset = options_.start_at_reset;
  in_.boot_address = program.entry;
}

void RtlNpu::run() {
  for (;;) {
    wait(sc_core::SC_ZERO_TIME);  // the memory decides first
    const std::int64_t cycle = current_cycle();
    settle(cycle);
    CfRtlCommand command;
    if (out_.issued != 0 || out_.synced != 0) library_.command(rtl_, &command);
    observer_.events(cycle, out_, command);
    if (has_ended(cycle)) break;
    observer_.charge(out_);
    scalar_read_.request(cycle, out_, scalar_isock);
    scalar_write_.request(cycle, out_, scalar_isock);
    load_.request(cycle, out_, load_isock);
    store_.request(cycle, out_, store_isock);
    library_.clock(rtl_);
    wait(cycle_time(1));
  }
  stopped_ = true;
  library_.close_wave(rtl_);
  if (on_stop) on_stop();
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
  host_asks_ = false;
  library_.eval(rtl_, &in_, &out_);
  if (out_.host_written != 0 || out_.host_answers != 0) {
    host_data_ = out_.host_data;
    host_failed_ = out_.host_error != 0;
    host_answered_.notify();
  }
  if (out_.print_valid == 0) return;
  std::string text;
  if (!read_bytes(out_.print_address, std::min(out_.print_bytes, kLargestPrint), text)) return;
  printed_.append(
      text, 0, options_.print_limit_bytes - std::min(printed_.size(), options_.print_limit_bytes));
  in_.print_ok = 1;
  library_.eval(rtl_, &in_, &out_);
}

bool RtlNpu::has_ended(std::int64_t cycle) {
  const bool bus_is_idle =
      scalar_read_.idle() && scalar_write_.idle() && load_.idle() && store_.idle();
  if (observer_.is_active() || !bus_is_idle) last_active_ = cycle;
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

bool RtlNpu::read_bytes(std::uint32_t address, std::uint32_t size, std::string& text) {
  text.resize(size);
  if (size == 0) return true;
  auto* const bytes = reinterpret_cast<std::uint8_t*>(text.data());
  const std::uint64_t end = std::uint64_t{address} + size;
  if (end <= static_cast<std::uint64_t>(arch_.scalar.itcm_bytes)) {
    library_.peek(rtl_, kCfRtlItcm, address, bytes, size);
    return true;
  }
  if (address >= kDtcmBase &&
      end - kDtcmBase <= static_cast<std::uint64_t>(arch_.scalar.dtcm_bytes)) {
    library_.peek(rtl_, kCfRtlDtcm, address - kDtcmBase, bytes, size);
    return true;
  }
  tlm::tlm_generic_payload payload;
  payload.set_read();
  payload.set_address(address);
  payload.set_data_ptr(bytes);
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

/// Waits for the answer of the AXI4-Lite target, which comes in the cycle after the access.
void RtlNpu::host_access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_data_length() != 4 || payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  host_writes_ = payload.is_write();
  host_address_ = static_cast<std::uint32_t>(payload.get_address());
  if (host_writes_) std::memcpy(&host_data_, payload.get_data_ptr(), 4);
  host_asks_ = true;
  wait(host_answered_);
  if (!host_writes_) std::memcpy(payload.get_data_ptr(), &host_data_, 4);
  payload.set_response_status(host_failed_ ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                           : tlm::TLM_OK_RESPONSE);
}

}  // namespace coldforge::sim
