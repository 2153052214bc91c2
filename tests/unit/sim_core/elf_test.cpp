#include <elf.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "sim/base/error.h"
#include "sim/run.h"

namespace coldforge::sim::test {
namespace {

struct Part {
  std::uint32_t address, flags;
  std::vector<std::uint8_t> bytes;
  std::uint32_t memory_bytes;
};

/// An ELF with the given segments and nothing else.
std::vector<std::uint8_t> make_elf(const std::vector<Part>& parts, std::uint32_t entry = 0) {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_entry = entry;
  header.e_phoff = sizeof(Elf32_Ehdr);
  header.e_phnum = static_cast<Elf32_Half>(parts.size());
  std::vector<std::uint8_t> file(sizeof(header) + parts.size() * sizeof(Elf32_Phdr));
  std::memcpy(file.data(), &header, sizeof(header));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Elf32_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = static_cast<Elf32_Off>(file.size());
    segment.p_vaddr = parts[i].address;
    segment.p_filesz = static_cast<Elf32_Word>(parts[i].bytes.size());
    segment.p_memsz = parts[i].memory_bytes;
    segment.p_flags = parts[i].flags;
    std::memcpy(file.data() + sizeof(header) + i * sizeof(segment), &segment, sizeof(segment));
    file.insert(file.end(), parts[i].bytes.begin(), parts[i].bytes.end());
  }
  return file;
}

const Part kText{0, PF_R | PF_X, {0x73, 0, 0, 0}, 4};

std::string error_of(const std::vector<std::uint8_t>& file) {
  try {
    load_elf("a.elf", file, isa::load_arch("edge"));
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

template <class T>
std::vector<std::uint8_t> patched(std::vector<std::uint8_t> file, std::size_t offset, T value) {
  std::memcpy(file.data() + offset, &value, sizeof(value));
  return file;
}

}  // namespace

TEST_CASE("an ELF becomes segments with their permissions", "[sim][elf]") {
  const Program program = load_elf("a.elf", make_elf({{kDtcmBase, PF_R | PF_W, {1, 2}, 8}, kText}),
                                   isa::load_arch("edge"));
  REQUIRE(program.segments.size() == 2);
  CHECK(program.segments[0].executable);
  CHECK_FALSE(program.segments[0].writable);
  CHECK(program.segments[1].address == kDtcmBase);
  CHECK(program.segments[1].bytes == std::vector<std::uint8_t>{1, 2});
  CHECK(program.segments[1].size_bytes == 8);
  CHECK(program.segments[1].writable);
}

TEST_CASE("what is no program for the machine gets one line", "[sim][elf]") {
  const std::vector<std::uint8_t> good = make_elf({kText});
  CHECK(error_of(good) == "no error");
  CHECK(error_of({'h', 'i'}) == "a.elf: not an ELF file");
  CHECK(error_of(patched<std::uint8_t>(good, EI_CLASS, ELFCLASS64)) ==
        "a.elf: not a 32-bit little-endian ELF; build for riscv32");
  CHECK(error_of(patched<std::uint16_t>(good, offsetof(Elf32_Ehdr, e_machine), EM_ARM)) ==
        "a.elf: ELF for machine 40; must be 243 (RISC-V)");
  CHECK(error_of(patched<std::uint16_t>(good, offsetof(Elf32_Ehdr, e_type), ET_REL)) ==
        "a.elf: ELF of type 1; must be 2 (a statically linked executable)");
  CHECK(error_of(patched<std::uint32_t>(good, offsetof(Elf32_Ehdr, e_flags), 1)) ==
        "a.elf: uses compressed instructions; build with -march=rv32im");
  CHECK(error_of({good.begin(), good.begin() + 60}) ==
        "a.elf: truncated: the program header at offset 52 ends beyond the file's 60 bytes");
  CHECK(error_of({good.begin(), good.end() - 1}) ==
        "a.elf: truncated: the segment at 0x00000000 ends beyond the file's 87 bytes");
}

TEST_CASE("segments lie in the memories and do not overlap", "[sim][elf]") {
  CHECK(error_of(make_elf({kText, {0x2000'0000, PF_R, {}, 16}})) ==
        "a.elf: segment 0x20000000..0x2000000f lies outside the memories (ITCM "
        "0x00000000..0x0000ffff, "
        "DTCM 0x10000000..0x1000ffff, DRAM from 0x80000000)");
  CHECK(error_of(make_elf({kText, {kDtcmBase, PF_R, {}, 0x10001}})) ==
        "a.elf: segment 0x10000000..0x10010000 lies outside the memories (ITCM "
        "0x00000000..0x0000ffff, "
        "DTCM 0x10000000..0x1000ffff, DRAM from 0x80000000)");
  CHECK(error_of(make_elf({kText, {kDramBase, PF_R | PF_X, {}, 4}})) ==
        "a.elf: segment at 0x80000000 is executable; code must lie in the ITCM "
        "(0x00000000..0x0000ffff)");
  CHECK(error_of(make_elf({kText, {kDtcmBase, PF_R, {}, 8}, {kDtcmBase + 4, PF_R, {}, 8}})) ==
        "a.elf: segments at 0x10000000 and 0x10000004 overlap");
  CHECK(error_of(make_elf({kText}, 8)) ==
        "a.elf: entry point 0x00000008 is not in an executable segment of the ITCM");
}

TEST_CASE("a segment of the file's own headers is no part of the program", "[sim][elf]") {
  std::vector<std::uint8_t> file = make_elf({{0x10000, PF_R, {}, 0}, kText});
  Elf32_Phdr headers{};
  std::memcpy(&headers, file.data() + sizeof(Elf32_Ehdr), sizeof(headers));
  headers.p_offset = 0;
  headers.p_filesz = headers.p_memsz = sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr);
  file = patched(file, sizeof(Elf32_Ehdr), headers);
  CHECK(load_elf("a.elf", file, isa::load_arch("edge")).segments.size() == 1);
  headers.p_filesz = headers.p_memsz += 4;  // four bytes of something else
  CHECK(error_of(patched(file, sizeof(Elf32_Ehdr), headers)).find("lies outside the memories") !=
        std::string::npos);
}

}  // namespace coldforge::sim::test
