#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/arch.h"
#include "sim/base/random.h"
#include "sim/exec/command.h"
#include "tests/rtl_bench/load_store/bits.h"

namespace coldforge::rtl_bench {

/// A view, element by element, and how sim/README.md ("Runs and bursts") groups its elements.
/// Written from the text alone, without quotients: slow, and independent of both sim/ and rtl/.

struct Element {
  bool valid = false;
  std::uint32_t address = 0;
  std::uint64_t row = 0;   ///< pass of the innermost normalised level
  bool ends_scan = false;  ///< a run of a row that is scanned ends here at the latest
};
struct Run {
  bool valid = false;
  std::uint32_t address = 0;
  std::int64_t first = 0, count = 0;
};
/// What the walker shows in a cycle: a burst, or an invalid run that takes a cycle.
struct Item {
  bool burst = false;
  std::uint32_t address = 0, bytes = 0;
  std::int64_t skipped = 0;  ///< invalid elements since the burst before
  std::int64_t packed =
      0;  ///< of a burst: offset of its first byte among the view's elements, packed
};

/// The innermost axis has an insertion that does not divide the innermost step.
bool is_scanned(const sim::ViewDesc& view);
std::vector<Run> expected_runs(const sim::ViewDesc& view);
std::vector<Item> expected_items(const sim::ViewDesc& view, const isa::Arch& arch);

/// A view of at most `max_elements` elements; near address 0x80000000.
sim::ViewDesc draw_view(Random& random, std::int64_t max_elements);
std::int64_t elements_of(const sim::ViewDesc& view);
std::string text_of(const sim::ViewDesc& view);

/// As cf_npu_pkg::view_t.
void pack(const sim::ViewDesc& view, Bits& bits);

}  // namespace coldforge::rtl_bench
