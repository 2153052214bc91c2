#include "isa/emit/sv_files.h"

#include "isa/sfu/sfu_tables.h"
#include "sim/base/file.h"

namespace coldforge::isa {

std::vector<SvFile> emit_rtl_files(const Isa& isa, const Arch& arch) {
  const std::string tables = share_dir() + "/isa/sfu/sfu_tables.json";
  std::vector<SvFile> files = {
      {"cf_sfu_pkg.sv", emit_sfu_package(parse_sfu_tables(tables, read_file(tables)))}};
  for (SvFile& file : emit_sv_files(isa, arch)) files.push_back(std::move(file));
  return files;
}

}  // namespace coldforge::isa
