// ReLU of 64 x 1536 floats: y = max(x, 0).
//
// Plan: bound by DRAM (each element in and out once). Pieces of two rows, one contiguous run of 12
// KiB each, go round in eight buffers: load, clamp in place, store. Three flags form the ring; the
// core never waits.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kElements = task::x_shape.size();
constexpr int kPiece = 2 * 1536;  // elements; long runs load best, few of them fill the pipe late
constexpr int kBuffers = 8;
constexpr int kPieces = kElements / kPiece;
static_assert(kElements % kPiece == 0);

enum Flag { kLoaded, kClamped, kFree };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  npu::View<float, 1> out(args.y);
  in.level(0, kPiece, 1);
  out.level(0, kPiece, 1);
  npu::VecTile<float, 0> piece(1, kPiece, 0);
  for (int i = 0; i < kBuffers; ++i) npu::set<Engine::Scalar>(kFree);

  uint32_t buffer = 0;
  for (int i = 0; i < kPieces; ++i) {
    piece.rebase(buffer * kPiece * sizeof(float));
    buffer = buffer + 1 == kBuffers ? 0 : buffer + 1;

    npu::wait<Engine::Load>(kFree);
    npu::tload(piece, in.rebase(args.x + i * kPiece));
    npu::set<Engine::Load>(kLoaded);

    npu::wait<Engine::Vector>(kLoaded);
    npu::tmaxs(piece, piece, 0.0f);
    npu::set<Engine::Vector>(kClamped);

    npu::wait<Engine::Store>(kClamped);
    npu::tstore(out.rebase(args.y + i * kPiece), piece);
    npu::set<Engine::Store>(kFree);
  }
}
