#include "agent/verify/trial_data.h"

#include <fmt/format.h>

#include <cstring>

#include "kernels/golden/golden.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

using Role = kernels::TaskArgument::Role;

constexpr std::uint32_t kGuardBytes = 64 * 1024;

std::vector<std::uint8_t> poison(std::int64_t bytes, Random& random) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(bytes));
  // A block of random words, repeated with a moving offset: cheap, and no two places alike for a
  // kernel that copies.
  std::uint32_t block[1024];
  for (std::uint32_t& word : block) word = random.next_u32();
  const auto* pattern = reinterpret_cast<const std::uint8_t*>(block);
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t from = (at / sizeof block * 52) % sizeof block;
    const std::size_t length = std::min(out.size() - at, sizeof block - from);
    std::memcpy(out.data() + at, pattern + from, length);
    at += length;
  }
  return out;
}

std::size_t size_bytes(const TrialData& data) {
  std::size_t bytes = 0;
  for (const sim::Buffer& buffer : data.buffers) bytes += buffer.bytes.size();
  for (const kernels::Tensor& tensor : data.golden) bytes += tensor.values.size() * sizeof(double);
  return bytes;
}

}  // namespace

TrialData make_trial_data(const kernels::Task& task, const kernels::Trial& trial,
                          const std::map<std::string, kernels::Tensor>& given,
                          std::uint32_t period) {
  TrialData data;
  std::vector<kernels::Tensor> inputs = kernels::make_inputs(task, trial);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto found = given.find(task.graph.inputs[i].name);
    if (found != given.end()) inputs[i] = found->second;
  }
  data.golden = kernels::golden::evaluate(task.graph, inputs);

  data.key = stream_key(trial.seed,
                        stream_key(kernels::name_of(trial.distribution), stream_key(task.digest)));
  Random random(trial.seed, stream_key("memory", data.key));
  std::uint32_t address = sim::kDramBase + period * (64 + random.below(64));
  std::size_t input = 0, index = 0;
  for (const kernels::TaskArgument& argument : kernels::task_arguments(task.graph)) {
    sim::Buffer buffer;
    buffer.name = argument.name;
    // Each buffer begins in another row of the period, the same one in every trial.
    buffer.address = address + static_cast<std::uint32_t>(index++ * 2048 % period);
    switch (argument.role) {
      case Role::Input:
        buffer.bytes = kernels::to_bytes(inputs[input++]);
        break;
      case Role::Constant:
        buffer.bytes = kernels::to_bytes(task.graph.constants.at(argument.name));
        break;
      case Role::Output:
      case Role::Scratch:
        buffer.bytes = poison(argument.bytes, random);
        buffer.writable = true;
        break;
    }
    if (buffer.bytes.empty()) buffer.bytes.resize(1);
    address =
        buffer.address - static_cast<std::uint32_t>((buffer.address - sim::kDramBase) % period);
    const std::uint32_t room =
        static_cast<std::uint32_t>(buffer.bytes.size()) + period + kGuardBytes;
    address += (room + period - 1) / period * period + period * random.below(16);
    for (int byte = 0; byte < 4; ++byte) {
      data.argument_block.push_back(static_cast<std::uint8_t>(buffer.address >> 8 * byte));
    }
    data.buffers.push_back(std::move(buffer));
  }
  return data;
}

std::shared_ptr<const TrialData> TrialStore::get(const kernels::Task& task,
                                                 const kernels::Trial& trial,
                                                 std::uint32_t period) {
  const std::string key = fmt::format("{} {} {} {}", task.digest, trial.seed,
                                      kernels::name_of(trial.distribution), period);
  if (const auto found = place_of_.find(key); found != place_of_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->data;
  }
  auto data = std::make_shared<const TrialData>(make_trial_data(task, trial, {}, period));
  entries_.push_front({key, data, size_bytes(*data)});
  place_of_[key] = entries_.begin();
  bytes_ += entries_.front().bytes;
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().bytes;
    place_of_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return data;
}

}  // namespace coldforge::agent
