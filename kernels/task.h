#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/graph.h"
#include "kernels/onnx_reader.h"

namespace coldforge::kernels {

/// How far an output may be from the golden one: |x - g| <= atol * min(1, rms(g)) + rtol * |g|.
struct Tolerance {
  double rtol = 1e-2;
  double atol = 1e-2;
};

/// What the elements of an input look like. Kinds other than Any fix the values whatever the
/// distribution.
struct InputRule {
  enum class Kind {
    Any,            // signed; the distribution decides
    Range,          // floats or integers within [least, most]
    Probabilities,  // rows along the last axis are positive and add up to 1
    Signs,          // -1 or +1
  };
  Kind kind = Kind::Any;
  double least = 0, most = 0;
  double scale = 1;  // of kind Any: the standard deviation
  /// Of kind Probabilities: more than 0 makes a tensor more or less peaked. Of kind Any: each slice
  /// along the first axis, and the tensor as a whole, is multiplied by a power of two whose
  /// exponent is drawn from [-spread, spread]. For outputs that hardly vary otherwise: sums and
  /// means over many elements, where the answer to another seed would pass.
  double spread = 0;
  /// Of kind Any, for square matrices in the last two axes: which elements are zero or repeated.
  enum class Structure { Full, Upper, Lower, Symmetric };
  Structure structure = Structure::Full;
  /// Of kind Any: adversarial rows that have a common offset have it this many times 1 to 4. More
  /// than 1 where the operator does not care (softmax), so that a kernel which lets exp overflow
  /// fails.
  double offset = 1;
};

/// Which engines a correct kernel of this task has to use: a scalar loop in their place is a cheat.
struct DeclaredWork {
  bool matrix = false;
  bool vector = false;
};

/// One extent of an input that `--scale N` multiplies by N.
struct ScaledExtent {
  std::string input;
  std::int64_t axis = 0;  // counted from the front
};

/// What is to be computed: one ONNX operator or fused pattern, and the rules for judging a kernel
/// of it.
struct Task {
  std::string name;            // "softmax", "level1/023_softmax"; the file's stem for a path
  std::filesystem::path path;  // where it was read from
  Graph graph;
  Tolerance tolerance;
  std::map<std::string, InputRule> input_rules;  // one for every graph input
  DeclaredWork work;
  /// The free extents (batch, rows): N times them is N times the work. Empty: the task has one
  /// size.
  std::vector<ScaledExtent> scaled;
  /// Values whose node changes nothing within the tolerance, and inputs on which no output depends,
  /// by the author's word (an epsilon, a bias in front of a normalisation); check_task() finds
  /// fault with any other.
  std::set<std::string> idle;
  /// Of graph, tolerance and input rules, 64 hex digits; neither of name nor of path.
  std::string digest;
};

/// Reads a model and makes a task of it, `options.scale` times as large as written. Throws as
/// read_onnx does, and UserError on bad remarks or when the task names no extent to scale.
Task load_task(const std::filesystem::path& path, const ReadOptions& options = {});

/// The same for a text in memory.
Task parse_task(const std::string& text, const std::string& name, const ReadOptions& options = {});

/// The built-in tasks: the .onnxtxt files below a folder. Those of basic/ are named by their stem
/// ("softmax"), those of other folders with the folder ("level1/023_softmax").
class TaskLibrary {
 public:
  struct Entry {
    std::string name;
    std::filesystem::path path;
  };

  /// Lists the folder; throws UserError if there is none.
  explicit TaskLibrary(const std::filesystem::path& folder);

  /// Sorted by name.
  const std::vector<Entry>& entries() const { return entries_; }

  /// The tasks that an argument of the command line means, sorted by name, never none:
  ///   an existing file              that one, named by its stem
  ///   with '*' or '?'               built-in names that match ('*': basic/, 'level1/*': a suite),
  ///   or else files that match
  ///   @development, @measured       the tasks of development.txt, and those of level1 and level2
  ///   that it leaves out
  ///   an exact built-in name        that one
  ///   a part of built-in names      the only one of basic/ that has it, else the only one at all;
  ///   UserError lists the candidates if there are more
  std::vector<Entry> resolve(const std::string& argument) const;

 private:
  std::vector<Entry> half_of_the_split(bool development) const;

  std::filesystem::path folder_;
  std::vector<Entry> entries_;
};

/// Whether `text` matches a pattern with '*' (any run) and '?' (any character); neither stands for
/// a '/'.
bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace coldforge::kernels
