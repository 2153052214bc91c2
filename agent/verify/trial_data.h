#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
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

/// Trial data of several tasks: made when first wanted, and kept as long as it is among what was
/// wanted last. Every run is a fork of this process, which costs time by its size: so little is
/// kept. What a caller holds stays, whatever the store forgets. Single-threaded.
class TrialStore {
 public:
  /// Some 16 tasks of the built-in suites, which is what a round works on by default.
  static constexpr std::size_t kMostBytes = 96u << 20;

  explicit TrialStore(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// As make_trial_data() without given inputs.
  std::shared_ptr<const TrialData> get(const kernels::Task& task, const kernels::Trial& trial,
                                       std::uint32_t period);

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const TrialData> data;
    std::size_t bytes = 0;
  };
  std::size_t most_bytes_, bytes_ = 0;
  std::list<Entry> entries_;  ///< wanted last: first
  std::map<std::string, std::list<Entry>::iterator> place_of_;
};

}  // namespace coldforge::agent
