#include "sim/mem/bus.h"

namespace coldforge::sim {

BusPool::~BusPool() {
  // The extension belongs to the pool, not to the payload, whose destructor would free it with the
  // wrong owner.
  for (auto& payload : all_) {
    BusTiming* timing = nullptr;
    payload->get_extension(timing);
    payload->clear_extension(timing);
    delete timing;
  }
}

tlm::tlm_generic_payload* BusPool::get(bool write, std::uint32_t address, std::uint8_t* data,
                                       std::uint32_t size_bytes) {
  if (unused_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(new BusTiming);
    unused_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload* payload = unused_.back();
  unused_.pop_back();
  payload->acquire();
  payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload->set_address(address);
  payload->set_data_ptr(data);
  payload->set_data_length(size_bytes);
  payload->set_streaming_width(size_bytes);
  payload->set_byte_enable_ptr(nullptr);
  payload->set_dmi_allowed(false);
  payload->set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  BusTiming* timing = nullptr;
  payload->get_extension(timing);
  timing->valid = false;
  timing->problem.clear();
  return payload;
}

void BusPool::free(tlm::tlm_generic_payload* payload) { unused_.push_back(payload); }

BurstTimes times_of(const tlm::tlm_generic_payload& payload, const sc_core::sc_time& delay,
                    std::int64_t beats) {
  BusTiming* timing = nullptr;
  payload.get_extension(timing);
  if (timing != nullptr && timing->valid) return timing->times;
  BurstTimes times;
  times.beats = beats;
  times.response = current_cycle() + whole_cycles(delay);
  times.first_beat_16 = 16 * (times.response - beats + 1);
  return times;
}

}  // namespace coldforge::sim
