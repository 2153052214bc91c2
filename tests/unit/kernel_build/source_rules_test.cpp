#include "agent/verify/source_rules.h"

#include <catch2/catch.hpp>

using coldforge::agent::check_source;
using coldforge::agent::strip_comments;

namespace {

std::string only(const std::string& source) {
  const auto findings = check_source(source);
  if (findings.empty()) return "";
  return std::to_string(findings[0].line) + ": " + findings[0].message;
}

}  // namespace

TEST_CASE("an honest source has no findings", "[agent][verify]") {
  CHECK(only("// asm in a comment, #define too, \xc3\xa9\n#include <npu.h>\n#include \"task.h\"\n"
             "constexpr int kRows = 1'000; /* __asm__ */\n"
             "void kernel(const task::Args& args) { [[maybe_unused]] int a[2] = {}; "
             "static_assert(true, \"asm # \\\\\"); }\n") == "");
}

TEST_CASE("assembly is found however it is spelt", "[agent][verify]") {
  const std::string why =
      ": assembly is not allowed in a kernel; every instruction has a function, see `coldforge isa "
      "list`";
  CHECK(only("asm(\"ecall\");") == "1: asm" + why);
  CHECK(only("\n__asm__ volatile(\"\");") == "2: __asm__" + why);
  CHECK(only("int a; /*\n*/ asm(\"\");") == "2: asm" + why);
  CHECK(only("as\\\nm(\"ecall\");") ==
        "1: backslash outside a literal: no line splices, no universal character names");
}

TEST_CASE("preprocessor tricks are refused", "[agent][verify]") {
  CHECK(only("#include \"/etc/passwd\"") ==
        "1: #include \"/etc/passwd\": kernels include only <npu.h>, \"task.h\" and <stdint.h>");
  CHECK(only("  #  embed <x>") ==
        "1: #  embed <x>: kernels include only <npu.h>, \"task.h\" and <stdint.h>");
  CHECK(only("#define A asm") ==
        "1: #define A asm: macros are not allowed, use constexpr or a function");
  CHECK(only("#pragma GCC poison x") ==
        "1: #pragma GCC poison x: no directive but #include is allowed");
  CHECK(only("%:include <npu.h>") == "1: %:: digraphs and trigraphs are not allowed");
  CHECK(only("_Pragma(\"once\")") == "1: _Pragma: pragmas are not allowed");
  CHECK(only("/* */ #define A") ==
        "1: #define A: macros are not allowed, use constexpr or a function");
  CHECK(only("int a; #define A") == "1: # outside a directive");
}

TEST_CASE("attributes, reserved names and links to elsewhere are refused", "[agent][verify]") {
  CHECK(only("__attribute__((section(\"x\"))) int a;") ==
        "1: __attribute__: attributes are not allowed");
  CHECK(only("[[gnu::section(\"x\")]] int a;").find("attributes are not allowed") !=
        std::string::npos);
  CHECK(only("int a [ [gnu::used] ];").find("attributes are not allowed") != std::string::npos);
  CHECK(only("void _start();") == "1: _start: the name belongs to the start-up code");
  CHECK(only("void* memcpy(void*);") == "1: memcpy: the name belongs to the start-up code");
  CHECK(only("extern \"C\" int a;") ==
        "1: extern: a kernel is one source and links with nothing else");
  CHECK(only("__builtin_trap();") ==
        "1: __builtin_trap: names that begin with __ or _ and a capital are reserved to the "
        "compiler");
  CHECK(only("auto s = R\"(x)\";") == "1: raw string literals are not allowed");
  CHECK(only("/* never ends") == "1: a comment or literal begins here and never ends");
}

TEST_CASE("comments are blanked, lines stay", "[agent][verify]") {
  CHECK(strip_comments("a /* b\nc */ d // e\nf \"// no\"") == "a     \n     d     \nf \"// no\"");
}
