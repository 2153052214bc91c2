// The tile memories of the RTL: grants against PortArbiter, lines against arrays.
#include <verilated.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "VMemories.h"
#include "isa/arch.h"
#include "sim/base/random.h"
#include "sim/mem/port_arbiter.h"

using namespace coldforge;
using namespace coldforge::sim;

namespace {

constexpr int kReaders = 12, kWriters = 7;
constexpr int kStore = 11;  // reader; of the others see tb_memories.sv
constexpr int kMoveWriter = 4, kLoad = 5, kAccWriter = 6;  // writers

struct Request {
  bool valid = false;
  isa::Memory memory = isa::Memory::Vec;
  std::uint32_t line = 0;
};

struct Write : Request {
  std::uint32_t bytes = 0;
  std::vector<std::uint8_t> data;
};

class Bench {
 public:
  Bench(const isa::Arch& arch, std::uint64_t seed)
      : archs_{arch.vec, arch.left, arch.right, arch.acc},
        random_(seed, stream_key("rtl memories")),
        line_bytes_(static_cast<std::size_t>(std::max(arch.vec.line_bytes, arch.acc.line_bytes))),
        top_(&context_) {
    for (const isa::TileMemoryArch& memory : archs_) {
      bytes_.emplace_back(static_cast<std::size_t>(memory.size_bytes));
    }
    for (Write& write : writes_) write.data.resize(line_bytes_);
    top_.clk_i = 0;
    top_.rst_ni = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    top_.clk_i = 0;
    top_.rst_ni = 1;
  }

  void run(std::int64_t cycles) {
    write_everything();
    for (std::int64_t t = 0; t < cycles; ++t) {
      INFO("cycle " << t);
      draw(t);
      drive();
      const std::int64_t position = arbiter_.move_position();
      const std::int64_t stored = arbiter_.store_count().advanced;
      const std::int64_t loaded = arbiter_.load_count().advanced;
      arbiter_.advance(t + 1);
      // A step without requests moves on, too.
      REQUIRE((top_.move_grant_o != 0) == (arbiter_.move_position() > position));
      if (reads_[kStore].valid) {
        REQUIRE((top_.store_grant_o != 0) == (arbiter_.store_count().advanced > stored));
      }
      if (writes_[kLoad].valid) {
        REQUIRE((top_.load_grant_o != 0) == (arbiter_.load_count().advanced > loaded));
      }
      move_holds_ = top_.move_grant_o == 0;
      store_holds_ = reads_[kStore].valid && top_.store_grant_o == 0;
      load_holds_ = writes_[kLoad].valid && top_.load_grant_o == 0;
      carry_out();
      tick();
      for (int i = 0; i < kReaders; ++i) {
        INFO("reader " << i);
        const auto& line = seen_[static_cast<std::size_t>(i)];
        if (!line.empty()) REQUIRE(std::memcmp(&top_.data_o[i], line.data(), line.size()) == 0);
      }
    }
  }

 private:
  const isa::TileMemoryArch& arch_of(isa::Memory memory) const {
    return archs_[static_cast<std::size_t>(memory)];
  }
  std::uint64_t bank_bit(const Request& request) const {
    return std::uint64_t{1} << (request.line % arch_of(request.memory).banks);
  }
  Request draw_request(isa::Memory memory) {
    const isa::TileMemoryArch& arch = arch_of(memory);
    const auto lines = static_cast<std::uint32_t>(arch.size_bytes / arch.line_bytes);
    // Few banks, so that engines meet.
    std::uint32_t line = random_.below(lines);
    if (random_.below(4) != 0) line = line / 16 * 16 + line % 3;
    return {true, memory, line % lines};
  }
  /// As rounds have them: two requests of an engine on one bank name one line.
  template <typename R>
  void make_round(R* requests, int count) const {
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < i; ++j) {
        if (requests[i].valid && requests[j].valid && requests[i].memory == requests[j].memory &&
            bank_bit(requests[i]) == bank_bit(requests[j])) {
          requests[i].line = requests[j].line;
        }
      }
    }
  }
  void draw(std::int64_t t) {
    const isa::Memory shared[] = {isa::Memory::Vec, isa::Memory::Acc};
    const isa::Memory written[] = {isa::Memory::Vec, isa::Memory::Left, isa::Memory::Right};
    const auto maybe = [&](isa::Memory memory, std::uint32_t of) {
      return random_.below(of) == 0 ? draw_request(memory) : Request{};
    };
    for (int i = 0; i < 4; ++i) reads_[i] = maybe(isa::Memory::Vec, 4);
    make_round(reads_.data(), 4);
    for (int i = 0; i < 4; ++i) set(writes_[i], maybe(isa::Memory::Vec, 5));
    make_round(writes_.data(), 4);
    reads_[8] = maybe(isa::Memory::Left, 2);
    reads_[9] = maybe(isa::Memory::Right, 2);
    reads_[10] = maybe(isa::Memory::Acc, 2);
    set(writes_[kAccWriter], maybe(isa::Memory::Acc, 2));
    for (int i = 0; i < 4; ++i) {
      if (reads_[i].valid) arbiter_.ask_vector(t, PortSide::VecRead, bank_bit(reads_[i]));
      if (writes_[i].valid) arbiter_.ask_vector(t, PortSide::VecWrite, bank_bit(writes_[i]));
    }
    if (reads_[10].valid) arbiter_.ask_matrix(t, bank_bit(reads_[10]));
    if (!move_holds_) {
      for (int i = 4; i < 8; ++i) reads_[i] = maybe(shared[random_.below(2)], 4);
      make_round(&reads_[4], 4);
      set(writes_[kMoveWriter], maybe(written[random_.below(3)], 2));
      const std::int64_t position = arbiter_.move_position();
      for (int i = 4; i < 8; ++i) {
        if (reads_[i].valid) {
          arbiter_.ask_move(position, port_side(reads_[i].memory, false), bank_bit(reads_[i]));
        }
      }
      const Write& write = writes_[kMoveWriter];
      if (write.valid) arbiter_.ask_move(position, port_side(write.memory, true), bank_bit(write));
      arbiter_.extend_move(position + 1, position);
    }
    if (!store_holds_) {
      reads_[kStore] = maybe(shared[random_.below(2)], 2);
      const Request& read = reads_[kStore];
      if (read.valid) arbiter_.store().push(t, port_side(read.memory, false), bank_bit(read));
    }
    if (!load_holds_) {
      set(writes_[kLoad], maybe(written[random_.below(3)], 2));
      const Write& write = writes_[kLoad];
      if (write.valid) arbiter_.load().push(t, port_side(write.memory, true), bank_bit(write));
    }
  }
  void set(Write& write, const Request& request) {
    static_cast<Request&>(write) = request;
    write.bytes = random_.below(3) == 0 ? 0xffffffffu : random_.next_u32();
    write.data.resize(line_bytes_);
    for (std::uint8_t& byte : write.data) byte = static_cast<std::uint8_t>(random_.next_u32());
  }
  void drive() {
    const auto word = [](const Request& request) {
      return std::uint64_t{request.valid} << 34 | static_cast<std::uint64_t>(request.memory) << 32 |
             request.line;
    };
    for (int i = 0; i < kReaders; ++i) top_.read_i[i] = word(reads_[static_cast<std::size_t>(i)]);
    for (int i = 0; i < kWriters; ++i) {
      const Write& write = writes_[static_cast<std::size_t>(i)];
      top_.write_i[i] = word(write);
      top_.bytes_i[i] = static_cast<std::uint16_t>(write.bytes);
      std::memcpy(&top_.data_i[i], write.data.data(), line_bytes_);
    }
    top_.eval();
  }
  void carry_out() {
    for (int i = 0; i < kReaders; ++i) {
      const Request& read = reads_[static_cast<std::size_t>(i)];
      const bool is_granted = i == kStore ? !store_holds_ : i < 4 || i >= 8 || !move_holds_;
      if (!read.valid || !is_granted) continue;
      const auto size = static_cast<std::size_t>(arch_of(read.memory).line_bytes);
      const std::uint8_t* from = &bytes_[static_cast<std::size_t>(read.memory)][read.line * size];
      seen_[static_cast<std::size_t>(i)].assign(from, from + size);
    }
    for (int i = 0; i < kWriters; ++i) {
      const Write& write = writes_[static_cast<std::size_t>(i)];
      const bool is_granted = i == kLoad ? !load_holds_ : i != kMoveWriter || !move_holds_;
      if (!write.valid || !is_granted) continue;
      const auto size = static_cast<std::size_t>(arch_of(write.memory).line_bytes);
      std::uint8_t* to = &bytes_[static_cast<std::size_t>(write.memory)][write.line * size];
      for (std::size_t byte = 0; byte < size; ++byte) {
        if ((write.bytes >> byte & 1) != 0) to[byte] = write.data[byte];
      }
    }
  }
  /// So that every line is known: vector writes Vec, load Left and Right, matrix Acc.
  void write_everything() {
    for (int m = 0; m < isa::kMemories; ++m) {
      const auto memory = static_cast<isa::Memory>(m);
      const int writer = memory == isa::Memory::Vec   ? 0
                         : memory == isa::Memory::Acc ? kAccWriter
                                                      : kLoad;
      const isa::TileMemoryArch& arch = arch_of(memory);
      for (std::int64_t line = 0; line < arch.size_bytes / arch.line_bytes; ++line) {
        Write& write = writes_[static_cast<std::size_t>(writer)];
        set(write, {true, memory, static_cast<std::uint32_t>(line)});
        write.bytes = 0xffffffffu;
        drive();
        carry_out();
        tick();
        write.valid = false;
      }
    }
  }
  void tick() {
    top_.clk_i = 1;
    top_.eval();
    top_.clk_i = 0;
    top_.eval();
  }

  const std::array<isa::TileMemoryArch, isa::kMemories> archs_;
  Random random_;
  const std::size_t line_bytes_;
  VerilatedContext context_;
  VMemories top_;
  PortArbiter arbiter_;
  std::vector<std::vector<std::uint8_t>> bytes_;  ///< by memory
  std::array<Request, kReaders> reads_;
  std::array<Write, kWriters> writes_;
  std::array<std::vector<std::uint8_t>, kReaders>
      seen_;  ///< what a reader has at its port; empty: nothing yet
  bool move_holds_ = false, store_holds_ = false, load_holds_ = false;
};

}  // namespace

TEST_CASE(
    "the tile memories of the RTL grant ports as the model's arbiter does and keep their bytes",
    "[rtl]") {
  const isa::Arch arch = isa::load_arch("tiny");
  const char* const asked = std::getenv("COLDFORGE_SEEDS");
  const int runs = asked == nullptr ? 4 : std::atoi(asked);
  for (int run = 0; run < runs; ++run) {
    INFO("seed " << run);
    Bench(arch, static_cast<std::uint64_t>(run)).run(2000);
  }
}
