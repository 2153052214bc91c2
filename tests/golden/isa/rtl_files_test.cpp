// The bytes of every generated RTL file for a small description and a fixed machine.
//
// After a wanted change, look at the files that a failure names and copy them over those here.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "isa/emit/sv_files.h"
#include "isa/json_file.h"
#include "sim/base/file.h"

using namespace coldforge;
using namespace coldforge::isa;

namespace {

const std::string kFolder = COLDFORGE_SOURCE_DIR "/tests/golden/isa/";

std::vector<SvFile> files() {
  const Isa isa = Isa::from_json(read_json(kFolder + "small_spec.json", "small"), "small");
  return emit_sv_files(isa, load_arch(kFolder + "machine.json"));
}

}  // namespace

TEST_CASE("the generated RTL files are as pinned", "[isa]") {
  for (const SvFile& file : files()) {
    const std::string expected = read_file(kFolder + file.name + ".golden");
    const std::string copy =
        std::string(COLDFORGE_BINARY_DIR) + "/golden_isa/" + file.name + ".golden";
    if (file.text != expected) write_file_atomic(copy, file.text);
    INFO("what came out stands in " << copy);
    CHECK((file.text == expected));
  }
}

TEST_CASE("a built-in function that the RTL has not is refused", "[isa]") {
  auto spec = read_json(kFolder + "small_spec.json", "small");
  spec["instructions"]["tload"]["exec"] = "tnothing";
  const Isa isa = Isa::from_json(spec, "small");
  CHECK_THROWS_WITH(emit_sv_files(isa, load_arch(kFolder + "machine.json")),
                    "tload: the RTL has no semantics \"tnothing\"");
}
