#pragma once

#include "agent/generator/composer.h"
#include "agent/verify/verifier.h"
#include "tests/unit/composer/choices.h"

namespace coldforge::test {

/// What it takes to write kernels for a task with an empty memory, on the default machine, and to
/// judge them. The task must outlive it.
class Gates {
 public:
  explicit Gates(const kernels::Task& task) : task_(task) {}

  agent::GeneratedKernel write(std::uint64_t seed, int candidate) {
    auto request = request_for(task_, arch_, context_);
    request.seed = seed;
    request.candidate = static_cast<std::uint64_t>(candidate);
    return composer_.generate(request);
  }
  agent::Verdict judge(const std::string& source) { return verifier_.verify(source); }

 private:
  const kernels::Task& task_;
  const isa::Arch arch_ = isa::load_arch("edge");
  const isa::Isa isa_ = isa::Isa::load();
  const kernels::Toolchain toolchain_{isa_, arch_};
  const sim::Machine machine_{isa_, arch_};
  const agent::Verifier verifier_{task_, machine_, toolchain_, {}};
  const std::vector<agent::ContextItem> context_ = api_context(isa_);
  agent::Composer composer_{agent::as_drawn()};
};

}  // namespace coldforge::test
