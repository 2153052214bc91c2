// y = a b, all 128 x 128 halves, accumulated in fp32.
//
// Plan: bound by the array. b stays in Right whole; a comes in blocks of 32 rows (contiguous). For
// the first block, b arrives in slices of 32 rows of k, so that the array starts after a quarter of
// it; the other blocks run all of k in one instruction. Each finished block is stored from Acc,
// converted to half, while the next is computed.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kM = task::a_shape[0], kK = task::a_shape[1], kN = task::b_shape[1];
constexpr int kRows = 32;   // of a block of a and y
constexpr int kSlice = 32;  // of k, in the first block
static_assert(kM % kRows == 0 && kK % kSlice == 0);

enum Flag { kSliceLoaded, kBlockLoaded, kDone };

void kernel(const task::Args& args) {
  npu::View<f16, 0> a_view(args.a);
  npu::View<f16, 1> b_view(args.b);
  npu::View<f16, 2> y_view(args.y);
  a_view.level(0, kRows * kK, 1);
  b_view.level(0, kSlice * kN, 1);
  y_view.level(0, kRows * kN, 1);

  npu::LeftTile<f16, 0> a(kRows, kK, 0);
  npu::RightTile<f16, 1> b(kSlice, kN, 0);
  npu::AccTile<float, 2> acc(kRows, kN, 0);

  npu::tload(a, a_view);
  for (int k = 0; k < kK; k += kSlice) {
    npu::tload(b.rebase(k * kN * sizeof(f16)), b_view.rebase(args.b + k * kN));
    npu::set<Engine::Load>(kSliceLoaded);
  }
  for (int row = kRows; row < kM; row += kRows) {
    npu::tload(a.rebase(row * kK * sizeof(f16)), a_view.rebase(args.a + row * kK));
    npu::set<Engine::Load>(kBlockLoaded);
  }

  npu::LeftTile<f16, 3> a_slice(kRows, kSlice, 0);
  a_slice.stride(kK);
  for (int k = 0; k < kK; k += kSlice) {
    a_slice.rebase(k * sizeof(f16));
    b.rebase(k * kN * sizeof(f16));
    npu::wait<Engine::Matrix>(kSliceLoaded);
    if (k == 0) {
      npu::tmatmul(acc, a_slice, b);
    } else {
      npu::tmatmul_acc(acc, a_slice, b);
    }
  }
  npu::set<Engine::Matrix>(kDone);
  npu::wait<Engine::Store>(kDone);
  npu::tstore(y_view, acc);

  npu::RightTile<f16, 4> b_all(kK, kN, 0);
  for (int row = kRows; row < kM; row += kRows) {
    acc.rebase(row * kN * sizeof(float));
    npu::wait<Engine::Matrix>(kBlockLoaded);
    npu::tmatmul(acc, a.rebase(row * kK * sizeof(f16)), b_all);
    npu::set<Engine::Matrix>(kDone);
    npu::wait<Engine::Store>(kDone);
    npu::tstore(y_view.rebase(args.y + row * kN), acc);
  }
}
