#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/generator/grammar/stage.h"

namespace coldforge::agent {

/// Identifies the loops of several stages: the consumer of an intermediate walks it with the loops
/// that made it.
class Unifier {
 public:
  Unifier(const Program& program, const std::vector<int>& stages);

  bool ok() const { return ok_; }
  /// Group dim of a stage's dim, numbered in order of first appearance.
  int dim(int stage, int local) const;
  int count() const { return static_cast<int>(extents_.size()); }
  std::int64_t extent(int dim) const { return extents_[static_cast<std::size_t>(dim)]; }
  int producer(int tensor) const;  ///< stage of the group that writes it, -1 if none

  /// A load that slides over an intermediate of the group.
  struct Window {
    int stage = 0, load = 0;
  };
  const std::vector<Window>& windows() const { return windows_; }

 private:
  int key(int stage, int local) const { return offset_.at(stage) + local; }
  int find(int x) const;
  bool join(int a, int b);
  bool clash() const;
  bool link(int stage, const Access& load, int producer);
  void link_shared_inputs();

  const Program& program_;
  std::vector<int> stages_;
  std::map<int, int> offset_;
  std::vector<int> parent_;
  std::vector<std::int64_t> extent_of_;
  std::map<int, int> number_;  // root -> group dim
  std::vector<std::int64_t> extents_;
  std::vector<Window> windows_;
  bool ok_ = true;
};

}  // namespace coldforge::agent
