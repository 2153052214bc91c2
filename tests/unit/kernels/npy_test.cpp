#include "kernels/npy.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

/// A version 1.0 file with this header and data.
std::string npy(const std::string& header, const std::string& data) {
  std::string content("\x93NUMPY\x01\x00", 8);
  content += static_cast<char>(header.size());
  content += '\0';
  return content + header + data;
}

std::string error_of(const std::string& content) {
  try {
    parse_npy(content, "x.npy");
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("tensors of every element type survive a .npy file", "[kernels][npy]") {
  for (int i = 0; i < kElementTypes; ++i) {
    const auto type = static_cast<ElementType>(i);
    const Tensor tensor(type, {2, 3}, {0, 1, 1, 0, 1, 1});
    const Tensor again = parse_npy(format_npy(tensor), "x.npy");
    CHECK(again.type == type);
    CHECK(again.shape == tensor.shape);
    CHECK(again.values == tensor.values);
  }
}

TEST_CASE("scalars, vectors and empty tensors keep their shape in a .npy file", "[kernels][npy]") {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 0}, Shape{1, 2, 3, 4}}) {
    CHECK(parse_npy(format_npy(Tensor(ElementType::Fp32, shape)), "x.npy").shape == shape);
  }
}

TEST_CASE("the header of a .npy file is what NumPy writes", "[kernels][npy]") {
  const std::string content = format_npy(Tensor(ElementType::Fp32, {3}));
  CHECK(content.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  CHECK(content.substr(10, 57) == "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }");
  CHECK((content.size() - 12) % 64 == 0);
}

TEST_CASE("float64 files are rounded to fp32 and version 2 headers are read", "[kernels][npy]") {
  std::string content = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n",
                            std::string("\x9a\x99\x99\x99\x99\x99\xb9\x3f", 8));
  CHECK(parse_npy(content, "x.npy").values[0] == static_cast<double>(0.1f));
  content[6] = '\x02';
  content.insert(10, std::string("\0\0", 2));
  CHECK(parse_npy(content, "x.npy").type == ElementType::Fp32);
}

TEST_CASE("bad .npy files get one clear line", "[kernels][npy]") {
  CHECK(error_of("PK") == "x.npy: is not a .npy file: it does not begin with \\x93NUMPY");
  CHECK(error_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "1234")) ==
        "x.npy: holds 4 bytes of data, its shape 2 needs 8");
  CHECK(error_of(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n", "1234")) ==
        "x.npy: is in Fortran order: save it with numpy.ascontiguousarray");
  CHECK(error_of(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }\n", "1234")) ==
        "x.npy: element type '>f4' is not supported: supported are <f2, <f4, <f8, |i1, |u1, <i4, "
        "<i8, |b1 and <u2 "
        "(the bits of bf16)");
  CHECK(error_of(npy("{'descr': '<f4'}\n", "")) ==
        "x.npy: malformed .npy header: 'descr', 'fortran_order' and 'shape' must be there");
  CHECK(error_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': [1], }\n", "1234")) ==
        "x.npy: malformed .npy header: 'shape' must be a tuple such as (64, 512)");
  CHECK(
      error_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n",
                   "")) == "x.npy: malformed .npy header: absurd 'shape'");
  std::string cut = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", "1234");
  CHECK(error_of(cut.substr(0, 30)) == "x.npy: is cut off within its .npy header");
  cut[6] = '\x03';
  CHECK(error_of(cut) == "x.npy: .npy version 3 is not supported: 1 and 2 are");
  CHECK_THROWS_WITH(read_npy("/no/such/file.npy"), "/no/such/file.npy: no such file");
}

}  // namespace
}  // namespace coldforge::kernels
