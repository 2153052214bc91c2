#include "kernels/build/elf_file.h"

#include <elf.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace coldforge::kernels {
namespace {

template <class T>
bool take(std::string_view content, std::size_t offset, T& out) {
  if (offset > content.size() || content.size() - offset < sizeof(T)) return false;
  std::memcpy(&out, content.data() + offset, sizeof(T));
  return true;
}

std::string string_at(std::string_view table, std::uint32_t offset) {
  if (offset >= table.size()) return "";
  const std::size_t end = table.find('\0', offset);
  return std::string(table.substr(offset, end == std::string_view::npos ? end : end - offset));
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Sections that clang makes of ordinary code.
bool is_ordinary_section(std::string_view name) {
  constexpr std::array<std::string_view, 8> kExact = {
      "",          ".comment",          ".symtab",         ".strtab",
      ".shstrtab", ".riscv.attributes", ".note.GNU-stack", ".llvm_addrsig"};
  constexpr std::array<std::string_view, 10> kFamilies = {
      ".text", ".rodata", ".srodata", ".data",   ".sdata",
      ".bss",  ".sbss",   ".rela.",   ".debug_", ".group"};
  for (const std::string_view exact : kExact) {
    if (name == exact) return true;
  }
  for (const std::string_view family : kFamilies) {
    if (starts_with(name, family)) return true;
  }
  return false;
}

/// Names that belong to the start-up code, the linker script or the compiler's support library.
bool is_reserved_symbol(std::string_view name) {
  return name == "_start" || name == "memcpy" || name == "memmove" || name == "memset" ||
         name == "memcmp" || name == "main" || name == "begin_signature" ||
         name == "end_signature" || (starts_with(name, "__") && name != "__dso_handle");
}

}  // namespace

const ElfFile::Section* ElfFile::find(std::string_view name) const {
  for (const Section& section : sections) {
    if (section.name == name) return &section;
  }
  return nullptr;
}

ElfFile read_elf(std::string_view content) {
  ElfFile file;
  Elf32_Ehdr header;
  if (!take(content, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_shentsize != sizeof(Elf32_Shdr)) {
    return file;
  }
  std::vector<Elf32_Shdr> headers(header.e_shnum);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!take(content, header.e_shoff + i * sizeof(Elf32_Shdr), headers[i])) return file;
  }
  const auto bytes_of = [&](const Elf32_Shdr& section) -> std::string_view {
    if (section.sh_type == SHT_NOBITS || section.sh_offset > content.size()) return {};
    return content.substr(section.sh_offset, section.sh_size);
  };
  if (header.e_shstrndx >= headers.size()) return file;
  const std::string_view names = bytes_of(headers[header.e_shstrndx]);
  for (const Elf32_Shdr& section : headers) {
    file.sections.push_back({string_at(names, section.sh_name), section.sh_type, section.sh_flags,
                             section.sh_addr, section.sh_size, section.sh_link, bytes_of(section)});
  }
  for (const ElfFile::Section& section : file.sections) {
    if (section.type != SHT_SYMTAB || section.link >= file.sections.size()) continue;
    const std::string_view strings = file.sections[section.link].bytes;
    Elf32_Sym symbol;
    for (std::size_t at = 0; take(section.bytes, at, symbol); at += sizeof symbol) {
      file.symbols.push_back({string_at(strings, symbol.st_name), symbol.st_value, symbol.st_size,
                              static_cast<std::uint8_t>(ELF32_ST_BIND(symbol.st_info)),
                              static_cast<std::uint8_t>(ELF32_ST_TYPE(symbol.st_info)),
                              symbol.st_shndx});
    }
  }
  file.valid = true;
  return file;
}

std::vector<std::string> scan_object(std::string_view object) {
  const ElfFile file = read_elf(object);
  std::vector<std::string> findings;
  if (!file.valid) return {"the object file cannot be read"};
  for (const ElfFile::Section& section : file.sections) {
    if (starts_with(section.name, ".init_array") || starts_with(section.name, ".fini_array") ||
        starts_with(section.name, ".ctors") || starts_with(section.name, ".preinit_array")) {
      findings.push_back(
          "a global object needs a constructor or destructor at run time: only constant "
          "initialisation is allowed");
    } else if (section.name == ".linker-options" && section.size == 0) {
      // clang leaves it behind, empty, when it reads a precompiled header
    } else if (!is_ordinary_section(section.name)) {
      findings.push_back("section " + section.name +
                         ": kernels may not make sections of their own");
    }
  }
  for (const ElfFile::Symbol& symbol : file.symbols) {
    if (symbol.section == SHN_UNDEF || symbol.binding == STB_LOCAL) continue;
    if (is_reserved_symbol(symbol.name)) {
      findings.push_back("symbol " + symbol.name +
                         ": belongs to the start-up code, kernels may not define it");
    }
  }
  return findings;
}

std::vector<std::string> scan_program(std::string_view program) {
  const ElfFile file = read_elf(program);
  std::vector<std::string> findings;
  if (!file.valid) return {"the linked program cannot be read"};
  std::uint32_t constant_bytes = 0;
  for (const ElfFile::Section& section : file.sections) {
    if ((section.flags & SHF_ALLOC) == 0) continue;
    if ((section.flags & SHF_WRITE) != 0 && (section.flags & SHF_EXECINSTR) != 0) {
      findings.push_back("section " + section.name + " is writable and executable");
    }
    if ((section.flags & SHF_EXECINSTR) == 0 && section.type != SHT_NOBITS) {
      constant_bytes += section.size;
    }
  }
  if (constant_bytes > kConstantDataBytes) {
    findings.push_back(
        fmt::format("{} bytes of constant data, {} are allowed: results must be computed "
                    "by the kernel, not by the compiler",
                    constant_bytes, kConstantDataBytes));
  }
  return findings;
}

}  // namespace coldforge::kernels
