#include "sim/exec/numerics/host_simd.h"

#include <algorithm>
#include <atomic>

namespace coldforge::sim {
namespace {

HostSimd best_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return HostSimd::Avx512;
  }
  if (avx2) return HostSimd::Avx2;
#endif
  return HostSimd::Portable;
}

std::atomic<HostSimd>& current() {
  static std::atomic<HostSimd> level{best_level()};
  return level;
}

}  // namespace

HostSimd host_simd() { return current().load(std::memory_order_relaxed); }

HostSimd set_host_simd(HostSimd level) {
  const HostSimd used = std::min(level, best_level());
  current().store(used, std::memory_order_relaxed);
  return used;
}

}  // namespace coldforge::sim
