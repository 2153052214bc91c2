#include "tests/rtl_bench/load_store/expected_walk.h"

#include <algorithm>

namespace coldforge::rtl_bench {
namespace {

using sim::ViewDesc;

struct Level {
  std::int64_t extent;
  bool simple;
  std::int64_t pitch;
};

/// Number of innermost levels of the view that the innermost normalised level stands for.
std::uint32_t levels_of_row(const ViewDesc& view) {
  std::vector<Level> levels;
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    const auto& level = view.level[l];
    const auto& axis = view.axis[level.axis];
    bool simple = axis.insertion == 1;
    for (std::uint32_t k = 0; k < view.levels; ++k) {
      if (k != l && view.level[k].axis == level.axis) simple = false;
    }
    for (const std::int64_t index : {std::int64_t{0}, std::int64_t{level.extent} - 1}) {
      const std::int64_t c = index * level.step - axis.low;
      if (c < 0 || (axis.size != ViewDesc::kUnbounded && c >= axis.size)) simple = false;
    }
    levels.push_back({level.extent, simple, std::int64_t{level.step} * axis.stride});
  }
  std::uint32_t row = 1;
  for (; row < view.levels; ++row) {
    const Level& inner = levels[view.levels - row];
    const Level& outer = levels[view.levels - row - 1];
    if (!inner.simple || !outer.simple || outer.pitch != inner.extent * inner.pitch) break;
  }
  return std::min(row, view.levels);
}

std::vector<Element> elements_in_order(const ViewDesc& view) {
  constexpr std::int64_t kScanElements = 8;
  std::vector<Element> elements;
  const std::uint32_t row_levels = levels_of_row(view);
  std::int64_t row_elements = 1;
  for (std::uint32_t l = view.levels - row_levels; l < view.levels; ++l)
    row_elements *= view.level[l].extent;
  const bool scanned = is_scanned(view);
  const std::int64_t count = elements_of(view);
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t coordinate[ViewDesc::kMaxLevels];
    bool used[ViewDesc::kMaxLevels] = {};
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) coordinate[a] = -std::int64_t{view.axis[a].low};
    std::int64_t rest = n;
    for (std::uint32_t l = view.levels; l-- > 0;) {
      coordinate[view.level[l].axis] += rest % view.level[l].extent * view.level[l].step;
      used[view.level[l].axis] = true;
      rest /= view.level[l].extent;
    }
    Element element;
    element.valid = true;
    std::int64_t address = view.base;
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) {
      if (!used[a]) continue;
      const auto& axis = view.axis[a];
      const std::int64_t c = coordinate[a];
      if (c < 0 || c % axis.insertion != 0) element.valid = false;
      if (axis.size != ViewDesc::kUnbounded && c / axis.insertion >= axis.size)
        element.valid = false;
      address += size_bytes(view.type) * (c / axis.insertion) * axis.stride;
    }
    element.address = static_cast<std::uint32_t>(address);
    element.row = static_cast<std::uint64_t>(n / row_elements);
    element.ends_scan = scanned;
    elements.push_back(element);
  }
  // In a row without any valid element that the outer levels rule out nothing is scanned.
  for (std::size_t i = 0; i < elements.size() && scanned;
       i += static_cast<std::size_t>(row_elements)) {
    std::int64_t coordinate[ViewDesc::kMaxLevels];
    bool used[ViewDesc::kMaxLevels] = {};
    for (int a = 0; a < ViewDesc::kMaxLevels; ++a) coordinate[a] = -std::int64_t{view.axis[a].low};
    auto rest = static_cast<std::int64_t>(i);
    for (std::uint32_t l = view.levels; l-- > 0;) {
      coordinate[view.level[l].axis] += rest % view.level[l].extent * view.level[l].step;
      used[view.level[l].axis] = true;
      rest /= view.level[l].extent;
    }
    bool ruled_out = false;
    for (std::uint32_t a = 0; a < ViewDesc::kMaxLevels; ++a) {
      if (!used[a] || a == view.level[view.levels - 1].axis) continue;
      const auto& axis = view.axis[a];
      const std::int64_t c = coordinate[a];
      if (c < 0 || c % axis.insertion != 0) ruled_out = true;
      if (axis.size != ViewDesc::kUnbounded && c / axis.insertion >= axis.size) ruled_out = true;
    }
    // A part of the row ends where validity changes or after so many elements.
    std::int64_t taken = 0;
    for (std::int64_t k = 0; k < row_elements; ++k) {
      Element& element = elements[i + static_cast<std::size_t>(k)];
      element.ends_scan = false;
      if (ruled_out) continue;
      const bool changes =
          k > 0 && element.valid != elements[i + static_cast<std::size_t>(k) - 1].valid;
      if (changes) taken = 0;
      if (++taken == kScanElements && k + 1 < row_elements) {
        element.ends_scan = true;
        taken = 0;
      }
    }
  }
  return elements;
}

}  // namespace

bool is_scanned(const ViewDesc& view) {
  if (view.levels == 0) return false;
  const auto& inner = view.level[view.levels - 1];
  return inner.step % view.axis[inner.axis].insertion != 0;
}

std::vector<Run> expected_runs(const ViewDesc& view) {
  constexpr std::uint64_t kRows = 4;
  const std::vector<Element> elements = elements_in_order(view);
  const auto size = static_cast<std::uint32_t>(size_bytes(view.type));
  std::vector<Run> runs;
  std::uint64_t first_row = 0;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Element& element = elements[i];
    bool joins = i > 0 && element.valid == runs.back().valid && element.row < first_row + kRows &&
                 !elements[i - 1].ends_scan;
    if (joins && element.valid) joins = element.address == elements[i - 1].address + size;
    if (joins) {
      ++runs.back().count;
      continue;
    }
    runs.push_back({element.valid, element.address, static_cast<std::int64_t>(i), 1});
    first_row = element.row;
  }
  return runs;
}

std::vector<Item> expected_items(const ViewDesc& view, const isa::Arch& arch) {
  std::vector<Item> items;
  std::int64_t skipped = 0;
  bool invalid_before = false;
  for (const Run& run : expected_runs(view)) {
    if (!run.valid) {
      if (invalid_before) items.push_back({false, 0, 0, skipped, 0});
      skipped += run.count;
      invalid_before = true;
      continue;
    }
    invalid_before = false;
    std::uint32_t at = run.address;
    auto left = static_cast<std::uint32_t>(run.count * size_bytes(view.type));
    std::int64_t packed = run.first * size_bytes(view.type);
    while (left > 0) {
      const auto beat = static_cast<std::uint32_t>(arch.bus.beat_bytes);
      const auto burst = static_cast<std::uint32_t>(arch.bus.max_burst_beats) * beat - at % beat;
      const std::uint32_t bytes = std::min({left, burst, 4096 - at % 4096});
      items.push_back({true, at, bytes, skipped, packed});
      packed += bytes;
      skipped = 0;
      at += bytes;
      left -= bytes;
    }
  }
  return items;
}

std::int64_t elements_of(const ViewDesc& view) {
  std::int64_t count = 1;
  for (std::uint32_t l = 0; l < view.levels; ++l) count *= view.level[l].extent;
  return count;
}

ViewDesc draw_view(Random& random, std::int64_t max_elements) {
  ViewDesc view;
  const auto one_of = [&](std::initializer_list<std::int32_t> values) {
    return *(values.begin() + random.below(static_cast<std::uint32_t>(values.size())));
  };
  view.type = static_cast<ElementType>(random.below(kElementTypes));
  view.base = 0x80000000u + random.below(3) * 4096 - random.below(64);
  if (random.below(2) == 0) view.base &= ~7u;
  view.pad_bits = random.next_u32();
  view.levels = random.below(6);
  const bool dense = random.below(3) == 0;
  std::int64_t budget = max_elements;
  std::int64_t pitch = one_of({1, 1, 1, 2, -1, 0});
  for (std::uint32_t l = view.levels; l-- > 0;) {
    auto& level = view.level[l];
    const auto limit =
        static_cast<std::uint32_t>(std::min<std::int64_t>(budget, l + 1 == view.levels ? 200 : 9));
    level.extent = 1 + random.below(random.below(3) == 0 ? std::min(limit, 3u) : limit);
    budget = std::max<std::int64_t>(1, budget / level.extent);
    level.axis = l;
    level.step = 1;
    view.axis[l].stride = static_cast<std::int32_t>(pitch);
    pitch *= level.extent;
    if (!dense && random.below(3) == 0) pitch += one_of({0, 1, 3, -2});
  }
  for (std::uint32_t l = 0; l < view.levels && !dense; ++l) {
    auto& level = view.level[l];
    if (random.below(4) == 0) {
      level.axis = random.below(view.levels);
      level.step = one_of({1, 1, 2, 3, -1, -2, 0, 4});
    } else if (random.below(6) == 0) {
      level.step = one_of({2, 3, -1, -3, 0});
    }
  }
  for (std::uint32_t a = 0; a < view.levels && !dense; ++a) {
    auto& axis = view.axis[a];
    if (random.below(4) == 0) axis.low = one_of({1, 2, 3, 9, -1, -2});
    if (random.below(3) == 0) axis.size = one_of({0, 1, 2, 3, 5, 8, 20, 100});
    if (random.below(6) == 0) axis.insertion = one_of({2, 2, 3, 4, 5, 11});
  }
  return view;
}

void pack(const ViewDesc& view, Bits& bits) {
  constexpr int kAxes = ViewDesc::kMaxLevels;
  for (int a = 0; a < kAxes; ++a) bits.put(static_cast<std::uint32_t>(view.axis[a].insertion), 32);
  for (int a = 0; a < kAxes; ++a) bits.put(static_cast<std::uint32_t>(view.axis[a].size), 32);
  for (int a = 0; a < kAxes; ++a) bits.put(static_cast<std::uint32_t>(view.axis[a].low), 32);
  for (int a = 0; a < kAxes; ++a) bits.put(static_cast<std::uint32_t>(view.axis[a].stride), 32);
  for (int l = 0; l < kAxes; ++l) bits.put(static_cast<std::uint32_t>(view.level[l].step), 32);
  for (int l = 0; l < kAxes; ++l) bits.put(view.level[l].axis, 3);
  for (int l = 0; l < kAxes; ++l) bits.put(view.level[l].extent, 32);
  bits.put(view.levels, 3);
  bits.put(view.pad_bits, 32);
  bits.put(static_cast<std::uint32_t>(view.type), 4);
  bits.put(view.base, 32);
}

std::string text_of(const ViewDesc& view) {
  std::string text = std::string(name_of(view.type)) + " base " + std::to_string(view.base) + ":";
  for (std::uint32_t l = 0; l < view.levels; ++l) {
    text += " level(extent " + std::to_string(view.level[l].extent) + ", axis " +
            std::to_string(view.level[l].axis) + ", step " + std::to_string(view.level[l].step) +
            ")";
  }
  for (std::uint32_t a = 0; a < view.levels; ++a) {
    text += " axis(stride " + std::to_string(view.axis[a].stride) + ", low " +
            std::to_string(view.axis[a].low) + ", size " + std::to_string(view.axis[a].size) +
            ", insertion " + std::to_string(view.axis[a].insertion) + ")";
  }
  return text;
}

}  // namespace coldforge::rtl_bench
