#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <memory>
#include <vector>

#include "sim/engine/engine.h"
#include "sim/load/load_timing.h"
#include "sim/mem/bus.h"

namespace coldforge::sim {

/// The load engine: views of DRAM into Vec, Left and Right. Data arrive with the bursts; the tile
/// is written when the last one has been. Source: sim/README.md, "Load engine".
class LoadEngine : public Engine {
 public:
  tlm_utils::simple_initiator_socket<LoadEngine> bus_isock{"bus_isock"};

  LoadEngine(const sc_core::sc_module_name& name, const EngineContext& context);

 private:
  void catch_up(std::int64_t now) override;
  Gate gate(const Command& command, std::int64_t now) override;
  void begin(const Command& command, std::int64_t now) override;
  std::int64_t next_cycle(std::int64_t now) override;
  Work work(std::int64_t now) override;
  bool waits_for_dram() const override;

  tlm::tlm_sync_enum respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);

  /// A load in flight.
  struct Job {
    const Command* command = nullptr;  ///< in in_flight_
    std::int64_t start = 0;
    LoadPlan plan;
    std::vector<std::uint8_t> packed;                 ///< the view's elements as they lie in DRAM
    std::vector<tlm::tlm_generic_payload*> payloads;  ///< [piece]: asked for, not yet handed on
    std::vector<BurstTimes> times;                    ///< [piece]
    std::vector<bool> answered;                       ///< [piece]: times are known
    std::size_t requested = 0;  ///< pieces whose request has been presented (or that need none)
    std::size_t appended = 0;   ///< pieces whose writes are in the arbiter's stream
  };
  struct Request {
    Job* job;
    std::size_t piece;
  };
  void request(std::int64_t now);
  void present(Job& job, std::size_t piece, std::int64_t cycle, std::int64_t now);
  void append();
  void complete(Job& job);

  LoadTiming timing_;
  BusPool pool_;
  std::deque<std::unique_ptr<Job>> jobs_;    ///< in the order of the queue
  std::vector<std::unique_ptr<Job>> spare_;  ///< their vectors keep their memory
  std::deque<Request> requests_;  ///< presented, response not known; answers come in this order
  std::deque<bool>
      ends_job_;  ///< by mark of the arbiter's stream: the end of a load, or of a burst
  std::int64_t outstanding_ =
      0;  ///< bursts from their request until their last beat left the buffer
  std::int64_t last_request_ = -1;  ///< cycle, of an invalid run that costs one as well
  std::uint64_t newest_seq_ = 0;    ///< of the instruction that began last
};

}  // namespace coldforge::sim
