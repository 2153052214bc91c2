#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <tlm>
#include <vector>

#include "sim/mem/bus.h"
#include "sim/rtl/harness/rtl_abi.h"

namespace coldforge::sim {

/// One AXI channel pair of the RTL (AR and R, or AW, W and B) on a TLM-2.0 socket. Adds no cycle: a
/// request leaves in the cycle of its AxVALID, a beat or response is driven in the cycle that the
/// memory gave it.
class BusBridge {
 public:
  /// `port` of the harness's reads or writes; `beat_bytes` of the bus.
  BusBridge(bool write, int port, std::int64_t beat_bytes)
      : write_(write), port_(port), beat_bytes_(beat_bytes) {}
  ~BusBridge();
  BusBridge(const BusBridge&) = delete;
  BusBridge& operator=(const BusBridge&) = delete;

  /// Before the RTL is evaluated in this cycle: what the memory answers in it.
  void drive(std::int64_t cycle, CfRtlInputs& in);
  /// After: takes the request of this cycle, and the beat of a write.
  void request(std::int64_t cycle, const CfRtlOutputs& out, tlm::tlm_initiator_socket<>& socket);
  /// nb_transport_bw: false if the payload is not one of this bridge.
  bool response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay);

  bool idle() const { return bursts_.empty(); }
  /// What the memory said about the first burst that it refused: "12 bytes at out+4096, 4096 bytes
  /// long".
  const std::string& problem() const { return problem_; }
  /// Called when the last beat (the response) of a burst has been driven.
  std::function<void(std::uint32_t address, std::uint32_t size_bytes, bool failed)> on_answered;

 private:
  struct Burst {
    tlm::tlm_generic_payload* payload = nullptr;  ///< until it is answered
    tlm::tlm_initiator_socket<>* socket = nullptr;
    std::uint32_t address = 0;
    std::vector<std::uint8_t> bytes;
    std::int64_t beats = 0, next_beat = 0;
    bool answered = false, failed = false;
    BurstTimes times;
  };
  void answer(Burst& burst, const sc_core::sc_time& delay);
  void drive_read(std::int64_t cycle, Burst& burst, CfRtlInputs& in);
  void take_beat(Burst& burst, const CfRtlOutputs& out);
  void write_late(Burst& burst);

  const bool write_;
  const int port_;
  const std::int64_t beat_bytes_;
  BusPool pool_;
  std::deque<std::unique_ptr<Burst>> bursts_;  ///< in order of requests
  std::string problem_;
};

}  // namespace coldforge::sim
