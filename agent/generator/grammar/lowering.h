#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/generator/grammar/stage.h"
#include "kernels/graph.h"

namespace coldforge::agent {

/// Answers the questions that a program leaves open ("holes"). One instance per candidate; the same
/// hole asked twice has the same answer.
class Chooser {
 public:
  virtual ~Chooser() = default;
  /// One of `domain` (not empty).
  ///   condition  classes of what is asked about, for matching with earlier experience:
  ///   "extent:large type:fp32"
  virtual std::string pick(const std::string& hole, const std::vector<std::string>& domain,
                           const std::string& condition = "") = 0;

  /// The same for a hole whose value usually follows from others: `otherwise`, unless experience
  /// or a change speaks.
  virtual std::string settle(const std::string& hole, const std::vector<std::string>& domain,
                             const std::string& condition, const std::string& otherwise) {
    (void)hole, (void)domain, (void)condition;
    return otherwise;
  }
  /// What became of a settled hole in the end.
  virtual void amend(const std::string& hole, const std::string& value) { (void)hole, (void)value; }

  /// What has been asked so far; retract() takes back all answers after such a mark, so that the
  /// same questions are answered anew.
  virtual std::size_t mark() const { return 0; }
  virtual void retract(std::size_t to) { (void)to; }
};

/// A value of the graph as a walk over a tensor: transpositions, slices, reshapes and paddings cost
/// nothing until they are read. The terms of the axes' affines are axes of the value.
struct Viewed {
  int tensor = -1;
  std::int64_t base = 0;
  std::vector<Axis> axes;
  double pad = 0;
  kernels::Shape shape;
  ElementType type = ElementType::Fp32;
  bool is_number = false;  ///< a constant of one element
  double number = 0;
};

/// Turns a graph into stages, operator by operator. Decompositions with alternatives ask the
/// chooser.
class Lowering {
 public:
  Lowering(const kernels::Graph& graph, Chooser& chooser) : graph_(graph), chooser_(chooser) {}
  Program run();

 private:
  friend class StageBuilder;
  friend struct LoweringRules;

  const Viewed& view(const std::string& name);
  std::string choose(const std::string& hole, const std::vector<std::string>& domain) {
    return chooser_.pick(hole, domain);
  }
  int new_tensor(const std::string& name, ElementType type, const kernels::Shape& shape);
  /// The viewed tensor itself.
  Viewed whole(int tensor) const;
  void define(const std::string& name, Viewed value) { values_[name] = std::move(value); }
  void node(const kernels::Node& node);
  void copy_outputs();

  const kernels::Graph& graph_;
  Chooser& chooser_;
  Program program_;
  std::map<std::string, Viewed> values_;
  int serial_ = 0;
};

/// Builds one stage.
class StageBuilder {
 public:
  StageBuilder(Lowering& lowering, std::string label);

  Affine dim(std::int64_t extent,
             bool reduce = false);  ///< a new loop; extent 1 gives the constant 0
  std::vector<Affine> dims(const kernels::Shape& shape);  ///< one parallel loop an axis
  int load(const Viewed& value, const std::vector<Affine>& index);
  /// Reads with numpy broadcasting: `index` belongs to the broadcast shape.
  int load_broadcast(const Viewed& value, const std::vector<Affine>& index);
  int number(double value);
  int index(const Affine& affine);
  int op(const std::string& name, const std::vector<int>& args);
  /// Parses "sel(gt(x, 0), x, mul(x, alpha))" with names bound to nodes.
  int expression(const std::string& text, const std::map<std::string, int>& names);
  void reduce(const std::string& op) { stage_.reduce = op; }
  Nest& stage() { return stage_; }
  /// Writes a fresh tensor with one element for each `index` point; gives it as a value.
  Viewed finish(const std::vector<Affine>& index, const kernels::Shape& shape, ElementType type);
  /// Writes the elements at `index` of a tensor that other stages write the rest of.
  void finish_part(const Viewed& whole, const std::vector<Affine>& index);

 private:
  Lowering& lowering_;
  Nest stage_;
};

/// The value read through an index map: result[i] = value[map(i)].
Viewed compose(const Viewed& value, const kernels::Shape& shape, const std::vector<Affine>& map);
/// The same elements in another shape; false if that is no affine walk (the value has to be copied
/// first).
bool reshape_view(const Viewed& value, const kernels::Shape& shape, Viewed& result);

Program lower(const kernels::Graph& graph, Chooser& chooser);

}  // namespace coldforge::agent
