#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/graph.h"
#include "sim/base/error.h"

namespace coldforge::kernels {

/// The model is fine, but uses operators that we do not know; the message lists all of them. `tasks
/// eval` answers it with exit code 77.
class UnsupportedOperators : public UserError {
 public:
  using UserError::UserError;
};

/// Changes to a model while it is read.
struct ReadOptions {
  /// New extents by input name, `--shape X=64x512`; also binds symbolic ones.
  std::map<std::string, Shape> shapes;
  /// Replaces every float type of the model (inputs, constants, casts), `--dtype`.
  std::optional<ElementType> dtype;
  /// `--scale N`: multiplies the extents that a task's remark `scale` names. For load_task and
  /// parse_task; the reader knows no remarks and ignores it.
  std::int64_t scale = 1;
};

/// A model as it was read: the graph and what its author says about the task (see
/// kernels/tasks/README.md).
struct Model {
  Graph graph;
  /// The part after "# coldforge:" of each such comment line (.onnxtxt), or the lines of the
  /// metadata property "coldforge" (.onnx), in order, trimmed; with the source line for errors, 0
  /// where unknown.
  struct Remark {
    std::string text;
    int line = 0;
  };
  std::vector<Remark> remarks;
};

/// Reads an ONNX model: `.onnxtxt` is the text form, anything else the binary one.
///
/// Checked by libonnx (checker, strict shape inference); besides, ir_version <= 8, opset <= 17,
/// static shapes, element counts and ranges of constants, no external data, no local functions,
/// operators of the default domain only. Constants are folded. Throws UnsupportedOperators if there
/// are any, else UserError("model.onnxtxt:3", what), one line.
Model read_onnx(const std::filesystem::path& path, const ReadOptions& options = {});

/// The same for a text in memory; `where` names it in errors.
Model parse_onnx_text(const std::string& text, const std::string& where,
                      const ReadOptions& options = {});

/// A serialised onnx.TensorProto (the ONNX project's test data).
Tensor parse_onnx_tensor(const std::string& bytes, const std::string& where);

}  // namespace coldforge::kernels
