#include "agent/verify/verifier.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/verify/diagnosis.h"
#include "agent/verify/running_verdict.h"
#include "agent/verify/verifier_impl.h"
#include "kernels/build/device_headers.h"
#include "kernels/build/link_script.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::agent {
namespace {

void check_given(const kernels::Task& task, const VerifyOptions& options) {
  for (const auto& [name, tensor] : options.inputs) {
    const auto found = std::find_if(
        task.graph.inputs.begin(), task.graph.inputs.end(),
        [&, &wanted = name](const kernels::Value& value) { return value.name == wanted; });
    if (found == task.graph.inputs.end()) {
      std::string known;
      for (const kernels::Value& value : task.graph.inputs)
        known += (known.empty() ? "" : ", ") + value.name;
      throw UserError("--input " + name, "no such input; the task has " + known);
    }
    if (tensor.type != found->type || tensor.shape != found->shape) {
      throw UserError(
          "--input " + name,
          fmt::format("is {}, the task wants {}", kernels::type_text(tensor.type, tensor.shape),
                      kernels::type_text(found->type, found->shape)));
    }
  }
}

std::int64_t default_cycle_limit(const kernels::Bound& bound) {
  return std::min<std::int64_t>(50'000'000, 1'000'000 + 200 * bound.cycles);
}

}  // namespace

std::shared_ptr<const TrialData> VerifierImpl::trial(std::size_t index) {
  if (options.inputs.empty()) return store->get(*task, trials[index], period_bytes);
  if (own[index] == nullptr)
    own[index] = std::make_shared<const TrialData>(
        make_trial_data(*task, trials[index], options.inputs, period_bytes));
  return own[index];
}

Verifier::Verifier(const kernels::Task& task, const sim::Machine& machine,
                   const kernels::Toolchain& toolchain, VerifyOptions options, TrialStore* store)
    : impl_(std::make_unique<VerifierImpl>()) {
  CF_CHECK(options.trials >= 1 && options.hidden_trials >= 0, "at least one trial");
  check_given(task, options);
  if (kernels::task_arguments(task.graph).size() * 4 > kernels::kArgumentBytes) {
    throw UserError(task.name, fmt::format("more than {} inputs, constants and outputs",
                                           kernels::kArgumentBytes / 4 - 1));
  }
  impl_->task = &task;
  impl_->machine = &machine;
  impl_->toolchain = &toolchain;
  impl_->header = kernels::emit_task_header(task);
  impl_->counts = kernels::graph_counts(task.graph);
  impl_->bound = kernels::lower_bound(task.graph, rates_of(machine.arch()));
  impl_->trials = kernels::make_trials(options.seed, options.trials);
  for (const kernels::Trial& hidden :
       kernels::make_trials(options.hidden_seed, options.hidden_trials)) {
    impl_->trials.push_back(hidden);
  }
  impl_->own.resize(impl_->trials.size());
  if (store == nullptr) store = &impl_->own_store.emplace();
  impl_->store = store;
  const isa::Arch::Dram& dram = machine.arch().dram;
  impl_->period_bytes = static_cast<std::uint32_t>(round_up(dram.row_bytes * dram.banks, 4096));
  if (options.cycle_limit == 0) options.cycle_limit = default_cycle_limit(impl_->bound);
  impl_->options = std::move(options);
}

Verifier::~Verifier() = default;

std::unique_ptr<PendingVerdict> Verifier::start(const std::string& source) const {
  return start_verdict(*impl_, source, cache_key(source));
}

Verdict Verifier::verify(const std::string& source) const { return start(source)->finish(); }

const kernels::Bound& Verifier::bound() const { return impl_->bound; }
const std::string& Verifier::task_header() const { return impl_->header; }

std::string Verifier::cache_key(const std::string& source) const {
  const VerifyOptions& options = impl_->options;
  Digest digest;
  digest.add("verdict 1").add(source).add(impl_->task->digest).add(impl_->toolchain->digest());
  digest.add(impl_->machine->isa().digest())
      .add(impl_->machine->arch().digest)
      .add(program_digest());
  digest.add(options.cycle_limit).add(static_cast<std::int64_t>(options.profile));
  // The model's verdicts keep the keys that they always had.
  if (options.backend != sim::Backend::Model) {
    digest.add(sim::name_of(options.backend)).add(impl_->machine->rtl_digest());
  }
  digest.add(options.trials).add(options.hidden_trials);
  for (const kernels::Trial& trial : impl_->trials) {
    digest.add(static_cast<std::int64_t>(trial.seed)).add(kernels::name_of(trial.distribution));
  }
  for (const auto& [name, tensor] : options.inputs) {
    const std::vector<std::uint8_t> bytes = kernels::to_bytes(tensor);
    digest.add(name).add(
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  return digest.hex();
}

const std::string& program_digest() {
  static const std::string kDigest = digest_of(read_file("/proc/self/exe"));
  return kDigest;
}

}  // namespace coldforge::agent
