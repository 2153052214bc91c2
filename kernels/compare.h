#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/task.h"
#include "kernels/tensor.h"

namespace coldforge::kernels {

/// How one output of a kernel differs from the golden one.
///
/// An element is wrong if it is further away than the tolerance allows; if it is not finite where
/// the golden one is; if the golden one is NaN and it is not, or the golden one is infinite and it
/// is not the same infinity. Integer and bool outputs must be equal. Every element counts: a single
/// wrong one fails the output.
struct Comparison {
  std::string output;  // its name
  ElementType type = ElementType::Fp32;
  Shape shape;
  std::int64_t wrong = 0;
  std::int64_t not_finite =
      0;                  // of the wrong ones: NaN or infinite where a finite number was expected
  double golden_rms = 0;  // over the finite golden elements
  double largest_absolute = 0;           // over finite pairs, right ones included
  std::int64_t largest_absolute_at = 0;  // flat index
  double largest_relative = 0;           // |x - g| / |g|, over g != 0
  std::int64_t largest_relative_at = 0;
  double largest_ulp = 0;           // |x - g| in units of the last place of g in the output's type
  std::int64_t first_wrong = -1;    // flat index, -1: none
  double expected = 0, actual = 0;  // of the first wrong element
  Shape box_low, box_high;          // bounding box of the wrong elements, inclusive

  bool pass() const { return wrong == 0; }
  /// One paragraph of at most 600 characters: share of wrong elements, first one, largest errors,
  /// bounding box.
  std::string message() const;
};

/// Compares two tensors of the same type and shape (CF_CHECKed).
Comparison compare(const Tensor& actual, const Tensor& golden, const Tolerance& tolerance,
                   const std::string& output);

/// compare(...).pass(), without the rest: it stops at the first wrong element.
bool agrees(const Tensor& actual, const Tensor& golden, const Tolerance& tolerance);

/// What `tasks check` finds about a task; no findings = sound.
struct TaskSoundness {
  /// Each one line: "output y: all zeros pass (normal, seed 3)", "input w: the outputs do not
  /// depend on it".
  std::vector<std::string> findings;
  bool sound() const { return findings.empty(); }
};

/// Proves that a task can tell a kernel from a cheat: for every distribution and several seeds,
/// zeros, the golden output's mean, each input (copied or broadcast to the output's size), and
/// noise of the output's mean and spread must fail, another seed's output too; golden outputs are
/// finite, hardly constant, vary along every axis longer than 1 (unless the axis is a broadcast one
/// by nature: stated findings name it), and react to a change of every input; every node does
/// something: handing its input through, or answering zeros, shows in the outputs, unless the task
/// declares the value idle; and storing every value in its declared type stays within half of the
/// tolerance, so that honest kernels pass.
TaskSoundness check_task(const Task& task);

}  // namespace coldforge::kernels
