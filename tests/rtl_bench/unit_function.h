#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace coldforge::rtl_bench {

/// What an operand of a function is; cases are drawn accordingly. All but the first three have
/// fewer than 32 bits.
enum class Kind : std::uint8_t { F32, I32, Any, Half, Brain, Byte };

/// Operands of kBlock cases, unused ones zero.
inline constexpr std::size_t kBlock = 4096;
struct Block {
  std::array<std::array<std::uint32_t, kBlock>, 3> operand{};
  std::size_t count = 0;
};
using Results = std::array<std::uint64_t, kBlock>;

/// One function in both worlds: sim/exec/numerics, and the combinational core in rtl/ as Verilator
/// runs it.
class UnitFunction {
 public:
  virtual ~UnitFunction() = default;
  virtual void model(const Block& block, Results& results) = 0;
  virtual void rtl(const Block& block, Results& results) = 0;

  std::string name;
  std::vector<Kind> operands;  ///< one to three
};

/// Every function of every operation of isa/spec/operations.json under the name of its lane
/// operation
/// ("fma.f32"), from its own core; the same but for those of the special-function unit as
/// "lane.fma.f32", from the core that has them all; conversions "widen.TYPE", "narrow.TYPE.f32" and
/// "narrow.TYPE.i32"; and a processing element's step, "pe.fp16", "pe.bf16", "pe.int8", "pe.uint8".
/// Throws UserError if an operation names a module that the benches do not know, or a function that
/// cf_fn_pkg.sv does not.
std::vector<std::unique_ptr<UnitFunction>> all_functions();

/// The code of a lane operation in rtl/fpu/cf_fn_pkg.sv: "add.f32" is FN_ADD_F32.
unsigned function_code(const std::string& lane_op);

/// Bits of an operand.
int width_bits(Kind kind);

}  // namespace coldforge::rtl_bench
