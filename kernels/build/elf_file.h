#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coldforge::kernels {

/// A 32-bit little-endian ELF file, sections and symbols, as far as our own compiler makes them.
/// Offsets that lead out of the file give an empty reader (`valid` is false), never undefined
/// behaviour.
struct ElfFile {
  struct Section {
    std::string name;
    std::uint32_t type = 0, flags = 0, address = 0, size = 0, link = 0;
    std::string_view bytes;  ///< empty for NOBITS
  };
  struct Symbol {
    std::string name;
    std::uint32_t value = 0, size = 0;
    std::uint8_t binding = 0, type = 0;
    std::uint16_t section = 0;  ///< 0 = undefined
  };

  bool valid = false;
  std::vector<Section> sections;
  std::vector<Symbol> symbols;

  const Section* find(std::string_view name) const;
};

/// `content` must outlive the result.
ElfFile read_elf(std::string_view content);

/// What an object file of a kernel must not have: sections of its own, symbols of the start-up
/// code, constructors. Each finding is one line that names it; none = clean.
std::vector<std::string> scan_object(std::string_view object);

/// The same for the linked program: writable and executable at once, more constant data than a
/// kernel needs.
std::vector<std::string> scan_program(std::string_view program);

/// The most initialised data (read-only and writable together) that a kernel may carry: results
/// computed by the compiler do not fit, constants of an algorithm do.
inline constexpr std::uint32_t kConstantDataBytes = 4096;

}  // namespace coldforge::kernels
