#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <memory>
#include <vector>

#include "sim/engine/engine.h"
#include "sim/mem/bus.h"
#include "sim/store/store_timing.h"

namespace coldforge::sim {

/// The store engine: tiles of Vec and Acc into views of DRAM. The tile is read when the instruction
/// starts. Source: sim/README.md, "Store engine".
class StoreEngine : public Engine {
 public:
  tlm_utils::simple_initiator_socket<StoreEngine> bus_isock{"bus_isock"};

  StoreEngine(const sc_core::sc_module_name& name, const EngineContext& context);

 private:
  void catch_up(std::int64_t now) override;
  Gate gate(const Command& command, std::int64_t now) override;
  void begin(const Command& command, std::int64_t now) override;
  std::int64_t next_cycle(std::int64_t now) override;
  Work work(std::int64_t now) override;
  bool waits_for_dram() const override;

  tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);

  /// A store in flight.
  struct Job {
    const Command* command = nullptr;  ///< in in_flight_
    StorePlan plan;
    std::vector<std::uint8_t> packed;  ///< the tile's elements as they will lie in DRAM
    std::size_t appended = 0;          ///< bursts whose reads are in the arbiter's stream
    std::size_t requested = 0;         ///< bursts whose request has been presented
    std::size_t answered = 0;
    std::int64_t start = 0;
    std::int64_t last_step = 0;  ///< cycle, of the bursts whose request has been presented
  };
  void append();
  void append_pads(const Job& job, std::int64_t steps);
  void present(Job& job, std::int64_t now);

  StoreTiming timing_;
  BusPool pool_;
  std::deque<std::unique_ptr<Job>> jobs_;    ///< in the order of the queue
  std::vector<std::unique_ptr<Job>> spare_;  ///< their vectors keep their memory
  std::deque<std::int64_t>
      free_slots_;  ///< first cycle in which a place of the burst buffer is free, ascending
  std::int64_t last_step_ = -1;   ///< cycle
  std::uint64_t newest_seq_ = 0;  ///< of the instruction that began last
};

}  // namespace coldforge::sim
