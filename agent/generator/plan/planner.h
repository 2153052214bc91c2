#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/generator/plan/kernel_plan.h"
#include "agent/generator/select/cover.h"

namespace coldforge::agent {

/// A part of a tile that one view can walk.
struct Piece {
  Access access;
  Argument tile;
  std::vector<int> rows, cols;  ///< loops of the view
};
struct ShiftFamily;

/// Turns a group and its mapping into steps: instructions, buffers, bodies.
class Planner {
 public:
  Planner(const Program& program, Group group, const isa::Arch& arch, const ApiSet& apis,
          Chooser& chooser, std::string prefix);
  GroupPlan run();

 private:
  struct Place {  ///< where a value is
    int buffer = -1;
    std::vector<int> rows, cols;
  };
  struct LongSum {  ///< of products, done chunk by chunk
    int value = -1;
    std::int64_t chunks = 1;
  };

  const Value& at(int v) const { return plan_.group.values[static_cast<std::size_t>(v)]; }
  bool fail(const std::string& why);
  void expand_loads();
  /// A loop that lies in tiles only, all of it: one that the loads of one operand know.
  int held_loop(std::int64_t extent);
  int held_loop(const GroupDim& loop, Side side);
  /// The same as a loop of values, beside the loop `beside` of the side (-1: innermost).
  int add_loop(const GroupDim& loop, Side side, int beside);
  bool has_even_parts(const ShiftFamily& family) const;
  void share_shifted_loads();
  std::vector<LongSum> long_sums() const;
  std::int64_t chunks_of_sum(int sum, Cover& cover) const;
  void fold_sums(const std::vector<LongSum>& sums);
  int level(int value);
  int loop_level(const std::vector<int>& dims) const;
  std::vector<int> rows(int v) const { return plan_.map.in_tile(at(v).dims, Side::Row); }
  std::vector<int> cols(int v) const { return plan_.map.in_tile(at(v).dims, Side::Col); }
  Extent extent(const std::vector<int>& dims) const;
  std::int64_t most(const std::vector<int>& dims) const;
  int new_buffer(const std::string& name, isa::Memory memory, ElementType type, std::int64_t rows,
                 std::int64_t cols, int body);
  Argument tile(int buffer, const std::vector<int>& rows, const std::vector<int>& cols) const;
  Argument operand_tile(int value);
  Argument window_tile(int value);
  Argument number(int value, bool integer) const;
  void emit(std::vector<Item>& items, const Api* api, std::vector<Argument> arguments,
            std::vector<int> reads, std::vector<int> writes, const std::string& note);
  /// The tile in as few pieces as give views that fit a register; one, as a rule. Empty: failed.
  std::vector<Piece> pieces(const Access& access, int buffer, const std::vector<int>& rows,
                            const std::vector<int>& cols);
  static Argument view(const Access& access, const std::vector<int>& rows,
                       const std::vector<int>& cols);
  void load(std::vector<Item>& items, const Value& value, int buffer, const std::vector<int>& rows,
            const std::vector<int>& cols);

  bool in_vec(int value);  ///< makes it there
  bool in_accumulator(int value);
  bool make_load(int value);
  bool load_inside_border(const Value& value, const Place& place, int body);
  bool make_index(int value);
  bool make_number(int value);
  bool make_by(const Match& match);
  int product_operand(int product, int which, std::vector<Item>& items, int body, ElementType type,
                      const std::vector<int>& outer, const std::vector<int>& inner);
  bool is_scattered(const Value& value, const std::vector<int>& outer,
                    const std::vector<int>& inner) const;
  bool is_reloaded(const Value& value, bool inside) const;
  int picked_on_chip(const Value& value, std::vector<Item>& items, bool inside, int body,
                     ElementType type, int target, const std::vector<int>& outer,
                     const std::vector<int>& inner);
  ElementType product_type(const Value& product);
  bool interleave(const Target& target, Place& place, std::vector<Item>& items, int body);
  void store(const Target& target);
  /// How many tiles each buffer holds in turn, and how far loads run ahead.
  void set_depths();
  /// Addresses. Where there is no room for several tiles in turn there is one.
  void lay_out();
  void check_borders();
  /// Addresses by the present depths, and how many bytes of each memory they take. Buffers of the
  /// vector engine alone may share room when their lives in one body do not meet.
  std::array<std::int64_t, 4> give_addresses(bool stagger);
  /// One buffer of the memory with several tiles, of the outermost loop, keeps one, and all that
  /// run ahead with it. False if there is none.
  bool give_up_turns(isa::Memory memory);
  void assemble();

  const Program& program_;
  const isa::Arch& arch_;
  const ApiSet& apis_;
  Chooser& chooser_;
  std::string prefix_;
  GroupPlan plan_;
  std::unique_ptr<Cover> cover_;
  std::map<int, Place> vec_, acc_;
  std::map<int, int> level_;
  std::vector<std::vector<Item>> bodies_;  ///< by level; 0 is the outermost
  int next_body_ = 0;
};

/// What reads and writes a buffer, in a body: the union over an inner loop.
struct Touch {
  int item = 0;
  isa::Unit unit = isa::Unit::Scalar;
  bool write = false;
};
std::vector<Touch> touches(const Body& body, int buffer);

}  // namespace coldforge::agent
