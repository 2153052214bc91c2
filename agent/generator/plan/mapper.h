#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/generator/plan/mapping.h"

namespace coldforge::agent {

/// How make_mapping() works: what loops are for (mapping.cpp), which side each lies on
/// (mapping_sides.cpp), how much of it is in a tile (mapping_tiles.cpp).
class Mapper {
 public:
  Mapper(Group& group, const isa::Arch& arch, const ApiSet& apis, Chooser& chooser,
         std::string prefix)
      : group_(group), arch_(arch), apis_(apis), chooser_(chooser), prefix_(std::move(prefix)) {}

  Mapping run();

 private:
  static std::size_t at(int d) { return static_cast<std::size_t>(d); }
  GroupDim& dim(int d) { return group_.dims[at(d)]; }

  /// A result that lacks loops of the tensor it goes to is repeated along them. What is loaded or a
  /// number comes repeated; anything else is stored once for each of their indices.
  void repeat_targets();

  /// A loop whose steps have become operands of their own is no loop any more.
  void find_used();

  /// Reductions on the vector engine take all of what they reduce; a product's inner loops are its
  /// own if nothing else walks them.
  void find_roles();

  /// Outermost first, as the tensor that walks most of the loops has them in memory.
  void order_dims();

  /// Gives the loop, and all of its class, a side; false if one has the other already.
  bool assign(std::vector<int>& known, int d, int side);

  bool choose_sides();

  /// An index is a tile of one loop a side. Whatever is computed of it has no other loop there
  /// within a tile, as it could not be repeated along that.
  bool keep_indices_plain();

  /// A reduction takes all of a side: what else lies there, outside of it, goes one index at a
  /// time. Inside of columns there is no room: single elements out of rows would be the slowest
  /// walk there is. Inside of rows there is, as columns lie together.
  bool give_reductions_a_side();

  /// The steps of one window make even rows; what lies outside of it on the same side goes one
  /// index at a time.
  void keep_windows_even();

  /// Loads at several shifts share a tile of which each is an even part: what lies outside of a
  /// loop whose tiles overlap, on the same side, goes one index at a time. Whether that is worth it
  /// is a hole, unless nothing has to.
  void keep_shared_loads_even();

  bool any_product() const;

  bool fail(const char* why);

  /// Fills a side from its innermost loop outwards until the wanted number of elements is reached.
  /// Loops of one class take their share once.
  void fill(const std::vector<int>& order, std::int64_t target, std::int64_t unit);

  std::int64_t whole_rows();

  void choose_tiles();
  /// What products sum over, first: the sides take what room it leaves.
  void choose_summed_tiles();
  void choose_side_tiles(Side side);
  /// Whether operands and sums of all products have room, by the tiles chosen so far.
  bool products_fit() const;

  /// A batch of a product goes one index at a time, and cannot be reduced over besides.
  bool keeps_reductions_whole();

  /// An operand of a product is one view. Where that would have too many levels, loops that are
  /// summed over may go one index at a time, from the outermost or the innermost on.
  void keep_views_shallow();

  void choose_loops();

  Group& group_;
  const isa::Arch& arch_;
  const ApiSet& apis_;
  Chooser& chooser_;
  std::string prefix_;
  Mapping map_;
  std::vector<int> sorted_;
  std::vector<bool> used_;
  bool first_is_rows_ = true;     ///< of the last product
  std::int64_t chosen_cols_ = 1;  ///< elements of a tile's row
};

}  // namespace coldforge::agent
