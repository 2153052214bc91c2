#include "sim/exec/numerics/matrix.h"

#include <algorithm>
#include <vector>

#include "sim/base/error.h"
#include "sim/exec/numerics/float_formats.h"
#include "sim/exec/numerics/lane_functions.h"
#include "sim/exec/numerics/matrix_tiles.h"
#include "sim/exec/numerics/simd_dispatch.h"

namespace coldforge::sim {
namespace {

/// Steps of one pass over k: a panel of b (32 columns) then takes 32 KiB and stays in the
/// first-level cache. Between passes acc goes through memory, which does not change its bits.
constexpr std::size_t kStepsPerPass = 256;

/// acc, with its row stride in lanes.
struct Accumulator {
  std::uint32_t* data;
  std::ptrdiff_t stride;
  std::uint32_t* at(std::size_t row, std::size_t col) const {
    return data + static_cast<std::ptrdiff_t>(row) * stride + static_cast<std::ptrdiff_t>(col);
  }
};

/// rows x cols elements as lanes, row-major and dense.
void widen_matrix(const MatrixOperand& x, std::size_t rows, std::size_t cols,
                  std::uint32_t* lanes) {
  widen_rows(x.type, x.data, x.row_stride, x.col_stride, lanes, cols, rows, cols);
}

template <class Function>
struct PlainProduct {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* a, const std::uint32_t* b, std::size_t m,
                                 std::size_t n, std::size_t k, std::uint32_t* acc,
                                 std::ptrdiff_t stride) {
    for (std::size_t i = 0; i < m; ++i) {
      std::uint32_t* row = acc + static_cast<std::ptrdiff_t>(i) * stride;
      for (std::size_t s = 0; s < k; ++s) {
        const std::uint32_t a_is = a[i * k + s];
        const std::uint32_t* b_row = b + s * n;
        CF_INDEPENDENT
        for (std::size_t j = 0; j < n; ++j) {
          row[j] = Function::template apply<Fp>(a_is, b_row[j], row[j]);
        }
      }
    }
  }
};

struct IntMac {
  template <class Fp>
  static CF_LANE_INLINE std::uint32_t apply(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
    return a * b + c;
  }
};

#if defined(__x86_64__)

/// Lanes to the words of matrix_tiles.h, one panel after the other; a panel is all steps of `width`
/// lines (rows of a or columns of b), step by step, padded with zeros. Lane (line, k) stands at
/// lanes[line * line_stride + k * k_stride].
void pack_panels(const std::uint32_t* lanes, std::size_t lines, std::size_t k,
                 std::size_t line_stride, std::size_t k_stride, bool is_float, std::size_t width,
                 std::uint32_t* words) {
  for (std::size_t first = 0; first < lines; first += width) {
    const std::size_t used = std::min(width, lines - first);
    const std::uint32_t* panel = lanes + first * line_stride;
    for (std::size_t s = 0; s < k; s += is_float ? 1 : 2, words += width) {
      const std::uint32_t* low = panel + s * k_stride;
      const std::uint32_t* high = s + 1 < k ? low + k_stride : nullptr;
      for (std::size_t i = 0; i < used; ++i) {
        const std::uint32_t word = low[i * line_stride];
        words[i] = is_float
                       ? word
                       : (word & 0xffffu) | (high != nullptr ? high[i * line_stride] << 16 : 0u);
      }
      std::fill(words + used, words + width, 0u);
    }
  }
}

/// Columns of a float matrix as panels of `width` words: they are its lanes as they come.
void widen_panels(const MatrixOperand& b, std::size_t n, std::size_t k, std::size_t width,
                  std::uint32_t* words) {
  const auto* bytes = static_cast<const std::uint8_t*>(b.data);
  const std::ptrdiff_t col_bytes = b.col_stride * size_bytes(b.type);
  for (std::size_t first = 0; first < n; first += width, words += k * width) {
    const std::size_t used = std::min(width, n - first);
    if (used < width) std::fill_n(words, k * width, 0u);
    widen_rows(b.type, bytes + static_cast<std::ptrdiff_t>(first) * col_bytes, b.row_stride,
               b.col_stride, words, width, k, used);
  }
}

/// Runs all tiles of kRows x kCols over packed operands; ragged ones by way of a buffer.
template <class Tile>
void tiled_product(TileFunction tile, std::size_t m, std::size_t n, std::size_t steps,
                   const std::uint32_t* a_words, const std::uint32_t* b_words, Accumulator acc) {
  constexpr std::size_t kRows = Tile::kRows;
  constexpr std::size_t kCols = Tile::kCols;
  for (std::size_t pass = 0; pass < steps; pass += kStepsPerPass) {
    const std::size_t length = std::min(kStepsPerPass, steps - pass);
    for (std::size_t col = 0; col < n; col += kCols) {
      const std::uint32_t* b = b_words + col * steps + pass * kCols;
      for (std::size_t row = 0; row < m; row += kRows) {
        const std::uint32_t* a = a_words + row * steps + pass * kRows;
        if (row + kRows <= m && col + kCols <= n) {
          tile(a, b, length, acc.at(row, col), acc.stride);
          continue;
        }
        const std::size_t rows = std::min(kRows, m - row);
        const std::size_t cols = std::min(kCols, n - col);
        std::uint32_t buffer[kRows * kCols] = {};
        for (std::size_t r = 0; r < rows; ++r)
          std::copy_n(acc.at(row + r, col), cols, buffer + r * kCols);
        tile(a, b, length, buffer, kCols);
        for (std::size_t r = 0; r < rows; ++r)
          std::copy_n(buffer + r * kCols, cols, acc.at(row + r, col));
      }
    }
  }
}

/// Buffers that live as long as their thread, because small products come by the million.
struct Workspace {
  std::vector<std::uint32_t> a_lanes, b_lanes, a_words, b_words;
};

template <class Tile>
void packed_product(TileFunction tile, bool is_float, std::size_t m, std::size_t n, std::size_t k,
                    const MatrixOperand& a, const MatrixOperand& b, Workspace& work,
                    Accumulator acc) {
  const std::size_t steps = is_float ? k : (k + 1) / 2;
  work.a_words.resize((m + Tile::kRows - 1) / Tile::kRows * Tile::kRows * steps);
  work.b_words.resize((n + Tile::kCols - 1) / Tile::kCols * Tile::kCols * steps);
  work.a_lanes.resize(m * k);
  widen_matrix(a, m, k, work.a_lanes.data());
  pack_panels(work.a_lanes.data(), m, k, k, 1, is_float, Tile::kRows, work.a_words.data());
  if (is_float) {
    widen_panels(b, n, k, Tile::kCols, work.b_words.data());
  } else {
    work.b_lanes.resize(k * n);
    widen_matrix(b, k, n, work.b_lanes.data());
    pack_panels(work.b_lanes.data(), n, k, 1, n, is_float, Tile::kCols, work.b_words.data());
  }
  const FlushScope flush;
  tiled_product<Tile>(tile, m, n, steps, work.a_words.data(), work.b_words.data(), acc);
}

#else
struct Workspace {
  std::vector<std::uint32_t> a_lanes, b_lanes;
};
#endif

bool is_narrow_int(ElementType type) {
  return type == ElementType::Int8 || type == ElementType::UInt8;
}

}  // namespace

void matrix_multiply(std::size_t m, std::size_t n, std::size_t k, const MatrixOperand& a,
                     const MatrixOperand& b, bool accumulate, std::uint32_t* acc,
                     std::ptrdiff_t acc_row_stride) {
  const bool is_float = coldforge::is_float(a.type);
  CF_CHECK(is_float ? coldforge::is_float(b.type) : is_narrow_int(a.type) && is_narrow_int(b.type),
           "a matrix product takes two floats or two 8-bit integers");
  const Accumulator out{acc, acc_row_stride};
  if (!accumulate) {
    for (std::size_t r = 0; r < m; ++r) std::fill_n(out.at(r, 0), n, 0u);
  }
  if (m == 0 || n == 0 || k == 0) return;

  thread_local Workspace work;
#if defined(__x86_64__)
  const HostSimd level = host_simd();
  if (level == HostSimd::Avx512) {
    packed_product<TileAvx512>(
        is_float ? &TileAvx512::run<FloatAvx512> : &TileAvx512::run<IntAvx512>, is_float, m, n, k,
        a, b, work, out);
    return;
  }
  if (level == HostSimd::Avx2) {
    packed_product<TileAvx2>(is_float ? &TileAvx2::run<FloatAvx2> : &TileAvx2::run<IntAvx2>,
                             is_float, m, n, k, a, b, work, out);
    return;
  }
#endif
  work.a_lanes.resize(m * k);
  work.b_lanes.resize(k * n);
  widen_matrix(a, m, k, work.a_lanes.data());
  widen_matrix(b, k, n, work.b_lanes.data());
  const std::uint32_t* a_lanes = work.a_lanes.data();
  const std::uint32_t* b_lanes = work.b_lanes.data();
  if (is_float) {
    dispatch<PlainProduct<lane::FmaF32>>(a_lanes, b_lanes, m, n, k, acc, acc_row_stride);
  } else {
    dispatch<PlainProduct<IntMac>>(a_lanes, b_lanes, m, n, k, acc, acc_row_stride);
  }
}

}  // namespace coldforge::sim
