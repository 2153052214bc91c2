#pragma once

#include <functional>
#include <memory>
#include <string>
#include <systemc>
#include <tlm>

#include "isa/isa.h"
#include "sim/mem/port_arbiter.h"
#include "sim/mem/tile_memory.h"
#include "sim/run.h"
#include "sim/soc/command_queue.h"
#include "sim/soc/flags.h"
#include "sim/soc/progress.h"

namespace coldforge::sim {

class Semantics;
class Plans;

/// What engines are wired to; all of it outlives them.
struct EngineWiring {
  const isa::Isa& isa;
  const isa::Arch& arch;
  FlagFile& flags;
  Progress& progress;
  TileMemories& memories;
  PortArbiter& arbiter;
  CommandQueue* const* queues;  ///< by Unit; [0] is empty
  tlm::tlm_initiator_socket<>& load_isock;
  tlm::tlm_initiator_socket<>& store_isock;
};

/// The five engines of a machine, as it sees them: what is asked of every unit.
class EngineSet {
 public:
  virtual ~EngineSet() = default;
  virtual UnitStats stats(isa::Unit unit,
                          std::int64_t end_cycle) = 0;    ///< of cycles [0, end_cycle)
  virtual std::string waiting(isa::Unit unit) const = 0;  ///< "load waits for flag 3", or empty
  virtual bool idle(isa::Unit unit) const = 0;
};

/// Builds the engines; called inside the constructor of the machine's module. Tests give another
/// one.
using EngineFactory = std::function<std::unique_ptr<EngineSet>(const EngineWiring&)>;

/// The real engines. `semantics` and `plans` outlive them. `reversed` constructs them in the
/// opposite order, which must not move a cycle.
EngineFactory engine_factory(const Semantics& semantics, const Plans& plans, bool reversed = false);

}  // namespace coldforge::sim
