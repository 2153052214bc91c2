#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/unit/sim_core/fake_engines.h"

namespace coldforge::sim::test {
namespace {

/// A memory of somebody else: blocking or not, no extension of ours, a fixed delay.
struct OtherMemory : sc_core::sc_module {
  tlm_utils::simple_target_socket<OtherMemory> tsock{"tsock"};
  std::uint8_t bytes[64] = {};

  explicit OtherMemory(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    tsock.register_b_transport(this, &OtherMemory::access);
  }
  void access(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    std::uint8_t* at = bytes + (payload.get_address() - kDramBase);
    if (payload.is_read())
      std::memcpy(payload.get_data_ptr(), at, payload.get_data_length());
    else
      std::memcpy(at, payload.get_data_ptr(), payload.get_data_length());
    delay += cycle_time(7);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

struct OtherHost : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<OtherHost> isock{"isock"};
  std::uint32_t first_status = 9, last_status = 9, exit_code = 0, bad_address_status = 0;

  explicit OtherHost(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    SC_THREAD(drive);
  }
  SC_HAS_PROCESS(OtherHost);

  tlm::tlm_response_status access(bool write, std::uint32_t address, std::uint32_t& value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    sc_core::sc_time delay;
    isock->b_transport(payload, delay);
    wait(delay);
    return payload.get_response_status();
  }
  void drive() {
    std::uint32_t value = 1;
    access(false, static_cast<std::uint32_t>(HostRegister::Status), first_status);
    bad_address_status = access(false, 0x40, value) == tlm::TLM_ADDRESS_ERROR_RESPONSE;
    value = 1;
    access(true, static_cast<std::uint32_t>(HostRegister::Control), value);
    do {
      access(false, static_cast<std::uint32_t>(HostRegister::Status), last_status);
    } while (last_status <= static_cast<std::uint32_t>(HostStatus::Running));
    access(false, static_cast<std::uint32_t>(HostRegister::ExitCode), exit_code);
  }
};

}  // namespace

TEST_CASE("somebody else's platform binds, starts and reads the NPU", "[sim][soc]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const std::vector<TilePlan> plans = make_plans(isa);
  const IssueCheck check(arch);
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
  NpuOptions options;
  options.start_at_reset = false;
  options.core.instruction_limit = 1000;
  options.core.cycle_limit = 100000;
  Npu npu("npu", {isa, arch, plans, check, cpu, recorder, nullptr, memories, engines}, options);
  OtherMemory memory("memory"), load_memory("load_memory"), store_memory("store_memory");
  OtherHost host("host");
  npu.scalar_isock.bind(memory.tsock);
  npu.load_isock.bind(load_memory.tsock);
  npu.store_isock.bind(store_memory.tsock);
  host.isock.bind(npu.host_tsock);
  memory.bytes[0] = 41;

  sc_core::sc_start(cycle_time(10000));
  CHECK(host.first_status == static_cast<std::uint32_t>(HostStatus::Reset));
  CHECK(host.bad_address_status == 1);
  CHECK(host.last_status == static_cast<std::uint32_t>(HostStatus::Exited));
  CHECK(host.exit_code == 42);
  CHECK(memory.bytes[4] == 42);
}

}  // namespace coldforge::sim::test
