// 3 x 3 max pooling with stride 2 and padding 1: 32 channels of 56 x 56 to 28 x 28 floats.
//
// Plan: rows first, then columns (4 maxima an output instead of 8). A channel lies in Vec with rows
// of 64, so that rows begin on lines; what is left of column 0 is the unused end of the row above,
// filled with -infinity once. The maximum over three rows reads whole lines; the one over three
// columns steps by two.
#include <npu.h>

#include "task.h"

using npu::Engine;

constexpr int kChannels = task::x_shape[1], kHeight = task::x_shape[2], kWidth = task::x_shape[3];
constexpr int kOutHeight = task::y_shape[2], kOutWidth = task::y_shape[3];
constexpr int kStride = 64;  // of a row on chip, elements
constexpr int kRowBytes = kStride * sizeof(float);
constexpr int kBufferBytes = (kHeight + 1) * kRowBytes;  // a row of -infinity comes first
constexpr int kBuffers = 4;
constexpr int kTall = kBuffers * kBufferBytes;  // maxima over rows, likewise
constexpr int kOut = kTall + (kOutHeight + 1) * kRowBytes;
constexpr int kOutBytes = npu::round_up(kOutHeight * kOutWidth * sizeof(float), 64);
static_assert(kWidth < kStride && kHeight == 2 * kOutHeight && kWidth == 2 * kOutWidth);

enum Flag { kBordered, kLoaded, kFree, kReady, kOutFree };

void kernel(const task::Args& args) {
  npu::View<float, 0> in(args.x);
  in.level(0, kHeight * kWidth, 1);
  npu::View<float, 1> out(args.y);
  out.level(0, kOutHeight * kOutWidth, 1);

  // Everything is -infinity at first; loads and maxima never touch the columns from kWidth on.
  npu::VecTile<float, 0> border((kBuffers * kBufferBytes) / kRowBytes + kOutHeight + 1,
                                kStride - kWidth, kWidth * sizeof(float));
  border.stride(kStride);
  npu::texpands(border, -npu::infinity);
  npu::VecTile<float, 1> top(kBuffers, kWidth, 0);
  top.stride((kHeight + 1) * kStride);
  npu::texpands(top, -npu::infinity);
  npu::set<Engine::Vector>(kBordered);
  npu::wait<Engine::Load>(kBordered);

  npu::VecTile<float, 2> x(kHeight, kWidth, 0);
  x.stride(kStride);
  npu::VecTile<float, 3> above(kOutHeight, kWidth, 0);
  above.stride(2 * kStride);
  npu::VecTile<float, 4> middle(kOutHeight, kWidth, 0);
  middle.stride(2 * kStride);
  npu::VecTile<float, 5> below(kOutHeight, kWidth, 0);
  below.stride(2 * kStride);
  npu::VecTile<float, 6> tall(kOutHeight, kWidth, kTall + kRowBytes);
  tall.stride(kStride);
  npu::VecTile<float, 7> left(kOutHeight, kOutWidth,
                              kTall + kRowBytes - static_cast<int>(sizeof(float)));
  left.stride(kStride, 2);
  npu::VecTile<float, 8> centre(kOutHeight, kOutWidth, kTall + kRowBytes);
  centre.stride(kStride, 2);
  npu::VecTile<float, 9> right(kOutHeight, kOutWidth,
                               kTall + kRowBytes + static_cast<int>(sizeof(float)));
  right.stride(kStride, 2);
  npu::VecTile<float, 10> y(kOutHeight, kOutWidth, kOut);

  npu::Channel<Engine::Load, Engine::Vector, kLoaded, kFree> loaded(kBuffers);
  npu::Channel<Engine::Vector, Engine::Store, kReady, kOutFree> ready(2);
  for (int c = 0; c < kChannels; ++c) {
    const int base = c % kBuffers * kBufferBytes;
    loaded.reserve();
    npu::tload(x.rebase(base + kRowBytes), in.rebase(args.x + c * kHeight * kWidth));
    loaded.publish();

    loaded.acquire();
    npu::tmax(tall, above.rebase(base), middle.rebase(base + kRowBytes));
    npu::tmax(tall, tall, below.rebase(base + 2 * kRowBytes));
    loaded.release();
    ready.reserve();
    y.rebase(kOut + (c & 1) * kOutBytes);
    npu::tmax(y, centre, right);
    npu::tmax(y, y, left);
    ready.publish();

    ready.acquire();
    npu::tstore(out.rebase(args.y + c * kOutHeight * kOutWidth), y);
    ready.release();
  }
}
