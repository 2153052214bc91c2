#include "sim/rtl/bus_bridge.h"

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"
#include "sim/soc/clock.h"

namespace coldforge::sim {

BusBridge::~BusBridge() = default;

void BusBridge::drive(std::int64_t cycle, CfRtlInputs& in) {
  if (write_) {
    in.b_valid[port_] = 0;
  } else {
    in.r_valid[port_] = 0;
  }
  if (bursts_.empty() || !bursts_.front()->answered) return;
  Burst& burst = *bursts_.front();
  if (write_) {
    if (burst.times.response > cycle) return;
    CF_CHECK(burst.next_beat == burst.beats, "the beats of a write come before its response");
    in.b_valid[port_] = 1;
    in.b_error[port_] = burst.failed;
  } else {
    if (burst.times.beat_cycle(burst.next_beat) > cycle) return;
    drive_read(cycle, burst, in);
    if (burst.next_beat < burst.beats) return;
  }
  if (on_answered) {
    on_answered(burst.address, static_cast<std::uint32_t>(burst.bytes.size()), burst.failed);
  }
  bursts_.pop_front();
}

void BusBridge::drive_read(std::int64_t, Burst& burst, CfRtlInputs& in) {
  const std::int64_t first =
      burst.address / beat_bytes_ * beat_bytes_ + burst.next_beat * beat_bytes_;
  std::uint8_t* const lanes = in.r_data[port_];
  for (std::int64_t lane = 0; lane < beat_bytes_; ++lane) {
    const std::int64_t at = first + lane - burst.address;
    const bool is_useful = at >= 0 && at < static_cast<std::int64_t>(burst.bytes.size());
    lanes[lane] = is_useful && !burst.failed ? burst.bytes[static_cast<std::size_t>(at)] : 0;
  }
  ++burst.next_beat;
  in.r_valid[port_] = 1;
  in.r_error[port_] = burst.failed;
  in.r_last[port_] = burst.next_beat == burst.beats;
}

void BusBridge::request(std::int64_t, const CfRtlOutputs& out,
                        tlm::tlm_initiator_socket<>& socket) {
  const bool asks = write_ ? out.aw_valid[port_] != 0 : out.ar_valid[port_] != 0;
  Burst* asked = nullptr;
  if (asks) {
    auto burst = std::make_unique<Burst>();
    burst->address = write_ ? out.aw_address[port_] : out.ar_address[port_];
    const std::uint32_t size = write_ ? out.aw_bytes[port_] : out.ar_bytes[port_];
    burst->bytes.resize(size);
    burst->beats =
        (std::int64_t{burst->address} + size - 1) / beat_bytes_ - burst->address / beat_bytes_ + 1;
    burst->socket = &socket;
    burst->payload = pool_.get(write_, burst->address, burst->bytes.data(), size);
    if (write_) {
      // The memory may take the bytes before all of them have come; until then it keeps what it
      // has.
      burst->payload->set_command(tlm::TLM_READ_COMMAND);
      socket->transport_dbg(*burst->payload);
      burst->payload->set_command(tlm::TLM_WRITE_COMMAND);
    }
    asked = burst.get();
    bursts_.push_back(std::move(burst));
  }
  if (write_ && out.w_valid[port_] != 0) {
    const auto open = std::find_if(bursts_.begin(), bursts_.end(), [](const auto& burst) {
      return burst->next_beat < burst->beats;
    });
    if (open == bursts_.end())
      throw UserError("the RTL", "a beat of a write belongs to no request");
    take_beat(**open, out);
  }
  if (asked == nullptr) return;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum sync = socket->nb_transport_fw(*asked->payload, phase, delay);
  if (sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP)) {
    answer(*asked, delay);
  }
}

void BusBridge::take_beat(Burst& burst, const CfRtlOutputs& out) {
  const std::int64_t first =
      burst.address / beat_bytes_ * beat_bytes_ + burst.next_beat * beat_bytes_;
  for (std::int64_t lane = 0; lane < beat_bytes_; ++lane) {
    if ((out.w_strobe[port_][lane / 8] >> lane % 8 & 1) == 0) continue;
    const std::int64_t at = first + lane - burst.address;
    if (at < 0 || at >= static_cast<std::int64_t>(burst.bytes.size())) {
      throw UserError("the RTL", "a strobe of a write lies outside of its burst");
    }
    burst.bytes[static_cast<std::size_t>(at)] = out.w_data[port_][lane];
  }
  ++burst.next_beat;
  if (burst.next_beat == burst.beats && burst.answered && !burst.failed) write_late(burst);
}

/// The memory took the bytes while some were still to come: now all are there, before the response.
void BusBridge::write_late(Burst& burst) {
  tlm::tlm_generic_payload* payload = pool_.get(true, burst.address, burst.bytes.data(),
                                                static_cast<std::uint32_t>(burst.bytes.size()));
  (*burst.socket)->transport_dbg(*payload);
  payload->release();
}

bool BusBridge::response(tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay) {
  for (const auto& burst : bursts_) {
    if (burst->payload != &payload) continue;
    answer(*burst, delay);
    return true;
  }
  return false;
}

void BusBridge::answer(Burst& burst, const sc_core::sc_time& delay) {
  burst.times = times_of(*burst.payload, delay, burst.beats);
  burst.answered = true;
  burst.failed = burst.payload->is_response_error();
  if (burst.failed && problem_.empty()) {  // the first is the fault
    BusTiming* timing = nullptr;
    burst.payload->get_extension(timing);
    problem_ = timing != nullptr ? timing->problem : "";
  }
  burst.payload->release();
  burst.payload = nullptr;
}

}  // namespace coldforge::sim
