#include "sim/exec/layout.h"

#include <cstring>
#include <vector>

#include "sim/base/error.h"
#include "sim/exec/numerics/lane_ops.h"
#include "sim/exec/numerics/matrix.h"
#include "sim/exec/semantics.h"
#include "sim/exec/tile_access.h"
#include "sim/exec/view_walk.h"

namespace coldforge::sim {
namespace {

void matrix_product(const Command& command, TileMemories& memories, bool accumulate) {
  const TileDesc& acc = command.tile[0];
  const auto operand = [&](const TileDesc& tile) {
    return MatrixOperand{tile.type, element(tile, memories, 0, 0), tile.row_stride,
                         tile.col_stride};
  };
  const MatrixOperand a = operand(command.tile[1]), b = operand(command.tile[2]);
  const std::size_t m = acc.rows, n = acc.cols, k = command.tile[1].cols;
  if (acc.col_stride == 1) {
    matrix_multiply(m, n, k, a, b, accumulate,
                    reinterpret_cast<std::uint32_t*>(element(acc, memories, 0, 0)), acc.row_stride);
    return;
  }
  std::vector<std::uint32_t> sums(m * n);
  if (accumulate) {
    for (std::size_t r = 0; r < m; ++r) {
      read_lanes(acc, memories, static_cast<std::int64_t>(r), 0, acc.cols, sums.data() + r * n);
    }
  }
  matrix_multiply(m, n, k, a, b, accumulate, sums.data(), static_cast<std::ptrdiff_t>(n));
  for (std::size_t r = 0; r < m; ++r) {
    write_lanes(acc, memories, static_cast<std::int64_t>(r), 0, acc.cols, is_float(acc.type),
                sums.data() + r * n);
  }
}

}  // namespace

void move_tile(const Command& command, TileMemories& memories) {
  const TileDesc& dst = command.tile[0];
  const TileDesc& src = command.tile[1];
  for (std::int64_t row = 0; row < dst.rows; ++row) {
    convert(src.type, element(src, memories, row, 0), src.col_stride, dst.type,
            element(dst, memories, row, 0), dst.col_stride, dst.cols);
  }
}

void transpose(const Command& command, TileMemories& memories) {
  const TileDesc& dst = command.tile[0];
  const TileDesc& src = command.tile[1];
  for (std::int64_t row = 0; row < dst.rows; ++row) {
    convert(src.type, element(src, memories, 0, row), src.row_stride, dst.type,
            element(dst, memories, row, 0), dst.col_stride, dst.cols);
  }
}

void move_view(const Command& command, TileMemories& memories) {
  const TileDesc& dst = command.tile[0];
  const TileDesc& src = command.tile[1];
  const TileMemory& memory = memories[src.memory];
  const std::int64_t size = size_bytes(src.type);
  std::vector<std::uint8_t> packed(
      static_cast<std::size_t>(std::int64_t{dst.rows} * dst.cols * size));
  ViewDesc view = command.view;
  view.base += src.base_bytes;
  std::vector<ViewRun> pads;
  ViewWalk(view, size).for_each_run([&](const ViewRun& run) {
    if (!run.valid) {
      pads.push_back(run);
      return;
    }
    CF_CHECK(run.address + run.count * size <= memory.size_bytes(),
             "a view of a tile memory stays inside it");
    std::memcpy(packed.data() + run.first * size, memory.data() + run.address,
                static_cast<std::size_t>(run.count * size));
  });
  write_elements(dst, memories, 0, std::int64_t{dst.rows} * dst.cols, src.type, packed.data());
  for (const ViewRun& pad : pads) {
    fill_elements(dst, memories, pad.first, pad.count, src.type, view.pad_bits);
  }
}

void gather(const Command& command, TileMemories& memories) {
  const TileDesc& dst = command.tile[0];
  const TileDesc& src = command.tile[1];
  const TileDesc& index = command.tile[2];
  for (std::int64_t row = 0; row < dst.rows; ++row) {
    for (std::int64_t col = 0; col < dst.cols; ++col) {
      std::int32_t number = 0;
      std::memcpy(&number, element(index, memories, row, col), sizeof number);
      const std::uint8_t* from = element(src, memories, number / src.cols, number % src.cols);
      std::memcpy(element(dst, memories, row, col), from,
                  static_cast<std::size_t>(size_bytes(dst.type)));
    }
  }
}

void number_elements(const Command& command, TileMemories& memories) {
  static const LaneOp* const to_float = find_lane_op("cvt.f32.i32");
  static const LaneOp* const fma = find_lane_op("fma.f32");
  const TileDesc& dst = command.tile[0];
  const std::uint32_t start = command.x[1], row_step = command.x[2], col_step = command.x[3];
  const std::size_t cols = dst.cols;
  std::vector<std::uint32_t> lanes(cols), numbers(cols), steps(cols, col_step), rows(cols);
  for (std::size_t c = 0; c < cols; ++c) numbers[c] = static_cast<std::uint32_t>(c);
  if (is_float(dst.type)) to_float->run(numbers.data(), nullptr, nullptr, numbers.data(), cols);
  for (std::int64_t row = 0; row < dst.rows; ++row) {
    auto r = static_cast<std::uint32_t>(row);
    if (is_float(dst.type)) {
      std::uint32_t offset = 0;
      to_float->run(&r, nullptr, nullptr, &r, 1);
      fma->run(&r, &row_step, &start, &offset, 1);
      rows.assign(cols, offset);
      fma->run(numbers.data(), steps.data(), rows.data(), lanes.data(), cols);
    } else {
      for (std::size_t c = 0; c < cols; ++c) {
        lanes[c] = start + r * row_step + numbers[c] * col_step;
      }
    }
    write_lanes(dst, memories, row, 0, dst.cols, is_float(dst.type), lanes.data());
  }
}

void multiply(const Command& command, TileMemories& memories) {
  matrix_product(command, memories, false);
}

void multiply_accumulate(const Command& command, TileMemories& memories) {
  matrix_product(command, memories, true);
}

}  // namespace coldforge::sim
