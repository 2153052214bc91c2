#include "kernels/npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::kernels {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment =
    64;  // NumPy pads the header so that the data starts on such a boundary

struct Descr {
  std::string_view text;
  ElementType type;
};

constexpr Descr kDescrs[] = {
    {"<f4", ElementType::Fp32},  {"<f2", ElementType::Fp16},  {"<u2", ElementType::Bf16},
    {"|i1", ElementType::Int8},  {"|u1", ElementType::UInt8}, {"<i4", ElementType::Int32},
    {"<i8", ElementType::Int64}, {"|b1", ElementType::Bool},
};

/// What the header's Python dictionary says.
struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// The text after `'key':`, blanks skipped; nothing if the key is missing.
std::optional<std::string_view> after_key(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "'";
  std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  at = header.find_first_not_of(" :", at + quoted.size());
  if (at == std::string_view::npos) return std::nullopt;
  return header.substr(at);
}

Shape parse_shape(std::string_view text, std::string_view where) {
  const std::size_t end = text.find(')');
  if (text.empty() || text[0] != '(' || end == std::string_view::npos) {
    throw UserError(where, "malformed .npy header: 'shape' must be a tuple such as (64, 512)");
  }
  Shape shape;
  std::int64_t extent = -1;
  for (const char c : text.substr(1, end)) {
    if (c >= '0' && c <= '9') {
      extent = std::max<std::int64_t>(extent, 0) * 10 + (c - '0');
      if (extent > (std::int64_t{1} << 40))
        throw UserError(where, "malformed .npy header: absurd 'shape'");
    } else if (c == ',' || c == ')') {
      if (extent >= 0) shape.push_back(extent);
      extent = -1;
    } else if (c != ' ' && c != 'L') {
      throw UserError(where, "malformed .npy header: 'shape' must be a tuple such as (64, 512)");
    }
  }
  return shape;
}

Header parse_header(std::string_view header, std::string_view where) {
  const auto descr = after_key(header, "descr");
  const auto order = after_key(header, "fortran_order");
  const auto shape = after_key(header, "shape");
  if (!descr || !order || !shape || descr->size() < 2 || (*descr)[0] != '\'') {
    throw UserError(where,
                    "malformed .npy header: 'descr', 'fortran_order' and 'shape' must be there");
  }
  const std::size_t quote = descr->find('\'', 1);
  if (quote == std::string_view::npos)
    throw UserError(where, "malformed .npy header: 'descr' is not closed");
  return {std::string(descr->substr(1, quote - 1)), order->substr(0, 4) == "True",
          parse_shape(*shape, where)};
}

std::int64_t count_of(const Shape& shape, std::string_view where) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent != 0 && count > (std::int64_t{1} << 40) / extent)
      throw UserError(where, "absurd 'shape'");
    count *= extent;
  }
  return count;
}

Tensor parse_data(const Header& header, std::string_view data, std::string_view where) {
  const std::int64_t count = count_of(header.shape, where);
  const bool doubles = header.descr == "<f8";
  const auto* known = std::find_if(std::begin(kDescrs), std::end(kDescrs),
                                   [&](const Descr& d) { return d.text == header.descr; });
  if (!doubles && known == std::end(kDescrs)) {
    throw UserError(where,
                    "element type '" + header.descr +
                        "' is not supported: supported are <f2, <f4, <f8, |i1, |u1, <i4, <i8, |b1 "
                        "and <u2 (the bits of bf16)");
  }
  const std::int64_t width = doubles ? 8 : size_bytes(known->type);
  if (static_cast<std::int64_t>(data.size()) != count * width) {
    throw UserError(where, "holds " + std::to_string(data.size()) + " bytes of data, its shape " +
                               shape_text(header.shape) + " needs " +
                               std::to_string(count * width));
  }
  if (doubles) {
    Tensor tensor(ElementType::Fp32, header.shape);
    if (count > 0) std::memcpy(tensor.values.data(), data.data(), data.size());
    round_values(tensor);
    return tensor;
  }
  const std::vector<std::uint8_t> bytes(data.begin(), data.end());
  Tensor tensor = from_bytes(known->type, header.shape, bytes);
  for (const double value : tensor.values) {
    if (tensor.type == ElementType::Int64 && std::abs(value) > kLargestExactInteger) {
      throw UserError(where, "an int64 element lies beyond +-2^53");
    }
  }
  return tensor;
}

}  // namespace

Tensor parse_npy(std::string_view content, std::string_view where) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(content[at]));
  };
  if (content.size() < 10 || content.substr(0, kMagic.size()) != kMagic) {
    throw UserError(where, "is not a .npy file: it does not begin with \\x93NUMPY");
  }
  const std::size_t version = byte(6);
  if (version != 1 && version != 2) {
    throw UserError(where,
                    ".npy version " + std::to_string(version) + " is not supported: 1 and 2 are");
  }
  const std::size_t start = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version == 2 && content.size() >= start) length |= byte(10) << 16 | byte(11) << 24;
  if (content.size() < start + length) throw UserError(where, "is cut off within its .npy header");
  const Header header = parse_header(content.substr(start, length), where);
  if (header.fortran_order) {
    throw UserError(where, "is in Fortran order: save it with numpy.ascontiguousarray");
  }
  return parse_data(header, content.substr(start + length), where);
}

std::string format_npy(const Tensor& tensor) {
  const auto* descr = std::find_if(std::begin(kDescrs), std::end(kDescrs),
                                   [&](const Descr& d) { return d.type == tensor.type; });
  std::string header =
      "{'descr': '" + std::string(descr->text) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < tensor.shape.size(); ++axis) {
    header += (axis > 0 ? " " : "") + std::to_string(tensor.shape[axis]) + ",";
  }
  if (tensor.shape.size() > 1) header.pop_back();  // only a tuple of one keeps its comma
  header += "), }";
  while ((10 + header.size() + 1) % kAlignment != 0) header += ' ';
  header += '\n';
  std::string content(kMagic);
  content += '\x01';
  content += '\x00';
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  content += header;
  const std::vector<std::uint8_t> bytes = to_bytes(tensor);
  content.append(bytes.begin(), bytes.end());
  return content;
}

Tensor read_npy(const std::filesystem::path& path) {
  return parse_npy(read_file(path), path.string());
}

void write_npy(const std::filesystem::path& path, const Tensor& tensor) {
  write_file_atomic(path, format_npy(tensor));
}

}  // namespace coldforge::kernels
