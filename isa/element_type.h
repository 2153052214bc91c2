#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coldforge {

/// The type of an element in DRAM or in a tile. The order is the encoding that descriptors carry (4
/// bits). Tile memories hold Fp32, Fp16, Bf16, Int8, UInt8 and Int32; Int64 and Bool exist in DRAM
/// only.
enum class ElementType : std::uint8_t { Fp32, Fp16, Bf16, Int8, UInt8, Int32, Int64, Bool };

inline constexpr int kElementTypes = 8;

/// Bytes of one element, 1 to 8.
constexpr int size_bytes(ElementType type) {
  constexpr int kBytes[kElementTypes] = {4, 2, 2, 1, 1, 4, 8, 1};
  return kBytes[static_cast<int>(type)];
}

/// "fp32", "fp16", "bf16", "int8", "uint8", "int32", "int64", "bool".
constexpr std::string_view name_of(ElementType type) {
  constexpr std::string_view kNames[kElementTypes] = {"fp32",  "fp16",  "bf16",  "int8",
                                                      "uint8", "int32", "int64", "bool"};
  return kNames[static_cast<int>(type)];
}

constexpr std::optional<ElementType> element_type_from(std::string_view name) {
  for (int i = 0; i < kElementTypes; ++i) {
    if (name_of(static_cast<ElementType>(i)) == name) return static_cast<ElementType>(i);
  }
  return std::nullopt;
}

constexpr bool is_float(ElementType type) { return static_cast<int>(type) <= 2; }

}  // namespace coldforge
