#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/plan/kernel_plan.h"
#include "agent/generator/select/cover.h"

namespace coldforge::agent {

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
  int on_chip_window(const Value& value, std::vector<Item>& items, bool inside, int body,
                     ElementType type, int target, const std::vector<int>& outer,
                     const std::vector<int>& inner);
  ElementType product_type(const Value& product);
  void store(const Target& target);
  void set_depths();
  int outer_ahead();
  std::string lay_out();
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
  bool short_of_room_ = false;  ///< tiles of outer loops are there once
};

/// What reads and writes a buffer, in a body: the union over an inner loop.
struct Touch {
  int item = 0;
  isa::Unit unit = isa::Unit::Scalar;
  bool write = false;
};
std::vector<Touch> touches(const Body& body, int buffer);

}  // namespace coldforge::agent
