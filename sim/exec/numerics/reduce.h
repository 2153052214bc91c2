#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace coldforge::sim {

/// The operations that reduce and scan; each is the lane operation of the same name, with its
/// identity: add 0 (+0), mul 1, max -inf or INT32_MIN, min +inf or INT32_MAX.
// clang-format off
enum class ReduceOp : std::uint8_t { AddF32, MulF32, MaxF32, MinF32, AddI32, MulI32, MaxI32, MinI32 };
// clang-format on

/// "add.f32" -> AddF32 and so on; nothing if the lane operation does not reduce.
std::optional<ReduceOp> reduce_op_from(std::string_view lane_op_name);

/// The identity of `op`, as lane bits.
std::uint32_t identity_of(ReduceOp op);

/// One row of n lanes to one lane. Source: npu.md, "Numbers". In this order, whatever the number of
/// lanes:
///
///   p[j] = j < n ? x[j] : identity              j = 0..31
///   p[i mod 32] = op(p[i mod 32], x[i])         i = 32..n-1, ascending
///   for s in 16, 8, 4, 2, 1:  p[j] = op(p[j], p[j + s])   j = 0..s-1
///   result p[0]
std::uint32_t row_reduce(ReduceOp op, const std::uint32_t* x, std::size_t n);

/// rows x cols lanes to one row: out[c] = identity, then out[c] = op(out[c], x[r][c]) for ascending
/// r. `row_stride` in lanes; out must not overlap x.
void column_reduce(ReduceOp op, const std::uint32_t* x, std::size_t rows, std::size_t cols,
                   std::ptrdiff_t row_stride, std::uint32_t* out);

enum class ScanKind : std::uint8_t { Inclusive, Exclusive };
enum class ScanOrder : std::uint8_t { Ascending, Descending };

/// Running reduction of n lanes: s = identity; for each i in order: t = op(s, x[i]); out[i] =
/// inclusive ? t : s; s = t. out may be x.
void row_scan(ReduceOp op, ScanKind kind, ScanOrder order, const std::uint32_t* x, std::size_t n,
              std::uint32_t* out);

/// As row_scan, down each column of rows x cols lanes; strides in lanes. out may be x if the
/// strides agree.
void column_scan(ReduceOp op, ScanKind kind, ScanOrder order, const std::uint32_t* x,
                 std::size_t rows, std::size_t cols, std::ptrdiff_t row_stride, std::uint32_t* out,
                 std::ptrdiff_t out_row_stride);

/// What arg-max and arg-min look for.
enum class Extreme : std::uint8_t { MaxF32, MinF32, MaxI32, MinI32 };

/// Index of the first extreme of n lanes; 0 if n = 0. Floats compare as gt.f32 and lt.f32 do (-0,
/// +0 and subnormals are equal); a NaN is more extreme than any number, all NaN are equal. A
/// circuit may compare in any order that prefers the lower index among equals.
std::int32_t row_arg(Extreme extreme, const std::uint32_t* x, std::size_t n);

/// As row_arg, down each column: out[c] is a row index. `row_stride` in lanes; out must not overlap
/// x.
void column_arg(Extreme extreme, const std::uint32_t* x, std::size_t rows, std::size_t cols,
                std::ptrdiff_t row_stride, std::int32_t* out);

}  // namespace coldforge::sim
