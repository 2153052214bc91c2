#include "sim/exec/numerics/float_formats.h"

#include <type_traits>

#include "sim/base/error.h"
#include "sim/exec/numerics/format_functions.h"
#include "sim/exec/numerics/simd_dispatch.h"

namespace coldforge::sim {
namespace {

template <ElementType kType>
using Storage = std::conditional_t<
    kType == ElementType::Fp32 || kType == ElementType::Int32, std::uint32_t,
    std::conditional_t<kType == ElementType::Fp16 || kType == ElementType::Bf16, std::uint16_t,
                       std::conditional_t<kType == ElementType::Int8, std::int8_t,
                                          std::conditional_t<kType == ElementType::Int64,
                                                             std::int64_t, std::uint8_t>>>>;

template <ElementType kFrom>
CF_LANE_INLINE std::uint32_t lane_from(Storage<kFrom> x) {
  if constexpr (kFrom == ElementType::Fp16) {
    return format::fp32_from_fp16(x);
  } else if constexpr (kFrom == ElementType::Bf16) {
    return format::fp32_from_bf16(x);
  } else if constexpr (kFrom == ElementType::Int8) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(x));
  } else if constexpr (kFrom == ElementType::Int64) {
    const std::int64_t high = x > INT32_MAX ? INT32_MAX : x;
    return static_cast<std::uint32_t>(high < INT32_MIN ? INT32_MIN : high);
  } else if constexpr (kFrom == ElementType::Bool) {
    return x != 0 ? 1u : 0u;
  } else {
    return x;
  }
}

template <ElementType kTo, bool kFloat>
CF_LANE_INLINE Storage<kTo> element_from(std::uint32_t x) {
  if constexpr (kTo == ElementType::Fp32) {
    return kFloat ? x : lane::to_float(x);
  } else if constexpr (kTo == ElementType::Fp16) {
    return static_cast<std::uint16_t>(format::fp16_from_fp32(kFloat ? x : lane::to_float(x)));
  } else if constexpr (kTo == ElementType::Bf16) {
    return static_cast<std::uint16_t>(kFloat ? format::bf16_from_fp32(x)
                                             : format::bf16_from_int32(x));
  } else if constexpr (kTo == ElementType::Int64) {
    return kFloat ? format::int64_from_fp32(x) : static_cast<std::int64_t>(lane::as_int(x));
  } else if constexpr (kTo == ElementType::Bool) {
    return (kFloat ? flush(x) << 1 : x) != 0 ? 1 : 0;
  } else {
    const std::int32_t value = lane::as_int(kFloat ? lane::to_int_nearest(x) : x);
    if constexpr (kTo == ElementType::Int8) {
      return static_cast<std::int8_t>(format::clamp(value, -128, 127));
    } else if constexpr (kTo == ElementType::UInt8) {
      return static_cast<std::uint8_t>(format::clamp(value, 0, 255));
    } else {
      return static_cast<std::uint32_t>(value);
    }
  }
}

template <ElementType kFrom>
struct Widen {
  using Element = Storage<kFrom>;
  static CF_LANE_INLINE std::uint32_t load(const std::uint8_t* at) {
    Element element;
    std::memcpy(&element, at, sizeof(element));
    return lane_from<kFrom>(element);
  }
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint8_t* src, std::ptrdiff_t row_stride,
                                 std::ptrdiff_t col_stride, std::uint32_t* lanes,
                                 std::size_t lane_stride, std::size_t rows, std::size_t cols) {
    constexpr auto kSize = static_cast<std::ptrdiff_t>(sizeof(Element));
    for (std::size_t r = 0; r < rows; ++r, src += row_stride * kSize, lanes += lane_stride) {
      if (col_stride == 1) {
        CF_INDEPENDENT
        for (std::size_t i = 0; i < cols; ++i) lanes[i] = load(src + i * sizeof(Element));
        continue;
      }
      const std::ptrdiff_t step = col_stride * kSize;
      for (std::size_t i = 0; i < cols; ++i)
        lanes[i] = load(src + static_cast<std::ptrdiff_t>(i) * step);
    }
  }
};

#if defined(__x86_64__)
/// Adjacent halves by the host's conversion: exact, subnormals included whatever MXCSR says; only
/// NaNs differ.
[[gnu::noinline]] CF_TARGET_AVX512 void widen_halves_avx512(const std::uint8_t* src,
                                                            std::ptrdiff_t row_stride,
                                                            std::uint32_t* lanes,
                                                            std::size_t lane_stride,
                                                            std::size_t rows, std::size_t cols) {
  const __m512i nan = _mm512_set1_epi32(kNan32);
  for (std::size_t r = 0; r < rows; ++r, src += 2 * row_stride, lanes += lane_stride) {
    for (std::size_t i = 0; i < cols; i += 16) {
      const auto used = static_cast<__mmask16>(cols - i >= 16 ? 0xffffu : (1u << (cols - i)) - 1);
      const __m512 value = _mm512_maskz_cvtph_ps(used, _mm256_maskz_loadu_epi16(used, src + 2 * i));
      const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
      _mm512_mask_storeu_epi32(lanes + i, used,
                               _mm512_mask_mov_epi32(_mm512_castps_si512(value), is_nan, nan));
    }
  }
}
#endif

template <ElementType kTo, bool kFloat>
struct Narrow {
  using Element = Storage<kTo>;
  static CF_LANE_INLINE void store(std::uint8_t* at, std::uint32_t lane) {
    const Element element = element_from<kTo, kFloat>(lane);
    std::memcpy(at, &element, sizeof(element));
  }
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* lanes, std::uint8_t* dst,
                                 std::ptrdiff_t stride, std::size_t n) {
    if (stride == 1) {
      CF_INDEPENDENT
      for (std::size_t i = 0; i < n; ++i) store(dst + i * sizeof(Element), lanes[i]);
      return;
    }
    const std::ptrdiff_t step = stride * static_cast<std::ptrdiff_t>(sizeof(Element));
    for (std::size_t i = 0; i < n; ++i)
      store(dst + static_cast<std::ptrdiff_t>(i) * step, lanes[i]);
  }
};

template <ElementType kFrom, class... Args>
void widen_as(const void* src, Args... args) {
  dispatch<Widen<kFrom>>(static_cast<const std::uint8_t*>(src), args...);
}

template <ElementType kTo>
void narrow_as(bool lanes_are_float, const std::uint32_t* lanes, void* dst, std::ptrdiff_t stride,
               std::size_t n) {
  auto* bytes = static_cast<std::uint8_t*>(dst);
  if (lanes_are_float) {
    dispatch<Narrow<kTo, true>>(lanes, bytes, stride, n);
  } else {
    dispatch<Narrow<kTo, false>>(lanes, bytes, stride, n);
  }
}

}  // namespace

std::uint32_t fp32_from_fp16(std::uint16_t half) { return format::fp32_from_fp16(half); }
std::uint32_t fp32_from_bf16(std::uint16_t half) { return format::fp32_from_bf16(half); }
std::uint16_t fp16_from_fp32(std::uint32_t bits) {
  return static_cast<std::uint16_t>(format::fp16_from_fp32(bits));
}
std::uint16_t bf16_from_fp32(std::uint32_t bits) {
  return static_cast<std::uint16_t>(format::bf16_from_fp32(bits));
}
std::uint32_t fp32_from_int32(std::int32_t value) { return lane::to_float(lane::from_int(value)); }
std::int32_t int32_from_fp32(std::uint32_t bits) {
  return lane::as_int(lane::to_int_nearest(bits));
}
std::int32_t int32_from_fp32_trunc(std::uint32_t bits) {
  return lane::as_int(lane::to_int_trunc(bits));
}
std::int64_t int64_from_fp32(std::uint32_t bits) { return format::int64_from_fp32(bits); }

void widen(ElementType from, const void* src, std::ptrdiff_t stride_elems, std::uint32_t* lanes,
           std::size_t n) {
  widen_rows(from, src, 0, stride_elems, lanes, 0, 1, n);
}

void widen_rows(ElementType from, const void* src, std::ptrdiff_t row_stride,
                std::ptrdiff_t col_stride, std::uint32_t* lanes, std::size_t lane_stride,
                std::size_t rows, std::size_t cols) {
#if defined(__x86_64__)
  if (from == ElementType::Fp16 && col_stride == 1 && host_simd() == HostSimd::Avx512) {
    return widen_halves_avx512(static_cast<const std::uint8_t*>(src), row_stride, lanes,
                               lane_stride, rows, cols);
  }
#endif
  switch (from) {
    case ElementType::Fp32:
      return widen_as<ElementType::Fp32>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                         cols);
    case ElementType::Fp16:
      return widen_as<ElementType::Fp16>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                         cols);
    case ElementType::Bf16:
      return widen_as<ElementType::Bf16>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                         cols);
    case ElementType::Int8:
      return widen_as<ElementType::Int8>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                         cols);
    case ElementType::UInt8:
      return widen_as<ElementType::UInt8>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                          cols);
    case ElementType::Int32:
      return widen_as<ElementType::Int32>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                          cols);
    case ElementType::Int64:
      return widen_as<ElementType::Int64>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                          cols);
    case ElementType::Bool:
      return widen_as<ElementType::Bool>(src, row_stride, col_stride, lanes, lane_stride, rows,
                                         cols);
  }
  CF_CHECK(false, "unknown element type");
}

void narrow(ElementType to, bool lanes_are_float, const std::uint32_t* lanes, void* dst,
            std::ptrdiff_t stride_elems, std::size_t n) {
  const bool f = lanes_are_float;
  switch (to) {
    case ElementType::Fp32:
      return narrow_as<ElementType::Fp32>(f, lanes, dst, stride_elems, n);
    case ElementType::Fp16:
      return narrow_as<ElementType::Fp16>(f, lanes, dst, stride_elems, n);
    case ElementType::Bf16:
      return narrow_as<ElementType::Bf16>(f, lanes, dst, stride_elems, n);
    case ElementType::Int8:
      return narrow_as<ElementType::Int8>(f, lanes, dst, stride_elems, n);
    case ElementType::UInt8:
      return narrow_as<ElementType::UInt8>(f, lanes, dst, stride_elems, n);
    case ElementType::Int32:
      return narrow_as<ElementType::Int32>(f, lanes, dst, stride_elems, n);
    case ElementType::Int64:
      return narrow_as<ElementType::Int64>(f, lanes, dst, stride_elems, n);
    case ElementType::Bool:
      return narrow_as<ElementType::Bool>(f, lanes, dst, stride_elems, n);
  }
  CF_CHECK(false, "unknown element type");
}

}  // namespace coldforge::sim
