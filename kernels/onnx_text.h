#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/onnx_reader.h"

/// The parts of reading a model that need no protobuf.
namespace coldforge::kernels {

/// The message of libonnx in one line, without its "==> Context" part (a dump of the node).
std::string one_line(std::string message);

/// An int64 as the double that carries it. Sentinels such as INT64_MAX ("to the end" in Slice) keep
/// their meaning at
/// +-2^53; UserError for other values beyond that.
double exact_int64(std::int64_t value, const std::string& where);

/// The comment lines "# coldforge: ..." of an .onnxtxt file, without that mark.
std::vector<Model::Remark> remarks_in_comments(const std::string& text);

/// Every line that is not empty: a metadata property of an .onnx file.
std::vector<Model::Remark> remarks_in_lines(const std::string& text);

}  // namespace coldforge::kernels
