#pragma once

#include <string>
#include <vector>

#include "isa/isa.h"

namespace coldforge::isa {

/// A generated file of the RTL.
struct SvFile {
  std::string name;  ///< "cf_instr_pkg.sv"
  std::string text;
};

/// Everything that the RTL takes from description and architecture, in the order in which a
/// compiler must read it: cf_isa_pkg, cf_sizes.svh (which cf_npu_pkg includes), cf_instr_pkg,
/// cf_lane_pkg, then the modules cf_lane_program, cf_lane_expr and cf_legal_rules. Throws UserError
/// for an `exec` or a reduction that the RTL does not have.
std::vector<SvFile> emit_sv_files(const Isa& isa, const Arch& arch);

/// All generated files of the RTL: cf_sfu_pkg, made of isa/sfu/sfu_tables.json, then those of
/// emit_sv_files().
std::vector<SvFile> emit_rtl_files(const Isa& isa, const Arch& arch);

/// Package `cf_instr_pkg`: facts of each instruction as functions of its number. Operands,
/// memories, shape of its beats, latency, reductions.
std::string emit_sv_instructions(const Isa& isa, const Arch& arch);

/// `cf_lane_pkg`, `cf_lane_program` and `cf_lane_expr`: the expressions of all instructions as
/// programs for one chain of lane operations, and that chain.
std::vector<SvFile> emit_sv_lanes(const Isa& isa, const Arch& arch);

/// Module `cf_legal_rules`: the rules that the description states, for the check at issue.
std::string emit_sv_legal(const Isa& isa, const Arch& arch);

}  // namespace coldforge::isa
