#pragma once

// How one loop body becomes three bit-equal loops. Only the .cpp files of this folder include it.
//
// A kernel is a struct with
//     template <class Fp> static void run(arguments...)      marked CF_LANE_INLINE
// whose floating-point operations all go through Fp (fp32.h). dispatch<Kernel>(arguments...) runs
// it with SoftFp, or with HostFp compiled for AVX2 or AVX-512 and flush-to-zero set around the
// call. The compiler vectorises.

#include "sim/exec/numerics/fp32.h"
#include "sim/exec/numerics/host_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The iterations of the next loop are independent even where output and input are the same array.
#if defined(__clang__)
#define CF_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define CF_INDEPENDENT _Pragma("GCC ivdep")
#endif

namespace coldforge::sim {

template <class Kernel, class... Args>
[[gnu::noinline]] void run_portable(Args... args) {
  Kernel::template run<SoftFp>(args...);
}

#if defined(__x86_64__)
#define CF_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define CF_TARGET_AVX512 \
  __attribute__((        \
      target("avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")))

/// Sets MXCSR's flush-to-zero and denormals-are-zero, round to nearest, for the life of the object.
/// x86 judges "tiny" after rounding, which is the NPU's rule. The computation must stand in a
/// function that is not inlined next to the object: the compiler may move floating-point operations
/// across the change of MXCSR.
class FlushScope {
 public:
  FlushScope() : saved_(_mm_getcsr()) { _mm_setcsr(0x9fc0); }  // FTZ, DAZ, all exceptions masked
  ~FlushScope() { _mm_setcsr(saved_); }
  FlushScope(const FlushScope&) = delete;
  FlushScope& operator=(const FlushScope&) = delete;

 private:
  unsigned saved_;
};

template <class Kernel, class... Args>
[[gnu::noinline]] CF_TARGET_AVX2 void run_avx2(Args... args) {
  Kernel::template run<HostFp>(args...);
}

template <class Kernel, class... Args>
[[gnu::noinline]] CF_TARGET_AVX512 void run_avx512(Args... args) {
  Kernel::template run<HostFp>(args...);
}
#endif

template <class Kernel, class... Args>
void dispatch(Args... args) {
#if defined(__x86_64__)
  const HostSimd level = host_simd();
  if (level == HostSimd::Avx512) {
    const FlushScope flush;
    run_avx512<Kernel>(args...);
    return;
  }
  if (level == HostSimd::Avx2) {
    const FlushScope flush;
    run_avx2<Kernel>(args...);
    return;
  }
#endif
  run_portable<Kernel>(args...);
}

}  // namespace coldforge::sim
