#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace coldforge::sim {

/// First in, first out, in one array that doubles when it is full and never shrinks: what a unit
/// pushes and pops every few cycles costs no allocation. References are good until the next push.
template <typename T>
class Ring {
 public:
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  /// Number `i` from the front; i < size().
  T& operator[](std::size_t i) { return items_[(begin_ + i) & wrap_]; }
  const T& operator[](std::size_t i) const { return items_[(begin_ + i) & wrap_]; }
  T& front() { return items_[begin_ & wrap_]; }
  const T& front() const { return items_[begin_ & wrap_]; }
  void push_back(const T& item) {
    if (size() > wrap_) grow();
    items_[end_++ & wrap_] = item;
  }
  void pop_front() { ++begin_; }

 private:
  static constexpr std::size_t kFirstSize = 32;

  void grow() {
    std::vector<T> larger(2 * items_.size());
    for (std::size_t i = 0; i < size(); ++i) larger[i] = (*this)[i];
    end_ = size();
    begin_ = 0;
    items_ = std::move(larger);
    wrap_ = items_.size() - 1;
  }

  std::vector<T> items_ = std::vector<T>(kFirstSize);
  std::size_t wrap_ = kFirstSize - 1;  ///< sizes are powers of two
  std::size_t begin_ = 0, end_ = 0;    ///< numbers of items since the start, modulo 2^64
};

}  // namespace coldforge::sim
