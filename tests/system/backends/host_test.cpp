// Model and RTL on somebody else's platform: bound by TLM-2.0 sockets, started and watched by a
// host.
#include <fmt/format.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "sim/rtl/rtl_npu.h"
#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

/// A memory of somebody else: no extension of ours, a fixed delay.
struct OtherMemory : sc_core::sc_module {
  tlm_utils::simple_target_socket<OtherMemory> tsock{"tsock"};
  std::uint8_t bytes[64] = {};

  explicit OtherMemory(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    tsock.register_b_transport(this, &OtherMemory::access);
    tsock.register_transport_dbg(this, &OtherMemory::debug);
  }
  unsigned debug(tlm::tlm_generic_payload& payload) {
    std::uint8_t* at = bytes + (payload.get_address() - kDramBase);
    if (payload.is_read()) {
      std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    } else {
      std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    }
    return payload.get_data_length();
  }
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    debug(payload);
    delay += cycle_time(7);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

/// Reads, starts in cycle kStart, polls until the program has ended, reads on. Keeps what it saw.
struct PollingHost : sc_core::sc_module {
  static constexpr std::int64_t kStart = 3000;  // longer than the RTL would take for a deadlock
  tlm_utils::simple_initiator_socket<PollingHost> isock{"isock"};
  /// "cycle 3001: 0x04 = 1": cycle of the answer, register, value or that it was refused.
  std::vector<std::string> seen;

  explicit PollingHost(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    SC_THREAD(drive);
  }
  SC_HAS_PROCESS(PollingHost);

  std::uint32_t access(bool write, std::uint32_t address, std::uint32_t value = 0) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay;
    isock->b_transport(payload, delay);
    wait(delay);
    seen.push_back(fmt::format("cycle {}: 0x{:02x} = {}", current_cycle(), address,
                               payload.is_response_error() ? "refused" : std::to_string(value)));
    return value;
  }
  std::uint32_t read(HostRegister number) {
    return access(false, static_cast<std::uint32_t>(number));
  }
  void drive() {
    read(HostRegister::Status);
    access(false, 0x40);
    access(true, static_cast<std::uint32_t>(HostRegister::Status), 1);
    access(true, static_cast<std::uint32_t>(HostRegister::Control), 2);  // not the start bit
    wait(cycle_time(kStart - current_cycle()));
    read(HostRegister::CyclesLow);
    access(true, static_cast<std::uint32_t>(HostRegister::Control), 1);
    while (read(HostRegister::Status) <= static_cast<std::uint32_t>(HostStatus::Running)) {
    }
    read(HostRegister::ExitCode);
    wait(cycle_time(10));
    for (const HostRegister number : {HostRegister::CyclesLow, HostRegister::CyclesHigh,
                                      HostRegister::Control, HostRegister::Status}) {
      read(number);
    }
  }
};

/// An NPU with three memories and a host; `npu` is any with the sockets of soc/npu.h.
template <class AnyNpu>
struct Surroundings {
  OtherMemory memory, load_memory, store_memory;
  PollingHost host;
  Surroundings(const std::string& name, AnyNpu& npu)
      : memory((name + "_memory").c_str()),
        load_memory((name + "_load").c_str()),
        store_memory((name + "_store").c_str()),
        host((name + "_host").c_str()) {
    npu.scalar_isock.bind(memory.tsock);
    npu.load_isock.bind(load_memory.tsock);
    npu.store_isock.bind(store_memory.tsock);
    host.isock.bind(npu.host_tsock);
    memory.bytes[0] = 41;
  }
};

}  // namespace

TEST_CASE("a host starts and watches the RTL as it does the model, cycle by cycle", "[backends]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<TilePlan> plans = make_plans(isa);
  const IssueCheck check(arch);
  const Plans engine_plans(isa, arch);
  Code code;
  li(code, 1, kDramBase);
  append(code, {lw(5, 1, 0), addi(5, 5, 1), sw(1, 5, 4)});
  append(code, exit_with(5));
  const Program program = program_of(code);

  Cpu cpu(isa, arch, plans, check, program, 0, false);
  Recorder recorder(nullptr, false, false);
  TileMemories memories(arch);
  const EngineFactory engines = [](const EngineWiring& wiring) {
    return std::make_unique<FakeEngines>(wiring, 5, false);
  };
  NpuOptions model_options;
  model_options.start_at_reset = false;
  model_options.core.instruction_limit = 1000;
  model_options.core.cycle_limit = 100000;
  Npu model("model", {isa, arch, plans, check, cpu, recorder, nullptr, memories, engines},
            model_options);
  Surroundings<Npu> of_model("model", model);

  const RtlLibrary library(isa, arch, {});
  RtlObserver observer({isa, plans, engine_plans, nullptr, false});
  RtlNpu::Options rtl_options;
  rtl_options.start_at_reset = false;
  rtl_options.instruction_limit = 1000;
  rtl_options.cycle_limit = 100000;
  RtlNpu rtl("rtl", arch, library, program, observer, rtl_options);
  Surroundings<RtlNpu> of_rtl("rtl", rtl);

  sc_core::sc_start(cycle_time(10000));
  const auto& seen = of_rtl.host.seen;
  CHECK(seen == of_model.host.seen);
  REQUIRE(seen.size() > 8);
  CHECK(seen[0] == "cycle 1: 0x04 = 0");
  CHECK(seen[1] == "cycle 2: 0x40 = refused");
  const auto ends_with = [](const std::string& text, const std::string& end) {
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
  };
  CHECK(ends_with(seen.back(), ": 0x04 = 2"));
  CHECK(ends_with(seen[seen.size() - 5], ": 0x08 = 42"));
  CHECK(of_rtl.memory.bytes[4] == 42);
  CHECK(of_model.memory.bytes[4] == 42);
  CHECK(rtl.end_cycle() > PollingHost::kStart);
}

}  // namespace coldforge::sim::test
