// The view walker against a walk written element by element.
#include <verilated.h>

#include <catch2/catch.hpp>

#include "VView.h"
#include "isa/arch.h"
#include "tests/rtl_bench/load_store/expected_walk.h"

using namespace coldforge;
using namespace coldforge::rtl_bench;

namespace {

void clock(VView& top) {
  top.clk_i = 1;
  top.eval();
  top.clk_i = 0;
  top.eval();
}

}  // namespace

TEST_CASE("the view walker shows one burst a cycle, the first in its start cycle", "[rtl]") {
  const isa::Arch arch = isa::load_arch("tiny");
  VerilatedContext context;
  VView top(&context);
  top.rst_ni = 0;
  top.eval();
  clock(top);
  top.rst_ni = 1;
  constexpr std::uint64_t kSeed = 41;
  const int views = 3000;
  std::int64_t bursts = 0, others = 0;
  for (int n = 0; n < views; ++n) {
    Random random(kSeed, static_cast<std::uint64_t>(n));
    const sim::ViewDesc view = draw_view(random, 600);
    INFO("seed " << kSeed << ", view " << n << ": " << text_of(view));
    const std::vector<Item> items = expected_items(view, arch);
    Bits bits;
    pack(view, bits);
    bits.copy_to(top.view_i);
    top.start_i = 1;
    top.take_i = 0;
    top.eval();
    if (items.empty()) {
      REQUIRE_FALSE(top.has_item_o);
      REQUIRE(top.is_last_o);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      bool taken = false;
      while (!taken) {
        INFO("item " << i << " of " << items.size());
        taken = random.below(3) != 0;
        top.take_i = taken;
        top.eval();
        REQUIRE(top.has_item_o);
        REQUIRE(bool(top.is_burst_o) == items[i].burst);
        REQUIRE(top.skipped_o == items[i].skipped);
        if (items[i].burst) {
          REQUIRE(top.address_o == items[i].address);
          REQUIRE(top.bytes_o == items[i].bytes);
          REQUIRE(top.len_o == (items[i].address % 8 + items[i].bytes + 7) / 8 - 1);
          bursts += taken;
        } else {
          others += taken;
        }
        REQUIRE(bool(top.is_last_o) == (i + 1 == items.size()));
        REQUIRE(bool(top.nears_end_o) ==
                (i + 2 == items.size() && !items[i].burst && !items[i + 1].burst));
        clock(top);
        top.start_i = 0;
      }
    }
    if (items.empty()) clock(top);
    top.start_i = 0;
    top.take_i = 0;
    top.eval();
    REQUIRE_FALSE(top.is_busy_o);
    REQUIRE_FALSE(top.has_item_o);
  }
  CHECK(bursts > 1000);
  CHECK(others > 100);
}
