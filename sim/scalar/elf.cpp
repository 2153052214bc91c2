// Reads an ELF-32 executable for RISC-V (System V ABI, chapter 4 and 5; RISC-V psABI): program
// headers of type LOAD become segments, the symbol table becomes Program::symbols.
#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/base/error.h"
#include "sim/run.h"

namespace coldforge::sim {
namespace {

constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32;
constexpr std::uint32_t kRiscvCompressed = 0x1;  // EF_RISCV_RVC

struct Region {
  const char* name;
  std::uint64_t base;
  std::uint64_t end;
};

/// Bounds-checked access to a structure of the file.
template <class T>
T read_at(const std::string& where, const std::vector<std::uint8_t>& file, std::uint64_t offset,
          const char* what) {
  if (offset + sizeof(T) > file.size()) {
    throw UserError(
        where, fmt::format("truncated: the {} at offset {} ends beyond the file's {} bytes", what,
                           offset, file.size()));
  }
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

Elf32_Ehdr read_header(const std::string& where, const std::vector<std::uint8_t>& file) {
  if (file.size() < EI_NIDENT || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) {
    throw UserError(where, "not an ELF file");
  }
  if (file[EI_CLASS] != ELFCLASS32 || file[EI_DATA] != ELFDATA2LSB) {
    throw UserError(where, "not a 32-bit little-endian ELF; build for riscv32");
  }
  const auto header = read_at<Elf32_Ehdr>(where, file, 0, "ELF header");
  if (header.e_machine != EM_RISCV) {
    throw UserError(where,
                    fmt::format("ELF for machine {}; must be 243 (RISC-V)", header.e_machine));
  }
  if (header.e_type != ET_EXEC) {
    throw UserError(where, fmt::format("ELF of type {}; must be 2 (a statically linked executable)",
                                       header.e_type));
  }
  if ((header.e_flags & kRiscvCompressed) != 0) {
    throw UserError(where, "uses compressed instructions; build with -march=rv32im");
  }
  return header;
}

Segment read_segment(const std::string& where, const std::vector<std::uint8_t>& file,
                     const Elf32_Phdr& header, const std::vector<Region>& regions) {
  const std::uint64_t end = std::uint64_t{header.p_vaddr} + header.p_memsz;
  const auto region = std::find_if(regions.begin(), regions.end(), [&](const Region& r) {
    return header.p_vaddr >= r.base && header.p_vaddr < r.end;
  });
  if (region == regions.end() || end > region->end) {
    throw UserError(where,
                    fmt::format("segment 0x{:08x}..0x{:08x} lies outside the memories (ITCM "
                                "0x{:08x}..0x{:08x}, DTCM 0x{:08x}..0x{:08x}, DRAM from 0x{:08x})",
                                header.p_vaddr, end - 1, regions[0].base, regions[0].end - 1,
                                regions[1].base, regions[1].end - 1, regions[2].base));
  }
  if ((header.p_flags & PF_X) != 0 && region->base != kItcmBase) {
    throw UserError(where,
                    fmt::format("segment at 0x{:08x} is executable; code must lie in the ITCM "
                                "(0x{:08x}..0x{:08x})",
                                header.p_vaddr, regions[0].base, regions[0].end - 1));
  }
  if (header.p_filesz > header.p_memsz ||
      std::uint64_t{header.p_offset} + header.p_filesz > file.size()) {
    throw UserError(
        where, fmt::format("truncated: the segment at 0x{:08x} ends beyond the file's {} bytes",
                           header.p_vaddr, file.size()));
  }
  Segment segment;
  segment.address = header.p_vaddr;
  segment.bytes.assign(file.begin() + header.p_offset,
                       file.begin() + header.p_offset + header.p_filesz);
  segment.size_bytes = header.p_memsz;
  segment.writable = (header.p_flags & PF_W) != 0;
  segment.executable = (header.p_flags & PF_X) != 0;
  return segment;
}

/// A read-only segment that holds the ELF's own headers and nothing else: linkers make one for
/// programs that look at themselves, wherever they like.
bool holds_headers_only(const Elf32_Ehdr& file, const Elf32_Phdr& segment) {
  const std::uint64_t headers_end =
      std::uint64_t{file.e_phoff} + std::uint64_t{file.e_phnum} * sizeof(Elf32_Phdr);
  return segment.p_offset == 0 && (segment.p_flags & (PF_W | PF_X)) == 0 &&
         segment.p_memsz == segment.p_filesz && segment.p_filesz <= headers_end;
}

void read_symbols(const std::string& where, const std::vector<std::uint8_t>& file,
                  const Elf32_Ehdr& header, Program& program) {
  for (std::uint32_t s = 0; s < header.e_shnum; ++s) {
    const auto section = read_at<Elf32_Shdr>(
        where, file, header.e_shoff + std::uint64_t{s} * sizeof(Elf32_Shdr), "section header");
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= header.e_shnum) continue;
    const auto strings = read_at<Elf32_Shdr>(
        where, file, header.e_shoff + std::uint64_t{section.sh_link} * sizeof(Elf32_Shdr),
        "section header");
    const std::uint64_t strings_end = std::uint64_t{strings.sh_offset} + strings.sh_size;
    if (strings_end > file.size())
      throw UserError(where, "truncated: the symbol names are cut off");
    for (std::uint32_t i = 0; i < section.sh_size / sizeof(Elf32_Sym); ++i) {
      const auto symbol = read_at<Elf32_Sym>(
          where, file, section.sh_offset + std::uint64_t{i} * sizeof(Elf32_Sym), "symbol");
      const std::uint64_t name = std::uint64_t{strings.sh_offset} + symbol.st_name;
      if (symbol.st_name == 0 || symbol.st_shndx == SHN_UNDEF || name >= strings_end) continue;
      const auto* text = reinterpret_cast<const char*>(file.data() + name);
      program.symbols[std::string(text, strnlen(text, strings_end - name))] = symbol.st_value;
    }
  }
}

void check_overlaps(const std::string& where, std::vector<Segment>& segments) {
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const Segment& low = segments[i - 1];
    if (std::uint64_t{low.address} + low.size_bytes > segments[i].address) {
      throw UserError(where, fmt::format("segments at 0x{:08x} and 0x{:08x} overlap", low.address,
                                         segments[i].address));
    }
  }
}

}  // namespace

Program load_elf(const std::string& where, const std::vector<std::uint8_t>& file,
                 const isa::Arch& arch) {
  const Elf32_Ehdr header = read_header(where, file);
  const std::vector<Region> regions = {
      {"ITCM", kItcmBase, kItcmBase + static_cast<std::uint64_t>(arch.scalar.itcm_bytes)},
      {"DTCM", kDtcmBase, kDtcmBase + static_cast<std::uint64_t>(arch.scalar.dtcm_bytes)},
      {"DRAM", kDramBase, kAddressSpace}};

  Program program;
  program.entry = header.e_entry;
  bool entry_found = false;
  for (std::uint32_t i = 0; i < header.e_phnum; ++i) {
    const auto segment_header = read_at<Elf32_Phdr>(
        where, file, header.e_phoff + std::uint64_t{i} * sizeof(Elf32_Phdr), "program header");
    if (segment_header.p_type != PT_LOAD || segment_header.p_memsz == 0) continue;
    if (holds_headers_only(header, segment_header)) continue;
    program.segments.push_back(read_segment(where, file, segment_header, regions));
    const Segment& segment = program.segments.back();
    entry_found |= segment.executable && header.e_entry >= segment.address &&
                   header.e_entry - segment.address < segment.size_bytes;
  }
  if (!entry_found || header.e_entry % 4 != 0) {
    throw UserError(where,
                    fmt::format("entry point 0x{:08x} is not in an executable segment of the ITCM",
                                header.e_entry));
  }
  check_overlaps(where, program.segments);
  if (header.e_shoff != 0) read_symbols(where, file, header, program);
  return program;
}

}  // namespace coldforge::sim
