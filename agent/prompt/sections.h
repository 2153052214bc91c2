#pragma once

#include <string>

#include "agent/generator/generator.h"

namespace coldforge::agent::prompt {

/// Parts of a prompt, each from one thing.

/// Sizes of the machine, a line each.
std::string machine_text(const isa::Arch& arch);

/// What a kernel includes, from kernels/lib: the manual in npu.h's head, then types, tiles, views
/// and flags without their internals.
std::string library_text();

/// One instruction in two lines. `item` is an API item: content and call.
std::string api_text(const ContextItem& item);
/// The call's name: "tadd" of "npu::tadd(dst, a, b)".
std::string api_name(const ContextItem& item);
/// Whether a code calls it.
bool calls(const std::string& code, const std::string& name);

/// "correct, 8123 cycles, 74 % of the bound, bottleneck dram", "failed at `compile`".
std::string verdict_words(const ContextItem& item);
/// "this task", or "another task: MatMul, Add".
std::string origin_words(const ContextItem& item, const std::string& own_pattern);

/// At most `most` characters, cut at a line's end if there is one.
std::string beginning_of(const std::string& text, std::size_t most);

}  // namespace coldforge::agent::prompt
