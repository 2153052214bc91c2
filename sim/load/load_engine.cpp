#include "sim/load/load_engine.h"

#include <algorithm>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr int kTile = 0;  // operand

}  // namespace

LoadEngine::LoadEngine(const sc_core::sc_module_name& name, const EngineContext& context)
    : Engine(name, isa::Unit::Load, context), timing_(context.arch) {
  bus_isock.register_nb_transport_bw(this, &LoadEngine::respond);
}

Engine::Gate LoadEngine::gate(const Command&, std::int64_t now) {
  const auto newest = static_cast<std::int64_t>(newest_seq_);
  if (jobs_.empty()) return {now, Stall::Busy, newest};
  const Job& last = *jobs_.back();
  if (last.requested < last.plan.pieces.size()) return {kNever, Stall::Busy, newest};
  return {std::max(last_request_, last.start) + 1, Stall::Busy, newest};
}

void LoadEngine::begin(const Command& command, std::int64_t now) {
  std::unique_ptr<Job> job = spare_.empty() ? std::make_unique<Job>() : std::move(spare_.back());
  if (!spare_.empty()) spare_.pop_back();
  const TileDesc& tile = command.tile[kTile];
  const std::int64_t elements = std::int64_t{tile.rows} * tile.cols;
  job->command = &command;
  job->start = now;
  job->requested = job->appended = 0;
  timing_.plan(command.view, tile, job->plan);
  job->packed.resize(static_cast<std::size_t>(elements * size_bytes(command.view.type)));
  job->payloads.assign(job->plan.pieces.size(), nullptr);
  job->times.assign(job->plan.pieces.size(), BurstTimes{});
  job->answered.assign(job->plan.pieces.size(), false);
  newest_seq_ = command.seq;
  stats_.work += elements * size_bytes(command.view.type);
  jobs_.push_back(std::move(job));
  request(now);
  append();
}

void LoadEngine::request(std::int64_t now) {
  for (auto& job : jobs_) {
    const auto& pieces = job->plan.pieces;
    for (; job->requested < pieces.size(); ++job->requested) {
      const LoadPlan::Piece& piece = pieces[job->requested];
      if (!piece.request && !piece.is_second_pad) continue;
      if (piece.request && outstanding_ == arch_.bus.max_outstanding) return;
      const std::int64_t cycle = std::max(now, last_request_ + 1);
      last_request_ = cycle;
      if (!piece.request) continue;  // only its cycle passes
      ++outstanding_;
      arbiter_.load().request(cycle);
      requests_.push_back({job.get(), job->requested});
      present(*job, job->requested, cycle, now);
    }
  }
}

void LoadEngine::present(Job& job, std::size_t index, std::int64_t cycle, std::int64_t now) {
  const LoadPlan::Piece& piece = job.plan.pieces[index];
  tlm::tlm_generic_payload* payload =
      pool_.get(false, piece.address, job.packed.data() + piece.packed, piece.size_bytes);
  job.payloads[index] = payload;
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_core::sc_time delay = cycle_time(cycle - now);
  const tlm::tlm_sync_enum status = bus_isock->nb_transport_fw(*payload, phase, delay);
  CF_CHECK(status != tlm::TLM_COMPLETED, "a memory answers through the backward path");
}

tlm::tlm_sync_enum LoadEngine::respond(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  CF_CHECK(!requests_.empty(), "a response needs a request");
  const Request request = requests_.front();
  requests_.pop_front();
  Job& job = *request.job;
  CF_CHECK(job.payloads[request.piece] == &payload, "responses come in the order of requests");
  const LoadPlan::Piece& piece = job.plan.pieces[request.piece];
  job.times[request.piece] = times_of(payload, delay, piece.groups_end - piece.groups_begin);
  job.answered[request.piece] = true;
  if (payload.is_response_error()) {
    BusTiming* timing = nullptr;
    payload.get_extension(timing);
    fault_at(job.command->seq, std::max(job.times[request.piece].first_beat(), current_cycle()),
             "load access fault: " + timing->problem, piece.address);
  }
  payload.release();
  append();
  wake_up();
  return tlm::TLM_COMPLETED;
}

void LoadEngine::append() {
  LineStream& stream = arbiter_.load();
  for (auto& job : jobs_) {
    const LoadPlan& plan = job->plan;
    if (job->appended > plan.pieces.size()) continue;
    for (; job->appended < plan.pieces.size(); ++job->appended) {
      const LoadPlan::Piece& piece = plan.pieces[job->appended];
      if (piece.request && !job->answered[job->appended]) return;
      const std::uint32_t* const group_end = plan.group_end.data();
      const std::uint64_t* const banks = plan.banks.data();
      std::uint32_t step = piece.groups_begin == 0 ? 0 : group_end[piece.groups_begin - 1];
      for (std::uint32_t group = piece.groups_begin; group < piece.groups_end; ++group) {
        const std::int64_t ready =
            piece.request ? job->times[job->appended].beat_cycle(group - piece.groups_begin) + 1
                          : job->start + 1;
        for (; step < group_end[group]; ++step) stream.push(ready, plan.side, banks[step]);
      }
      if (!piece.request) continue;
      stream.mark(0);
      ends_job_.push_back(false);
    }
    ++job->appended;  // past the end: its own mark is there, too
    stream.mark(0);
    ends_job_.push_back(true);
  }
}

void LoadEngine::catch_up(std::int64_t now) {
  std::int64_t cycle = 0;
  while (arbiter_.load().take_mark(now, &cycle)) {
    const bool ends = ends_job_.front();
    ends_job_.pop_front();
    if (!ends) {
      --outstanding_;
      continue;
    }
    complete(*jobs_.front());
    finish(jobs_.front()->command->seq, cycle + 1);
    spare_.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  request(now);
}

void LoadEngine::complete(Job& job) {
  const TileDesc& tile = job.command->tile[kTile];
  const ViewDesc& view = job.command->view;
  // Runs of pieces of one kind become one write: bursts are short, rows of a tile are not.
  const auto& pieces = job.plan.pieces;
  for (std::size_t i = 0; i < pieces.size();) {
    std::size_t end = i;
    std::int64_t count = 0;
    while (end < pieces.size() && pieces[end].request == pieces[i].request) {
      count += pieces[end++].count;
    }
    const std::int64_t first = pieces[i].first;
    if (pieces[i].request) {
      write_elements(tile, memories_, first, count, view.type,
                     job.packed.data() + first * size_bytes(view.type));
    } else {
      fill_elements(tile, memories_, first, count, view.type, view.pad_bits);
    }
    i = end;
  }
}

std::int64_t LoadEngine::next_cycle(std::int64_t now) {
  // The end of a burst matters only if a request waits for its place.
  const bool waits = !jobs_.empty() && jobs_.back()->requested < jobs_.back()->plan.pieces.size();
  std::size_t mark = 0;
  if (!waits) {
    while (mark < ends_job_.size() && !ends_job_[mark]) ++mark;
  }
  std::int64_t next = arbiter_.load().mark_bound(now, mark);
  // With room left, the next request has not been presented because one a cycle is the limit: it
  // is, ahead of time.
  return next;
}

Engine::Work LoadEngine::work(std::int64_t) {
  return {arbiter_.load_count().advanced, arbiter_.load_count().lost};
}

bool LoadEngine::waits_for_dram() const { return !jobs_.empty(); }

}  // namespace coldforge::sim
