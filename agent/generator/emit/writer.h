#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/emit/sync.h"
#include "agent/generator/plan/kernel_plan.h"
#include "isa/arch.h"

namespace coldforge::agent {

/// Where a tensor of the program lies: a C++ expression of type npu::Dram, and its element type in
/// DRAM.
struct DramName {
  std::string expression;  ///< "args.x"
  ElementType type = ElementType::Fp32;
};

/// A pad value as a C++ literal.
std::string pad_text(double pad, bool is_float);

/// Writes one group as C++ statements of the kernel function.
class GroupWriter {
 public:
  GroupWriter(const GroupPlan& plan, const std::vector<DramName>& tensors, int number);

  /// Constants of the anonymous namespace.
  std::string constants() const;
  /// The body of the function that runs the group. `leaves_flags_low`: another group follows,
  /// which uses the same flags.
  std::string statements(bool leaves_flags_low);
  /// The plan in words, one line each, without comment marks.
  std::vector<std::string> words() const;
  int flags() const { return static_cast<int>(tokens_.size()); }
  const std::string& problem() const { return problem_; }

 private:
  struct Scope {
    std::map<std::string, std::string> fresh;  ///< what has been set in this block: key -> object
    std::map<int, std::string> address;        ///< buffer -> variable with its present address
  };
  struct ViewText {
    std::string base;                 ///< Dram expression
    bool base_moves = false;          ///< it depends on loop variables
    std::vector<std::string> fixed;   ///< calls with constants only
    std::vector<std::string> moving;  ///< calls that depend on loop variables
  };

  void line(const std::string& text) {
    text_ += std::string(static_cast<std::size_t>(indent_) * 2, ' ') + text + "\n";
  }
  void body(const Body& body);
  void items(const Body& body, bool loads, bool rest);
  void step(const Step& step);
  std::string tile(const TileUse& use);
  std::string address_of(int buffer);
  std::string view(const ViewUse& use);
  DramName named(const ViewUse& use) const;
  ViewText view_text(const ViewUse& use);
  std::string number(const Extent& extent) const;
  std::string affine(std::int64_t constant, const std::vector<std::pair<int, std::int64_t>>& terms);
  const GroupDim& dim(int d) const { return plan_.group.dims[static_cast<std::size_t>(d)]; }
  std::string start(int d) const { return dim(d).name + "0"; }
  std::string turn(int body, bool early) const;
  std::string constant_name(const Buffer& buffer) const;
  int turns_needed(int body) const;
  void tokens_before(const Body& body, int item);
  void tokens_after(const Body& body, int item);
  Scope& scope() { return scopes_.back(); }

  const GroupPlan& plan_;
  const std::vector<DramName>& tensors_;
  std::vector<Token> tokens_;
  std::map<int, const Body*> bodies_;
  int number_;
  std::string text_, hoisted_, problem_;
  int indent_ = 1;
  int next_fixed_tile_ = 31, next_tile_ = 0;
  int next_view_ = 0;
  int serial_ = 0;
  bool early_ = false;
  std::vector<int> open_loops_;  ///< dims whose start index has a variable here
  std::vector<Scope> scopes_;
  std::map<std::string, std::string> fixed_;  ///< hoisted objects by key
};

}  // namespace coldforge::agent
