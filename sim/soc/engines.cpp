#include "sim/soc/engines.h"

#include "sim/engine/engine.h"
#include "sim/load/load_engine.h"
#include "sim/matrix/matrix_engine.h"
#include "sim/move/move_engine.h"
#include "sim/store/store_engine.h"
#include "sim/vector/vector_engine.h"

namespace coldforge::sim {
namespace {

class RealEngines : public EngineSet {
 public:
  RealEngines(const EngineWiring& wiring, const Semantics& semantics, const Plans& plans,
              bool reversed) {
    for (int i = 1; i < isa::kUnits; ++i)
      build(reversed ? isa::kUnits - i : i, wiring, semantics, plans);
  }

  UnitStats stats(isa::Unit unit, std::int64_t end_cycle) override {
    return at(unit).stats(end_cycle);
  }
  std::string waiting(isa::Unit unit) const override { return at(unit).waiting(); }
  bool idle(isa::Unit unit) const override { return at(unit).idle(); }

 private:
  void build(int u, const EngineWiring& w, const Semantics& semantics, const Plans& plans) {
    const EngineContext context{w.isa,   w.arch,     semantics,  plans,    *w.queues[u],
                                w.flags, w.progress, w.memories, w.arbiter};
    switch (static_cast<isa::Unit>(u)) {
      case isa::Unit::Load: {
        auto load = std::make_unique<LoadEngine>("load", context);
        load->bus_isock.bind(w.load_isock);
        engines_[u] = std::move(load);
        break;
      }
      case isa::Unit::Store: {
        auto store = std::make_unique<StoreEngine>("store", context);
        store->bus_isock.bind(w.store_isock);
        engines_[u] = std::move(store);
        break;
      }
      case isa::Unit::Move:
        engines_[u] = std::make_unique<MoveEngine>("move", context);
        break;
      case isa::Unit::Matrix:
        engines_[u] = std::make_unique<MatrixEngine>("matrix", context);
        break;
      default:
        engines_[u] = std::make_unique<VectorEngine>("vector", context);
    }
  }
  Engine& at(isa::Unit unit) const { return *engines_[static_cast<int>(unit)]; }

  std::unique_ptr<Engine> engines_[isa::kUnits];
};

}  // namespace

EngineFactory engine_factory(const Semantics& semantics, const Plans& plans, bool reversed) {
  return [&semantics, &plans, reversed](const EngineWiring& wiring) {
    return std::make_unique<RealEngines>(wiring, semantics, plans, reversed);
  };
}

}  // namespace coldforge::sim
