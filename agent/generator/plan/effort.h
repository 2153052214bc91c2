#pragma once

#include <array>

#include "agent/generator/plan/kernel_plan.h"
#include "isa/arch.h"

namespace coldforge::agent {

/// What a plan asks of a machine, counted from sizes alone: lines, beats, blocks of the array. To
/// compare plans of one task with each other, before any is verified; no cycle count is known here.
struct Effort {
  /// Steps of each unit if nothing waits, by isa::Unit.
  std::array<double, isa::kUnits> steps{};
  double bus = 0;   ///< beats of loads and stores together
  double time = 0;  ///< steps one after the other where the plan orders them so

  Effort& operator+=(const Effort& other);
};

Effort effort_of(const GroupPlan& plan, const Program& program, const isa::Arch& arch);

}  // namespace coldforge::agent
