#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>

#include "sim/mem/buffer_map.h"
#include "sim/mem/bus.h"
#include "sim/mem/dram.h"

namespace coldforge::sim {

/// The platform's DRAM behind TLM-2.0: Dram for time, BufferMap for data and permissions.
///
/// Requests of all masters are put in the order of cycle and master before Dram sees them, whatever
/// order the calls came in. A burst outside of the buffers takes its time like any other and
/// answers TLM_ADDRESS_ERROR_RESPONSE (nothing is copied). Debug transport reads any buffer and
/// writes the writable ones.
class DramTarget : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket_tagged<DramTarget> scalar_tsock{"scalar_tsock"};
  tlm_utils::simple_target_socket_tagged<DramTarget> load_tsock{"load_tsock"};
  tlm_utils::simple_target_socket_tagged<DramTarget> store_tsock{"store_tsock"};

  /// `buffers` outlives the module.
  DramTarget(const sc_core::sc_module_name& name, const isa::Arch& arch, BufferMap& buffers);

  /// Of all requests that were presented in cycles before this one; of those that have not been
  /// decided yet, useful bytes only.
  DramStats stats() const;
  bool idle()
      const;  ///< nothing asked that is not answered, and the last answer's cycle has passed

 private:
  SC_HAS_PROCESS(DramTarget);
  struct Request {
    std::int64_t cycle;
    tlm::tlm_generic_payload* payload;
  };
  tlm::tlm_sync_enum request(int master, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                             sc_core::sc_time& delay);
  unsigned debug(int master, tlm::tlm_generic_payload& payload);
  void decide();  // SC_METHOD: accepts all requests of past cycles
  void answer(int master, const Request& request);

  Dram dram_;
  BufferMap& buffers_;
  std::deque<Request> waiting_[kBusMasters];  ///< by cycle
  sc_core::sc_event decide_event_;
  std::int64_t last_answer_ = -1;  ///< cycle
};

}  // namespace coldforge::sim
