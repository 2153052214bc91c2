#include "tests/timing/engines/engine_bench.h"

#include <algorithm>
#include <map>
#include <systemc>

#include "sim/base/error.h"
#include "sim/load/load_engine.h"
#include "sim/matrix/matrix_engine.h"
#include "sim/mem/dram_target.h"
#include "sim/move/move_engine.h"
#include "sim/soc/clock.h"
#include "sim/store/store_engine.h"
#include "sim/vector/vector_engine.h"

namespace coldforge::sim::test {

TileDesc tile(isa::Memory memory, ElementType type, std::uint32_t base, std::uint32_t rows,
              std::uint32_t cols, std::int32_t row_stride, std::int32_t col_stride) {
  return {memory, type, base, rows, cols, row_stride, col_stride};
}

TileDesc dense(isa::Memory memory, ElementType type, std::uint32_t base, std::uint32_t rows,
               std::uint32_t cols) {
  return tile(memory, type, base, rows, cols, static_cast<std::int32_t>(cols));
}

ViewDesc rows_view(std::uint32_t base, ElementType type, std::uint32_t rows, std::uint32_t cols,
                   std::int32_t row_stride) {
  ViewDesc view;
  view.base = base;
  view.type = type;
  view.levels = 2;
  view.level[0] = {rows, 0, 1};
  view.level[1] = {cols, 1, 1};
  view.axis[0].stride = row_stride;
  view.axis[1].stride = 1;
  return view;
}

namespace {

class BenchProgress : public Progress {
 public:
  void issued(const Command&) override {}
  void started(std::uint64_t seq, std::int64_t cycle, Stall waited_for,
               std::int64_t waited_seq) override {
    records[seq].start = cycle;
    records[seq].waited_for = waited_for;
    records[seq].waited_seq = waited_seq;
  }
  void done(std::uint64_t seq, std::int64_t cycle) override { records[seq].done = cycle; }
  void fault(std::uint64_t seq, std::int64_t cycle, const std::string& reason,
             std::uint32_t address) override {
    if (faulted.cycle < 0) faulted = {static_cast<std::int64_t>(seq), cycle, reason, address};
  }
  std::int64_t drained_at(isa::Unit) const override { return -1; }

  std::map<std::uint64_t, EngineBench::Record> records;
  EngineBench::FaultRecord faulted;
};

/// Stands for the scalar core.
class Feeder : public sc_core::sc_module {
 public:
  Feeder(const sc_core::sc_module_name& name, CommandQueue* const* queues, BenchProgress& progress)
      : sc_module(name), queues_(queues), progress_(progress) {
    SC_THREAD(feed);
  }
  std::vector<std::pair<std::int64_t, Command>> commands;
  tlm_utils::simple_initiator_socket<Feeder> scalar_isock{"scalar_isock"};

 private:
  SC_HAS_PROCESS(Feeder);
  void feed() {
    for (auto& [cycle, command] : commands) {
      if (cycle > current_cycle()) wait(cycle_time(cycle - current_cycle()));
      CommandQueue& queue = *queues_[static_cast<int>(command.instruction->unit)];
      while (!queue.accepts(current_cycle())) wait(queue.popped_event);
      progress_.records[command.seq].issue = current_cycle();
      queue.push(command, current_cycle());
      wait(cycle_time(1));
    }
  }
  CommandQueue* const* queues_;
  BenchProgress& progress_;
};

}  // namespace

struct EngineBench::Impl {
  Impl(const std::string& arch_name, const std::vector<std::string>& overrides,
       std::vector<Buffer> buffers, bool reversed, const std::vector<std::string>& overlays)
      : isa(isa::Isa::load(overlays)),
        arch(isa::load_arch(arch_name, overrides)),
        semantics(isa),
        plans(isa, arch),
        memories(arch),
        flags(arch.flags),
        given(std::move(buffers)),
        map(given),
        dram("dram", arch, map) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    for (int u = 1; u < isa::kUnits; ++u) {
      queues[u] = std::make_unique<CommandQueue>(arch.queue.depth);
      raw[u] = queues[u].get();
    }
    for (int i = 1; i < isa::kUnits; ++i) build(reversed ? isa::kUnits - i : i);
    feeder = std::make_unique<Feeder>("feeder", raw, progress);
    feeder->scalar_isock.bind(dram.scalar_tsock);
  }

  void build(int u) {
    const EngineContext context{isa,   arch,     semantics, plans,  *queues[u],
                                flags, progress, memories,  arbiter};
    switch (static_cast<isa::Unit>(u)) {
      case isa::Unit::Load: {
        auto load = std::make_unique<LoadEngine>("load", context);
        load->bus_isock.bind(dram.load_tsock);
        engines[u] = std::move(load);
        break;
      }
      case isa::Unit::Store: {
        auto store = std::make_unique<StoreEngine>("store", context);
        store->bus_isock.bind(dram.store_tsock);
        engines[u] = std::move(store);
        break;
      }
      case isa::Unit::Move:
        engines[u] = std::make_unique<MoveEngine>("move", context);
        break;
      case isa::Unit::Matrix:
        engines[u] = std::make_unique<MatrixEngine>("matrix", context);
        break;
      default:
        engines[u] = std::make_unique<VectorEngine>("vector", context);
    }
  }

  const isa::Isa isa;
  const isa::Arch arch;
  const Semantics semantics;
  const Plans plans;
  TileMemories memories;
  FlagFile flags;
  PortArbiter arbiter;
  BenchProgress progress;
  std::vector<Buffer> given;
  BufferMap map;
  DramTarget dram;
  std::unique_ptr<CommandQueue> queues[isa::kUnits];
  CommandQueue* raw[isa::kUnits] = {};
  std::unique_ptr<Engine> engines[isa::kUnits];
  std::unique_ptr<Feeder> feeder;
};

EngineBench::EngineBench(const std::string& arch, const std::vector<std::string>& overrides,
                         std::vector<Buffer> buffers, bool reversed,
                         const std::vector<std::string>& overlays)
    : impl_(std::make_unique<Impl>(arch, overrides, std::move(buffers), reversed, overlays)) {}
EngineBench::~EngineBench() = default;

const isa::Isa& EngineBench::isa() const { return impl_->isa; }
const isa::Arch& EngineBench::arch() const { return impl_->arch; }
TileMemories& EngineBench::memories() { return impl_->memories; }

Command EngineBench::command(const std::string& name, const std::vector<TileDesc>& tiles) const {
  Command command;
  command.instruction = impl_->isa.find(name);
  if (command.instruction == nullptr) throw UserError(name, "no such instruction");
  std::size_t next = 0;
  for (std::size_t i = 0; i < command.instruction->operands.size() && next < tiles.size(); ++i) {
    if (command.instruction->operands[i].kind == isa::OperandKind::Tile) {
      command.tile[i] = tiles[next++];
    }
  }
  return command;
}

std::uint64_t EngineBench::push(Command command, std::int64_t cycle) {
  command.seq = impl_->feeder->commands.size();
  impl_->feeder->commands.emplace_back(cycle, command);
  return command.seq;
}

std::uint64_t EngineBench::load(const TileDesc& to, const ViewDesc& from, std::int64_t cycle) {
  Command c = command("tload", {to});
  c.view = from;
  return push(c, cycle);
}

std::uint64_t EngineBench::store(const ViewDesc& to, const TileDesc& from, std::int64_t cycle) {
  Command c = command("tstore", {from});
  c.view = to;
  return push(c, cycle);
}

std::uint64_t EngineBench::set_flag(const std::string& unit, std::uint32_t flag,
                                    std::int64_t cycle) {
  Command c = command("tset." + unit);
  c.x[0] = flag;
  return push(c, cycle);
}

std::uint64_t EngineBench::wait_flag(const std::string& unit, std::uint32_t flag,
                                     std::int64_t cycle) {
  Command c = command("twait." + unit);
  c.x[0] = flag;
  return push(c, cycle);
}

void EngineBench::run(std::int64_t limit) { sc_core::sc_start(cycle_time(limit)); }

const EngineBench::Record& EngineBench::record(std::uint64_t seq) const {
  return impl_->progress.records[seq];
}
const EngineBench::FaultRecord& EngineBench::fault() const { return impl_->progress.faulted; }
std::string EngineBench::waiting(isa::Unit unit) const {
  return impl_->engines[static_cast<int>(unit)]->waiting();
}
bool EngineBench::idle(isa::Unit unit) const {
  return impl_->engines[static_cast<int>(unit)]->idle();
}
UnitStats EngineBench::stats(isa::Unit unit) {
  return impl_->engines[static_cast<int>(unit)]->stats(current_cycle());
}
std::int64_t EngineBench::end() const {
  std::int64_t last = 0;
  for (const auto& entry : impl_->progress.records) last = std::max(last, entry.second.done);
  return last;
}
DramStats EngineBench::dram() const { return impl_->dram.stats(); }
const std::uint8_t* EngineBench::buffer(std::size_t index) const {
  return impl_->map.content(index);
}

}  // namespace coldforge::sim::test
