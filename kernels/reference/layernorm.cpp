// LayerNorm over rows of 1536 floats: y = (x - mean) / sqrt(var + epsilon) * scale + bias.
//
// Plan: two rows at a time, in place, in six buffers. The variance is taken as E[x^2] - mean^2,
// which saves a pass; the normalisation is one fused multiply-add with a factor and an offset a
// row, scale and bias another. Five passes: the vector engine is the limit, a quarter above what
// the DRAM takes.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kCols = task::x_shape[1];
constexpr int kRows = 2;  // of a piece
constexpr int kPieces = task::x_shape[0] / kRows;
constexpr int kBuffers = 6;
constexpr int kAhead = 3;
constexpr int kPieceBytes = kRows * kCols * sizeof(float);
constexpr int kLine = npu::machine::vec_line_bytes;
constexpr float kEpsilon = 1e-5f;
static_assert(task::x_shape[0] % kRows == 0);

// Byte addresses in Vec behind the buffers, each a line further on than a multiple of the banks.
constexpr int kSquares = kBuffers * kPieceBytes + kLine;
constexpr int kMean = kSquares + kPieceBytes + kLine;
constexpr int kFactor = kMean + kLine;
constexpr int kScale = kFactor + kLine;
constexpr int kBias = kScale + kCols * static_cast<int>(sizeof(float)) + kLine;

enum Flag { kLoaded, kComputed, kFree };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  npu::View<float, 1> out(args.y);
  npu::View<float, 2> row(args.scale);
  in.level(0, kRows * kCols, 1);
  out.level(0, kRows * kCols, 1);
  row.level(0, kCols, 1);
  npu::VecTile<float, 0> x(kRows, kCols, 0);
  npu::VecTile<float, 1> squares(kRows, kCols, kSquares);
  npu::VecTile<float, 2> mean(kRows, 1, kMean);  // then the offset -mean * factor
  npu::VecTile<float, 3> factor(kRows, 1, kFactor);
  npu::VecTile<float, 4> scale(1, kCols, kScale);
  npu::VecTile<float, 5> bias(1, kCols, kBias);
  npu::VecTile<float, 6> mean_squared(kRows, 1, kFactor + 32);  // the other half of the line
  for (int i = 0; i < kBuffers; ++i) npu::set<Engine::Scalar>(kFree);

  // Loads are issued three pieces ahead: the core would otherwise wait for the vector engine's full
  // queue first.
  npu::VecTile<float, 7> next(kRows, kCols, 0);
  const auto load = [&](int i) {
    npu::wait<Engine::Load>(kFree);
    npu::tload(next.rebase(i % kBuffers * kPieceBytes), in.rebase(args.x + i * kRows * kCols));
    if (i == 0) {
      npu::tload(scale, row);
      npu::tload(bias, row.rebase(args.bias));
    }
    npu::set<Engine::Load>(kLoaded);
  };
  for (int i = 0; i < kAhead; ++i) load(i);

  for (int i = 0; i < kPieces; ++i) {
    if (i + kAhead < kPieces) load(i + kAhead);
    x.rebase(i % kBuffers * kPieceBytes);

    npu::wait<Engine::Vector>(kLoaded);
    npu::tmul(squares, x, x);
    npu::trowsum(mean, x);
    npu::trowsum(factor, squares);
    npu::tmuls(mean, mean, 1.0f / kCols);
    npu::taxpy(factor, factor, 1.0f / kCols, kEpsilon);
    npu::tmul(mean_squared, mean, mean);
    npu::tsub(factor, factor, mean_squared);
    npu::trsqrt(factor, factor);
    npu::tmul(mean, mean, factor);
    npu::tneg(mean, mean);
    npu::tfma(x, x, factor, mean);
    npu::tfma(x, x, scale, bias);
    npu::set<Engine::Vector>(kComputed);

    npu::wait<Engine::Store>(kComputed);
    npu::tstore(out.rebase(args.y + i * kRows * kCols), x);
    npu::set<Engine::Store>(kFree);
  }
}
