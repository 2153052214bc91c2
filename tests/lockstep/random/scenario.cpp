#include "tests/lockstep/random/scenario.h"

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::lockstep {
namespace {

using isa::Memory;

/// Sign and fraction at random, an exponent near that of 1; one in 16 is a corner of its type.
std::uint32_t number_of_width(Random& random, int exponent_bits, int fraction_bits) {
  const std::uint32_t top = (1u << exponent_bits) - 1, bias = top >> 1;
  const std::uint32_t sign = random.below(2) << (exponent_bits + fraction_bits);
  const std::uint32_t fraction = random.next_u32() & ((1u << fraction_bits) - 1);
  if (random.below(16) != 0) {
    const std::uint32_t exponent = bias - 6 + random.below(12);
    return sign | exponent << fraction_bits | fraction;
  }
  switch (random.below(8)) {
    case 0:
      return sign;
    case 1:
      return sign | top << fraction_bits;  // infinity
    case 2:
      return sign | top << fraction_bits | fraction;  // as a rule not a number
    case 3:
      return sign | fraction;  // subnormal
    case 4:
      return sign | 1u << fraction_bits;  // the least normal
    case 5:
      return sign | ((top << fraction_bits) - 1);  // the largest
    case 6:
      return sign | bias << fraction_bits;
    default:
      return sign | random.below(top) << fraction_bits | fraction;
  }
}

std::uint32_t word_of_stripe(Random& random, std::uint32_t stripe, std::uint32_t offset) {
  static constexpr std::uint32_t kCorners[] = {0, 1, 0xffff'ffff, 0x8000'0000, 0x7fff'ffff, 0x80};
  const auto pair = [&](int exponent_bits, int fraction_bits) {
    const std::uint32_t low = number_of_width(random, exponent_bits, fraction_bits);
    return low | number_of_width(random, exponent_bits, fraction_bits) << 16;
  };
  switch (stripe) {
    case 0:
      return number_of_width(random, 8, 23);
    case 1:
      return pair(5, 10);
    case 2:
      return pair(8, 7);
    case 3:  // integers of all sizes
      return random.below(8) == 0 ? kCorners[random.below(6)]
                                  : random.next_u32() >> random.below(32);
    case 5:
      return random.below(offset < kStripeBytes / 2 ? 4 : 16);
    default:
      return random.next_u32();
  }
}

}  // namespace

World::World(const isa::Isa& the_isa, const isa::Arch& the_arch)
    : isa(the_isa), arch(the_arch), plans(sim::make_plans(the_isa)), check(the_arch) {}

const isa::Instruction& World::instruction(sim::Action action) const {
  for (const sim::TilePlan& plan : plans) {
    if (plan.action == action) return *plan.instruction;
  }
  throw UserError("the description", "lacks an instruction of the scalar core");
}

const isa::Instruction& World::flag_instruction(isa::Unit unit, bool wait) const {
  for (const sim::TilePlan& plan : plans) {
    const isa::Instruction& instruction = *plan.instruction;
    if (plan.flag_operand >= 0 && instruction.unit == unit &&
        (instruction.exec == "twait") == wait) {
      return instruction;
    }
  }
  throw UserError("the description",
                  "lacks a flag instruction of the " + std::string(isa::name_of(unit)) + " unit");
}

const isa::TileMemoryArch& World::memory(Memory memory) const {
  const isa::TileMemoryArch* const all[] = {&arch.vec, &arch.left, &arch.right, &arch.acc};
  return *all[static_cast<int>(memory)];
}
std::int64_t World::memory_bytes(Memory which) const { return memory(which).size_bytes; }

std::uint32_t stripe_of(ElementType type) {
  static constexpr std::uint32_t kStripes[kElementTypes] = {0, 1, 2, 3, 3, 3, 4, 4};
  return kInBase + kStripeBytes * kStripes[static_cast<int>(type)];
}

std::vector<sim::Buffer> make_buffers(std::uint64_t seed) {
  Random random(seed, stream_key("DRAM"));
  std::vector<sim::Buffer> buffers(2);
  buffers[0].name = "in";
  buffers[0].address = kInBase;
  buffers[0].bytes.resize(kInBytes);
  buffers[1].name = "out";
  buffers[1].address = kOutBase;
  buffers[1].bytes.resize(kOutBytes);
  buffers[1].writable = true;
  for (sim::Buffer& buffer : buffers) {
    for (std::uint32_t at = 0; at < buffer.bytes.size(); at += 4) {
      const std::uint32_t word = word_of_stripe(random, at / kStripeBytes, at % kStripeBytes);
      std::memcpy(buffer.bytes.data() + at, &word, 4);
    }
  }
  return buffers;
}

}  // namespace coldforge::lockstep
