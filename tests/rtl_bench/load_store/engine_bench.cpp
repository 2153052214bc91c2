#include "tests/rtl_bench/load_store/engine_bench.h"

#include <algorithm>

namespace coldforge::rtl_bench {
namespace {

using isa::Memory;

bool fits(const sim::TileDesc& tile, std::int64_t memory_bytes) {
  const std::int64_t size = size_bytes(tile.type);
  std::int64_t low = tile.base_bytes, high = tile.base_bytes;
  for (const std::int64_t reach : {std::int64_t{tile.row_stride} * (tile.rows - 1) * size,
                                   std::int64_t{tile.col_stride} * (tile.cols - 1) * size}) {
    (reach < 0 ? low : high) += reach;
  }
  return low >= 0 && high + size <= memory_bytes;
}

sim::TileDesc draw_tile(Random& random, const isa::Arch& arch, std::int64_t elements,
                        bool is_store) {
  const auto one_of = [&](std::initializer_list<std::int32_t> values) {
    return *(values.begin() + random.below(static_cast<std::uint32_t>(values.size())));
  };
  for (;;) {
    sim::TileDesc tile;
    if (is_store) {
      tile.memory = random.below(2) == 0 ? Memory::Vec : Memory::Acc;
    } else {
      tile.memory = random.below(2) == 0   ? Memory::Vec
                    : random.below(2) == 0 ? Memory::Left
                                           : Memory::Right;
    }
    tile.type = static_cast<ElementType>(random.below(6));
    std::vector<std::uint32_t> divisors;
    for (std::uint32_t d = 1; d <= elements; ++d) {
      if (elements % d == 0) divisors.push_back(d);
    }
    tile.cols = divisors[random.below(static_cast<std::uint32_t>(divisors.size()))];
    tile.rows = static_cast<std::uint32_t>(elements) / tile.cols;
    const auto rows = static_cast<std::int32_t>(tile.rows),
               cols = static_cast<std::int32_t>(tile.cols);
    tile.col_stride = one_of({1, 1, 1, 1, -1, 2, rows, rows + 1});
    tile.row_stride =
        tile.col_stride == rows || tile.col_stride == rows + 1 ? 1 : cols * tile.col_stride;
    if (tile.row_stride != 1) tile.row_stride += one_of({0, 0, 1, 3});
    if (random.below(5) == 0) tile.row_stride = -tile.row_stride;
    if (is_store && random.below(6) == 0) tile.col_stride = 0;
    if (is_store && random.below(6) == 0) tile.row_stride = one_of({0, 1});
    const auto size = static_cast<std::uint32_t>(size_bytes(tile.type));
    const std::int64_t bytes =
        tile.memory == Memory::Vec ? arch.vec.size_bytes : arch.acc.size_bytes;
    tile.base_bytes = random.below(static_cast<std::uint32_t>(bytes) / size) * size;
    if (random.below(3) == 0) tile.base_bytes &= ~63u;
    if (fits(tile, bytes)) return tile;
  }
}

void pack(const sim::TileDesc& tile, Bits& bits) {
  bits.put(0, 64);  // low, high: what the core knows about overlap
  bits.put(static_cast<std::uint32_t>(tile.col_stride), 32)
      .put(static_cast<std::uint32_t>(tile.row_stride), 32);
  bits.put(tile.cols, 16).put(tile.rows, 16).put(tile.base_bytes, 32);
  bits.put(static_cast<std::uint32_t>(tile.type), 4)
      .put(static_cast<std::uint32_t>(tile.memory), 2);
}

}  // namespace

std::deque<Job> draw_jobs(Random& random, const isa::Arch& arch, int count, bool is_store) {
  std::deque<Job> jobs;
  std::int64_t arrival = 1;
  const std::uint32_t gap = random.below(2) == 0 ? 1 : 120;
  for (int i = 0; i < count; ++i) {
    Job job;
    do {
      job.view = draw_view(random, random.below(3) == 0 ? 500 : 24);
    } while (elements_of(job.view) > 500);
    job.tile = draw_tile(random, arch, elements_of(job.view), is_store);
    job.items = expected_items(job.view, arch);
    job.arrival = arrival;
    arrival += 1 + random.below(gap);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Bits pack_command(const Job& job, int instruction, std::uint32_t seq, int tile_operand) {
  Bits bits;
  bits.put(0, 64).put(0, 64);  // x
  pack(job.view, bits);
  for (int i = 0; i < 4; ++i) {
    if (i == tile_operand) {
      pack(job.tile, bits);
    } else {
      bits.put(0, 64).put(0, 64).put(0, 64).put(0, 6);
    }
  }
  bits.put(seq, 32).put(static_cast<std::uint64_t>(instruction), 7);
  return bits;
}

isa::Arch draw_machine(Random& random) {
  isa::Arch arch = isa::load_arch("tiny");
  const auto hit = static_cast<std::int64_t>(1 + random.below(random.below(2) == 0 ? 6 : 60));
  arch.dram.row_hit_cycles = Cycles{hit};
  arch.dram.row_miss_cycles = Cycles{hit + random.below(9)};
  arch.dram.write_response_cycles = Cycles{1 + random.below(random.below(2) == 0 ? 4 : 40)};
  if (random.below(3) == 0) arch.dram.read_bytes_per_cycle = arch.dram.write_bytes_per_cycle = 4;
  if (random.below(3) == 0) arch.dram.shared_bytes_per_cycle = 3;
  return arch;
}

int retire(std::deque<Job>& jobs, std::int64_t now) {
  std::int64_t before = 0;
  int retired = 0;
  for (Job& job : jobs) {
    if (job.own_done < 0) break;
    if (job.done < 0) job.done = std::max(job.own_done, before);
    before = job.done;
    if (job.done == now) ++retired;
  }
  return retired;
}

int in_flight(const std::deque<Job>& jobs, std::int64_t now) {
  int open = 0;
  for (const Job& job : jobs) {
    if (job.start >= 0 && job.start < now && (job.done < 0 || job.done > now)) ++open;
  }
  return open;
}

std::string text_of(const Job& job) {
  const sim::TileDesc& tile = job.tile;
  return text_of(job.view) + "; tile memory " + std::to_string(static_cast<int>(tile.memory)) +
         " " + std::string(name_of(tile.type)) + " base " + std::to_string(tile.base_bytes) + " " +
         std::to_string(tile.rows) + " x " + std::to_string(tile.cols) + " strides " +
         std::to_string(tile.row_stride) + ", " + std::to_string(tile.col_stride);
}

}  // namespace coldforge::rtl_bench
