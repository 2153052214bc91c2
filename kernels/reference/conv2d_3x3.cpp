// 3 x 3 convolution with padding 1: 16 channels of 28 x 28 to 32 channels, halves, accumulated in
// fp32.
//
// Plan: no im2col. The input lies in Right once, padded to 30 x 30. For one of the nine taps, the
// pixels that it meets are a plain matrix [16 channels x pixels] at an offset: output pixels are
// numbered in the padded width of 30, two junk columns a row, so that their inputs are contiguous.
// The product is the sum of nine matrix products with k = 16; the junk is left out by the bounds of
// the view that stores. The weights are brought into the order [tap][out][in] by one transposition.
// Seven output rows are a chunk; two chunks share Acc, and take turns, so that no product waits for
// the one before.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kIn = task::x_shape[1], kOut = task::y_shape[1];
constexpr int kHeight = task::x_shape[2], kWidth = task::x_shape[3];
constexpr int kTaps = 9;
constexpr int kPadded = kWidth + 2;              // width on chip
constexpr int kPlane = (kHeight + 2) * kPadded;  // of one channel, elements
constexpr int kChunkRows = 7;
constexpr int kChunks = kHeight / kChunkRows;
constexpr int kPixels = kChunkRows * kPadded - 2;  // the last row's junk would lie beyond the input
constexpr int kAccStride = npu::round_up(kPixels + 2, 16);
constexpr int kAccBytes = kOut * kAccStride * sizeof(float);
constexpr int kWeights = kOut * kIn * kTaps;
constexpr int kInputBytes = kIn * kHeight * kWidth * sizeof(f16);
static_assert(kHeight % kChunkRows == 0 && kChunks % 2 == 0);

enum Flag { kWeightsLoaded, kInputLoaded, kWeightsTurned, kRowsMoved, kSummed, kAccFree };

void kernel(const task::Args& args) {
  npu::View<f16, 0> weight_view(args.weight);
  weight_view.level(0, kWeights, 1);
  npu::View<f16, 1> x_view(args.x);
  x_view.level(0, kIn * kHeight * kWidth, 1);

  npu::VecTile<f16, 0> x(1, kIn * kHeight * kWidth, 0);
  npu::VecTile<f16, 1> weight(kOut * kIn, kTaps, npu::round_up(kInputBytes, 64));
  npu::LeftTile<f16, 2> turned(kTaps, kOut * kIn, 0);
  npu::tload(weight, weight_view);
  npu::set<Engine::Load>(kWeightsLoaded);
  npu::tload(x, x_view);
  npu::set<Engine::Load>(kInputLoaded);

  npu::wait<Engine::Move>(kWeightsLoaded);
  npu::tmov_t(turned, weight);
  npu::wait<Engine::Move>(kInputLoaded);

  // Padding: rows of the padded input, all channels; a view over the input in Vec whose bounds
  // yield the zeros.
  npu::View<f16, 2> padded(args.x);
  padded.level(0, kIn, kHeight * kWidth).level(1, kHeight + 2, kWidth).level(2, kPadded, 1);
  padded.bound(1, 1, kHeight).bound(2, 1, kWidth).rebase(0u);
  npu::RightTile<f16, 3> input(kIn, kPlane, 0);
  npu::tmov_view(input, x, padded);
  npu::set<Engine::Move>(kRowsMoved);

  npu::View<f16, 3> y_view(args.y);
  y_view.level(0, kOut, kHeight * kWidth)
      .level(1, kChunkRows, kWidth)
      .level(2, kPadded, 1)
      .bound(2, 0, kWidth);
  npu::LeftTile<f16, 4> tap(kOut, kIn, 0);
  npu::RightTile<f16, 5> pixels(kIn, kPixels, 0);
  pixels.stride(kPlane);
  npu::AccTile<float, 6> acc(kOut, kPixels, 0);
  acc.stride(kAccStride);
  npu::AccTile<float, 7> result(kOut, kPixels + 2, 0);
  result.stride(kAccStride);

  npu::wait<Engine::Matrix>(kRowsMoved);
  for (int i = 0; i < 2; ++i) npu::set<Engine::Scalar>(kAccFree);
  for (int pair = 0; pair < kChunks; pair += 2) {
    for (int i = 0; i < 2; ++i) npu::wait<Engine::Matrix>(kAccFree);
    for (int t = 0; t < kTaps; ++t) {
      tap.rebase(t * kOut * kIn * sizeof(f16));
      for (int i = 0; i < 2; ++i) {
        const int first_row = (pair + i) * kChunkRows + t / 3;
        pixels.rebase((first_row * kPadded + t % 3) * sizeof(f16));
        acc.rebase(i * kAccBytes);
        if (t == 0) {
          npu::tmatmul(acc, tap, pixels);
        } else {
          npu::tmatmul_acc(acc, tap, pixels);
        }
        if (t == kTaps - 1) npu::set<Engine::Matrix>(kSummed);
      }
    }
    for (int i = 0; i < 2; ++i) {
      npu::wait<Engine::Store>(kSummed);
      y_view.rebase(args.y + (pair + i) * kChunkRows * kWidth);
      npu::tstore(y_view, result.rebase(i * kAccBytes));
      npu::set<Engine::Store>(kAccFree);
    }
  }
}
