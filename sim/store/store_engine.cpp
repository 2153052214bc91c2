#include "sim/store/store_engine.h"

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr int kTile = 1;  // operand

}  // namespace

StoreEngine::StoreEngine(const sc_core::sc_module_name& name, const EngineContext& context)
    : Engine(name, isa::Unit::Store, context), timing_(context.arch) {
  bus_isock.register_nb_transport_bw(this, &StoreEngine::respond);
  free_slots_.assign(static_cast<std::size_t>(context.arch.bus.max_outstanding), 0);
}

Engine::Gate StoreEngine::gate(const Command&, std::int64_t now) {
  const auto newest = static_cast<std::int64_t>(newest_seq_);
  if (jobs_.empty()) return {std::max(now, last_step_ + 1), Stall::Busy, newest};
  const Job& last = *jobs_.back();
  if (last.requested < last.plan.bursts.size()) return {kNever, Stall::Busy, newest};
  return {std::max(last_step_, last.start) + 1, Stall::Busy, newest};
}

void StoreEngine::begin(const Command& command, std::int64_t now) {
  std::unique_ptr<Job> job = spare_.empty() ? std::make_unique<Job>() : std::move(spare_.back());
  if (!spare_.empty()) spare_.pop_back();
  const TileDesc& tile = command.tile[kTile];
  const std::int64_t elements = std::int64_t{tile.rows} * tile.cols;
  job->command = &command;
  job->start = now;
  job->appended = job->requested = job->answered = 0;
  timing_.plan(command.view, tile, job->plan);
  job->packed.resize(static_cast<std::size_t>(elements * size_bytes(command.view.type)));
  read_elements(tile, memories_, 0, elements, command.view.type, job->packed.data());
  newest_seq_ = command.seq;
  stats_.work += elements * size_bytes(command.view.type);
  append_pads(*job, job->plan.first_pad_steps);
  if (job->plan.bursts.empty()) {  // every element of the view is padding
    last_step_ = now + std::max<std::int64_t>(1, job->plan.first_pad_steps) - 1;
    spare_.push_back(std::move(job));
    finish(command.seq, last_step_ + 1);
    return;
  }
  jobs_.push_back(std::move(job));
  append();
}

void StoreEngine::append() {
  LineStream& stream = arbiter_.store();
  for (auto& job : jobs_) {
    for (; job->appended < job->plan.bursts.size(); ++job->appended) {
      if (free_slots_.empty()) return;
      const std::int64_t ready = std::max(free_slots_.front(), job->start);
      free_slots_.pop_front();
      const StorePlan::Burst& burst = job->plan.bursts[job->appended];
      for (std::uint32_t step = burst.steps_begin; step < burst.steps_end; ++step) {
        stream.push(ready, job->plan.side, job->plan.banks[step]);
      }
      stream.mark(0);
      append_pads(*job, burst.pad_steps);
    }
  }
}

void StoreEngine::append_pads(const Job& job, std::int64_t steps) {
  for (; steps > 0; --steps) arbiter_.store().push(job.start, job.plan.side, 0);
}

void StoreEngine::catch_up(std::int64_t now) {
  std::int64_t cycle = 0;
  while (arbiter_.store().take_mark(now, &cycle)) {
    CF_CHECK(cycle + 1 == now, "a burst is requested in the cycle after its last line was read");
    const auto job = std::find_if(jobs_.begin(), jobs_.end(), [](const auto& candidate) {
      return candidate->requested < candidate->plan.bursts.size();
    });
    // Steps without a port advance in each cycle.
    last_step_ = (*job)->last_step = cycle + (*job)->plan.bursts[(*job)->requested].pad_steps;
    present(**job, now);
  }
}

void StoreEngine::present(Job& job, std::int64_t now) {
  const StorePlan::Burst& burst = job.plan.bursts[job.requested++];
  arbiter_.store().request(now);
  tlm::tlm_generic_payload* payload =
      pool_.get(true, burst.address, job.packed.data() + burst.packed, burst.size_bytes);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  const tlm::tlm_sync_enum status = bus_isock->nb_transport_fw(*payload, phase, delay);
  CF_CHECK(status != tlm::TLM_COMPLETED, "a memory answers through the backward path");
}

tlm::tlm_sync_enum StoreEngine::respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                        sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [](const auto& candidate) {
    return candidate->answered < candidate->requested;
  });
  CF_CHECK(found != jobs_.end(), "a response needs a request");
  Job& job = **found;
  const std::int64_t response = times_of(payload, delay, 1).response;
  if (payload.is_response_error()) {
    BusTiming* timing = nullptr;
    payload.get_extension(timing);
    fault_at(job.command->seq, std::max(response, current_cycle()),
             "store access fault: " + timing->problem, job.plan.bursts[job.answered].address);
  }
  payload.release();
  free_slots_.push_back(response + 1);
  if (++job.answered == job.plan.bursts.size()) {
    finish(job.command->seq, std::max(response, job.last_step) + 1);
    spare_.push_back(std::move(*found));
    jobs_.erase(found);
  }
  append();
  wake_up();
  return tlm::TLM_COMPLETED;
}

std::int64_t StoreEngine::next_cycle(std::int64_t now) { return arbiter_.store().mark_bound(now); }

Engine::Work StoreEngine::work(std::int64_t) {
  return {arbiter_.store_count().advanced, arbiter_.store_count().lost};
}

bool StoreEngine::waits_for_dram() const {
  // Tokens of flags are in flight, too, and wait for nothing.
  return std::any_of(in_flight_.begin(), in_flight_.end(), [](const InFlight& entry) {
    return entry.command.instruction != nullptr;
  });
}

}  // namespace coldforge::sim
