#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kernels/tensor.h"

namespace coldforge::kernels {

/// NumPy's .npy files, format versions 1.0 and 2.0 (NEP 1), little-endian, C order.
///
///   descr  '<f4' fp32   '<f2' fp16   '<f8' read as fp32 (rounded)   '|i1' int8   '|u1' uint8 '<i4'
///   int32
///          '<i8' int64  '|b1' bool   '<u2' bf16: its 16 bits, because NumPy has no such type
///
/// Writing uses the same table. int64 elements beyond +-2^53 are refused.

/// Throws UserError(path, ...) on a missing, cut or malformed file, another type, Fortran or
/// big-endian order.
Tensor read_npy(const std::filesystem::path& path);

/// Writes version 1.0, atomically.
void write_npy(const std::filesystem::path& path, const Tensor& tensor);

/// The same on memory; `where` names the source in errors.
Tensor parse_npy(std::string_view content, std::string_view where);
std::string format_npy(const Tensor& tensor);

}  // namespace coldforge::kernels
