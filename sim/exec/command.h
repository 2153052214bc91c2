#pragma once

#include <cstdint>

#include "isa/isa.h"

namespace coldforge::sim {

/// A tile register: a strided rectangle of one tile memory.
/// Element (r, c) lies at base_bytes + size_bytes(type) * (r * row_stride + c * col_stride).
struct TileDesc {
  isa::Memory memory = isa::Memory::Vec;
  ElementType type = ElementType::Fp32;
  std::uint32_t base_bytes = 0;
  std::uint32_t rows = 0, cols = 0;
  std::int32_t row_stride = 0, col_stride = 1;  ///< elements; 0 repeats, negative reverses
};

/// A view register: up to five nested loops over DRAM (or, for tmov.view, over a tile memory).
///
/// Elements are enumerated with level 0 outermost. Level l with index i_l moves the coordinate of axis[l] by step[l] * i_l;
/// coordinate_a = sum - low_a. The element is valid iff 0 <= coordinate_a, coordinate_a % insertion_a == 0 and
/// coordinate_a / insertion_a < size_a for every used axis; it then lies at
/// base + size_bytes(type) * sum_a(coordinate_a / insertion_a * stride_a). Invalid elements read as `pad`, and are not stored.
struct ViewDesc {
  static constexpr int kMaxLevels = 5;
  static constexpr std::int32_t kUnbounded = 0x7fffffff;
  struct Level {
    std::uint32_t extent = 1;
    std::uint32_t axis = 0;
    std::int32_t step = 1;
  };
  struct Axis {
    std::int32_t stride = 0;  ///< elements
    std::int32_t low = 0;
    std::int32_t size = kUnbounded;
    std::int32_t insertion = 1;
  };
  std::uint32_t base = 0;
  ElementType type = ElementType::Fp32;
  std::uint32_t pad_bits = 0;  ///< fp32 bits for float types, int32 otherwise
  std::uint32_t levels = 0;
  Level level[kMaxLevels];
  Axis axis[kMaxLevels];
};

/// An instruction as it enters a queue: descriptors are captured at issue. Operand i of the instruction is in tile[i],
/// view or x[i], by its kind.
struct Command {
  const isa::Instruction* instruction = nullptr;
  std::uint64_t seq = 0;
  std::uint32_t pc = 0;
  std::int64_t issue = 0;
  TileDesc tile[4];
  ViewDesc view;
  std::uint32_t x[4] = {};
};

}  // namespace coldforge::sim
