#include "tests/rtl_bench/unit_function.h"

#include <fmt/format.h>
#include <verilated.h>

#include <algorithm>
#include <cctype>

#include "VConvert.h"
#include "VCoreAdd.h"
#include "VCoreAlu.h"
#include "VCoreCompare.h"
#include "VCoreDiv.h"
#include "VCoreErf.h"
#include "VCoreExp.h"
#include "VCoreFma.h"
#include "VCoreFromInt.h"
#include "VCoreLog.h"
#include "VCoreMul.h"
#include "VCoreRecip.h"
#include "VCoreRsqrt.h"
#include "VCoreSelect.h"
#include "VCoreShift.h"
#include "VCoreSigmoid.h"
#include "VCoreSqrt.h"
#include "VCoreTanh.h"
#include "VCoreToInt.h"
#include "VPe.h"
#include "isa/isa.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/exec/numerics/float_formats.h"
#include "sim/exec/numerics/lane_ops.h"

namespace coldforge::rtl_bench {
namespace {

/// A verilated module with its context, which must outlive it.
template <class V>
struct Verilated {
  VerilatedContext context;
  V module{&context};
  ~Verilated() { module.final(); }
};

/// tb_core with one of its units.
class Core {
 public:
  virtual ~Core() = default;
  virtual void run(unsigned fn, const Block& block, Results& results) = 0;
};

template <class V>
class VerilatedCore : public Core {
 public:
  void run(unsigned fn, const Block& block, Results& results) override {
    V& m = rtl_.module;
    m.fn_i = static_cast<std::uint8_t>(fn);
    for (std::size_t i = 0; i < block.count; ++i) {
      m.a_i = block.operand[0][i];
      m.b_i = block.operand[1][i];
      m.c_i = block.operand[2][i];
      m.eval();
      results[i] = m.y_o;
    }
  }

 private:
  Verilated<V> rtl_;
};

template <class C>
std::unique_ptr<Core> make() {
  return std::make_unique<C>();
}

struct Entry {
  std::string_view sv_function;
  std::unique_ptr<Core> (*make)();
};
constexpr Entry kCores[] = {
    {"cf_op_pkg::add", make<VerilatedCore<VCoreAdd>>},
    {"cf_op_pkg::mul", make<VerilatedCore<VCoreMul>>},
    {"cf_fma_pkg::fma", make<VerilatedCore<VCoreFma>>},
    {"cf_div_pkg::div", make<VerilatedCore<VCoreDiv>>},
    {"cf_div_pkg::sqrt", make<VerilatedCore<VCoreSqrt>>},
    {"cf_div_pkg::recip", make<VerilatedCore<VCoreRecip>>},
    {"cf_op_pkg::compare", make<VerilatedCore<VCoreCompare>>},
    {"cf_op_pkg::alu", make<VerilatedCore<VCoreAlu>>},
    {"cf_op_pkg::shift", make<VerilatedCore<VCoreShift>>},
    {"cf_op_pkg::sel", make<VerilatedCore<VCoreSelect>>},
    {"cf_op_pkg::from_int", make<VerilatedCore<VCoreFromInt>>},
    {"cf_op_pkg::to_int", make<VerilatedCore<VCoreToInt>>},
    {"cf_sfu_fn_pkg::exp", make<VerilatedCore<VCoreExp>>},
    {"cf_sfu_fn_pkg::log", make<VerilatedCore<VCoreLog>>},
    {"cf_sfu_fn_pkg::tanh", make<VerilatedCore<VCoreTanh>>},
    {"cf_sfu_fn_pkg::sigmoid", make<VerilatedCore<VCoreSigmoid>>},
    {"cf_sfu_fn_pkg::erf", make<VerilatedCore<VCoreErf>>},
    {"cf_sfu_fn_pkg::rsqrt", make<VerilatedCore<VCoreRsqrt>>},
};

Kind kind_of(sim::LaneType type) {
  return type == sim::LaneType::F32 ? Kind::F32
                                    : (type == sim::LaneType::I32 ? Kind::I32 : Kind::Any);
}

class LaneFunction : public UnitFunction {
 public:
  LaneFunction(const sim::LaneOp& op, std::unique_ptr<Core> core)
      : op_(op), fn_(function_code(std::string(op.name))), core_(std::move(core)) {
    name = std::string(op.name);
    const sim::LaneType types[3] = {op.a, op.b, op.c};
    for (int i = 0; i < op.arity; ++i) operands.push_back(kind_of(types[i]));
  }
  void model(const Block& block, Results& results) override {
    std::array<std::uint32_t, kBlock> lanes{};
    op_.run(block.operand[0].data(), block.operand[1].data(), block.operand[2].data(), lanes.data(),
            block.count);
    for (std::size_t i = 0; i < block.count; ++i) results[i] = lanes[i];
  }
  void rtl(const Block& block, Results& results) override { core_->run(fn_, block, results); }

 private:
  const sim::LaneOp& op_;
  unsigned fn_;
  std::unique_ptr<Core> core_;
};

Kind kind_of(ElementType type) {
  switch (type) {
    case ElementType::Fp32:
      return Kind::F32;
    case ElementType::Fp16:
      return Kind::Half;
    case ElementType::Bf16:
      return Kind::Brain;
    case ElementType::Int8:
    case ElementType::UInt8:
    case ElementType::Bool:
      return Kind::Byte;
    default:
      return Kind::I32;
  }
}

/// Memory to lane; an int64 element is two operands, the low half first.
class Widen : public UnitFunction {
 public:
  explicit Widen(ElementType type) : type_(type) {
    name = fmt::format("widen.{}", name_of(type));
    operands.assign(type == ElementType::Int64 ? 2 : 1, kind_of(type));
  }
  void model(const Block& block, Results& results) override {
    std::array<std::uint32_t, kBlock> lanes{};
    std::array<std::uint64_t, kBlock> elements{};
    for (std::size_t i = 0; i < block.count; ++i) elements[i] = element(block, i);
    const std::ptrdiff_t stride = 8 / size_bytes(type_);
    sim::widen(type_, elements.data(), stride, lanes.data(), block.count);
    for (std::size_t i = 0; i < block.count; ++i) results[i] = lanes[i];
  }
  void rtl(const Block& block, Results& results) override {
    VConvert& m = rtl_.module;
    m.type_i = static_cast<std::uint8_t>(type_);
    for (std::size_t i = 0; i < block.count; ++i) {
      m.element_i = element(block, i);
      m.eval();
      results[i] = m.lane_o;
    }
  }

 private:
  static std::uint64_t element(const Block& block, std::size_t i) {
    return std::uint64_t{block.operand[1][i]} << 32 | block.operand[0][i];
  }
  ElementType type_;
  Verilated<VConvert> rtl_;
};

/// Lane to memory.
class Narrow : public UnitFunction {
 public:
  Narrow(ElementType type, bool lane_is_float) : type_(type), is_float_(lane_is_float) {
    name = fmt::format("narrow.{}.{}", name_of(type), lane_is_float ? "f32" : "i32");
    operands = {lane_is_float ? Kind::F32 : Kind::I32};
  }
  void model(const Block& block, Results& results) override {
    results.fill(0);
    const std::ptrdiff_t stride = 8 / size_bytes(type_);
    sim::narrow(type_, is_float_, block.operand[0].data(), results.data(), stride, block.count);
  }
  void rtl(const Block& block, Results& results) override {
    VConvert& m = rtl_.module;
    m.type_i = static_cast<std::uint8_t>(type_);
    m.is_float_i = is_float_;
    for (std::size_t i = 0; i < block.count; ++i) {
      m.lane_i = block.operand[0][i];
      m.eval();
      results[i] = m.element_o;
    }
  }

 private:
  ElementType type_;
  bool is_float_;
  Verilated<VConvert> rtl_;
};

/// acc = fma(a, b, acc) of a processing element; the model's words are those of the matrix unit's
/// definition, conversion and fma. tests/rtl_bench/pe_test.cpp compares whole products.
class PeStep : public UnitFunction {
 public:
  explicit PeStep(ElementType type)
      : type_(type),
        multiply_(*sim::find_lane_op(is_float(type) ? "fma.f32" : "mul.i32")),
        add_(*sim::find_lane_op("add.i32")) {
    name = fmt::format("pe.{}", name_of(type));
    operands = {kind_of(type), kind_of(type), is_float(type) ? Kind::F32 : Kind::I32};
  }
  void model(const Block& block, Results& results) override {
    std::array<std::uint32_t, kBlock> a{}, b{}, y{};
    const std::ptrdiff_t stride = 4 / size_bytes(type_);
    sim::widen(type_, block.operand[0].data(), stride, a.data(), block.count);
    sim::widen(type_, block.operand[1].data(), stride, b.data(), block.count);
    const std::uint32_t* acc = block.operand[2].data();
    multiply_.run(a.data(), b.data(), acc, y.data(), block.count);
    if (!is_float(type_)) add_.run(y.data(), acc, nullptr, y.data(), block.count);
    for (std::size_t i = 0; i < block.count; ++i) results[i] = y[i];
  }
  void rtl(const Block& block, Results& results) override {
    VPe& m = rtl_.module;
    m.type_i = static_cast<std::uint8_t>(type_);
    for (std::size_t i = 0; i < block.count; ++i) {
      m.a_i = static_cast<std::uint16_t>(block.operand[0][i]);
      m.b_i = static_cast<std::uint16_t>(block.operand[1][i]);
      m.acc_i = block.operand[2][i];
      m.eval();
      results[i] = m.acc_o;
    }
  }

 private:
  ElementType type_;
  const sim::LaneOp& multiply_;
  const sim::LaneOp& add_;
  Verilated<VPe> rtl_;
};

std::unique_ptr<Core> core_of(const isa::Operation& operation) {
  for (const Entry& entry : kCores) {
    if (entry.sv_function == operation.sv_function) return entry.make();
  }
  throw UserError("isa/spec/operations.json: " + operation.name,
                  "no bench for the function \"" + operation.sv_function + "\"");
}

}  // namespace

unsigned function_code(const std::string& lane_op) {
  static const std::string kPackage =
      read_file(std::string(COLDFORGE_SOURCE_DIR) + "/rtl/fpu/cf_fn_pkg.sv");
  std::string wanted = " FN_";
  for (const char c : lane_op) {
    wanted += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  wanted += " = 6'd";
  const std::size_t at = kPackage.find(wanted);
  if (at == std::string::npos) {
    throw UserError("rtl/fpu/cf_fn_pkg.sv", "has no code for the lane operation " + lane_op);
  }
  return static_cast<unsigned>(std::stoul(kPackage.substr(at + wanted.size(), 2)));
}

std::vector<std::unique_ptr<UnitFunction>> all_functions() {
  std::vector<std::unique_ptr<UnitFunction>> all;
  const isa::Isa isa = isa::Isa::load();
  std::vector<std::string> seen;  // sel serves both lane types
  for (const isa::Operation& operation : isa.operations()) {
    for (const auto& [type, lane_op] : operation.functions) {
      if (std::find(seen.begin(), seen.end(), lane_op) != seen.end()) continue;
      seen.push_back(lane_op);
      all.push_back(
          std::make_unique<LaneFunction>(*sim::find_lane_op(lane_op), core_of(operation)));
    }
  }
  for (int t = 0; t < kElementTypes; ++t) {
    const auto type = static_cast<ElementType>(t);
    all.push_back(std::make_unique<Widen>(type));
    all.push_back(std::make_unique<Narrow>(type, true));
    all.push_back(std::make_unique<Narrow>(type, false));
  }
  for (const ElementType type :
       {ElementType::Fp16, ElementType::Bf16, ElementType::Int8, ElementType::UInt8}) {
    all.push_back(std::make_unique<PeStep>(type));
  }
  return all;
}

}  // namespace coldforge::rtl_bench
