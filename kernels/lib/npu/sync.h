#pragma once

namespace npu {

/// Raises a flag when engine E has done everything that it was ordered before. Flags are counters 0
/// to 15, one waiter each.
template <Engine E>
inline void set(uint32_t flag) {
  if constexpr (E == Engine::Scalar) builtin::tset_scalar(flag);
  if constexpr (E == Engine::Load) builtin::tset_load(flag);
  if constexpr (E == Engine::Store) builtin::tset_store(flag);
  if constexpr (E == Engine::Move) builtin::tset_move(flag);
  if constexpr (E == Engine::Matrix) builtin::tset_matrix(flag);
  if constexpr (E == Engine::Vector) builtin::tset_vector(flag);
}

/// Engine E does not go on before the flag is up; takes one off it.
template <Engine E>
inline void wait(uint32_t flag) {
  if constexpr (E == Engine::Scalar) builtin::twait_scalar(flag);
  if constexpr (E == Engine::Load) builtin::twait_load(flag);
  if constexpr (E == Engine::Store) builtin::twait_store(flag);
  if constexpr (E == Engine::Move) builtin::twait_move(flag);
  if constexpr (E == Engine::Matrix) builtin::twait_matrix(flag);
  if constexpr (E == Engine::Vector) builtin::twait_vector(flag);
}

/// The scalar core waits until the named engines have done everything: barrier(Engine::Load,
/// Engine::Vector).
template <class... Engines>
inline void barrier(Engines... engines) {
  builtin::tbarrier(((1u << static_cast<uint32_t>(engines)) | ...));
}
/// Waits for all engines. Simple, and slow: nothing overlaps across it.
inline void barrier() { builtin::tbarrier(62); }

/// Buffers that pass from engine Producer to engine Consumer and back: two flags, Full and Free.
///
///   npu::Channel<npu::Engine::Load, npu::Engine::Vector, kFull, kFree> loaded(2);  // two buffers
///   for (each tile i) {
///     loaded.reserve();                // the load engine waits for a free buffer
///     npu::tload(buffer i % 2, ...);
///     loaded.publish();
///     loaded.acquire();                // the vector engine waits for a full one
///     npu::tmaxs(..., buffer i % 2, ...);
///     loaded.release();
///   }
///
/// The core waits for none of them.
template <Engine Producer, Engine Consumer, int Full, int Free>
class Channel {
  static_assert(Full != Free, "a channel needs two different flags");

 public:
  /// `buffers` of them are free at first; at most 15.
  explicit Channel(int buffers) {
    for (int i = 0; i < buffers; ++i) set<Engine::Scalar>(Free);
  }
  void reserve() const { wait<Producer>(Free); }
  void publish() const { set<Producer>(Full); }
  void acquire() const { wait<Consumer>(Full); }
  void release() const { set<Consumer>(Free); }
};

}  // namespace npu
