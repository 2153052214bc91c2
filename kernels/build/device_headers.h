#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/isa.h"
#include "kernels/task.h"

namespace coldforge::kernels {

/// Generated headers that stand between isa::emit_intrinsics and the hand-written library
/// (kernels/lib), and the header of a task. Final bytes, the same for the same description.

/// `npu_builtin.h`: descriptor and synchronisation instructions under fixed names (namespace
/// npu::builtin), found by their built-in semantics, so that an overlay may rename them. Throws
/// UserError if the instruction set lacks one that the library is built on.
std::string emit_builtin_header(const isa::Isa& isa);

/// `npu_ops.h`: one typed function for every instruction, npu::<mnemonic>(operands...), dots as
/// underscores; wrong memories and element types are static_asserts that name mnemonic and operand.
std::string emit_ops_header(const isa::Isa& isa);

/// A pointer that a kernel is given.
struct TaskArgument {
  enum class Role : std::uint8_t { Input, Constant, Output, Scratch } role = Role::Input;
  std::string name;        ///< in the graph; "scratch"
  std::string identifier;  ///< the member of task::Args
  ElementType type = ElementType::UInt8;
  Shape shape;
  std::int64_t bytes = 0;  ///< at least 1
};

/// The members of task::Args, in order: inputs, constants, outputs, scratch. The argument block in
/// memory holds one 32-bit address for each.
std::vector<TaskArgument> task_arguments(const Graph& graph);

/// `task.h`: extents, element types, constants of one element, and struct task::Args.
std::string emit_task_header(const Task& task);

/// A value's name as a C++ identifier: other characters become '_', a leading digit, keyword or
/// reserved form is prefixed.
std::string identifier_of(const std::string& name);

}  // namespace coldforge::kernels
