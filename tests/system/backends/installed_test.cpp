#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/program.h"

using coldforge::testing::ScratchFolder;

TEST_CASE("an installed tree holds all that the RTL is built from", "[backends]") {
  ScratchFolder here;
  const std::string install = std::string(CMAKE_PROGRAM) +
                              " --install " COLDFORGE_BINARY_DIR " --prefix " + here.path() +
                              "/prefix > " + here.path() + "/log 2>&1";
  REQUIRE(std::system(install.c_str()) == 0);
  CHECK(std::filesystem::exists(here / "prefix/share/coldforge/sim/rtl/harness/rtl_abi.h"));
  // The same files have the same digest: the library is there already, nothing is built.
  const std::string bin = here / "prefix/bin/coldforge";
  const std::string made = bin + " synth relu --shape x=8x64 --arch tiny --budget 1 --backend rtl" +
                           " --out " + here.path() + "/run --memory " + here.path() +
                           "/bank.db > " + here.path() + "/out 2> " + here.path() + "/err";
  CHECK(std::system(made.c_str()) == 0);
}
