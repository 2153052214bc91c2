// The bytes of every emitter for a small description and a fixed machine.
//
// After a wanted change, look at the files that a failure names and copy them over those here.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "isa/emit.h"
#include "isa/json_file.h"
#include "sim/base/file.h"

using namespace coldforge;
using namespace coldforge::isa;

namespace {

const std::string kFolder = COLDFORGE_SOURCE_DIR "/tests/golden/isa/";

Isa small_isa() { return Isa::from_json(read_json(kFolder + "small_spec.json", "small"), "small"); }
Arch machine() { return load_arch(kFolder + "machine.json"); }

void check_golden(const std::string& name, const std::string& actual) {
  const std::string expected = read_file(kFolder + name);
  const std::string copy = std::string(COLDFORGE_BINARY_DIR) + "/golden_isa/" + name;
  if (actual != expected) write_file_atomic(copy, actual);
  INFO("what came out stands in " << copy);
  CHECK((actual == expected));
}

}  // namespace

TEST_CASE("the intrinsics header is as pinned", "[isa]") {
  check_golden("npu_intrinsics.h.golden", emit_intrinsics(small_isa(), machine()));
}

TEST_CASE("the SystemVerilog package is as pinned", "[isa]") {
  check_golden("cf_isa_pkg.sv.golden", emit_sv_package(small_isa(), machine()));
}

TEST_CASE("the manual is as pinned", "[isa]") {
  check_golden("manual.md.golden", emit_manual(small_isa(), machine()));
}

TEST_CASE("the API items are as pinned", "[isa]") {
  std::string text;
  for (const ApiItem& item : emit_api_items(small_isa())) {
    text += item.name + " | " + item.call + " | " + item.unit + " | " + item.content + "\n";
  }
  check_golden("api_items.golden", text);
}
