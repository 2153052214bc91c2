#include "tests/lockstep/random/generator.h"

#include <algorithm>

#include "sim/trace/footprint.h"
#include "tests/lockstep/random/draw_command.h"
#include "tests/lockstep/random/order.h"

namespace coldforge::lockstep {
namespace {

using isa::Unit;

constexpr std::uint32_t kMaxOps = 60;

class Generator {
 public:
  Generator(const World& world, std::uint64_t seed)
      : world_(world), random_(seed, stream_key("scenario")), draw_(world, profile_) {
    scenario_.seed = seed;
    for (const isa::Instruction& instruction : world.isa.instructions()) {
      if (instruction.unit == Unit::Scalar || world.plan(instruction).flag_operand >= 0) continue;
      of_unit_[static_cast<int>(instruction.unit)].push_back(&instruction);
    }
  }

  Scenario take() {
    draw_profile();
    const std::uint32_t count = 4 + random_.below(random_.below(4) == 0 ? kMaxOps - 12 : 20);
    const bool goes_wrong = random_.below(13) == 0;
    const std::uint32_t when = random_.below(count);
    for (int i = 0; i < 300 && ops().size() < count && cycles_ < budget_; ++i) {
      if (goes_wrong && ops().size() >= when && !went_wrong_) wrong();
      next();
    }
    return std::move(scenario_);
  }

 private:
  std::vector<Op>& ops() { return scenario_.ops; }
  bool one_in(std::uint32_t n) { return random_.below(n) == 0; }
  std::uint32_t one_of(std::initializer_list<std::uint32_t> values) {
    return values.begin()[random_.below(static_cast<std::uint32_t>(values.size()))];
  }

  void draw_profile() {
    Profile& p = profile_;
    p.max_rows = one_of({3, 5, 8, 12});
    p.max_cols = one_of({4, 9, 12, 40});
    p.max_elems = one_of({24, 48, 64, 160});
    p.window_bytes = one_of({96, 256, 512, 1024});
    p.own_window_percent = one_of({0, 40, 80, 95});
    p.same_bank_percent = one_of({0, 0, 10, 60});
    p.odd_stride_percent = one_of({10, 35, 70});
    p.plain_view_percent = one_of({20, 45, 80});
    p.max_pieces = one_of({4, 8, 12, 24});
    p.dram_window_bytes = one_of({64, 512, 4096});
    scenario_.burst = one_of({1, 2, 4, 8});
    scenario_.handler = one_in(4);
    scenario_.drain = one_in(2);
    repeat_percent_ = one_of({0, 15, 50});
    stay_percent_ = one_of({0, 30, 70});
    order_percent_ = one_of({2, 8, 20});
    budget_ = one_of({400, 800, 1500}) + (one_in(20) ? 3000 : 0);
    for (std::uint32_t& weight : weights_) weight = 1 + random_.below(6);
    if (one_in(3)) weights_[1 + random_.below(5)] += 20;
  }

  Unit draw_unit() {
    std::uint32_t sum = 0;
    for (int u = 1; u < isa::kUnits; ++u) sum += weights_[u];
    std::uint32_t at = random_.below(sum);
    int u = 1;
    while (at >= weights_[u]) at -= weights_[u++];
    return static_cast<Unit>(u);
  }

  Op& add(Op::Kind kind) {
    Op op;
    op.kind = kind;
    op.style = 1 + random_.below(0xffff);
    ops().push_back(op);
    return ops().back();
  }

  void next() {
    const std::uint32_t kind = random_.below(100);
    if (kind < order_percent_) {
      Op& op = add(Op::Kind::Order);
      op.unit = static_cast<Unit>(random_.below(isa::kUnits));
      op.other = static_cast<Unit>(random_.below(isa::kUnits));
    } else if (kind < order_percent_ + 3) {
      add(Op::Kind::Barrier).number = random_.below(1u << isa::kUnits);
    } else if (kind < order_percent_ + 8) {
      Op& op = add(Op::Kind::Scalar);
      op.count = 1 + random_.below(10);
      cycles_ += 6;
    } else if (kind < order_percent_ + 11) {
      access();
    } else if (kind < order_percent_ + 13 && spare_flags(world_.arch) < world_.arch.flags) {
      spare_sets();
    } else {
      issue();
    }
  }

  void access() {
    Op& op = add(Op::Kind::Access);
    op.write = one_in(2);
    op.count = 1u << random_.below(3);
    const bool out = op.write || one_in(2);
    op.number = (out ? kOutBase : kInBase) + random_.below(profile_.dram_window_bytes);
    op.number -= op.number % op.count;
    op.value = random_.next_u32();
    cycles_ += 100;
  }

  /// Sets that nobody waits for: they take part in the queues and in nothing else.
  void spare_sets() {
    Op& op = add(Op::Kind::Flag);
    op.unit = static_cast<Unit>(random_.below(isa::kUnits));
    op.number = spare_flags(world_.arch);
    op.write = true;
    op.count = std::min(1 + random_.below(4), 14 - std::min(14u, spare_sets_));
    spare_sets_ += op.count;
    if (op.count == 0) ops().pop_back();
  }

  void issue() {
    if (!ops().empty() && ops().back().kind == Op::Kind::Issue &&
        random_.below(100) < repeat_percent_) {  // the same again needs no set-up
      const sim::Command command = ops().back().command;
      return issue(command);
    }
    if (random_.below(100) >= stay_percent_) unit_ = draw_unit();
    const auto& choices = of_unit_[static_cast<int>(unit_)];
    if (choices.empty()) return;
    const isa::Instruction& instruction =
        *choices[random_.below(static_cast<std::uint32_t>(choices.size()))];
    sim::Command command;
    if (!draw_.legal(instruction, random_, command)) return;
    if (instruction.timing == "gather" && !one_in(30) && !load_indices(command)) return;
    issue(command);
  }

  void issue(const sim::Command& command) {
    add(Op::Kind::Issue).command = command;
    cycles_ += rough_cycles(world_, command);
  }

  /// A gather reads what was loaded for it: numbers inside of its source.
  bool load_indices(const sim::Command& gather) {
    const auto& operands = gather.instruction->operands;
    const sim::TileDesc* source = nullptr;
    const sim::TileDesc* index = nullptr;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (operands[i].kind != isa::OperandKind::Tile || operands[i].access != isa::Access::Read) {
        continue;
      }
      (source == nullptr ? source : index) = &gather.tile[i];
    }
    if (source == nullptr || index == nullptr || source->rows * source->cols < 4) return false;
    const isa::Instruction* load = nullptr;
    for (const isa::Instruction* candidate : of_unit_[static_cast<int>(Unit::Load)]) {
      if (candidate->timing == "load") load = candidate;
    }
    if (load == nullptr) return false;
    sim::Command command;
    command.instruction = load;
    const std::uint32_t elements = index->rows * index->cols;
    for (std::size_t i = 0; i < load->operands.size(); ++i) {
      if (load->operands[i].kind == isa::OperandKind::Tile) command.tile[i] = *index;
    }
    const bool wide = source->rows * source->cols >= 16;
    command.view.type = ElementType::Int32;
    command.view.levels = 1;
    command.view.level[0].extent = elements;
    command.view.axis[0].stride = 1;
    command.view.base = kIndexStripe + (wide ? kStripeBytes / 2 : 0) + 4 * random_.below(32);
    if (4 * elements > kStripeBytes / 2 - 128) return false;
    if (!world_.check.problem(world_.plan(*load), command).empty()) return false;
    issue(command);
    return true;
  }

  /// Something that traps, faults or hangs.
  void wrong() {
    went_wrong_ = true;
    const std::uint32_t kind = random_.below(12);
    const std::uint32_t flag = static_cast<std::uint32_t>(world_.arch.flags) - 1;
    if (kind < 4) {
      for (std::uint32_t i = 0; i < (scenario_.handler ? 4u : 1u); ++i) illegal();
    } else if (kind < 7) {
      fault();
    } else if (kind == 7) {  // more sets than a flag counts
      Op& op = add(Op::Kind::Flag);
      op.unit = draw_unit();
      op.number = flag;
      op.write = true;
      op.count = 16 + random_.below(4);
    } else if (kind == 8) {  // two wait for one flag
      for (int i = 0; i < 2; ++i) {
        Op& op = add(Op::Kind::Flag);
        op.unit = static_cast<Unit>(1 + (random_.below(2) + 2 * static_cast<std::uint32_t>(i)) % 5);
        op.number = flag;
        op.count = 1;
      }
    } else if (kind == 9) {  // nobody sets it
      Op& op = add(Op::Kind::Flag);
      op.unit = static_cast<Unit>(random_.below(isa::kUnits));
      op.number = flag;
      op.count = 1;
    } else if (kind == 10) {  // there is no such flag
      Op& op = add(Op::Kind::Flag);
      op.unit = static_cast<Unit>(random_.below(isa::kUnits));
      op.number = static_cast<std::uint32_t>(world_.arch.flags) + random_.below(3);
      op.write = one_in(2);
      op.count = 1;
    } else {  // the core: misaligned, not writable, no buffer
      Op& op = add(Op::Kind::Access);
      op.count = 4;
      op.write = one_in(2);
      op.number =
          one_of({kInBase + 2, kInBase + 4, kOutBase + kOutBytes, kInBase - 4, 0x7000'0000});
    }
  }

  void illegal() {
    for (int tries = 0; tries < 10; ++tries) {
      const auto& choices = of_unit_[static_cast<int>(draw_unit())];
      if (choices.empty()) continue;
      sim::Command command;
      if (draw_.legal(*choices[random_.below(static_cast<std::uint32_t>(choices.size()))], random_,
                      command) &&
          draw_.make_illegal(command, random_)) {
        return issue(command);
      }
    }
  }

  void fault() {
    for (int tries = 0; tries < 10; ++tries) {
      const auto& choices = of_unit_[static_cast<int>(one_in(2) ? Unit::Load : Unit::Store)];
      if (choices.empty()) continue;
      sim::Command command;
      if (!draw_.legal(*choices[random_.below(static_cast<std::uint32_t>(choices.size()))], random_,
                       command)) {
        continue;
      }
      draw_.make_fault(command, random_);
      if (world_.check.problem(world_.plan(*command.instruction), command).empty()) {
        return issue(command);
      }
    }
  }

  const World& world_;
  Random random_;
  Profile profile_;
  CommandDraw draw_;
  Scenario scenario_;
  std::vector<const isa::Instruction*> of_unit_[isa::kUnits];
  std::uint32_t weights_[isa::kUnits] = {};
  std::uint32_t repeat_percent_ = 0, stay_percent_ = 0, order_percent_ = 0;
  std::int64_t budget_ = 0, cycles_ = 0;
  std::uint32_t spare_sets_ = 0;
  Unit unit_ = Unit::Vector;
  bool went_wrong_ = false;
};

}  // namespace

std::int64_t rough_cycles(const World& world, const sim::Command& command) {
  const isa::Instruction& instruction = *command.instruction;
  const isa::Arch& arch = world.arch;
  std::int64_t elements = 1;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    elements = std::max(elements, std::int64_t{command.tile[i].rows} * command.tile[i].cols);
  }
  if (instruction.unit == Unit::Load || instruction.unit == Unit::Store) {
    const auto bytes = sim::Footprint::of_view(command.view, command.view.type, 0);
    const auto pieces = static_cast<std::int64_t>(bytes.intervals().size());
    const std::int64_t latency = instruction.unit == Unit::Load
                                     ? arch.dram.row_hit_cycles.count
                                     : arch.dram.write_response_cycles.count;
    return 10 + elements / 2 + latency * (pieces + 1) / (2 * arch.bus.max_outstanding);
  }
  const std::int64_t sfu = isa::sfu_nodes(world.isa, instruction);
  return 10 + elements / (sfu > 0 ? arch.vector.sfu_elems_per_cycle : 2) *
                  std::max<std::int64_t>(1, sfu);
}

Scenario draw_scenario(const World& world, std::uint64_t seed) {
  return Generator(world, seed).take();
}

}  // namespace coldforge::lockstep
