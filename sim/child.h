#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "sim/run.h"

namespace coldforge::sim {

/// Carries out `run` in a forked child, which sees everything that the caller has and can change
/// none of it. A UserError or an internal error of the child is thrown again by finish(); if the
/// child dies, finish() throws InfrastructureError.
std::unique_ptr<Machine::Pending> start_child(const std::function<RunResult()>& run);

/// What start_child() does in the child: carries out `run` and answers into the pipe. Ends at once
/// if `parent` is not the parent any more.
[[noreturn]] void run_child(const std::function<RunResult()>& run, int descriptor, pid_t parent);
/// What it does in the parent: takes over the other end of the pipe and the child that answers
/// there.
std::unique_ptr<Machine::Pending> watch_child(int descriptor);

}  // namespace coldforge::sim
