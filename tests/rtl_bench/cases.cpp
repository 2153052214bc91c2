#include "tests/rtl_bench/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/base/random.h"

namespace coldforge::rtl_bench {
namespace {

using Bits = std::uint32_t;

float as_float(Bits bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
Bits as_bits(double value) {
  const auto rounded = static_cast<float>(value);
  Bits bits;
  std::memcpy(&bits, &rounded, sizeof(bits));
  return bits;
}
/// Operands are drawn near these; that the host may round a subnormal otherwise does not matter.
double value_of(Bits bits) { return static_cast<double>(as_float(bits)); }

std::vector<Bits> float_corners() {
  std::vector<Bits> magnitudes = {
      0x00000000, 0x00000001, 0x00400000, 0x007fffff,              // zero, subnormals
      0x00800000, 0x00800001, 0x00ffffff, 0x01000000, 0x0c000000,  // smallest normals
      0x33000000, 0x33000001, 0x33800000, 0x34000000,              // 2^-25, 2^-24, 2^-23
      0x387fdfff, 0x387fe000, 0x38800000, 0x38ffffff,              // around fp16's smallest normal
      0x3effffff, 0x3f000000, 0x3f000001, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000,
      0x3fffffff, 0x40000000, 0x40400000, 0x40490fdb, 0x42b17218, 0x42ff0000, 0x42aeac50,
      0x43000000, 0x477fe000, 0x477fefff, 0x477ff000,  // ln(range), fp16's largest
      0x4affffff, 0x4b000000, 0x4b000001, 0x4b7fffff, 0x4b800000, 0x4b800001,  // 2^23, 2^24
      0x4effffff, 0x4f000000, 0x4f000001, 0x5effffff, 0x5f000000,              // 2^31, 2^63
      0x7effffff, 0x7f000000, 0x7f7f7fff, 0x7f7f8000, 0x7f7ffffe, 0x7f7fffff, 0x7f800000,
      0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff};  // infinity, NaN
  std::vector<Bits> all;
  for (const Bits magnitude : magnitudes) {
    all.push_back(magnitude);
    all.push_back(magnitude | 0x80000000u);
  }
  return all;
}

std::vector<Bits> int_corners() {
  std::vector<Bits> all = {0, 31, 32, 33, 127, 128, 255, 256, 0x55555555, 0xaaaaaaaa, 0x00ffff7f};
  for (int bit = 0; bit < 32; bit += bit < 22 ? 7 : 1) {
    for (const int off : {-1, 0, 1}) {
      const Bits value = (1u << bit) + static_cast<Bits>(off);
      all.push_back(value);
      all.push_back(0u - value);
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<Bits> half_corners(int exponent_bits) {
  const int fraction_bits = 15 - exponent_bits;
  const Bits top = (1u << exponent_bits) - 1;
  std::vector<Bits> all;
  for (const Bits exponent : {0u, 1u, 2u, top / 2 - 1, top / 2, top / 2 + 1, top - 1, top}) {
    for (const Bits fraction : {0u, 1u, (1u << (fraction_bits - 1)), (1u << fraction_bits) - 1}) {
      all.push_back(exponent << fraction_bits | fraction);
      all.push_back(0x8000u | exponent << fraction_bits | fraction);
    }
  }
  return all;
}

Bits mask_of(Kind kind) { return width_bits(kind) == 32 ? ~0u : (1u << width_bits(kind)) - 1; }

/// What random cases are made of.
class Draw {
 public:
  Draw(const UnitFunction& function, std::uint64_t seed, std::uint64_t number)
      : random_(seed, stream_key(number, stream_key(function.name))) {}

  Bits bits() { return random_.next_u32(); }
  Bits below(Bits bound) { return static_cast<Bits>(std::uint64_t{bits()} * bound >> 32); }

  Bits fraction() {
    switch (below(4)) {
      case 0: {  // few bits set
        Bits value = 0;
        for (Bits n = below(4); n > 0; --n) value |= 1u << below(23);
        return value;
      }
      case 1:  // a run of ones, at either end
        return below(2) != 0 ? 0x7fffffu >> below(24) : 0x7fffffu & (0x7fffffu << below(24));
      default:
        return bits() & 0x7fffffu;
    }
  }

  Bits float_near(int exponent, int reach) {
    const int low = exponent - reach;
    int biased = low + static_cast<int>(below(static_cast<Bits>(2 * reach + 1)));
    biased = std::clamp(biased, 0, 255);
    return (bits() & 0x80000000u) | static_cast<Bits>(biased) << 23 | fraction();
  }

  Bits any_float() {
    switch (below(8)) {
      case 0:
        return bits();
      case 1:
        return corners(Kind::F32)[below(static_cast<Bits>(corners(Kind::F32).size()))];
      case 2:
        return float_near(below(2) != 0 ? 1 : 254, 3);
      case 3:
        return float_near(127, 2);
      case 4:  // half integers, on which conversions round
        return as_bits((static_cast<double>(static_cast<std::int32_t>(any_int())) + 0.5) /
                       static_cast<double>(1u << below(8)));
      case 5:
        return float_near(127, 32);
      default:  // log-uniform
        return (bits() & 0x80000000u) | (1 + below(254)) << 23 | fraction();
    }
  }

  Bits any_int() {
    const Bits value = bits() >> below(32);
    switch (below(4)) {
      case 0:
        return corners(Kind::I32)[below(static_cast<Bits>(corners(Kind::I32).size()))];
      case 1: {  // 24 bits and a half, give or take one: ties of the conversion to fp32
        const Bits down = below(8) + 1;
        const Bits tie = ((bits() | 0x800000u) & 0xffffffu) << down | 1u << (down - 1);
        return (below(2) != 0 ? 0u - tie : tie) + below(3) - 1;
      }
      default:
        return below(2) != 0 ? 0u - value : value;
    }
  }

  Bits any(Kind kind) {
    if (kind == Kind::F32) return any_float();
    if (kind == Kind::I32) return any_int();
    if (kind == Kind::Any) return below(2) != 0 ? any_float() : bits();
    if (below(8) == 0) return corners(kind)[below(static_cast<Bits>(corners(kind).size()))];
    return bits() & mask_of(kind);
  }

  /// A few units in the last place away, of either sign.
  Bits nudged(Bits x) { return (x + below(5) - 2) ^ (bits() & 0x80000000u); }

  static int exponent_of(Bits x) { return static_cast<int>(x >> 23 & 0xff); }

  /// Operands that have to do with each other.
  void relate(const std::vector<Kind>& kinds, Bits* x) {
    const auto is_float = [&](std::size_t i) { return i < kinds.size() && kinds[i] == Kind::F32; };
    if (is_float(0) && kinds.size() == 1 && below(4) == 0) {
      x[0] = nudged(as_bits(value_of(x[0]) * value_of(x[0])));  // roots that nearly end
    }
    if (is_float(0) && is_float(1)) {
      switch (below(6)) {
        case 0:
          x[1] = nudged(x[0]);
          break;
        case 1:
          x[1] = float_near(exponent_of(x[0]), 28);
          break;
        case 2:  // quotients that nearly end
          x[0] = nudged(as_bits(value_of(x[1]) * value_of(float_near(127, 3))));
          break;
        case 3:  // products and quotients at the ends of the range
          x[1] = float_near((below(2) != 0 ? 128 : 382) - exponent_of(x[0]), 2);
          break;
        default:
          break;
      }
    }
    if (kinds.size() == 3 && is_float(2)) {
      double product = value_of(x[0]) * value_of(x[1]);
      if (kinds[0] == Kind::Half || kinds[0] == Kind::Brain) return;
      const Bits rounded = as_bits(product);
      switch (below(4)) {
        case 0:
          x[2] = nudged(rounded);
          break;
        case 1:
        case 2:
          x[2] = float_near(exponent_of(rounded) + static_cast<int>(below(3)) * 24 - 24, 27);
          break;
        default:
          break;
      }
    }
  }

 private:
  Random random_;
};

}  // namespace

int width_bits(Kind kind) {
  switch (kind) {
    case Kind::Half:
    case Kind::Brain:
      return 16;
    case Kind::Byte:
      return 8;
    default:
      return 32;
  }
}

const std::vector<std::uint32_t>& corners(Kind kind) {
  static const std::vector<Bits> kFloat = float_corners();
  static const std::vector<Bits> kInt = int_corners();
  static const std::vector<Bits> kHalf = half_corners(5);
  static const std::vector<Bits> kBrain = half_corners(8);
  static const std::vector<Bits> kByte = {0, 1, 2, 126, 127, 128, 129, 254, 255};
  switch (kind) {
    case Kind::F32:
    case Kind::Any:
      return kFloat;
    case Kind::I32:
      return kInt;
    case Kind::Half:
      return kHalf;
    case Kind::Brain:
      return kBrain;
    case Kind::Byte:
      return kByte;
  }
  return kFloat;
}

std::uint64_t corner_cases(const UnitFunction& function) {
  std::uint64_t cases = 1;
  for (const Kind kind : function.operands) cases *= corners(kind).size();
  return cases;
}

void fill_corners(const UnitFunction& function, std::uint64_t first, Block& block) {
  block.count =
      static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, corner_cases(function) - first));
  for (std::size_t i = 0; i < block.count; ++i) {
    std::uint64_t rest = first + i;
    for (std::size_t k = 0; k < function.operands.size(); ++k) {
      const std::vector<Bits>& values = corners(function.operands[k]);
      block.operand[k][i] = values[rest % values.size()];
      rest /= values.size();
    }
  }
}

void fill_random(const UnitFunction& function, std::uint64_t seed, std::uint64_t number,
                 Block& block) {
  Draw draw(function, seed, number);
  block.count = kBlock;
  for (std::size_t i = 0; i < kBlock; ++i) {
    Bits x[3] = {};
    for (std::size_t k = 0; k < function.operands.size(); ++k)
      x[k] = draw.any(function.operands[k]);
    draw.relate(function.operands, x);
    for (std::size_t k = 0; k < 3; ++k) block.operand[k][i] = x[k];
  }
}

std::uint64_t exhaustive_cases(const UnitFunction& function) {
  int bits = 0;
  for (std::size_t k = 0; k < std::min<std::size_t>(2, function.operands.size()); ++k) {
    bits += width_bits(function.operands[k]);
  }
  return bits <= 32 ? std::uint64_t{1} << bits : 0;
}

void fill_exhaustive(const UnitFunction& function, std::uint64_t first, Block& block) {
  const std::vector<Kind>& kinds = function.operands;
  block.count =
      static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, exhaustive_cases(function) - first));
  Draw draw(function, 0, first);
  for (std::size_t i = 0; i < block.count; ++i) {
    const std::uint64_t both = first + i;
    block.operand[0][i] = static_cast<Bits>(both) & mask_of(kinds[0]);
    if (kinds.size() >= 2) block.operand[1][i] = static_cast<Bits>(both >> width_bits(kinds[0]));
    if (kinds.size() == 3) block.operand[2][i] = draw.below(4) == 0 ? 0 : draw.any(kinds[2]);
  }
}

std::string first_difference(UnitFunction& function, const Block& block) {
  Results model{}, rtl{};
  function.model(block, model);
  function.rtl(block, rtl);
  for (std::size_t i = 0; i < block.count; ++i) {
    if (model[i] == rtl[i]) continue;
    std::string text = function.name + "(";
    for (std::size_t k = 0; k < function.operands.size(); ++k) {
      text += fmt::format("{}{:08x}", k == 0 ? "" : ", ", block.operand[k][i]);
    }
    return text + fmt::format("): model {:08x}, RTL {:08x}", model[i], rtl[i]);
  }
  return {};
}

}  // namespace coldforge::rtl_bench
