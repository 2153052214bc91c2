#include "sim/exec/numerics/reduce.h"

#include <algorithm>
#include <vector>

#include "sim/base/error.h"
#include "sim/exec/numerics/lane_functions.h"
#include "sim/exec/numerics/simd_dispatch.h"

namespace coldforge::sim {
namespace {

constexpr std::size_t kPartials = 32;

struct Entry {
  std::string_view name;
  ReduceOp op;
  std::uint32_t identity;
};
constexpr Entry kReduceOps[] = {
    {"add.f32", ReduceOp::AddF32, 0},
    {"mul.f32", ReduceOp::MulF32, kOne32},
    {"max.f32", ReduceOp::MaxF32, kInf32 | kSign32},
    {"min.f32", ReduceOp::MinF32, kInf32},
    {"add.i32", ReduceOp::AddI32, 0},
    {"mul.i32", ReduceOp::MulI32, 1},
    {"max.i32", ReduceOp::MaxI32, 0x80000000u},
    {"min.i32", ReduceOp::MinI32, 0x7fffffffu},
};

template <class Function>
struct RowReduce {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* x, std::size_t n, std::uint32_t* p) {
    std::size_t i = kPartials;
    for (; i + kPartials <= n; i += kPartials) {
      CF_INDEPENDENT
      for (std::size_t j = 0; j < kPartials; ++j) {
        p[j] = Function::template apply<Fp>(p[j], x[i + j], 0);
      }
    }
    for (std::size_t j = 0; i + j < n; ++j) p[j] = Function::template apply<Fp>(p[j], x[i + j], 0);
    for (std::size_t s = kPartials / 2; s >= 1; s /= 2) {
      CF_INDEPENDENT
      for (std::size_t j = 0; j < s; ++j) p[j] = Function::template apply<Fp>(p[j], p[j + s], 0);
    }
  }
};

template <class Function>
struct ColumnReduce {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* x, std::size_t rows, std::size_t cols,
                                 std::ptrdiff_t row_stride, std::uint32_t* out) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint32_t* row = x + static_cast<std::ptrdiff_t>(r) * row_stride;
      CF_INDEPENDENT
      for (std::size_t c = 0; c < cols; ++c) {
        out[c] = Function::template apply<Fp>(out[c], row[c], 0);
      }
    }
  }
};

/// `sum` holds the identity, cols times.
template <class Function>
struct Scan {
  template <class Fp>
  static CF_LANE_INLINE void run(bool exclusive, const std::uint32_t* x, std::size_t rows,
                                 std::size_t cols, std::ptrdiff_t stride, std::uint32_t* sum,
                                 std::uint32_t* out, std::ptrdiff_t out_stride) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint32_t* row = x + static_cast<std::ptrdiff_t>(r) * stride;
      std::uint32_t* out_row = out + static_cast<std::ptrdiff_t>(r) * out_stride;
      CF_INDEPENDENT
      for (std::size_t c = 0; c < cols; ++c) {
        const std::uint32_t before = sum[c];
        const std::uint32_t after = Function::template apply<Fp>(before, row[c], 0);
        out_row[c] = exclusive ? before : after;
        sum[c] = after;
      }
    }
  }
};

template <template <class> class Kernel, class... Args>
void dispatch_op(ReduceOp op, Args... args) {
  switch (op) {
    case ReduceOp::AddF32:
      return dispatch<Kernel<lane::AddF32>>(args...);
    case ReduceOp::MulF32:
      return dispatch<Kernel<lane::MulF32>>(args...);
    case ReduceOp::MaxF32:
      return dispatch<Kernel<lane::MaxF32>>(args...);
    case ReduceOp::MinF32:
      return dispatch<Kernel<lane::MinF32>>(args...);
    case ReduceOp::AddI32:
      return dispatch<Kernel<lane::AddI32>>(args...);
    case ReduceOp::MulI32:
      return dispatch<Kernel<lane::MulI32>>(args...);
    case ReduceOp::MaxI32:
      return dispatch<Kernel<lane::MaxI32>>(args...);
    case ReduceOp::MinI32:
      return dispatch<Kernel<lane::MinI32>>(args...);
  }
  CF_CHECK(false, "unknown reduction");
}

/// The lane as a signed key of which the largest is wanted; NaN above all.
template <Extreme kExtreme>
CF_LANE_INLINE std::int32_t key_of(std::uint32_t x) {
  if constexpr (kExtreme == Extreme::MaxI32) return lane::as_int(x);
  if constexpr (kExtreme == Extreme::MinI32) return lane::as_int(~x);
  const std::int32_t key = lane::compare_key(x);
  return is_nan(x) ? INT32_MAX : (kExtreme == Extreme::MinF32 ? -key : key);
}

template <Extreme kExtreme>
struct RowArg {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* x, std::size_t n, std::int32_t* index) {
    std::int32_t best = INT32_MIN;
    for (std::size_t i = 0; i < n; ++i) best = std::max(best, key_of<kExtreme>(x[i]));
    std::int32_t first = INT32_MAX;
    const auto count = static_cast<std::int32_t>(n);
    for (std::int32_t i = 0; i < count; ++i) {
      first = std::min(first, key_of<kExtreme>(x[i]) == best ? i : INT32_MAX);
    }
    *index = n == 0 ? 0 : first;
  }
};

/// `best` holds INT32_MIN and `index` 0, cols times.
template <Extreme kExtreme>
struct ColumnArg {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* x, std::size_t rows, std::size_t cols,
                                 std::ptrdiff_t stride, std::int32_t* best, std::int32_t* index) {
    for (std::size_t r = 0; r < rows; ++r) {
      const std::uint32_t* row = x + static_cast<std::ptrdiff_t>(r) * stride;
      CF_INDEPENDENT
      for (std::size_t c = 0; c < cols; ++c) {
        const std::int32_t key = key_of<kExtreme>(row[c]);
        const bool better = key > best[c];
        index[c] = better ? static_cast<std::int32_t>(r) : index[c];
        best[c] = better ? key : best[c];
      }
    }
  }
};

template <template <Extreme> class Kernel, class... Args>
void dispatch_extreme(Extreme extreme, Args... args) {
  switch (extreme) {
    case Extreme::MaxF32:
      return dispatch<Kernel<Extreme::MaxF32>>(args...);
    case Extreme::MinF32:
      return dispatch<Kernel<Extreme::MinF32>>(args...);
    case Extreme::MaxI32:
      return dispatch<Kernel<Extreme::MaxI32>>(args...);
    case Extreme::MinI32:
      return dispatch<Kernel<Extreme::MinI32>>(args...);
  }
  CF_CHECK(false, "unknown extreme");
}

}  // namespace

std::optional<ReduceOp> reduce_op_from(std::string_view lane_op_name) {
  for (const Entry& entry : kReduceOps) {
    if (entry.name == lane_op_name) return entry.op;
  }
  return std::nullopt;
}

std::uint32_t identity_of(ReduceOp op) { return kReduceOps[static_cast<std::size_t>(op)].identity; }

std::uint32_t row_reduce(ReduceOp op, const std::uint32_t* x, std::size_t n) {
  alignas(64) std::uint32_t partials[kPartials];
  const std::size_t given = std::min(n, kPartials);
  std::copy_n(x, given, partials);
  std::fill(partials + given, partials + kPartials, identity_of(op));
  dispatch_op<RowReduce>(op, x, n, static_cast<std::uint32_t*>(partials));
  return partials[0];
}

void column_reduce(ReduceOp op, const std::uint32_t* x, std::size_t rows, std::size_t cols,
                   std::ptrdiff_t row_stride, std::uint32_t* out) {
  std::fill_n(out, cols, identity_of(op));
  dispatch_op<ColumnReduce>(op, x, rows, cols, row_stride, out);
}

void column_scan(ReduceOp op, ScanKind kind, ScanOrder order, const std::uint32_t* x,
                 std::size_t rows, std::size_t cols, std::ptrdiff_t row_stride, std::uint32_t* out,
                 std::ptrdiff_t out_row_stride) {
  if (rows == 0) return;
  if (order == ScanOrder::Descending) {
    const auto last = static_cast<std::ptrdiff_t>(rows) - 1;
    x += last * row_stride;
    out += last * out_row_stride;
    row_stride = -row_stride;
    out_row_stride = -out_row_stride;
  }
  std::vector<std::uint32_t> sum(cols, identity_of(op));
  dispatch_op<Scan>(op, kind == ScanKind::Exclusive, x, rows, cols, row_stride, sum.data(), out,
                    out_row_stride);
}

void row_scan(ReduceOp op, ScanKind kind, ScanOrder order, const std::uint32_t* x, std::size_t n,
              std::uint32_t* out) {
  column_scan(op, kind, order, x, n, 1, 1, out, 1);
}

std::int32_t row_arg(Extreme extreme, const std::uint32_t* x, std::size_t n) {
  std::int32_t index = 0;
  dispatch_extreme<RowArg>(extreme, x, n, &index);
  return index;
}

void column_arg(Extreme extreme, const std::uint32_t* x, std::size_t rows, std::size_t cols,
                std::ptrdiff_t row_stride, std::int32_t* out) {
  std::vector<std::int32_t> best(cols, INT32_MIN);
  std::fill_n(out, cols, 0);
  dispatch_extreme<ColumnArg>(extreme, x, rows, cols, row_stride, best.data(), out);
}

}  // namespace coldforge::sim
