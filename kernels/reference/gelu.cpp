// GELU (tanh form) of 64 x 1536 floats.
//
// Plan: x/2 (1 + tanh(u)) = x sigmoid(2u), which saves a pass. Pieces of two rows go round in four
// buffers: load, four passes and one sigmoid in place, store.
//
// About half of the bound: sigmoid runs at a quarter of the vector rate, and the four plain passes
// share its engine, so that the engine needs 8 cycles for 16 elements where the bound counts the
// SFU alone.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kPiece = 2 * 1536;  // elements
constexpr int kPieces = task::x_shape.size() / kPiece;
constexpr int kBuffers = 4;
constexpr int kPieceBytes = kPiece * sizeof(float);
constexpr float kRoot = 0.7978845608f, kCubic = 0.044715f;
static_assert(task::x_shape.size() % kPiece == 0);

enum Flag { kLoaded, kComputed, kFree };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  npu::View<float, 1> out(args.y);
  in.level(0, kPiece, 1);
  out.level(0, kPiece, 1);
  npu::VecTile<float, 0> x(1, kPiece, 0);
  // One line further on, so that an instruction's operands start in different banks.
  npu::VecTile<float, 1> gate(1, kPiece, kBuffers * kPieceBytes + npu::machine::vec_line_bytes);
  for (int i = 0; i < kBuffers; ++i) npu::set<Engine::Scalar>(kFree);

  int buffer = 0;
  for (int i = 0; i < kPieces; ++i) {
    x.rebase(buffer * kPieceBytes);
    buffer = buffer + 1 == kBuffers ? 0 : buffer + 1;

    npu::wait<Engine::Load>(kFree);
    npu::tload(x, in.rebase(args.x + i * kPiece));
    npu::set<Engine::Load>(kLoaded);

    npu::wait<Engine::Vector>(kLoaded);
    npu::tmul(gate, x, x);
    npu::taxpy(gate, gate, 2 * kRoot * kCubic, 2 * kRoot);
    npu::tmul(gate, gate, x);
    npu::tsigmoid(gate, gate);
    npu::tmul(x, x, gate);
    npu::set<Engine::Vector>(kComputed);

    npu::wait<Engine::Store>(kComputed);
    npu::tstore(out.rebase(args.y + i * kPiece), x);
    npu::set<Engine::Store>(kFree);
  }
}
