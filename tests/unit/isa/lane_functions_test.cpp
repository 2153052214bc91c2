// The vocabulary names functions that the numerics have, with the types that it says.
#include <catch2/catch.hpp>

#include "isa/isa.h"
#include "sim/exec/numerics/lane_ops.h"

using namespace coldforge;

TEST_CASE("every operation's functions exist and have its arity and types", "[isa]") {
  const isa::Isa isa = isa::Isa::load();
  for (const isa::Operation& operation : isa.operations()) {
    for (const auto& [lane, name] : operation.functions) {
      INFO(operation.name << " on " << lane << ": " << name);
      const sim::LaneOp* function = sim::find_lane_op(name);
      REQUIRE(function != nullptr);
      CHECK(function->arity == operation.arity);
      const sim::LaneType key = lane == "fp32" ? sim::LaneType::F32 : sim::LaneType::I32;
      const sim::LaneType last = operation.arity == 1   ? function->a
                                 : operation.arity == 2 ? function->b
                                                        : function->c;
      CHECK((last == key || last == sim::LaneType::Any));
      const bool to_int = operation.types == "compare" || operation.types == "to_int32";
      const sim::LaneType result = to_int                         ? sim::LaneType::I32
                                   : operation.types == "to_fp32" ? sim::LaneType::F32
                                                                  : key;
      CHECK((function->result == result || function->result == sim::LaneType::Any));
    }
  }
}
