#include "kernels/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

/// IEEE 754 binary formats: stored fraction bits, exponent of the smallest normal number, largest
/// finite value.
struct Format {
  int fraction_bits;
  int least_exponent;
  double largest;
};

constexpr Format kFp32{23, -126, 0x1.fffffep127};
constexpr Format kFp16{10, -14, 65504.0};
constexpr Format kBf16{7, -126, 0x1.fep127};

const Format& format_of(ElementType type) {
  if (type == ElementType::Fp16) return kFp16;
  return type == ElementType::Bf16 ? kBf16 : kFp32;
}

/// The exponent that frexp would give less one, for finite non-zero values: floor(log2 |value|).
int exponent_of(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return exponent - 1;
}

double round_float(const Format& format, double value) {
  if (value == 0.0 || !std::isfinite(value)) return value;
  const int exponent = std::max(exponent_of(value), format.least_exponent);
  // A power of two: dividing and multiplying by it is exact, nearbyint rounds ties to even.
  const double unit = std::ldexp(1.0, exponent - format.fraction_bits);
  const double scaled = std::nearbyint(value / unit) * unit;
  if (std::abs(scaled) > format.largest)
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return std::copysign(scaled, value);
}

struct IntegerRange {
  double least, most;
};

IntegerRange range_of(ElementType type) {
  switch (type) {
    case ElementType::Int8:
      return {-128, 127};
    case ElementType::UInt8:
      return {0, 255};
    case ElementType::Int32:
      return {-2147483648.0, 2147483647.0};
    default:
      return {-kLargestExactInteger, kLargestExactInteger};
  }
}

std::uint64_t float_bits(const Format& format, int total_bits, double value) {
  const std::uint64_t sign = std::signbit(value) ? std::uint64_t{1} << (total_bits - 1) : 0;
  const int exponent_bits = total_bits - 1 - format.fraction_bits;
  const std::uint64_t special = ((std::uint64_t{1} << exponent_bits) - 1) << format.fraction_bits;
  if (std::isnan(value)) return special | std::uint64_t{1} << (format.fraction_bits - 1);
  const double rounded = std::abs(round_float(format, value));
  if (std::isinf(rounded)) return sign | special;
  if (rounded == 0.0) return sign;
  const int exponent = std::max(exponent_of(rounded), format.least_exponent);
  const auto fraction =
      static_cast<std::uint64_t>(std::ldexp(rounded, format.fraction_bits - exponent));
  // A normal number's hidden bit adds one to the biased exponent field; a subnormal has none.
  const auto biased = static_cast<std::uint64_t>(exponent - format.least_exponent);
  return sign | ((biased << format.fraction_bits) + fraction);
}

double float_from_bits(const Format& format, int total_bits, std::uint64_t bits) {
  const bool negative = (bits >> (total_bits - 1) & 1) != 0;
  const std::uint64_t magnitude = bits & ((std::uint64_t{1} << (total_bits - 1)) - 1);
  const std::uint64_t fraction = magnitude & ((std::uint64_t{1} << format.fraction_bits) - 1);
  const std::uint64_t field = magnitude >> format.fraction_bits;
  const std::uint64_t special = (std::uint64_t{1} << (total_bits - 1 - format.fraction_bits)) - 1;
  double value = 0;
  if (field == special) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  } else {
    const std::uint64_t whole =
        field == 0 ? fraction : fraction | std::uint64_t{1} << format.fraction_bits;
    const int exponent = static_cast<int>(field == 0 ? 0 : field - 1) + format.least_exponent;
    value = std::ldexp(static_cast<double>(whole), exponent - format.fraction_bits);
  }
  return negative ? -value : value;
}

}  // namespace

Tensor::Tensor(ElementType element_type, Shape extents)
    : type(element_type),
      shape(std::move(extents)),
      values(static_cast<std::size_t>(element_count(shape)), 0.0) {}

Tensor::Tensor(ElementType element_type, Shape extents, std::vector<double> elements)
    : type(element_type), shape(std::move(extents)), values(std::move(elements)) {
  CF_CHECK(size() == element_count(shape), "a tensor's values must fill its shape");
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::vector<std::int64_t> row_major_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

std::string shape_text(const Shape& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

std::string type_text(ElementType type, const Shape& shape) {
  return std::string(name_of(type)) + " " + shape_text(shape);
}

std::string index_text(const Shape& shape, std::int64_t index) {
  std::string text = "[";
  for (const std::int64_t stride : row_major_strides(shape)) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(index / stride);
    index %= stride;
  }
  return text + "]";
}

double round_to(ElementType type, double value) {
  if (type == ElementType::Fp32) return static_cast<double>(static_cast<float>(value));
  if (is_float(type)) return round_float(format_of(type), value);
  if (type == ElementType::Bool) return value != 0.0 ? 1.0 : 0.0;
  if (std::isnan(value)) return 0.0;
  const IntegerRange range = range_of(type);
  // Adding zero turns -0 into 0.
  return std::trunc(std::min(std::max(value, range.least), range.most)) + 0.0;
}

void round_values(Tensor& tensor) {
  for (double& value : tensor.values) value = round_to(tensor.type, value);
}

double largest_value(ElementType type) {
  if (is_float(type)) return format_of(type).largest;
  return type == ElementType::Bool ? 1.0 : range_of(type).most;
}

double ulp(ElementType type, double value) {
  if (!is_float(type)) return 1.0;
  const Format& format = format_of(type);
  const bool tiny = value == 0.0 || !std::isfinite(value);
  const int exponent =
      tiny ? format.least_exponent : std::max(exponent_of(value), format.least_exponent);
  return std::ldexp(1.0, exponent - format.fraction_bits);
}

std::uint64_t element_to_bits(ElementType type, double value) {
  switch (type) {
    case ElementType::Fp32:
      return float_bits(kFp32, 32, value);
    case ElementType::Fp16:
      return float_bits(kFp16, 16, value);
    case ElementType::Bf16:
      return float_bits(kBf16, 16, value);
    default:
      break;
  }
  const auto whole = static_cast<std::uint64_t>(static_cast<std::int64_t>(round_to(type, value)));
  const int bits = 8 * size_bytes(type);
  return bits == 64 ? whole : whole & ((std::uint64_t{1} << bits) - 1);
}

double element_from_bits(ElementType type, std::uint64_t bits) {
  switch (type) {
    case ElementType::Fp32:
      return float_from_bits(kFp32, 32, bits & 0xffffffffu);
    case ElementType::Fp16:
      return float_from_bits(kFp16, 16, bits & 0xffffu);
    case ElementType::Bf16:
      return float_from_bits(kBf16, 16, bits & 0xffffu);
    case ElementType::Int8:
      return static_cast<std::int8_t>(bits);
    case ElementType::UInt8:
      return static_cast<std::uint8_t>(bits);
    case ElementType::Int32:
      return static_cast<std::int32_t>(bits);
    case ElementType::Int64:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    case ElementType::Bool:
      return (bits & 0xff) != 0 ? 1.0 : 0.0;
  }
  return 0.0;
}

std::vector<std::uint8_t> to_bytes(const Tensor& tensor) {
  const int width = size_bytes(tensor.type);
  std::vector<std::uint8_t> bytes(tensor.values.size() * static_cast<std::size_t>(width));
  std::size_t at = 0;
  for (const double value : tensor.values) {
    const std::uint64_t bits = element_to_bits(tensor.type, value);
    for (int i = 0; i < width; ++i) bytes[at++] = static_cast<std::uint8_t>(bits >> (8 * i));
  }
  return bytes;
}

Tensor from_bytes(ElementType type, const Shape& shape, const std::vector<std::uint8_t>& bytes) {
  Tensor tensor(type, shape);
  const int width = size_bytes(type);
  CF_CHECK(bytes.size() == tensor.values.size() * static_cast<std::size_t>(width),
           "the bytes must fill the tensor");
  std::size_t at = 0;
  for (double& value : tensor.values) {
    std::uint64_t bits = 0;
    for (int i = 0; i < width; ++i) bits |= static_cast<std::uint64_t>(bytes[at++]) << (8 * i);
    value = element_from_bits(type, bits);
  }
  return tensor;
}

}  // namespace coldforge::kernels
