#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

namespace coldforge::rtl_bench {

/// A packed structure of SystemVerilog, filled from its last (lowest) field on.
class Bits {
 public:
  Bits& put(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i, ++size_) {
      if (size_ % 32 == 0) words_.push_back(0);
      if ((value >> i & 1) != 0) words_.back() |= 1u << size_ % 32;
    }
    return *this;
  }
  const std::vector<std::uint32_t>& words() const { return words_; }
  int size() const { return size_; }

  /// Into a port that is wider than 64 bits.
  template <typename Wide>
  void copy_to(Wide& port) const {
    for (std::size_t i = 0; i < words_.size(); ++i) port[static_cast<int>(i)] = words_[i];
  }
  /// A field of a port.
  template <typename Wide>
  static std::uint64_t get(const Wide& port, int lsb, int width) {
    if constexpr (std::is_integral_v<Wide>) {
      return port >> lsb & ((std::uint64_t{1} << width) - 1);
    } else {
      std::uint64_t value = 0;
      for (int i = 0; i < width; ++i) {
        const std::uint64_t bit = port[(lsb + i) / 32] >> (lsb + i) % 32 & 1;
        value |= bit << i;
      }
      return value;
    }
  }

 private:
  std::vector<std::uint32_t> words_;
  int size_ = 0;
};

}  // namespace coldforge::rtl_bench
