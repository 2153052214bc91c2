#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/element_type.h"

namespace coldforge::kernels {

/// Extents, outermost first; empty = a scalar (one element).
using Shape = std::vector<std::int64_t>;

/// The largest magnitude of an int64 element: above it a double no longer holds every integer.
inline constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

/// A tensor on the host, row-major. Every element type is carried as double, which holds fp32,
/// fp16, bf16, the 8- and 32-bit integers and bool (0 or 1) exactly, and int64 up to +-2^53
/// (readers refuse or saturate what lies beyond).
///
/// `values` has element_count(shape) entries. At the interfaces of this folder they are
/// representable in `type`; only the golden interpreter holds unrounded intermediate values of
/// float types.
struct Tensor {
  ElementType type = ElementType::Fp32;
  Shape shape;
  std::vector<double> values;

  Tensor() = default;
  /// Filled with zeros.
  Tensor(ElementType element_type, Shape extents);
  Tensor(ElementType element_type, Shape extents, std::vector<double> elements);

  std::int64_t size() const { return static_cast<std::int64_t>(values.size()); }
  std::int64_t rank() const { return static_cast<std::int64_t>(shape.size()); }
};

/// Product of the extents; 1 for a scalar.
std::int64_t element_count(const Shape& shape);
/// Distance in elements between neighbours along each axis.
std::vector<std::int64_t> row_major_strides(const Shape& shape);
/// "64x512", "scalar".
std::string shape_text(const Shape& shape);
/// "fp16 64x512".
std::string type_text(ElementType type, const Shape& shape);
/// "[0, 3, 17]": the position of the flat index `index`.
std::string index_text(const Shape& shape, std::int64_t index);

/// `value` as the element type stores it. Float: nearest-even, overflow to infinity, subnormals
/// kept. Integer: truncated towards zero, saturated, NaN becomes 0. Bool: 1 unless 0.
double round_to(ElementType type, double value);
/// round_to for every element.
void round_values(Tensor& tensor);

/// Largest finite value of the type.
double largest_value(ElementType type);
/// Distance from |value| to the next larger value of a float type (smallest subnormal near 0); 1
/// for integers.
double ulp(ElementType type, double value);

/// The elements as they lie in memory: row-major, little-endian, size_bytes(type) each. Rounds as
/// round_to does.
std::vector<std::uint8_t> to_bytes(const Tensor& tensor);
/// Reads what to_bytes wrote. CF_CHECKs the number of bytes.
Tensor from_bytes(ElementType type, const Shape& shape, const std::vector<std::uint8_t>& bytes);
/// One element from memory.
double element_from_bits(ElementType type, std::uint64_t bits);
/// One element to memory (low size_bytes(type) bytes).
std::uint64_t element_to_bits(ElementType type, double value);

}  // namespace coldforge::kernels
