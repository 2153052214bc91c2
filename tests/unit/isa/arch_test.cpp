#include "isa/arch.h"

#include <catch2/catch.hpp>

#include "tests/unit/isa/isa_fixture.h"

using namespace coldforge::isa;

namespace {

std::string edge_with(const std::string& setting) {
  return error_of([&] { load_arch("edge", {setting}); });
}

}  // namespace

TEST_CASE("the default machine is the one that was agreed", "[isa]") {
  const Arch edge = load_arch("edge");
  CHECK(edge.name == "edge");
  CHECK(edge.matrix.rows == 16);
  CHECK(edge.matrix.cols == 16);
  CHECK(edge.vector.lanes == 16);
  CHECK(edge.vector.sfu_elems_per_cycle == 4);
  CHECK(edge.scalar.itcm_bytes == 64 * 1024);
  CHECK(edge.scalar.dtcm_bytes == 64 * 1024);
  CHECK(edge.vec.size_bytes == 256 * 1024);
  CHECK(edge.vec.banks == 16);
  CHECK(edge.vec.line_bytes == 64);
  CHECK(edge.left.size_bytes == 32 * 1024);
  CHECK(edge.right.size_bytes == 32 * 1024);
  CHECK(edge.acc.size_bytes == 64 * 1024);
  CHECK(edge.queue.depth == 8);
  CHECK(edge.bus.beat_bytes == 32);
  CHECK(edge.bus.max_burst_beats == 16);
  CHECK(edge.bus.max_outstanding == 8);
  CHECK(edge.dram.shared_bytes_per_cycle == 32);
  CHECK(edge.dram.row_hit_cycles == coldforge::Cycles(100));
  CHECK(edge.dram.row_miss_cycles == coldforge::Cycles(130));
  CHECK(edge.peak_macs_per_cycle(coldforge::ElementType::Fp16) == 256);
  CHECK(edge.peak_macs_per_cycle(coldforge::ElementType::Int8) == 256);
  CHECK(edge.peak_macs_per_cycle(coldforge::ElementType::Fp32) == 0);
}

TEST_CASE("a machine printed and read again is the same", "[isa]") {
  const TemporaryFolder folder;
  for (const std::string& name : built_in_archs()) {
    const Arch arch = load_arch(name);
    const Arch again = load_arch(folder.write("m.json", to_json(arch).dump()));
    CHECK(again.digest == arch.digest);
    CHECK(to_json(again) == to_json(arch));
  }
  CHECK(load_arch("edge").digest != load_arch("tiny").digest);
}

TEST_CASE("absurd values get one line: where, what, what would be right", "[isa]") {
  CHECK(edge_with("vec.banks=3") == "isa/arch/edge.json: vec.banks = 3: must be a power of two");
  CHECK(edge_with("vec.banks=0") == "isa/arch/edge.json: vec.banks = 0: must be from 1 to 64");
  CHECK(edge_with("queue.depth=-1") ==
        "isa/arch/edge.json: queue.depth = -1: must be from 1 to 256");
  CHECK(edge_with("queue.depth=1.5") ==
        "isa/arch/edge.json: queue.depth = 1.5: must be an integer");
  CHECK(edge_with("queue.depth=99999999999999999999") ==
        "isa/arch/edge.json: queue.depth = 1e+20: must be an integer");
  CHECK(edge_with("queue.depth=18446744073709551615") ==
        "isa/arch/edge.json: queue.depth = 18446744073709551615: must be from 1 to 256");
  CHECK(edge_with("vector.lanes=32") ==
        "isa/arch/edge.json: vec.line_bytes = 64: must be 4 * vector.lanes = 128");
  CHECK(edge_with("matrix.rows=32") ==
        "isa/arch/edge.json: left.line_bytes = 32: must be 2 * matrix.rows = 64");
  CHECK(edge_with("vector.sfu_elems_per_cycle=32") ==
        "isa/arch/edge.json: vector.sfu_elems_per_cycle = 32: must divide vector.lanes = 16");
  CHECK(edge_with("bus.max_burst_beats=256") ==
        "isa/arch/edge.json: bus.max_burst_beats = 256: must keep a burst of 32-byte beats within "
        "4096 bytes (AXI)");
  CHECK(
      edge_with("dram.row_miss_cycles=99") ==
      "isa/arch/edge.json: dram.row_miss_cycles = 99: must be at least dram.row_hit_cycles = 100");
  CHECK(error_of([] {
          load_arch("tiny", {"acc.banks=64", "acc.size_bytes=1024", "acc.line_bytes=16"});
        }).empty());
  CHECK(error_of([] {
          load_arch("edge", {"acc.banks=64", "acc.size_bytes=1024"});
        }) ==
        "isa/arch/edge.json: acc.size_bytes = 1024: must hold a line in each bank, 4096 bytes");
}

TEST_CASE("an override wants a known path and a number", "[isa]") {
  CHECK(edge_with("vector.lanes") ==
        "--set vector.lanes: must be path=value, like vector.lanes=32");
  CHECK(edge_with("vector.lanes=many") == "--set vector.lanes=many: the value must be a number");
  CHECK(edge_with("vector.lane=8")
            .rfind("--set vector.lane=8: unknown path \"vector.lane\"; known are name, "
                   "scalar.itcm_bytes, ",
                   0) == 0);
  CHECK(edge_with("name=a\xff") ==
        "isa/arch/edge.json: name: must be a name of letters, digits, \".\", \"_\" and \"-\"");
  CHECK(edge_with("clock_mhz=1e999") == "--set clock_mhz=1e999: the value must be a number");
  CHECK(load_arch("edge", {"queue.depth=4", "queue.depth=5"}).queue.depth == 5);
}

TEST_CASE("a machine may be a patch of another", "[isa]") {
  const TemporaryFolder folder;
  const Arch wide = load_arch(share_dir() + "/isa/overlays/wide.json");
  CHECK(wide.vector.lanes == 32);
  CHECK(wide.vec.line_bytes == 128);
  CHECK(wide.vec.size_bytes == load_arch("edge").vec.size_bytes);
  folder.write("base.json", R"~({"base":"tiny","name":"base","queue":{"depth":3}})~");
  const Arch deeper = load_arch(folder.write(
      "top.json", R"~({"base":"base.json","name":"top","queue":{"max_in_flight":4}})~"));
  CHECK(deeper.queue.depth == 3);
  CHECK(deeper.queue.max_in_flight == 4);
  CHECK(deeper.matrix.rows == 4);
}

TEST_CASE("a file that is no machine is refused in one line", "[isa]") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& content) {
    const std::string path = folder.write("m.json", content);
    const std::string text = error_of([&] { load_arch(path); });
    return text.substr(text.rfind("m.json"));
  };
  CHECK(error_of([] { load_arch("nowhere"); }) ==
        "nowhere: no such architecture file; built in are edge, tiny");
  CHECK(error("").rfind("m.json: is not JSON: line 1, column 1: ", 0) == 0);
  CHECK(error("{}") == "m.json: name: must be a name of letters, digits, \".\", \"_\" and \"-\"");
  CHECK(error(R"~({"name":"m"})~") == "m.json: scalar.itcm_bytes: missing");
  CHECK(error(R"~({"base":"edge","vec":{"colour":1}})~")
            .rfind("m.json: vec.colour: unknown; known are name, ", 0) == 0);
  CHECK(error(R"~({"base":"edge","vec":3})~").rfind("m.json: vec: unknown; known are name, ", 0) ==
        0);
  CHECK(error(R"~({"base":"edge","queue":{"depth":"8"}})~") ==
        "m.json: queue.depth = \"8\": must be an integer");
  CHECK(error(R"~({"base":"m.json"})~") == "m.json: base: bases lead in a circle");
  CHECK(error(R"~({"base":"none.json"})~") ==
        "m.json: base = \"none.json\": no such architecture file; built in are edge, tiny");
  CHECK(error(R"~({"base":7})~") == "m.json: base: must be a string");
}
