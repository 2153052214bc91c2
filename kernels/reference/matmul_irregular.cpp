// y = a b with extents that fit no tile: 96 x 200 by 200 x 72, halves, accumulated in fp32.
//
// Plan: bound by the array. Rows are padded on chip to whole lines (stride 208 in Left, 80 in Right
// and Acc), so that a row of a block never straddles two. b stays in Right; the first block of a is
// computed while b still arrives in slices of k, the others in one instruction each. 200 and 72 are
// no multiples of 16: an eighth of the array's work is padding.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kM = task::a_shape[0], kK = task::a_shape[1], kN = task::b_shape[1];
constexpr int kRows = 32;   // of a block of a and y
constexpr int kSlice = 48;  // of k, in the first block; the last slice is a tail
constexpr int kLeftStride = npu::round_up(kK, 16), kRightStride = npu::round_up(kN, 16);
constexpr int kLeftBuffers = 2;
constexpr int kLeftBytes = kRows * kLeftStride * sizeof(f16);
constexpr int kAccBytes = kRows * kRightStride * sizeof(float);
static_assert(kM % kRows == 0);

enum Flag { kSliceLoaded, kBlockLoaded, kBlockFree, kDone };

void kernel(const task::Args& args) {
  npu::View<f16, 0> a_view(args.a);
  npu::View<f16, 1> b_view(args.b);
  npu::View<f16, 2> y_view(args.y);
  a_view.level(0, kRows * kK, 1);
  y_view.level(0, kRows * kN, 1);

  npu::LeftTile<f16, 0> a(kRows, kK, 0);
  a.stride(kLeftStride);
  npu::LeftTile<f16, 1> a_slice(kRows, kSlice, 0);
  a_slice.stride(kLeftStride);
  npu::RightTile<f16, 2> b(kSlice, kN, 0);
  b.stride(kRightStride);
  npu::AccTile<float, 3> acc(kRows, kN, 0);
  acc.stride(kRightStride);

  npu::tload(a, a_view);
  for (int k = 0; k < kK; k += kSlice) {
    const int depth = npu::min(kSlice, kK - k);
    b_view.rebase(args.b + k * kN).level(0, depth * kN, 1);
    b.rebase(k * kRightStride * sizeof(f16)).shape(depth, kN);
    npu::tload(b, b_view);
    npu::set<Engine::Load>(kSliceLoaded);

    a_slice.rebase(k * sizeof(f16)).shape(kRows, depth);
    npu::wait<Engine::Matrix>(kSliceLoaded);
    if (k == 0) {
      npu::tmatmul(acc, a_slice, b);
    } else {
      npu::tmatmul_acc(acc, a_slice, b);
    }
  }
  npu::set<Engine::Matrix>(kDone);
  npu::set<Engine::Matrix>(kBlockFree);

  npu::RightTile<f16, 4> b_all(kK, kN, 0);
  b_all.stride(kRightStride);
  npu::set<Engine::Scalar>(kBlockFree);  // the second buffer of a
  for (int row = kRows, buffer = 1; row < kM; row += kRows, buffer ^= 1) {
    npu::wait<Engine::Load>(kBlockFree);
    npu::tload(a.rebase(buffer * kLeftBytes), a_view.rebase(args.a + row * kK));
    npu::set<Engine::Load>(kBlockLoaded);

    npu::wait<Engine::Store>(kDone);
    npu::tstore(y_view.rebase(args.y + (row - kRows) * kN), acc);
    acc.rebase(row / kRows * kAccBytes);
    npu::wait<Engine::Matrix>(kBlockLoaded);
    npu::tmatmul(acc, a, b_all);
    npu::set<Engine::Matrix>(kDone);
    npu::set<Engine::Matrix>(kBlockFree);
  }
  npu::wait<Engine::Store>(kDone);
  npu::tstore(y_view.rebase(args.y + (kM - kRows) * kN), acc);
}
