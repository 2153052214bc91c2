// y = max(x weight^T + bias, 0), x 64 x 256, weight 128 x 256, halves, accumulated in fp32.
//
// Plan: bound by the array. A quarter of the weights (32 outputs) is loaded contiguously into Vec,
// transposed into Right by the move engine and multiplied while the next quarter comes; two buffers
// at each place. Bias, ReLU and the conversion to half happen on the way from Acc to Vec.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kM = task::x_shape[0], kK = task::x_shape[1], kN = task::weight_shape[0];
constexpr int kCols = 32;  // outputs of a quarter
constexpr int kQuarters = kN / kCols;
constexpr int kQuarterBytes = kCols * kK * sizeof(f16);
constexpr int kAccBytes = kM * kCols * sizeof(float);
constexpr int kOutBytes = kM * kCols * sizeof(f16);
constexpr int kOut = 2 * kQuarterBytes, kBias = kOut + 2 * kOutBytes;
static_assert(kN % kCols == 0);

enum Flag {
  kWeightLoaded,
  kWeightFree,
  kInputLoaded,
  kTurned,
  kRightFree,
  kSummed,
  kAccFree,
  kReady,
  kOutFree,
  kBiasLoaded
};

void kernel(const task::Args& args) {
  npu::View<f16, 0> weight_view(args.weight);
  weight_view.level(0, kCols * kK, 1);
  npu::View<f16, 1> x_view(args.x);
  x_view.level(0, kM * kK, 1);
  npu::View<f16, 2> bias_view(args.bias);
  bias_view.level(0, kN, 1);
  npu::View<f16, 3> y_view(args.y);
  y_view.rows(kM, kCols, kN);

  npu::VecTile<f16, 0> weight(kCols, kK, 0);
  npu::RightTile<f16, 1> turned(kK, kCols, 0);
  npu::LeftTile<f16, 2> x(kM, kK, 0);
  npu::AccTile<float, 3> acc(kM, kCols, 0);
  npu::VecTile<f16, 4> y(kM, kCols, kOut);
  npu::VecTile<float, 5> bias(1, kCols, kBias);
  npu::VecTile<float, 6> whole_bias(1, kN, kBias);

  npu::Channel<Engine::Load, Engine::Move, kWeightLoaded, kWeightFree> weights(2);
  npu::Channel<Engine::Move, Engine::Matrix, kTurned, kRightFree> rights(2);
  npu::Channel<Engine::Matrix, Engine::Move, kSummed, kAccFree> sums(2);
  npu::Channel<Engine::Move, Engine::Store, kReady, kOutFree> outs(2);

  // The move engine turns quarter i before it empties the sums of quarter i - 1: the array never
  // waits for it.
  for (int i = 0; i <= kQuarters; ++i) {
    if (i < kQuarters) {
      weight.rebase((i & 1) * kQuarterBytes);
      turned.rebase((i & 1) * kQuarterBytes);
      acc.rebase((i & 1) * kAccBytes);
      weights.reserve();
      npu::tload(weight, weight_view.rebase(args.weight + i * kCols * kK));
      weights.publish();
      if (i == 0) {
        npu::tload(x, x_view);
        npu::set<Engine::Load>(kInputLoaded);
        npu::tload(whole_bias, bias_view);
        npu::set<Engine::Load>(kBiasLoaded);
      }
      weights.acquire();
      rights.reserve();
      npu::tmov_t(turned, weight);
      weights.release();
      rights.publish();

      if (i == 0) npu::wait<Engine::Matrix>(kInputLoaded);
      rights.acquire();
      sums.reserve();
      npu::tmatmul(acc, x, turned);
      rights.release();
      sums.publish();
    }
    if (i > 0) {
      const int done = i - 1;
      acc.rebase((done & 1) * kAccBytes);
      y.rebase(kOut + (done & 1) * kOutBytes);
      if (done == 0) npu::wait<Engine::Move>(kBiasLoaded);
      sums.acquire();
      outs.reserve();
      npu::tmov_bias_relu(y, acc, bias.rebase(kBias + done * kCols * sizeof(float)));
      sums.release();
      outs.publish();

      outs.acquire();
      npu::tstore(y_view.rebase(args.y + done * kCols), y);
      outs.release();
    }
  }
}
