#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/generator/plan/mapping.h"
#include "agent/generator/select/api.h"

namespace coldforge::agent {

/// Loops of a view register, at most.
inline constexpr std::size_t kViewLevels = 5;

/// A place in a tile memory that holds one value tile at a time, or `depth` of them in turn.
struct Buffer {
  std::string name;
  isa::Memory memory = isa::Memory::Vec;
  ElementType type = ElementType::Fp32;
  std::int64_t bytes = 0;  ///< of one tile, at its largest, in whole lines
  int depth = 1;
  std::int64_t pitch = 0;  ///< elements from row to row; 0: rows follow each other
  int body = 0;            ///< the body whose iterations it belongs to
  std::int64_t base = 0;   ///< byte address of the first
  bool shared = false;     ///< engines besides the vector engine touch it
};

/// A number that a kernel computes: constant * product of the current extents of dims.
struct Extent {
  std::int64_t constant = 1;
  std::vector<int> dims;  ///< those whose last tile is smaller
};

/// An instruction's tile operand.
struct TileUse {
  int buffer = -1;
  Extent rows, cols;
  std::int64_t offset_elems = 0;
  Affine moving;      ///< more offset, by start indices of loops
  bool dense = true;  ///< row stride = cols, col stride = 1
  std::int64_t row_stride = 0, col_stride = 1;
};

/// An instruction's view operand: the elements of `access` for the dims of a tile, outermost first.
struct ViewUse {
  Access access;                         ///< tensor -1: the elements of a tile on chip
  ElementType type = ElementType::Fp32;  ///< of those
  std::vector<int> levels;
};

struct Argument {
  enum class Kind : std::uint8_t { Tile, View, Text } kind = Kind::Text;
  TileUse tile;
  ViewUse view;
  std::string text;
};

/// One instruction to be issued in each iteration of its body.
struct Step {
  const Api* api = nullptr;
  const Api* first =
      nullptr;  ///< if given: instead of `api` where all of `first_of` are at their first tile
  std::vector<int> first_of;
  std::vector<Argument> arguments;
  std::vector<int> reads, writes;  ///< buffers
  std::string note;
};

/// A buffer whose edge no load writes: filled once, before anything else.
struct Border {
  int buffer = -1;
  const Api* api = nullptr;
  double pad = 0;
};

struct Body;

/// A step or an inner loop, in program order.
struct Item {
  std::unique_ptr<Step> step;
  std::unique_ptr<Body> loop;
};

/// What is done in each iteration over the tiles of `dims`; the outermost body has none.
struct Body {
  int id = 0;
  int dim = -1;
  std::vector<Item> items;
  int ahead = 0;  ///< loads run this many iterations ahead of the rest
};

/// Everything about one group's part of the kernel.
struct GroupPlan {
  Group group;
  Mapping map;
  std::vector<Buffer> buffers;
  Body root;
  std::vector<Border> borders;
  std::string problem;
};

}  // namespace coldforge::agent
