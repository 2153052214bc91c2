#pragma once

#include <memory>
#include <vector>

#include "isa/arch.h"
#include "isa/isa.h"
#include "sim/engine/plan.h"
#include "sim/exec/semantics.h"
#include "sim/rtl/rtl_library.h"
#include "sim/run.h"
#include "sim/run_server.h"
#include "sim/scalar/issue_check.h"
#include "sim/scalar/tile_plan.h"

namespace coldforge::sim {

/// What Machine prepares once; read-only while runs use it.
struct Machine::Impl {
  Impl(isa::Isa isa_in, isa::Arch arch_in)
      : isa(std::move(isa_in)),
        arch(std::move(arch_in)),
        plans(make_plans(isa)),
        check(arch),
        semantics(isa),
        engine_plans(isa, arch) {}

  const isa::Isa isa;
  const isa::Arch arch;
  const std::vector<TilePlan> plans;
  const IssueCheck check;
  const Semantics semantics;
  const Plans engine_plans;
  std::unique_ptr<const RtlLibrary> rtl;  ///< once it is loaded
  std::unique_ptr<RunServer> server;      ///< once a run is started; knows what was loaded then
};

}  // namespace coldforge::sim
