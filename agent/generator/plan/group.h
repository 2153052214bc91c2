#pragma once

#include <string>
#include <vector>

#include "agent/generator/grammar/lowering.h"
#include "agent/generator/grammar/stage.h"

namespace coldforge::agent {

/// A loop that several stages share.
struct GroupDim {
  std::int64_t extent = 1;
  std::string name;
  int side_class =
      0;  ///< dims that must lie on one side of a tile: a window and what it slides over
  bool whole = false;   ///< must not be cut: a later step needs all of it on chip
  bool single = false;  ///< one index a tile: batches of a contraction
  /// Not -1: a loop within tiles only, as long as the tile of that loop, times `step`, plus `more`.
  int follows = -1;
  std::int64_t step = 1, more = 0;
};

/// A value on chip: what a node is, over which dims it varies.
struct Value {
  enum class Kind : std::uint8_t {
    Load,
    Window,
    Constant,
    Index,
    Op,
    Reduce,
    Product
  } kind = Kind::Op;
  std::string op;  ///< Op, Reduce: operation
  std::vector<int>
      args;  ///< Op, Reduce: operands; Window: its source; Product: left and right operand
  std::vector<int> dims;   ///< group dims that it varies with, ascending
  std::vector<int> over;   ///< Reduce, Product: dims that are summed over
  Access access;           ///< Load: terms are group dims
  double number = 0;       ///< Constant
  Affine index;            ///< Index; Window: not used
  std::vector<Affine> at;  ///< Window: place in its source, one for each of the source's dims
  bool integer = false;    ///< int32 lanes
  bool scan = false, exclusive = false, reverse = false;
  std::string label;
};

/// Where a value of the group goes in DRAM.
struct Target {
  int value = -1;
  Access access;
};

/// Stages that run in one sweep of tiles, as one graph of values.
struct Group {
  std::vector<int> stages;
  std::vector<GroupDim> dims;
  std::vector<Value> values;  ///< operands before users; equal values are one
  std::vector<Target> targets;

  int add(Value value);
  int constant(double number, bool integer);
  int uses(int value) const;
};

/// How many stages from `first` on may run together: while their loops can be identified; a hole
/// may keep a product apart from what is before it. At least 1. Whether they fit on chip is the
/// planner's affair.
int longest_group(const Program& program, int first, Chooser& chooser);

/// The group's values. Empty `problem` on success.
Group make_group(const Program& program, const std::vector<int>& stages, Chooser& chooser,
                 std::string& problem);

/// What the stages are in the main: "product", "scan", "window", "reduction" or "map".
const char* kind_of_part(const Program& program, const std::vector<int>& stages);

/// Whether the stages' loops can be identified with each other.
bool can_join(const Program& program, const std::vector<int>& stages);

/// Reduce loops that only shift a window: they become one operand each.
std::vector<int> tap_dims(const Nest& stage);

/// A sum of products of two loaded values: what the matrix engine can do.
bool is_contraction(const Nest& stage);

}  // namespace coldforge::agent
