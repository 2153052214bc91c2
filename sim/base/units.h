#pragma once

#include <cstdint>

namespace coldforge {

/// A duration or a point in time, in clock cycles of the NPU. Cycle 0 is the first after reset.
struct Cycles {
  std::int64_t count = 0;

  constexpr Cycles() = default;
  constexpr explicit Cycles(std::int64_t n) : count(n) {}

  friend constexpr Cycles operator+(Cycles a, Cycles b) { return Cycles(a.count + b.count); }
  friend constexpr Cycles operator-(Cycles a, Cycles b) { return Cycles(a.count - b.count); }
  friend constexpr Cycles operator*(std::int64_t n, Cycles c) { return Cycles(n * c.count); }
  constexpr Cycles& operator+=(Cycles other) {
    count += other.count;
    return *this;
  }
  constexpr Cycles& operator-=(Cycles other) {
    count -= other.count;
    return *this;
  }
  friend constexpr bool operator==(Cycles a, Cycles b) { return a.count == b.count; }
  friend constexpr bool operator!=(Cycles a, Cycles b) { return a.count != b.count; }
  friend constexpr bool operator<(Cycles a, Cycles b) { return a.count < b.count; }
  friend constexpr bool operator<=(Cycles a, Cycles b) { return a.count <= b.count; }
  friend constexpr bool operator>(Cycles a, Cycles b) { return a.count > b.count; }
  friend constexpr bool operator>=(Cycles a, Cycles b) { return a.count >= b.count; }
};

/// ceil(a / b) for a >= 0, b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
/// The smallest multiple of `unit` that is >= `value`; value >= 0, unit > 0.
constexpr std::int64_t round_up(std::int64_t value, std::int64_t unit) {
  return ceil_div(value, unit) * unit;
}
constexpr bool is_power_of_two(std::int64_t value) {
  return value > 0 && (value & (value - 1)) == 0;
}

}  // namespace coldforge
