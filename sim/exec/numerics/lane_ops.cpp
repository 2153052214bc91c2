#include "sim/exec/numerics/lane_ops.h"

#include <iterator>

#include "sim/exec/numerics/lane_functions.h"
#include "sim/exec/numerics/simd_dispatch.h"

namespace coldforge::sim {
namespace {

template <class Function, int kArity>
struct BlockKernel {
  template <class Fp>
  static CF_LANE_INLINE void run(const std::uint32_t* a, const std::uint32_t* b,
                                 const std::uint32_t* c, std::uint32_t* out, std::size_t n) {
    CF_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint32_t operand_b = kArity >= 2 ? b[i] : 0;
      const std::uint32_t operand_c = kArity >= 3 ? c[i] : 0;
      out[i] = Function::template apply<Fp>(a[i], operand_b, operand_c);
    }
  }
};

template <class Function, int kArity>
constexpr LaneOp::Block block() {
  return &dispatch<BlockKernel<Function, kArity>, const std::uint32_t*, const std::uint32_t*,
                   const std::uint32_t*, std::uint32_t*, std::size_t>;
}

template <class Function>
constexpr LaneOp unary(std::string_view name, LaneType a, LaneType result) {
  return {name, 1, a, LaneType::None, LaneType::None, result, block<Function, 1>()};
}
template <class Function>
constexpr LaneOp binary(std::string_view name, LaneType ab, LaneType result) {
  return {name, 2, ab, ab, LaneType::None, result, block<Function, 2>()};
}

constexpr LaneType F32 = LaneType::F32;
constexpr LaneType I32 = LaneType::I32;
constexpr LaneType Any = LaneType::Any;

constexpr LaneOp kLaneOps[] = {
    binary<lane::AddF32>("add.f32", F32, F32),
    binary<lane::SubF32>("sub.f32", F32, F32),
    binary<lane::MulF32>("mul.f32", F32, F32),
    {"fma.f32", 3, F32, F32, F32, F32, block<lane::FmaF32, 3>()},
    binary<lane::DivF32>("div.f32", F32, F32),
    unary<lane::SqrtF32>("sqrt.f32", F32, F32),
    unary<lane::RecipF32>("recip.f32", F32, F32),
    unary<lane::RsqrtF32>("rsqrt.f32", F32, F32),
    binary<lane::MinF32>("min.f32", F32, F32),
    binary<lane::MaxF32>("max.f32", F32, F32),
    unary<lane::AbsF32>("abs.f32", F32, F32),
    unary<lane::NegF32>("neg.f32", F32, F32),
    unary<lane::ExpF32>("exp.f32", F32, F32),
    unary<lane::LogF32>("log.f32", F32, F32),
    unary<lane::TanhF32>("tanh.f32", F32, F32),
    unary<lane::SigmoidF32>("sigmoid.f32", F32, F32),
    unary<lane::ErfF32>("erf.f32", F32, F32),
    binary<lane::EqF32>("eq.f32", F32, I32),
    binary<lane::NeF32>("ne.f32", F32, I32),
    binary<lane::LtF32>("lt.f32", F32, I32),
    binary<lane::LeF32>("le.f32", F32, I32),
    binary<lane::GtF32>("gt.f32", F32, I32),
    binary<lane::GeF32>("ge.f32", F32, I32),
    binary<lane::AddI32>("add.i32", I32, I32),
    binary<lane::SubI32>("sub.i32", I32, I32),
    binary<lane::MulI32>("mul.i32", I32, I32),
    binary<lane::MinI32>("min.i32", I32, I32),
    binary<lane::MaxI32>("max.i32", I32, I32),
    unary<lane::AbsI32>("abs.i32", I32, I32),
    unary<lane::NegI32>("neg.i32", I32, I32),
    binary<lane::ShlI32>("shl.i32", I32, I32),
    binary<lane::ShrI32>("shr.i32", I32, I32),
    binary<lane::SraI32>("sra.i32", I32, I32),
    binary<lane::AndI32>("and.i32", I32, I32),
    binary<lane::OrI32>("or.i32", I32, I32),
    binary<lane::XorI32>("xor.i32", I32, I32),
    unary<lane::NotI32>("not.i32", I32, I32),
    binary<lane::EqI32>("eq.i32", I32, I32),
    binary<lane::NeI32>("ne.i32", I32, I32),
    binary<lane::LtI32>("lt.i32", I32, I32),
    binary<lane::LeI32>("le.i32", I32, I32),
    binary<lane::GtI32>("gt.i32", I32, I32),
    binary<lane::GeI32>("ge.i32", I32, I32),
    {"sel", 3, I32, Any, Any, Any, block<lane::Select, 3>()},
    unary<lane::IntFromFloatNearest>("rne.i32.f32", F32, I32),
    unary<lane::IntFromFloatTrunc>("trunc.i32.f32", F32, I32),
    unary<lane::FloatFromInt>("cvt.f32.i32", I32, F32),
    {"requant.i8", 3, I32, F32, I32, I32, block<lane::RequantI8, 3>()},
    {"requant.u8", 3, I32, F32, I32, I32, block<lane::RequantU8, 3>()},
};

}  // namespace

LaneOpRange lane_ops() { return {std::begin(kLaneOps), std::end(kLaneOps)}; }

const LaneOp* find_lane_op(std::string_view name) {
  for (const LaneOp& op : kLaneOps) {
    if (op.name == name) return &op;
  }
  return nullptr;
}

}  // namespace coldforge::sim
