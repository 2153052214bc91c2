#pragma once

/// The kernel's view of the NPU: everything that a kernel includes, beside its generated `task.h`.
///
///   #include <npu.h>
///   #include "task.h"
///
///   void kernel(const task::Args& args) {
///     npu::View<float, 0> in(args.x);        // view register v0, over the input in DRAM
///     in.rows(64, 128);                      // two loop levels, contiguous
///     npu::View<float, 1> out(args.y);
///     out.rows(64, 128);
///     npu::VecTile<float, 0> x(64, 128, 0);  // tile register t0: 64 x 128 at byte 0 of Vec
///     npu::tload(x, in);                     // goes to the load engine's queue, returns at once
///     npu::set<npu::Engine::Load>(0);        // raises flag 0 when the load is done
///     npu::wait<npu::Engine::Vector>(0);     // the vector engine waits for it, the core does not
///     npu::tmaxs(x, x, 0.0f);
///     npu::set<npu::Engine::Vector>(1);
///     npu::wait<npu::Engine::Store>(1);
///     npu::tstore(out, x);
///   }                                        // the clock stops when every engine is idle
///
/// How to think of it
///   - The scalar core only gives orders. Each engine (load, store, move, matrix, vector) takes
///     its orders from a queue, in order, at its own pace. Two engines that touch the same bytes
///     need a flag between them, in both directions if a buffer is used again; without it the run
///     is wrong even if the output is right (a race).
///   - A queue that is full stops the core: issue loads ahead of the work that waits for them.
///   - A descriptor (tile, view) is captured at issue: it may be changed right after.
///   - An instruction is called by its mnemonic, dots as underscores, operands in the order of
///     `coldforge isa doc`: npu::tadd(dst, a, b), npu::tmatmul_acc(acc, a, b), npu::tadds(dst, a,
///     2.0f). Wrong memories and element types do not compile. An overlay's instruction is there
///     like any other.
///   - npu::isa::tadd<3, 1, 2>() is the same instruction with bare register numbers, unchecked.
///
/// Style of a good kernel: name the plan in the head; load the next tile while computing on the
/// present one (Channel); long contiguous rows load best; start the operands of one instruction in
/// different banks; treat tails by shape().
///
/// Rules: no assembly, no attributes or pragmas, no other includes, no global constructors, at most
/// 4 KiB of constant data.

// Inlined, and without line entries of their own: a trap or a slow cycle is blamed on the line of
// the kernel.
#pragma clang attribute push(__attribute__((nodebug)), apply_to = hasType(functionType))
#pragma clang attribute push(__attribute__((always_inline)), apply_to = function)
// Each of these builds on the ones before.
// clang-format off
#include "npu/types.h"
#include "npu_intrinsics.h"
#include "npu_builtin.h"
#include "npu/tile.h"
#include "npu/view.h"
#include "npu/sync.h"
#include "npu_ops.h"
// clang-format on
#pragma clang attribute pop
#pragma clang attribute pop

namespace npu {

/// Sizes of the machine, named as in its architecture file: npu::machine::vec_size_bytes,
/// matrix_rows, vector_lanes, ...
namespace machine = isa::machine;

}  // namespace npu
