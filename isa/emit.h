#pragma once

#include <string>
#include <vector>

#include "isa/isa.h"

namespace coldforge::isa {

/// Final bytes of each generated output, in fixed order; each begins with what made it and from
/// what (digests, no dates).

/// Kernel-side C++ header `npu_intrinsics.h`: one inline function an instruction (`.insn` inside),
/// register numbers as template arguments, static_assert on ranges, in namespace npu::isa; the
/// machine's sizes in npu::isa::machine. Needs no other header.
std::string emit_intrinsics(const Isa& isa, const Arch& arch);
/// SystemVerilog package `cf_isa_pkg`: opcodes, fields, decode function, sizes of the machine.
std::string emit_sv_package(const Isa& isa, const Arch& arch);
/// Reference manual in Markdown, with latency and initiation interval of every instruction on
/// `arch`.
std::string emit_manual(const Isa& isa, const Arch& arch);
/// The section of one instruction in it.
std::string emit_manual_entry(const Isa& isa, const Instruction& instruction, const Arch& arch);

/// One API item of the agent's memory: everything a generator may know of an instruction.
struct ApiItem {
  std::string name;  ///< mnemonic
  std::string call;  ///< how a kernel calls it: "npu::tadd(dst, a, b)"
  std::string unit;
  /// Canonical JSON without the name: operands (kinds, memories, types, broadcast), results as
  /// expressions with reductions, or `exec`; legality, said and implied; latency.
  std::string content;
};
std::vector<ApiItem> emit_api_items(const Isa& isa);

}  // namespace coldforge::isa
