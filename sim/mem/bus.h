#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "sim/mem/dram.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {

/// How bursts travel over TLM-2.0 (base protocol, approximately timed):
///
///   1. The initiator calls nb_transport_fw(BEGIN_REQ, delay) with address, data and length of the
///   useful bytes of one
///      burst. The request is presented in the cycle now + delay; it may call ahead, in the order
///      of cycles, at most one request a cycle. It holds room for the answer. The target returns
///      TLM_UPDATED, END_REQ.
///   2. Not later than the first beat (read) or the response (write), the target calls
///   nb_transport_bw(BEGIN_RESP, delay):
///      data have been copied, the status is set, and now + delay is the cycle of the last beat
///      (read) or the response (write). The initiator returns TLM_COMPLETED.
///
/// BusTiming is optional. A target that knows the cycle of each beat writes it there (`valid`);
/// without it, an initiator takes the last beats before the response, one a cycle.
struct BusTiming : tlm::tlm_extension<BusTiming> {
  bool valid = false;
  BurstTimes times;
  std::string
      problem;  ///< one phrase if the status is not OK: "12 bytes at out+4096, 4096 bytes long"

  tlm::tlm_extension_base* clone() const override { return new BusTiming(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const BusTiming&>(other);
  }
};

/// Payloads with a BusTiming, reused. All of them must have come back before the pool dies, or
/// simulation has ended.
class BusPool : public tlm::tlm_mm_interface {
 public:
  ~BusPool() override;
  /// A payload of one reference for the bytes at `data`; release() gives it back.
  tlm::tlm_generic_payload* get(bool write, std::uint32_t address, std::uint8_t* data,
                                std::uint32_t size_bytes);
  void free(tlm::tlm_generic_payload* payload) override;

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> unused_;
};

/// What an initiator learns from BEGIN_RESP called in this cycle with `delay`: the extension's
/// times, or the default.
BurstTimes times_of(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay,
                    std::int64_t beats);

}  // namespace coldforge::sim
