#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernels/build/device_headers.h"
#include "kernels/inputs.h"
#include "kernels/task.h"
#include "sim/run.h"

namespace coldforge::agent {

/// What one trial puts into the guest's memory, and what must come out. Golden outputs stay on the
/// host.
struct TrialData {
  std::uint64_t key = 0;             ///< of addresses and poison
  std::vector<sim::Buffer> buffers;  ///< one for each task argument, in order
  std::vector<std::uint8_t> argument_block;
  std::vector<kernels::Tensor> golden;  ///< in the order of graph.outputs
};

/// Makes the data of a trial: inputs from (task, trial), addresses and poison from (task, trial),
/// golden outputs.
///
///   given   inputs that replace the generated ones, by name; types and shapes are checked by the
///   caller period  bytes after which the DRAM's rows and banks repeat: addresses differ from trial
///   to trial by multiples of it, so
///           that cycles do not
TrialData make_trial_data(const kernels::Task& task, const kernels::Trial& trial,
                          const std::map<std::string, kernels::Tensor>& given,
                          std::uint32_t period);

}  // namespace coldforge::agent
