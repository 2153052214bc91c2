#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "isa/sfu/sfu_tables.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace {

/// Leaves an unchanged file alone, so that nothing is rebuilt for it.
void write_if_changed(const std::filesystem::path& path, const std::string& content) {
  if (std::filesystem::exists(path) && coldforge::read_file(path) == content) return;
  coldforge::write_file_atomic(path, content);
}

}  // namespace

/// coldforge_emit_sfu TABLES.json OUT.h OUT.sv
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: coldforge_emit_sfu TABLES.json OUT.h OUT.sv\n");
    return 2;
  }
  try {
    const auto tables = coldforge::isa::parse_sfu_tables(argv[1], coldforge::read_file(argv[1]));
    write_if_changed(argv[2], coldforge::isa::emit_sfu_header(tables));
    write_if_changed(argv[3], coldforge::isa::emit_sfu_package(tables));
    return 0;
  } catch (const coldforge::UserError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  } catch (const coldforge::InfrastructureError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
