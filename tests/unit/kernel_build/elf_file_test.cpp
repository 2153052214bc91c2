#include "kernels/build/elf_file.h"

#include <catch2/catch.hpp>
#include <string>

#include "kernels/build/line_table.h"
#include "kernels/build/toolchain.h"

using namespace coldforge;

TEST_CASE("what is no ELF is no crash", "[kernels][build]") {
  CHECK_FALSE(kernels::read_elf("").valid);
  CHECK_FALSE(kernels::read_elf(std::string(100, 'x')).valid);
  CHECK(kernels::LineTable(std::string(100, '\x7f')).empty());
  CHECK(kernels::scan_object("nonsense") ==
        std::vector<std::string>{"the object file cannot be read"});
}

TEST_CASE("clang's one-line messages are taken apart", "[kernels][build]") {
  const auto diagnostics = kernels::parse_diagnostics(
      "kernel.cpp:12:5: error: use of undeclared identifier 'foo'\n"
      "npu/tile.h:3:1: note: candidate\n"
      "2 errors generated.\n"
      "ld.lld-19: error: undefined symbol: foo()\n"
      ">>> referenced by kernel.cpp:7\n");
  REQUIRE(diagnostics.size() == 3);
  CHECK(diagnostics[0].file == "kernel.cpp");
  CHECK(diagnostics[0].line == 12);
  CHECK(diagnostics[0].column == 5);
  CHECK(diagnostics[0].message == "use of undeclared identifier 'foo'");
  CHECK(diagnostics[1].severity == "note");
  CHECK(diagnostics[2].message == "undefined symbol: foo()");
  CHECK(diagnostics[2].line == 7);
}
