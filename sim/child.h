#pragma once

#include <functional>
#include <memory>

#include "sim/run.h"

namespace coldforge::sim {

/// Carries out `run` in a forked child, which sees everything that the caller has and can change
/// none of it. A UserError or an internal error of the child is thrown again by finish(); if the
/// child dies, finish() throws InfrastructureError.
std::unique_ptr<Machine::Pending> start_child(const std::function<RunResult()>& run);

}  // namespace coldforge::sim
