#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/run.h"

namespace coldforge::sim {

/// DRAM as the guest sees it: named buffers with permissions, guard zones between them.
///
/// Read-only buffers stay where the caller has them (nothing is copied before a fork); the caller
/// keeps them alive and unchanged. Writable ones are copied.
class BufferMap {
 public:
  /// Throws UserError if two buffers overlap, one lies below kDramBase, or one passes the end of
  /// the address space.
  explicit BufferMap(const std::vector<Buffer>& buffers);

  /// Bytes [address, address + size_bytes), size_bytes > 0, all inside one buffer of the right
  /// permission; else nullptr, and `problem` (if given) gets one phrase: "12 bytes at out+4096,
  /// 4096 bytes long", "4 bytes at x+0, not writable", "4 bytes at x-8, 64 bytes long", "4 bytes at
  /// 0x80000000, no buffer".
  const std::uint8_t* readable(std::uint32_t address, std::uint32_t size_bytes,
                               std::string* problem = nullptr) const;
  std::uint8_t* writable(std::uint32_t address, std::uint32_t size_bytes,
                         std::string* problem = nullptr);

  /// Host access without regard to permissions (debug transport); nullptr outside of the buffers.
  /// Writing to a read-only buffer is not possible: nullptr.
  std::uint8_t* host_writable(std::uint32_t address, std::uint32_t size_bytes);
  const std::uint8_t* host_readable(std::uint32_t address, std::uint32_t size_bytes) const;

  /// Content of a buffer as it is now, by its index in the constructor's list.
  const std::uint8_t* content(std::size_t index) const { return entries_[index].bytes; }

  /// Name of the buffer that holds `address`, or of the nearest one below or above; empty if there
  /// is none.
  std::string nearest(std::uint32_t address) const;

 private:
  struct Entry {
    std::string name;
    std::uint32_t address = 0;
    std::uint32_t size_bytes = 0;
    bool readable = false, writable = false;
    const std::uint8_t* bytes = nullptr;
    std::vector<std::uint8_t> own;  ///< writable buffers
  };
  int find(std::uint32_t address, std::uint32_t size_bytes) const;
  std::string describe(std::uint32_t address, std::uint32_t size_bytes, const char* wrong) const;

  std::vector<Entry> entries_;       ///< as given
  std::vector<std::size_t> sorted_;  ///< indices by address
  mutable std::size_t last_ = 0;     ///< position in sorted_ of the last hit: accesses cluster
};

}  // namespace coldforge::sim
