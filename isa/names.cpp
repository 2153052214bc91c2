#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "isa/isa.h"

namespace coldforge::isa {

std::string_view name_of(Unit unit) {
  constexpr std::array<std::string_view, kUnits> kNames = {"scalar", "load",   "store",
                                                           "move",   "matrix", "vector"};
  return kNames[static_cast<std::size_t>(unit)];
}

std::string_view name_of(Memory memory) {
  constexpr std::array<std::string_view, kMemories> kNames = {"Vec", "Left", "Right", "Acc"};
  return kNames[static_cast<std::size_t>(memory)];
}

std::string_view name_of(Field field) {
  constexpr std::array<std::string_view, 4> kNames = {"rd", "rs1", "rs2", "rs3"};
  return kNames[static_cast<std::size_t>(field)];
}

std::string_view name_of(OperandKind kind) {
  constexpr std::array<std::string_view, 3> kNames = {"tile", "view", "x"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Access access) {
  constexpr std::array<std::string_view, 3> kNames = {"read", "write", "read_write"};
  return kNames[static_cast<std::size_t>(access)];
}

std::string share_dir() {
  namespace fs = std::filesystem;
  if (const char* set = std::getenv("COLDFORGE_SHARE"); set != nullptr && *set != '\0') return set;
  std::array<char, 4096> program{};
  const auto length = ::readlink("/proc/self/exe", program.data(), program.size() - 1);
  if (length > 0) {
    const fs::path installed =
        fs::path(program.data()).parent_path().parent_path() / "share" / "coldforge";
    std::error_code ignored;
    if (fs::is_directory(installed / "isa" / "spec", ignored)) return installed.string();
  }
  return COLDFORGE_SOURCE_DIR;
}

}  // namespace coldforge::isa
