#include <poll.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "kernel_fixture.h"
#include "kernels/build/elf_file.h"
#include "kernels/build/line_table.h"
#include "sim/base/error.h"

using namespace coldforge;
using coldforge::test::kernel_of;

namespace {

const std::string& header() {
  static const std::string kHeader = kernels::emit_task_header(test::small_relu());
  return kHeader;
}

kernels::CompileResult compile(const std::string& source) {
  static const kernels::Toolchain kToolchain = test::fresh_toolchain();
  return kToolchain.compile(source, header());
}

std::string first_message(const kernels::CompileResult& result) {
  for (const kernels::Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity != "warning") return diagnostic.message;
  }
  return "";
}

}  // namespace

TEST_CASE("a kernel becomes an ELF whose instructions know their source lines",
          "[kernels][build]") {
  const kernels::CompileResult result =
      compile(kernel_of("  npu::VecTile<float, 3> x(4, 32, 0);\n  npu::tmaxs(x, x, 0.0f);"));
  REQUIRE(result.ok);
  const std::string_view elf(reinterpret_cast<const char*>(result.elf.data()), result.elf.size());
  const kernels::LineTable lines(elf);
  bool tile = false, maximum = false;
  for (std::uint32_t pc = 0; pc < 256; pc += 4) {
    tile = tile || lines.line_of(pc) == 4;
    maximum = maximum || lines.line_of(pc) == 5;
  }
  CHECK(tile);
  CHECK(maximum);
  CHECK(lines.line_of(0) == 0);  // start-up code
  CHECK(kernels::scan_program(elf).empty());
}

TEST_CASE("the same source gives the same bytes", "[kernels][build]") {
  const std::string source = kernel_of("  npu::VecTile<float, 3> x(4, 32, 0);\n  npu::texp(x, x);");
  CHECK(compile(source).elf == compile(source).elf);
}

TEST_CASE("a tile in the wrong memory does not compile, and says so", "[kernels][build]") {
  const kernels::CompileResult result =
      compile(kernel_of("  npu::LeftTile<float, 3> x(4, 32, 0);\n  npu::texp(x, x);"));
  CHECK_FALSE(result.ok);
  CHECK_FALSE(result.forbidden);
  CHECK(first_message(result).find("texp: dst must be a tile in Vec") != std::string::npos);
}

TEST_CASE("an element type that the instruction does not take is named", "[kernels][build]") {
  const kernels::CompileResult result =
      compile(kernel_of("  npu::VecTile<npu::f16, 3> x(4, 32, 0);\n  npu::texp(x, x);"));
  CHECK_FALSE(result.ok);
  CHECK(first_message(result).find("texp: dst must hold fp32") != std::string::npos);
}

TEST_CASE("a floating-point number for a register of integers does not compile",
          "[kernels][build]") {
  const kernels::CompileResult result =
      compile(kernel_of("  npu::VecTile<int32_t, 3> x(4, 32, 0);\n  npu::tadds(x, x, 1.5f);"));
  CHECK_FALSE(result.ok);
  CHECK(first_message(result).find("an integer argument was given a floating-point number") !=
        std::string::npos);
}

TEST_CASE("a syntax error is reported with line and column", "[kernels][build]") {
  const kernels::CompileResult result = compile(kernel_of("  int x = ;"));
  REQUIRE_FALSE(result.ok);
  REQUIRE_FALSE(result.diagnostics.empty());
  CHECK(result.diagnostics[0].file == "kernel.cpp");
  CHECK(result.diagnostics[0].line == 4);
  CHECK(result.diagnostics[0].column == 11);
  CHECK(result.diagnostics[0].severity == "error");
  CHECK(result.diagnostics[0].message == "expected expression");
}

TEST_CASE("a kernel without kernel() is an error of the link step", "[kernels][build]") {
  const kernels::CompileResult result = compile("#include \"task.h\"\n");
  REQUIRE_FALSE(result.ok);
  CHECK(first_message(result) == "undefined symbol: kernel(task::Args const&)");
}

TEST_CASE("64-bit division and soft floating point link", "[kernels][build]") {
  CHECK(compile(kernel_of("  volatile long long a = 7, b = 3; volatile float f = 1.5f;\n"
                          "  a = a / b; f = f * f;"))
            .ok);
}

TEST_CASE("host headers are out of reach", "[kernels][build]") {
  const kernels::CompileResult result = compile("#include <stdio.h>\n" + kernel_of(""));
  REQUIRE_FALSE(result.ok);
  CHECK(first_message(result) == "'stdio.h' file not found");
}

TEST_CASE("endless templates and endless constant evaluation stop at counted limits",
          "[kernels][build]") {
  const kernels::CompileResult templates = compile(
      "#include \"task.h\"\ntemplate <int N> struct Bomb { static constexpr int v = Bomb<N + "
      "1>::v; };\n"
      "void kernel(const task::Args&) { static_assert(Bomb<0>::v); }\n");
  CHECK_FALSE(templates.ok);
  CHECK(first_message(templates).find(
            "recursive template instantiation exceeded maximum depth of 128") != std::string::npos);
  const kernels::CompileResult constants = compile(
      "#include \"task.h\"\nconstexpr int f() { int s = 0; for (int i = 0; i < 2000000000; ++i) s "
      "^= i; return s; }\n"
      "void kernel(const task::Args&) { static_assert(f() != 1); }\n");
  CHECK_FALSE(constants.ok);
  CHECK(first_message(constants) ==
        "constexpr function never produces a constant expression [-Winvalid-constexpr]");
}

TEST_CASE("constructors and tables of results are refused by the scan", "[kernels][build]") {
  const kernels::CompileResult constructor = compile(
      "#include \"task.h\"\nvolatile int seen = 1;\nstruct Early { int v; Early(); };\nEarly "
      "early;\n"
      "Early::Early() : v(seen) {}\n"
      "void kernel(const task::Args&) { early.v++; }\n");
  CHECK(constructor.forbidden);
  CHECK(first_message(constructor) ==
        "a global object needs a constructor or destructor at run time: only constant "
        "initialisation is allowed");
  const kernels::CompileResult table = compile(
      "#include \"task.h\"\nstruct Table { int v[1200]; };\n"
      "constexpr Table make() { Table t{}; for (int i = 0; i < 1200; ++i) t.v[i] = i * i; return "
      "t; }\n"
      "constexpr Table kTable = make();\nvolatile int sink;\n"
      "void kernel(const task::Args& a) { for (int i = 0; i < 1200; ++i) sink = kTable.v[i ^ "
      "a.x.address]; }\n");
  CHECK(table.forbidden);
  CHECK(first_message(table) ==
        "4800 bytes of constant data, 4096 are allowed: results must be computed by the kernel, "
        "not by the compiler");
}

TEST_CASE("a result comes back from the cache without a process", "[kernels][build]") {
  char folder[] = "/tmp/coldforge-cache-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  kernels::Toolchain::Options options;
  options.cache_folder = folder;
  const kernels::Toolchain toolchain(isa::Isa::load(), isa::load_arch("tiny"), options);
  const std::string source = kernel_of("  npu::barrier();");
  auto first = toolchain.start(source, header());
  CHECK(first->descriptor() >= 0);
  const kernels::CompileResult compiled = first->finish();
  auto second = toolchain.start(source, header());
  CHECK(second->descriptor() == -1);
  CHECK(second->ready());
  CHECK(second->finish().elf == compiled.elf);
  std::system(("rm -rf " + std::string(folder)).c_str());
}

TEST_CASE("a missing compiler is one line that says how to get it", "[kernels][build]") {
  ::setenv("COLDFORGE_CLANG", "/nonexistent/clang++", 1);
  CHECK_THROWS_WITH(test::fresh_toolchain(),
                    "$COLDFORGE_CLANG = /nonexistent/clang++: no such program; install it with `apt-get "
                    "install clang-19 lld-19 gcc-riscv64-unknown-elf`");
  ::unsetenv("COLDFORGE_CLANG");
}
