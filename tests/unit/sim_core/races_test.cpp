#include "sim/trace/races.h"

#include <catch2/catch.hpp>

namespace coldforge::sim::test {
namespace {

/// Issues commands by hand: one result tile a vector or matrix instruction, views for load and
/// store.
struct Scene {
  isa::Isa isa = isa::Isa::load();
  RaceCheck check{{[this](int id) { return isa.instructions()[static_cast<std::size_t>(id)].name; },
                   [](std::int64_t) { return std::string("out"); },
                   [](std::int64_t) { return true; }}};
  std::uint64_t seq = 0;

  static TileDesc vec(std::uint32_t base, std::uint32_t elems = 16) {
    return {
        isa::Memory::Vec, ElementType::Fp32, base, 1, elems, static_cast<std::int32_t>(elems), 1};
  }
  static ViewDesc dram(std::uint32_t base, std::uint32_t elems = 16) {
    ViewDesc view;
    view.base = base;
    view.levels = 1;
    view.level[0].extent = elems;
    view.axis[0].stride = 1;
    return view;
  }
  std::uint64_t issue(const char* mnemonic, const std::vector<TileDesc>& tiles,
                      const ViewDesc& view = {}) {
    Command command;
    command.instruction = isa.find(mnemonic);
    command.seq = seq;
    command.pc = static_cast<std::uint32_t>(4 * seq);
    command.view = view;
    std::size_t next = 0;
    for (std::size_t i = 0; i < command.instruction->operands.size(); ++i) {
      if (command.instruction->operands[i].kind == isa::OperandKind::Tile)
        command.tile[i] = tiles.at(next++);
    }
    check.issued(command);
    return seq++;
  }
  std::uint64_t load(std::uint32_t to, std::uint32_t from = kDramBase) {
    return issue("tload", {vec(to)}, dram(from));
  }
  std::uint64_t copy(std::uint32_t to, std::uint32_t from) {
    return issue("tcopy", {vec(to), vec(from)});
  }
  std::uint64_t store(std::uint32_t to, std::uint32_t from) {
    return issue("tstore", {vec(from)}, dram(to));
  }
  std::uint64_t token(const char* mnemonic) { return issue(mnemonic, {}); }
  std::size_t races() {
    check.finish();
    return check.races().size();
  }
};

}  // namespace

TEST_CASE("unordered accesses of two engines are a race unless both only read", "[sim][races]") {
  Scene scene;
  scene.load(0);
  scene.copy(1024, 0);
  REQUIRE(scene.races() == 1);
  const RaceReport& race = scene.check.races()[0];
  CHECK(race.memory == "Vec");
  CHECK(race.pc_first == 0);
  CHECK(race.pc_second == 4);
  CHECK(race.message ==
        "tload at pc 0x00000000 (write) and tcopy at pc 0x00000004 (read) are not ordered on 64 "
        "bytes at 0x0 of "
        "Vec");

  Scene readers;
  readers.copy(1024, 0);
  readers.store(kDramBase, 0);
  CHECK(readers.races() == 0);
}

TEST_CASE("instructions of one engine are ordered by its queue", "[sim][races]") {
  Scene scene;
  scene.copy(0, 1024);
  scene.copy(0, 2048);
  scene.copy(4096, 0);
  CHECK(scene.races() == 0);
}

TEST_CASE("accesses that share no byte do not race, interleaved ones included", "[sim][races]") {
  Scene scene;
  TileDesc even = Scene::vec(0), odd = Scene::vec(4);
  even.col_stride = odd.col_stride = 2;
  scene.issue("tload", {even}, Scene::dram(kDramBase));
  scene.issue("tcopy", {odd, Scene::vec(4096)});
  CHECK(scene.races() == 0);

  odd.base_bytes = 8;  // now element 1 of the first
  scene.issue("tcopy", {odd, Scene::vec(4096)});
  CHECK(scene.races() == 1);
}

TEST_CASE("a flag orders what came before the set before what comes after the wait",
          "[sim][races]") {
  Scene scene;
  scene.load(0);
  const std::uint64_t set = scene.token("tset.load");
  scene.token("twait.vector");
  scene.copy(1024, 0);
  scene.check.matched(isa::Unit::Vector, set);
  CHECK(scene.races() == 0);

  Scene late;  // the load behind the set is not covered
  const std::uint64_t early_set = late.token("tset.load");
  late.load(0);
  late.token("twait.vector");
  late.copy(1024, 0);
  late.check.matched(isa::Unit::Vector, early_set);
  CHECK(late.races() == 1);
}

TEST_CASE("the k-th wait joins the k-th set", "[sim][races]") {
  const auto races_of = [](bool second_wait) {
    Scene scene;
    scene.load(0);
    const std::uint64_t first = scene.token("tset.load");
    scene.load(64);
    const std::uint64_t second = scene.token("tset.load");
    scene.token("twait.vector");
    scene.check.matched(isa::Unit::Vector, first);
    if (second_wait) {
      scene.token("twait.vector");
      scene.check.matched(isa::Unit::Vector, second);
    }
    scene.copy(1024, 64);
    return scene.races();
  };
  CHECK(races_of(true) == 0);
  CHECK(races_of(false) == 1);
}

TEST_CASE("order is handed on from unit to unit", "[sim][races]") {
  Scene scene;
  scene.load(0);
  const std::uint64_t a = scene.token("tset.load");
  scene.token("twait.vector");
  scene.check.matched(isa::Unit::Vector, a);
  const std::uint64_t b = scene.token("tset.vector");
  scene.token("twait.store");
  scene.check.matched(isa::Unit::Store, b);
  scene.store(kDramBase + 4096, 0);
  CHECK(scene.races() == 0);
}

TEST_CASE("a barrier orders its engines before what the core does next, and no others",
          "[sim][races]") {
  const auto races_of = [](std::uint32_t mask) {
    Scene scene;
    scene.load(0);
    scene.check.core_barrier(mask);
    scene.copy(1024, 0);
    return scene.races();
  };
  CHECK(races_of(2) == 0);
  CHECK(races_of(4) == 1);
}

TEST_CASE("a scalar set and wait order the core", "[sim][races]") {
  Scene scene;
  scene.store(kDramBase, 0);
  const std::uint64_t set = scene.token("tset.store");
  scene.check.core_wait(set);
  scene.check.core_access(100, kDramBase, 4, false);
  CHECK(scene.races() == 0);

  Scene racing;
  racing.store(kDramBase, 0);
  racing.check.core_access(100, kDramBase, 4, false);
  REQUIRE(racing.races() == 1);
  CHECK(racing.check.races()[0].memory == "dram:out");
  CHECK(racing.check.races()[0].message ==
        "tstore at pc 0x00000000 (write) and scalar load at pc 0x00000064 (read) are not ordered "
        "on 4 bytes at "
        "0x80000000 of dram:out");
}

TEST_CASE("what the core did before an issue is ordered before the instruction", "[sim][races]") {
  Scene scene;
  scene.check.core_access(100, kDramBase, 4, true);
  scene.load(0, kDramBase);
  CHECK(scene.races() == 0);

  scene.check.core_access(104, kDramBase, 4, true);  // but not what it does after
  CHECK(scene.races() == 1);
}

TEST_CASE("tgets orders the vector engine before the core", "[sim][races]") {
  Scene scene;
  scene.copy(0, 1024);
  const std::uint64_t gets = scene.issue("tgets", {Scene::vec(0)});
  scene.check.core_joins(isa::Unit::Vector, gets);
  scene.load(0);
  CHECK(scene.races() == 0);
}

TEST_CASE("double buffering in a long loop is clean, and one missing wait is found once",
          "[sim][races]") {
  for (const bool missing : {false, true}) {
    Scene scene;
    std::vector<std::uint64_t> freed;
    for (int i = 0; i < 3000; ++i) {
      const std::uint32_t buffer = i % 2 == 0 ? 0 : 4096;
      if (i >= 2 && !missing) {
        scene.token("twait.load");
        scene.check.matched(isa::Unit::Load, freed[static_cast<std::size_t>(i - 2)]);
      }
      const std::uint64_t loaded = scene.load(buffer);
      scene.check.done(isa::Unit::Load, loaded);
      const std::uint64_t set = scene.token("tset.load");
      scene.token("twait.vector");
      scene.check.matched(isa::Unit::Vector, set);
      scene.check.done(isa::Unit::Vector, scene.copy(8192, buffer));
      freed.push_back(scene.token("tset.vector"));
    }
    CHECK(scene.races() == (missing ? 16u : 0u));
  }
}

}  // namespace coldforge::sim::test
