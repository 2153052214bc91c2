#pragma once

#include <string>
#include <vector>

#include "agent/generator/generator.h"
#include "agent/generator/grammar/lowering.h"
#include "isa/isa.h"

namespace coldforge::test {

/// Answers every hole by position: always the first value, the last one, ...
class FixedChooser : public agent::Chooser {
 public:
  explicit FixedChooser(std::size_t position) : position_(position) {}
  std::string pick(const std::string& hole, const std::vector<std::string>& domain,
                   const std::string& condition) override;

  std::vector<std::string> asked;

 private:
  std::size_t position_;
};

/// API items as a bank shows them.
std::vector<agent::ContextItem> api_context(const isa::Isa& isa);

/// A request for the first candidate of a task on the default machine; all references must outlive
/// it.
agent::GenerationRequest request_for(const kernels::Task& task, const isa::Arch& arch,
                                     const std::vector<agent::ContextItem>& context);

/// The path of a built-in task.
std::string basic_task(const std::string& name);

inline const std::vector<std::string> kBasicTasks = {
    "attention", "conv2d_3x3",    "gelu", "layernorm", "linear_bias_relu", "matmul_irregular",
    "maxpool2d", "matmul_square", "relu", "rmsnorm",   "softmax",          "sum_dim"};

}  // namespace coldforge::test
