#include "sim/mem/dram_target.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "sim/base/error.h"

namespace coldforge::sim {

DramTarget::DramTarget(const sc_core::sc_module_name& name, const isa::Arch& arch,
                       BufferMap& buffers)
    : sc_module(name), dram_(arch), buffers_(buffers) {
  tlm_utils::simple_target_socket_tagged<DramTarget>* sockets[kBusMasters] = {
      &scalar_tsock, &load_tsock, &store_tsock};
  for (int master = 0; master < kBusMasters; ++master) {
    sockets[master]->register_nb_transport_fw(this, &DramTarget::request, master);
    sockets[master]->register_transport_dbg(this, &DramTarget::debug, master);
  }
  SC_METHOD(decide);
  sensitive << decide_event_;
  dont_initialize();
}

DramStats DramTarget::stats() const {
  DramStats stats = dram_.stats();
  for (const auto& waiting : waiting_) {
    for (const Request& request : waiting) {
      if (request.cycle >= current_cycle()) break;
      (request.payload->is_write() ? stats.write_bytes : stats.read_bytes) +=
          request.payload->get_data_length();
    }
  }
  return stats;
}

bool DramTarget::idle() const {
  for (const auto& waiting : waiting_) {
    if (!waiting.empty()) return false;
  }
  return last_answer_ < current_cycle();
}

tlm::tlm_sync_enum DramTarget::request(int master, tlm::tlm_generic_payload& payload,
                                       tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::END_RESP) return tlm::TLM_COMPLETED;
  CF_CHECK(phase == tlm::BEGIN_REQ, "a memory knows BEGIN_REQ and END_RESP");
  const std::int64_t now = current_cycle();
  const std::int64_t cycle = now + whole_cycles(delay);
  payload.acquire();
  waiting_[master].push_back({cycle, &payload});
  // Deciding late decides many at once. At the latest it is when the first answer is needed; never
  // before the cycle is over, because another master may still call.
  const std::int64_t slack = payload.is_read() ? dram_.shortest_read() : dram_.shortest_write();
  decide_event_.notify(cycle_time(cycle - now + std::max<std::int64_t>(1, slack)));
  phase = tlm::END_REQ;
  return tlm::TLM_UPDATED;
}

void DramTarget::decide() {
  const std::int64_t now = current_cycle();
  for (;;) {
    int first = -1;
    std::int64_t first_cycle = now;
    for (int master = 0; master < kBusMasters; ++master) {
      if (!waiting_[master].empty() && waiting_[master].front().cycle < first_cycle) {
        first = master;
        first_cycle = waiting_[master].front().cycle;
      }
    }
    if (first < 0) break;
    const Request request = waiting_[first].front();
    waiting_[first].pop_front();
    answer(first, request);
  }
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  for (const auto& waiting : waiting_) {
    if (waiting.empty()) continue;
    // Those behind it in the queue came later, but may need their answer sooner.
    for (const Request& request : waiting) {
      const std::int64_t slack =
          request.payload->is_read() ? dram_.shortest_read() : dram_.shortest_write();
      next = std::min(next, request.cycle + std::max<std::int64_t>(1, slack));
    }
  }
  if (next != std::numeric_limits<std::int64_t>::max()) {
    decide_event_.notify(cycle_time(next - now));
  }
}

void DramTarget::answer(int master, const Request& request) {
  tlm::tlm_generic_payload& payload = *request.payload;
  const auto address = static_cast<std::uint32_t>(payload.get_address());
  const std::uint32_t size = payload.get_data_length();
  const BurstTimes times = dram_.accept(request.cycle, payload.is_write(), address, size);

  std::string problem;
  if (payload.is_read()) {
    const std::uint8_t* bytes = buffers_.readable(address, size, &problem);
    if (bytes != nullptr) std::memcpy(payload.get_data_ptr(), bytes, size);
  } else {
    std::uint8_t* bytes = buffers_.writable(address, size, &problem);
    if (bytes != nullptr) std::memcpy(bytes, payload.get_data_ptr(), size);
  }
  payload.set_response_status(problem.empty() ? tlm::TLM_OK_RESPONSE
                                              : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  BusTiming* timing = nullptr;
  payload.get_extension(timing);
  if (timing != nullptr) {
    timing->valid = true;
    timing->times = times;
    timing->problem = problem;
  }
  last_answer_ = std::max(last_answer_, times.response);

  const std::int64_t now = current_cycle();
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_core::sc_time delay = cycle_time(std::max<std::int64_t>(0, times.response - now));
  tlm_utils::simple_target_socket_tagged<DramTarget>* sockets[kBusMasters] = {
      &scalar_tsock, &load_tsock, &store_tsock};
  (*sockets[master])->nb_transport_bw(payload, phase, delay);
  payload.release();
}

unsigned DramTarget::debug(int, tlm::tlm_generic_payload& payload) {
  const auto address = static_cast<std::uint32_t>(payload.get_address());
  const std::uint32_t size = payload.get_data_length();
  if (size == 0) return 0;
  if (payload.is_read()) {
    const std::uint8_t* bytes = buffers_.host_readable(address, size);
    if (bytes == nullptr) return 0;
    std::memcpy(payload.get_data_ptr(), bytes, size);
  } else {
    std::uint8_t* bytes = buffers_.host_writable(address, size);
    if (bytes == nullptr) return 0;
    std::memcpy(bytes, payload.get_data_ptr(), size);
  }
  return size;
}

}  // namespace coldforge::sim
