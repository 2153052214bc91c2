// y = a b, all 256 x 256 halves, accumulated in fp32: nothing but b's strips fits on the chip
// whole.
//
// Plan: bound by the array. Blocks of 32 rows of a stay while b streams by in strips of 32 rows of
// k, both in two buffers and contiguous; the sums of a block (two buffers of Acc) are stored while
// the next block is computed.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kM = task::a_shape[0], kK = task::a_shape[1], kN = task::b_shape[1];
constexpr int kRows = 32;   // of a block of a and y
constexpr int kStrip = 32;  // of k
constexpr int kBlockBytes = kRows * kK * sizeof(f16);
constexpr int kStripBytes = kStrip * kN * sizeof(f16);
constexpr int kSumBytes = kRows * kN * sizeof(float);
static_assert(kM % kRows == 0 && kK % kStrip == 0);

enum Flag { kBlockLoaded, kBlockFree, kStripLoaded, kStripFree, kSummed, kSumFree };

void kernel(const task::Args& args) {
  npu::View<f16, 0> a_view(args.a);
  npu::View<f16, 1> b_view(args.b);
  npu::View<f16, 2> y_view(args.y);
  a_view.level(0, kRows * kK, 1);
  b_view.level(0, kStrip * kN, 1);
  y_view.level(0, kRows * kN, 1);

  npu::LeftTile<f16, 0> block(kRows, kK, 0);
  npu::LeftTile<f16, 1> slice(kRows, kStrip, 0);
  slice.stride(kK);
  npu::RightTile<f16, 2> strip(kStrip, kN, 0);
  npu::AccTile<float, 3> sum(kRows, kN, 0);

  npu::Channel<Engine::Load, Engine::Matrix, kBlockLoaded, kBlockFree> blocks(2);
  npu::Channel<Engine::Load, Engine::Matrix, kStripLoaded, kStripFree> strips(2);
  npu::Channel<Engine::Matrix, Engine::Store, kSummed, kSumFree> sums(2);

  int buffer = 0;  // of the strip
  for (int i = 0; i < kM / kRows; ++i) {
    const int place = (i & 1) * kBlockBytes;
    blocks.reserve();
    npu::tload(block.rebase(place), a_view.rebase(args.a + i * kRows * kK));
    blocks.publish();
    sum.rebase((i & 1) * kSumBytes);
    for (int k = 0; k < kK; k += kStrip) {
      strip.rebase(buffer * kStripBytes);
      slice.rebase(place + k * sizeof(f16));
      buffer ^= 1;
      strips.reserve();
      npu::tload(strip, b_view.rebase(args.b + k * kN));
      strips.publish();

      strips.acquire();
      if (k == 0) {
        blocks.acquire();
        sums.reserve();
        npu::tmatmul(sum, slice, strip);
      } else {
        npu::tmatmul_acc(sum, slice, strip);
      }
      strips.release();
    }
    blocks.release();
    sums.publish();
    sums.acquire();
    npu::tstore(y_view.rebase(args.y + i * kRows * kN), sum);
    sums.release();
  }
}
