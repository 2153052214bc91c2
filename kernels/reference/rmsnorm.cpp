// RMSNorm over rows of 1536 floats: y = x / sqrt(mean(x^2) + epsilon) * weight.
//
// Plan: four rows at a time, in place, in four buffers; squares go to a tile of their own. The
// vector engine's four passes take as long as the DRAM needs for reading and writing, so both are
// busy throughout.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kCols = task::x_shape[1];
constexpr int kRows = 2;  // of a piece
constexpr int kPieces = task::x_shape[0] / kRows;
constexpr int kBuffers = 6;
constexpr int kPieceBytes = kRows * kCols * sizeof(float);
constexpr int kLine = npu::machine::vec_line_bytes;
constexpr float kEpsilon = 1e-5f;
static_assert(task::x_shape[0] % kRows == 0);

// Byte addresses in Vec behind the buffers, each a line further on than a multiple of the banks.
constexpr int kSquares = kBuffers * kPieceBytes + kLine;
constexpr int kSums = kSquares + kPieceBytes + kLine;
constexpr int kWeight = kSums + kLine;

enum Flag { kLoaded, kComputed, kFree };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  npu::View<float, 1> out(args.y);
  npu::View<float, 2> weight_view(args.weight);
  in.level(0, kRows * kCols, 1);
  out.level(0, kRows * kCols, 1);
  weight_view.level(0, kCols, 1);
  npu::VecTile<float, 0> x(kRows, kCols, 0);
  npu::VecTile<float, 1> squares(kRows, kCols, kSquares);
  npu::VecTile<float, 2> sum(kRows, 1, kSums);
  npu::VecTile<float, 3> weight(1, kCols, kWeight);
  for (int i = 0; i < kBuffers; ++i) npu::set<Engine::Scalar>(kFree);

  int buffer = 0;
  for (int i = 0; i < kPieces; ++i) {
    x.rebase(buffer * kPieceBytes);
    buffer = buffer + 1 == kBuffers ? 0 : buffer + 1;

    npu::wait<Engine::Load>(kFree);
    if (i == 0) npu::tload(weight, weight_view);
    npu::tload(x, in.rebase(args.x + i * kRows * kCols));
    npu::set<Engine::Load>(kLoaded);

    npu::wait<Engine::Vector>(kLoaded);
    npu::tmul(squares, x, x);
    npu::trowsum(sum, squares);
    npu::tmul(x, x, weight);  // while the sum is finished
    npu::taxpy(sum, sum, 1.0f / kCols, kEpsilon);
    npu::trsqrt(sum, sum);
    npu::tmul(x, x, sum);
    npu::set<Engine::Vector>(kComputed);

    npu::wait<Engine::Store>(kComputed);
    npu::tstore(out.rebase(args.y + i * kRows * kCols), x);
    npu::set<Engine::Store>(kFree);
  }
}
