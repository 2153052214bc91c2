#include "sim/mem/buffer_map.h"

#include <algorithm>
#include <cstdio>

#include "sim/base/error.h"

namespace coldforge::sim {
namespace {

constexpr std::int64_t kAddressSpace = std::int64_t{1} << 32;

std::string hex(std::uint32_t address) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(address));
  return text;
}

}  // namespace

BufferMap::BufferMap(const std::vector<Buffer>& buffers) {
  entries_.reserve(buffers.size());
  for (const Buffer& buffer : buffers) {
    const std::string where = "buffer " + buffer.name;
    const auto size = static_cast<std::int64_t>(buffer.bytes.size());
    if (buffer.address < kDramBase) {
      throw UserError(where, "address " + hex(buffer.address) + " is below DRAM, which begins at " +
                                 hex(kDramBase));
    }
    if (buffer.address + size > kAddressSpace) {
      throw UserError(where, std::to_string(size) + " bytes at " + hex(buffer.address) +
                                 " pass the end of the address space");
    }
    Entry entry;
    entry.name = buffer.name;
    entry.address = buffer.address;
    entry.size_bytes = static_cast<std::uint32_t>(size);
    entry.readable = buffer.readable;
    entry.writable = buffer.writable;
    entry.bytes = buffer.bytes.data();
    if (buffer.writable) {
      entry.own = buffer.bytes;
      entry.bytes = entry.own.data();
    }
    sorted_.push_back(entries_.size());
    entries_.push_back(std::move(entry));
  }
  std::stable_sort(sorted_.begin(), sorted_.end(), [&](std::size_t a, std::size_t b) {
    return entries_[a].address < entries_[b].address;
  });
  for (std::size_t i = 1; i < sorted_.size(); ++i) {
    const Entry& low = entries_[sorted_[i - 1]];
    const Entry& high = entries_[sorted_[i]];
    if (std::int64_t{low.address} + low.size_bytes > high.address) {
      throw UserError("buffer " + high.name, "overlaps buffer " + low.name);
    }
  }
}

int BufferMap::find(std::uint32_t address, std::uint32_t size_bytes) const {
  const auto holds = [&](const Entry& entry) {
    return address >= entry.address &&
           std::int64_t{address} + size_bytes <= std::int64_t{entry.address} + entry.size_bytes;
  };
  if (last_ < sorted_.size() && holds(entries_[sorted_[last_]])) {
    return static_cast<int>(sorted_[last_]);
  }
  const auto above = std::upper_bound(
      sorted_.begin(), sorted_.end(), address,
      [&](std::uint32_t a, std::size_t index) { return a < entries_[index].address; });
  if (above == sorted_.begin()) return -1;
  const auto position = static_cast<std::size_t>(above - sorted_.begin()) - 1;
  if (!holds(entries_[sorted_[position]])) return -1;
  last_ = position;
  return static_cast<int>(sorted_[position]);
}

const std::uint8_t* BufferMap::readable(std::uint32_t address, std::uint32_t size_bytes,
                                        std::string* problem) const {
  const int index = find(address, size_bytes);
  if (index >= 0 && entries_[index].readable) {
    return entries_[index].bytes + (address - entries_[index].address);
  }
  if (problem != nullptr) *problem = describe(address, size_bytes, index < 0 ? "" : "not readable");
  return nullptr;
}

std::uint8_t* BufferMap::writable(std::uint32_t address, std::uint32_t size_bytes,
                                  std::string* problem) {
  const int index = find(address, size_bytes);
  if (index >= 0 && entries_[index].writable) {
    return entries_[index].own.data() + (address - entries_[index].address);
  }
  if (problem != nullptr) *problem = describe(address, size_bytes, index < 0 ? "" : "not writable");
  return nullptr;
}

std::uint8_t* BufferMap::host_writable(std::uint32_t address, std::uint32_t size_bytes) {
  const int index = find(address, size_bytes);
  if (index < 0 || !entries_[index].writable) return nullptr;
  return entries_[index].own.data() + (address - entries_[index].address);
}

const std::uint8_t* BufferMap::host_readable(std::uint32_t address,
                                             std::uint32_t size_bytes) const {
  const int index = find(address, size_bytes);
  return index < 0 ? nullptr : entries_[index].bytes + (address - entries_[index].address);
}

std::string BufferMap::nearest(std::uint32_t address) const {
  const Entry* best = nullptr;
  std::int64_t best_distance = 0;
  for (const std::size_t index : sorted_) {
    const Entry& entry = entries_[index];
    const std::int64_t below = std::int64_t{entry.address} - address;
    const std::int64_t above = address - (std::int64_t{entry.address} + entry.size_bytes) + 1;
    const std::int64_t distance = std::max({below, above, std::int64_t{0}});
    if (best == nullptr || distance < best_distance) {
      best = &entry;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : best->name;
}

std::string BufferMap::describe(std::uint32_t address, std::uint32_t size_bytes,
                                const char* wrong) const {
  std::string text = std::to_string(size_bytes) + (size_bytes == 1 ? " byte at " : " bytes at ");
  const std::string name = nearest(address);
  if (name.empty()) return text + hex(address) + ", no buffer";
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& e) { return e.name == name; });
  const std::int64_t offset = std::int64_t{address} - entry->address;
  text += name + (offset < 0 ? "-" : "+") + std::to_string(offset < 0 ? -offset : offset) + ", ";
  return text + (*wrong != '\0' ? wrong : std::to_string(entry->size_bytes) + " bytes long");
}

}  // namespace coldforge::sim
