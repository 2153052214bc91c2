#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/base/random.h"
#include "sim/exec/legality.h"
#include "sim/exec/semantics.h"
#include "sim/vector/beat_timing.h"
#include "tests/rtl_bench/beats/random_command.h"

namespace coldforge::rtl_bench {

/// A verilated cf_beat_pipe in tile memories of its own, next to the model's plan and semantics of
/// the same instructions.
///
/// Each cycle it plays front and arbiter: starts the next instruction when the pipe's gate and the
/// overlap with results in flight let it, and (move) takes the grant away at random in cycles that
/// ask for something. It compares in each cycle: the gate, occupation of the fetch stage, ports
/// asked for, ends of instructions, faults; and after each batch all bytes of all memories.
template <typename Top>
class PipeBench {
 public:
  PipeBench(const isa::Isa& isa, const isa::Arch& arch, isa::Unit unit, std::uint64_t seed)
      : isa_(isa),
        arch_(arch),
        unit_(unit),
        plans_(isa, arch),
        semantics_(isa),
        commands_(isa, arch, unit),
        model_(arch),
        rtl_(arch),
        timing_(arch, model_),
        random_(seed, stream_key("beats")),
        top_(std::make_unique<Top>()) {}

  /// Runs so many batches; an empty string, or the first difference.
  std::string run(int batches) {
    for (int i = 0; i < batches && wrong_.empty(); ++i) {
      batch(1 + random_.below(8), [&](std::uint32_t seq) { return commands_.next(random_, seq); });
    }
    return wrong_;
  }
  /// Runs each instruction with each combination of types so many times; likewise.
  std::string run_all_types(std::uint32_t times) {
    for (const RandomCommands::Typed& typed : commands_.all_types()) {
      batch(times, [&](std::uint32_t seq) { return commands_.next(typed, random_, seq); });
      if (!wrong_.empty()) break;
    }
    return wrong_;
  }
  std::int64_t instructions() const { return instructions_; }
  std::int64_t cycles() const { return cycles_; }
  std::int64_t faults() const { return faults_; }
  /// Instructions by name.
  const std::map<std::string, int>& names() const { return names_; }

 private:
  using Port = std::pair<int, int>;  // side (reads 0 + memory, writes 4 + memory), bank
  struct InFlight {
    sim::Command command;
    std::int64_t last_write = 0;  ///< position
    std::uint32_t slot = 0;
    std::uint32_t element = 0;  ///< of tgets
  };

  void differs(const std::string& what) {
    if (!wrong_.empty()) return;
    wrong_ = fmt::format("position {}, cycle {}: {}; in flight:", position_, cycle_, what);
    for (const InFlight& entry : in_flight_) wrong_ += describe(entry.command);
  }

  static std::string describe(const sim::Command& command) {
    std::string text = fmt::format("\n  {} {}", command.seq, command.instruction->name);
    for (const sim::TileDesc& tile : command.tile) {
      text += fmt::format(" [{} type {} at {} {}x{} strides {} {}]", static_cast<int>(tile.memory),
                          static_cast<int>(tile.type), tile.base_bytes, tile.rows, tile.cols,
                          tile.row_stride, tile.col_stride);
    }
    return text;
  }

  /// `draw(seq)` is a command, or none.
  template <typename Draw>
  void batch(std::uint32_t count, Draw draw) {
    reset();
    fill_memories(model_, random_);
    waiting_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
      std::optional<sim::Command> drawn = draw(i);
      if (!drawn) break;
      sim::Command& command = *drawn;
      if (command.instruction->exec == "tgather") {
        // Indices must not be what an instruction before makes of them.
        if (!waiting_.empty()) continue;
        RandomCommands::set_indices(command, random_.below(3) == 0, random_, model_);
      }
      waiting_.push_back(command);
    }
    for (int m = 0; m < isa::kMemories; ++m) {
      const auto memory = static_cast<isa::Memory>(m);
      std::memcpy(rtl_[memory].data(), model_[memory].data(),
                  static_cast<std::size_t>(rtl_[memory].size_bytes()));
    }
    const std::vector<sim::Command> all(waiting_.begin(), waiting_.end());
    faulted_ = false;
    for (int idle = 0; idle < 4 && wrong_.empty() && !faulted_;) {
      cycle();
      idle = waiting_.empty() && in_flight_.empty() ? idle + 1 : 0;
      if (cycle_ > 100000) differs("never ends");
    }
    if (wrong_.empty() && !faulted_) compare_memories();
    if (wrong_.empty()) return;
    wrong_ += "\nbatch:";
    for (const sim::Command& command : all) wrong_ += describe(command);
  }

  void compare_memories() {
    for (int m = 0; m < isa::kMemories; ++m) {
      const auto memory = static_cast<isa::Memory>(m);
      for (std::int64_t i = 0; i < rtl_[memory].size_bytes(); ++i) {
        if (rtl_[memory].data()[i] == model_[memory].data()[i]) continue;
        return differs(fmt::format("byte {} of memory {} is {:02x}, should be {:02x}", i, m,
                                   rtl_[memory].data()[i], model_[memory].data()[i]));
      }
    }
  }

  void reset() {
    in_flight_.clear();
    expected_.clear();
    position_ = cycle_ = 0;
    fetch_end_ = 0;
    last_write_ = -1;
    bad_position_ = -1;
    std::memset(data_, 0, sizeof data_);
    top_->rst_ni = 0;
    top_->advance_i = 0;
    top_->start_i = 0;
    top_->clk_i = 0;
    top_->eval();
    top_->rst_ni = 1;
    top_->eval();
  }

  // Bits of a port.
  template <typename Wide>
  static std::uint64_t bits(const Wide& port, int lsb, int width) {
    std::uint64_t value = 0;
    for (int i = 0; i < width; ++i) {
      value |= static_cast<std::uint64_t>(port[(lsb + i) / 32] >> (lsb + i) % 32 & 1) << i;
    }
    return value;
  }
  void put(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i, ++put_at_) {
      auto& word = top_->head_i[put_at_ / 32];
      const std::uint32_t bit = std::uint32_t{1} << put_at_ % 32;
      word = (value >> i & 1) != 0 ? word | bit : word & ~bit;
    }
  }
  /// cf_npu_pkg::command_t, from its last member on.
  void put_head(const sim::Command& command) {
    put_at_ = 0;
    for (const std::uint32_t x : command.x) put(x, 32);
    for (const auto& axis : command.view.axis) put(static_cast<std::uint32_t>(axis.insertion), 32);
    for (const auto& axis : command.view.axis) put(static_cast<std::uint32_t>(axis.size), 32);
    for (const auto& axis : command.view.axis) put(static_cast<std::uint32_t>(axis.low), 32);
    for (const auto& axis : command.view.axis) put(static_cast<std::uint32_t>(axis.stride), 32);
    for (const auto& level : command.view.level) put(static_cast<std::uint32_t>(level.step), 32);
    for (const auto& level : command.view.level) put(level.axis, 3);
    for (const auto& level : command.view.level) put(level.extent, 32);
    put(command.view.levels, 3);
    put(command.view.pad_bits, 32);
    put(static_cast<std::uint32_t>(command.view.type), 4);
    put(command.view.base, 32);
    for (const sim::TileDesc& tile : command.tile) {
      put(0, 64);  // low and high: the front's business
      put(static_cast<std::uint32_t>(tile.col_stride), 32);
      put(static_cast<std::uint32_t>(tile.row_stride), 32);
      put(tile.cols, 16);
      put(tile.rows, 16);
      put(tile.base_bytes, 32);
      put(static_cast<std::uint32_t>(tile.type), 4);
      put(static_cast<std::uint32_t>(tile.memory), 2);
    }
    put(command.seq, 32);
    put(static_cast<std::uint32_t>(command.instruction->id), 16);  // the rest of the last word
  }

  bool overlaps(const sim::Command& command) const {
    const sim::Plan& plan = plans_[*command.instruction];
    const auto meets = [&](int operand, const sim::TileDesc& result) {
      const sim::TileDesc& tile = command.tile[operand];
      const bool walks = plan.shape == sim::Plan::Shape::View && operand == plan.sources[0];
      return walks ? tile.memory == result.memory : sim::spans_overlap(tile, result);
    };
    for (const InFlight& entry : in_flight_) {
      for (const int result : plans_[*entry.command.instruction].results) {
        const sim::TileDesc& tile = entry.command.tile[result];
        for (const int operand : plan.sources) {
          if (meets(operand, tile)) return true;
        }
        for (const int operand : plan.results) {
          if (meets(operand, tile)) return true;
        }
      }
    }
    return false;
  }

  /// cf_npu_pkg::gate_e: start, busy, hazard.
  int expected_gate(const sim::Command& command) {
    if (fetch_end_ > position_) return 1;
    const std::int64_t first = timing_.earliest_write(command, plans_[*command.instruction]);
    return position_ + first > last_write_ ? 0 : 2;
  }

  void start(const sim::Command& command) {
    const sim::Plan& plan = plans_[*command.instruction];
    timing_.plan(command, plan, schedule_);
    for (const sim::BeatSchedule::Ask& ask : schedule_.asks) {
      for (int bank = 0; bank < sim::kMaxBanks; ++bank) {
        if ((ask.banks >> bank & 1) == 0) continue;
        static constexpr int kSides[] = {0, 4, 5, 6, 3};  // by sim::PortSide
        expected_[position_ + ask.step].insert({kSides[static_cast<int>(ask.side)], bank});
      }
    }
    std::uint32_t element = 0;
    fetch_end_ = position_ + schedule_.fetch_steps;
    last_write_ = position_ + schedule_.last_write;
    if (schedule_.bad_step >= 0) {
      bad_position_ = position_ + schedule_.bad_step;
      bad_index_ = static_cast<std::uint32_t>(schedule_.bad_index);
      bad_element_ = static_cast<std::uint32_t>(schedule_.bad_element);
      bad_seq_ = static_cast<std::uint32_t>(command.seq);
    } else if (plan.shape == sim::Plan::Shape::Get) {
      element = sim::get_element(command, model_);
    } else {
      semantics_.execute(command, model_);
    }
    in_flight_.push_back({command, last_write_, next_slot_, element});
    ++instructions_;
    ++names_[command.instruction->name];
  }

  std::int64_t line_bytes(int memory) const {
    return rtl_[static_cast<isa::Memory>(memory)].line_bytes();
  }
  int bank_of(int memory, std::uint64_t line) const {
    const std::int64_t banks = rtl_[static_cast<isa::Memory>(memory)].banks();
    return static_cast<int>(line % static_cast<std::uint64_t>(banks));
  }

  void cycle() {
    const bool has_head = !waiting_.empty();
    if (has_head) put_head(waiting_.front());
    for (int o = 0; o < 4; ++o) {
      for (int w = 0; w < kWords; ++w) data_port(o)[w] = data_[o][w];
    }
    top_->clk_i = 0;
    top_->start_i = 0;
    top_->eval();
    bool starts = false;
    if (has_head) {
      const int gate = expected_gate(waiting_.front());
      if (top_->gate_o != gate) {
        return differs(fmt::format("gate is {}, should be {}, for{}", top_->gate_o, gate,
                                   describe(waiting_.front())));
      }
      starts = gate == 0 && !overlaps(waiting_.front()) && random_.below(4) != 0;
    }
    if (starts) {
      next_slot_ = random_.below(static_cast<std::uint32_t>(arch_.queue.max_in_flight));
      top_->start_i = 1;
      top_->start_slot_i = static_cast<std::uint8_t>(next_slot_);
      start(waiting_.front());
      waiting_.pop_front();
    }
    top_->eval();
    std::set<Port> asked;
    const std::uint64_t reads[] = {top_->read0_o, top_->read1_o, top_->read2_o, top_->read3_o};
    for (const std::uint64_t read : reads) {
      if (read >> 34 == 0) continue;
      const int memory = static_cast<int>(read >> 32 & 3);
      asked.insert({memory, bank_of(memory, read & 0xffffffff)});
    }
    Write writes[2] = {write_of(top_->write0_o), write_of(top_->write1_o)};
    for (const Write& write : writes) {
      if (write.valid) asked.insert({4 + write.memory, bank_of(write.memory, write.line)});
    }
    if (asked != expected_[position_]) return differs(ask_text(asked));
    if (top_->is_active_o != (fetch_end_ > position_)) {
      return differs(fmt::format("the fetch stage is {}", top_->is_active_o ? "busy" : "free"));
    }
    const bool advances =
        unit_ == isa::Unit::Vector || asked.empty() || loses_ == 0 || random_.below(loses_) != 0;
    top_->advance_i = advances;
    top_->eval();
    if (advances) advance(reads, writes);
    top_->clk_i = 1;
    top_->eval();
    ++cycle_;
    ++cycles_;
  }

  struct Write {
    bool valid = false;
    int memory = 0;
    std::uint64_t line = 0;
    std::uint32_t bytes = 0;
    std::uint8_t data[64] = {};
  };
  /// cf_npu_pkg::line_write_t.
  template <typename Wide>
  Write write_of(const Wide& port) const {
    Write write;
    const int width = static_cast<int>(arch_.vec.line_bytes);
    for (int i = 0; i < width; ++i) {
      write.data[i] = static_cast<std::uint8_t>(bits(port, 8 * i, 8));
    }
    write.bytes = static_cast<std::uint32_t>(bits(port, 8 * width, width));
    write.line = bits(port, 9 * width, 32);
    write.memory = static_cast<int>(bits(port, 9 * width + 32, 2));
    write.valid = bits(port, 9 * width + 34, 1) != 0;
    return write;
  }

  /// What happens at the edge that ends a cycle in which the pipe advances.
  void advance(const std::uint64_t* reads, const Write* writes) {
    const bool ends = !in_flight_.empty() && in_flight_.front().last_write == position_;
    if (top_->end_o != ends) return differs(top_->end_o ? "an end" : "no end");
    if (ends && top_->end_slot_o != in_flight_.front().slot) return differs("end of another slot");
    const bool is_fault = bits(top_->fault_o, 99, 1) != 0;
    if (is_fault != (bad_position_ == position_)) return differs(is_fault ? "a fault" : "no fault");
    if (is_fault) {
      faulted_ = true;
      ++faults_;
      if (bits(top_->fault_o, 0, 32) != bad_element_ || bits(top_->fault_o, 32, 32) != bad_index_ ||
          bits(top_->fault_o, 64, 32) != bad_seq_) {
        return differs("a fault with another index or element");
      }
    }
    for (int o = 0; o < 4; ++o) {
      if (reads[o] >> 34 == 0) continue;
      const int memory = static_cast<int>(reads[o] >> 32 & 3);
      const std::int64_t width = line_bytes(memory);
      const auto first = static_cast<std::int64_t>(reads[o] & 0xffffffff) * width;
      std::memcpy(data_[o], rtl_[static_cast<isa::Memory>(memory)].data() + first,
                  static_cast<std::size_t>(width));
    }
    for (int w = 0; w < 2; ++w) {
      if (!writes[w].valid) continue;
      const std::int64_t width = line_bytes(writes[w].memory);
      std::uint8_t* line = rtl_[static_cast<isa::Memory>(writes[w].memory)].data() +
                           static_cast<std::int64_t>(writes[w].line) * width;
      for (std::int64_t i = 0; i < width; ++i) {
        if ((writes[w].bytes >> i & 1) != 0) line[i] = writes[w].data[i];
      }
    }
    if (ends) {
      const InFlight& done = in_flight_.front();
      if (done.command.instruction->exec == "tgets" && top_->element_o != done.element) {
        return differs(
            fmt::format("the element is {:08x}, should be {:08x}", top_->element_o, done.element));
      }
      in_flight_.pop_front();
    }
    expected_.erase(position_);
    ++position_;
  }

  std::string ask_text(const std::set<Port>& asked) {
    std::string text = "asks for";
    for (const auto& [side, bank] : asked) text += fmt::format(" {}:{}", side, bank);
    text += ", should for";
    for (const auto& [side, bank] : expected_[position_]) text += fmt::format(" {}:{}", side, bank);
    return text;
  }

  auto& data_port(int operand) {
    switch (operand) {
      case 0:
        return top_->data0_i;
      case 1:
        return top_->data1_i;
      case 2:
        return top_->data2_i;
      default:
        return top_->data3_i;
    }
  }

  static constexpr int kWords = 4;  // of a line of the tiny machine
  const isa::Isa& isa_;
  const isa::Arch& arch_;
  const isa::Unit unit_;
  const sim::Plans plans_;
  const sim::Semantics semantics_;
  const RandomCommands commands_;
  sim::TileMemories model_, rtl_;
  sim::BeatTiming timing_;
  sim::BeatSchedule schedule_;
  Random random_;
  std::unique_ptr<Top> top_;
  std::string wrong_;
  std::deque<sim::Command> waiting_;
  std::deque<InFlight> in_flight_;
  std::map<std::int64_t, std::set<Port>> expected_;  ///< by position
  std::map<std::string, int> names_;
  std::uint32_t data_[4][kWords] = {};
  std::int64_t position_ = 0, cycle_ = 0, fetch_end_ = 0, last_write_ = -1, bad_position_ = -1;
  std::int64_t instructions_ = 0, cycles_ = 0, faults_ = 0;
  std::uint32_t bad_index_ = 0, bad_element_ = 0, bad_seq_ = 0, next_slot_ = 0;
  std::uint32_t loses_ = 4;  ///< one cycle in so many that ask is lost
  int put_at_ = 0;
  bool faulted_ = false;
};

}  // namespace coldforge::rtl_bench
