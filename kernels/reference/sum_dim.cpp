// Sum over the middle dimension of 16 x 128 x 64 floats.
//
// Plan: bound by reading. Each of the 16 matrices is one contiguous run and one column reduction,
// in four buffers; all 16 results stay in Vec and leave in one store.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kOuter = task::x_shape[0], kSummed = task::x_shape[1], kInner = task::x_shape[2];
constexpr int kBuffers = 4;
constexpr int kMatrix = kSummed * kInner;  // elements
constexpr int kMatrixBytes = kMatrix * sizeof(float);
constexpr int kSums = kBuffers * kMatrixBytes;

enum Flag { kLoaded, kFree, kDone };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  in.level(0, kMatrix, 1);
  npu::VecTile<float, 0> x(kSummed, kInner, 0);
  npu::VecTile<float, 1> sum(1, kInner, kSums);
  npu::Channel<Engine::Load, Engine::Vector, kLoaded, kFree> loaded(kBuffers);

  for (int i = 0; i < kOuter; ++i) {
    x.rebase(i % kBuffers * kMatrixBytes);
    loaded.reserve();
    npu::tload(x, in.rebase(args.x + i * kMatrix));
    loaded.publish();

    loaded.acquire();
    npu::tcolsum(sum.rebase(kSums + i * kInner * sizeof(float)), x);
    loaded.release();
  }
  npu::set<Engine::Vector>(kDone);
  npu::wait<Engine::Store>(kDone);
  npu::View<float, 1> out(args.y);
  out.level(0, kOuter * kInner, 1);
  npu::VecTile<float, 2> sums(1, kOuter * kInner, kSums);
  npu::tstore(out, sums);
}
