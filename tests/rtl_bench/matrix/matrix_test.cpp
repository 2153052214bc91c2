// The matrix engine of the RTL against MatrixTiming (starts, dones, stalls, reads of partial sums)
// and Semantics (what stands in Acc at the end).
#include <verilated.h>
#include <verilated_syms.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "VMatrix.h"
#include "sim/base/random.h"
#include "sim/engine/plan.h"
#include "sim/exec/legality.h"
#include "sim/exec/semantics.h"
#include "sim/matrix/matrix_timing.h"

using namespace coldforge;
using namespace coldforge::sim;

namespace {

constexpr int kBusy = 0, kHazard = 3, kEmpty = 9;  // cf_npu_pkg::stall_e

/// A tile somewhere in a memory whose elements do not share a byte if `distinct`.
TileDesc draw_tile(Random& random, isa::Memory memory, std::int64_t memory_bytes, ElementType type,
                   std::uint32_t rows, std::uint32_t cols, bool distinct) {
  const std::int64_t size = size_bytes(type);
  for (;;) {
    TileDesc tile{memory, type, 0, rows, cols, 0, 1};
    const auto r = static_cast<std::int32_t>(rows), c = static_cast<std::int32_t>(cols);
    const auto extra = static_cast<std::int32_t>(random.below(4));
    switch (random.below(5)) {
      case 0:  // across lines
        tile.col_stride = static_cast<std::int32_t>(1 + random.below(5));
        tile.row_stride = c * tile.col_stride + extra;
        break;
      case 1:  // transposed
        tile.row_stride = 1;
        tile.col_stride = r + extra;
        break;
      case 2:  // reversed
        tile.col_stride = random.below(2) == 0 ? -1 : 1;
        tile.row_stride = (random.below(2) == 0 ? -1 : 1) * (c + extra);
        break;
      case 3:
        tile.row_stride = (c + 15) / 16 * 16;
        break;
      default:
        tile.row_stride = c + extra;
    }
    if (!distinct && random.below(6) == 0) tile.row_stride = 0;
    if (!distinct && random.below(6) == 0) tile.col_stride = 0;
    const std::int64_t low = span_of(tile).begin, length = span_of(tile).end - low;
    if (length > memory_bytes) continue;
    // Few places, so that products meet; whole lines every other time.
    std::int64_t place =
        random.below(static_cast<std::uint32_t>((memory_bytes - length) / size + 1));
    if (random.below(2) == 0) place = place / 16 * 16;
    if (random.below(3) != 0) place %= 64;
    tile.base_bytes = static_cast<std::uint32_t>(place * size - low);
    return tile;
  }
}

Command draw_product(Random& random, const isa::Isa& isa, const isa::Arch& arch,
                     std::uint64_t seq) {
  constexpr ElementType kTypes[] = {ElementType::Fp16, ElementType::Bf16, ElementType::Int8};
  Command command;
  command.instruction = isa.find(random.below(2) == 0 ? "tmatmul" : "tmatmul.acc");
  command.seq = seq;
  const ElementType type = kTypes[random.below(3)];
  const std::uint32_t m = 1 + random.below(random.below(4) == 0 ? 24 : 6);
  const std::uint32_t k = 1 + random.below(random.below(2) == 0 ? 4 : 14);
  const std::uint32_t n = 1 + random.below(random.below(2) == 0 ? 4 : 12);
  const ElementType sum = type == ElementType::Int8 ? ElementType::Int32 : ElementType::Fp32;
  command.tile[0] = draw_tile(random, isa::Memory::Acc, arch.acc.size_bytes, sum, m, n, true);
  command.tile[1] = draw_tile(random, isa::Memory::Left, arch.left.size_bytes, type, m, k, false);
  command.tile[2] = draw_tile(random, isa::Memory::Right, arch.right.size_bytes, type, k, n, false);
  return command;
}

/// The bytes of a memory of the RTL, line by line.
class RtlMemory {
 public:
  RtlMemory(const VerilatedContext& context, const std::string& name,
            const isa::TileMemoryArch& arch)
      : arch_(arch) {
    for (std::int64_t bank = 0; bank < arch.banks; ++bank) {
      const std::string scope =
          "TOP.tb_matrix.u_memories." + name + ".gen_bank[" + std::to_string(bank) + "].u_bank";
      const VerilatedScope* found = context.scopeFind(scope.c_str());
      REQUIRE(found != nullptr);
      VerilatedVar* const words = found->varFind("mem_q");
      REQUIRE(words != nullptr);
      banks_.push_back(static_cast<std::uint8_t*>(words->datap()));
    }
  }
  std::uint8_t* line(std::int64_t number) const {
    return banks_[static_cast<std::size_t>(number % arch_.banks)] +
           number / arch_.banks * arch_.line_bytes;
  }
  void write(const TileMemory& from) const {
    for (std::int64_t i = 0; i < from.size_bytes() / arch_.line_bytes; ++i) {
      std::memcpy(line(i), from.data() + i * arch_.line_bytes,
                  static_cast<std::size_t>(arch_.line_bytes));
    }
  }
  std::vector<std::uint8_t> read() const {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(arch_.size_bytes));
    for (std::int64_t i = 0; i < arch_.size_bytes / arch_.line_bytes; ++i) {
      std::memcpy(&bytes[static_cast<std::size_t>(i * arch_.line_bytes)], line(i),
                  static_cast<std::size_t>(arch_.line_bytes));
    }
    return bytes;
  }

 private:
  isa::TileMemoryArch arch_;
  std::vector<std::uint8_t*> banks_;
};

/// What the engine's rules say about products that are pushed one after the other.
class Expected {
 public:
  explicit Expected(const isa::Arch& arch)
      : arch_(arch), timing_(arch), arbiters_(static_cast<std::size_t>(arch.acc.banks)) {
    for (std::size_t bank = 0; bank < arbiters_.size(); ++bank) {
      arbiters_[bank] = std::make_unique<PortArbiter>();
    }
  }
  void push(const Command& command, std::int64_t cycle) {
    Product product{command, cycle, cycle + 1, 0, 0};
    if (!products_.empty()) {
      product.start = std::max({product.start, products_.back().start + 1, schedule_.weights_free});
    }
    const std::size_t limit = static_cast<std::size_t>(arch_.queue.max_in_flight);
    if (products_.size() >= limit) {
      product.start = std::max(product.start, products_[products_.size() - limit].done);
    }
    std::int64_t stream = std::max(product.start, stream_free_);
    for (const Product& other : products_) {
      if (other.done > product.start && spans_overlap(other.command.tile[0], command.tile[0])) {
        stream = std::max(stream, other.own_done);
      }
    }
    for (const auto& arbiter : arbiters_) {
      timing_.plan(command, product.start, stream, schedule_, *arbiter);
    }
    product.own_done = schedule_.done;
    product.done =
        products_.empty() ? schedule_.done : std::max(schedule_.done, products_.back().done);
    stream_free_ = schedule_.stream_free;
    mark(occupied_, product.start, stream_free_);
    for (const CycleSpan& span : schedule_.work) mark(busy_, span.begin, span.end);
    products_.push_back(product);
  }
  /// Banks of Acc that are read in a cycle; called once for each cycle, ascending.
  std::uint64_t acc_banks(std::int64_t cycle) {
    std::uint64_t asked = 0;
    for (std::size_t bank = 0; bank < arbiters_.size(); ++bank) {
      PortArbiter& arbiter = *arbiters_[bank];
      arbiter.store().push(cycle, PortSide::AccRead, std::uint64_t{1} << bank);
      const std::int64_t before = arbiter.store_count().advanced;
      arbiter.advance(cycle + 1);
      if (arbiter.store_count().advanced == before) asked |= std::uint64_t{1} << bank;
    }
    return asked;
  }
  int stall(std::int64_t cycle) const {
    if (is_marked(busy_, cycle)) return kBusy;
    if (is_marked(occupied_, cycle)) return kHazard;
    for (const Product& product : products_) {  // held by the limit
      if (product.push >= cycle || product.start <= cycle) continue;
      const auto open = std::count_if(
          products_.begin(), products_.end(),
          [&](const Product& other) { return other.start < cycle && other.done > cycle; });
      return open >= arch_.queue.max_in_flight ? kHazard : kEmpty;
    }
    return kEmpty;
  }
  struct Product {
    Command command;
    std::int64_t push, start, own_done, done;
  };
  const std::vector<Product>& products() const { return products_; }

 private:
  static void mark(std::vector<bool>& cycles, std::int64_t begin, std::int64_t end) {
    if (cycles.size() < static_cast<std::size_t>(end)) cycles.resize(static_cast<std::size_t>(end));
    for (std::int64_t t = begin; t < end; ++t) cycles[static_cast<std::size_t>(t)] = true;
  }
  static bool is_marked(const std::vector<bool>& cycles, std::int64_t cycle) {
    return static_cast<std::size_t>(cycle) < cycles.size() &&
           cycles[static_cast<std::size_t>(cycle)];
  }

  const isa::Arch& arch_;
  MatrixTiming timing_;
  std::vector<std::unique_ptr<PortArbiter>> arbiters_;  ///< by bank: whether it is asked for
  MatrixSchedule schedule_;
  std::int64_t stream_free_ = 0;
  std::vector<Product> products_;
  std::vector<bool> busy_, occupied_;  ///< by cycle
};

/// The machine's side of a run.
class Bench {
 public:
  Bench(const isa::Isa& isa, const isa::Arch& arch)
      : isa_(isa),
        top_(std::make_unique<VMatrix>(&context_)),
        left_((reset(), RtlMemory(context_, "u_left", arch.left))),
        right_(context_, "u_right", arch.right),
        acc_(context_, "u_acc", arch.acc) {}
  void reset() {
    top_->clk_i = 0;
    top_->rst_ni = 0;
    top_->push_i = top_->stop_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->rst_ni = 1;
    top_->eval();
  }
  void push(const Command& command) {
    top_->push_i = 1;
    top_->instr_i = static_cast<std::uint8_t>(command.instruction->id);
    top_->seq_i = static_cast<std::uint32_t>(command.seq);
    for (int i = 0; i < 3; ++i) {
      const TileDesc& tile = command.tile[i];
      const TileSpan span = span_of(tile);
      const std::uint32_t fields[] = {static_cast<std::uint32_t>(tile.memory),
                                      static_cast<std::uint32_t>(tile.type),
                                      tile.base_bytes,
                                      tile.rows,
                                      tile.cols,
                                      static_cast<std::uint32_t>(tile.row_stride),
                                      static_cast<std::uint32_t>(tile.col_stride),
                                      static_cast<std::uint32_t>(span.begin),
                                      static_cast<std::uint32_t>(span.end)};
      for (int f = 0; f < 9; ++f) top_->fields_i[9 * i + f] = fields[f];
    }
    top_->eval();
  }
  void tick() {
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->push_i = 0;
    top_->eval();
  }
  VMatrix& top() { return *top_; }
  const RtlMemory& left() const { return left_; }
  const RtlMemory& right() const { return right_; }
  const RtlMemory& acc() const { return acc_; }

 private:
  const isa::Isa& isa_;
  VerilatedContext context_;
  std::unique_ptr<VMatrix> top_;
  RtlMemory left_, right_, acc_;
};

void fill(Random& random, TileMemory& memory) {
  for (std::int64_t i = 0; i < memory.size_bytes(); ++i) {
    // Exponents in the middle, so that few sums overflow.
    const std::uint32_t byte = random.next_u32() & 0xff;
    memory.data()[i] = static_cast<std::uint8_t>(
        random.below(32) == 0 ? byte : (i % 2 == 0 ? byte : (byte & 0x87) | 0x38));
  }
}

}  // namespace

TEST_CASE("the matrix engine of the RTL takes the model's cycles and leaves its sums", "[rtl]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  const Semantics semantics(isa);
  const char* const asked = std::getenv("COLDFORGE_SEEDS");
  const int runs = asked == nullptr ? 40 : std::atoi(asked);
  for (int run = 0; run < runs; ++run) {
    Random random(static_cast<std::uint64_t>(run), stream_key("rtl matrix"));
    TileMemories memories(arch);
    for (const isa::Memory memory : {isa::Memory::Left, isa::Memory::Right, isa::Memory::Acc}) {
      fill(random, memories[memory]);
    }
    Bench bench(isa, arch);
    bench.left().write(memories[isa::Memory::Left]);
    bench.right().write(memories[isa::Memory::Right]);
    bench.acc().write(memories[isa::Memory::Acc]);
    Expected expected(arch);
    const std::size_t products = 4 + random.below(24);
    const std::uint32_t pause = random.below(2) == 0 ? 1 : 60;
    std::int64_t next_push = random.below(4), last_cycle = 0;
    std::size_t started = 0, done = 0;
    for (std::int64_t t = 0; done < products || t <= last_cycle; ++t) {
      INFO("seed " << run << ", cycle " << t << ", " << started << " started, " << done << " done");
      REQUIRE(t < 100000);
      if (expected.products().size() < products && t >= next_push && bench.top().accepts_o) {
        const Command command = draw_product(random, isa, arch, expected.products().size());
        bench.push(command);
        expected.push(command, t);
        semantics.execute(command, memories);
        next_push = t + 1 + random.below(pause);
        last_cycle = expected.products().back().done + 3;
      }
      const auto& list = expected.products();
      const bool starts = started < list.size() && list[started].start == t;
      REQUIRE((bench.top().started_o != 0) == starts);
      if (starts) {
        REQUIRE(bench.top().started_seq_o == started);
        ++started;
      }
      REQUIRE(bench.top().done_count_o == done);
      std::size_t ends = 0;
      while (done + ends < started && list[done + ends].done == t) ++ends;
      REQUIRE(bench.top().done_o == ends);
      done += ends;
      REQUIRE(int{bench.top().stall_o} == expected.stall(t));
      const std::uint64_t banks = expected.acc_banks(t);
      const std::uint64_t bank = std::uint64_t{1} << (bench.top().acc_line_o % arch.acc.banks);
      REQUIRE((bench.top().acc_reads_o ? bank : 0) == banks);
      bench.tick();
    }
    INFO("seed " << run);
    REQUIRE(bench.top().is_drained_o == 1);
    const TileMemory& acc = memories[isa::Memory::Acc];
    const std::vector<std::uint8_t> bytes = bench.acc().read();
    for (std::int64_t i = 0; i < acc.size_bytes(); i += 4) {
      INFO("byte " << i);
      std::uint32_t is = 0, should = 0;
      std::memcpy(&is, &bytes[static_cast<std::size_t>(i)], 4);
      std::memcpy(&should, acc.data() + i, 4);
      REQUIRE(is == should);
    }
  }
}

TEST_CASE("a matrix engine that is stopped does nothing more", "[rtl]") {
  const isa::Isa isa = isa::Isa::load();
  const isa::Arch arch = isa::load_arch("tiny");
  Bench bench(isa, arch);
  for (std::uint64_t run = 0; run < 200; ++run) {
    Random random(run, stream_key("rtl matrix stop"));
    bench.reset();
    const std::int64_t stop_at = random.below(120);
    std::uint64_t pushed = 0;
    for (std::int64_t t = 0; t < stop_at + 60; ++t) {
      INFO("seed " << run << ", stopped at " << stop_at << ", cycle " << t);
      if (bench.top().accepts_o) bench.push(draw_product(random, isa, arch, pushed++));
      bench.top().stop_i = t >= stop_at;
      bench.top().eval();
      const bool does = bench.top().started_o || bench.top().asks_o;
      REQUIRE((t < stop_at || !does));
      bench.tick();
    }
    REQUIRE(pushed > 0);
  }
}
