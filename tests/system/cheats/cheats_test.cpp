// One cheating kernel for each way to cheat (numbers: kinds of cheat that the design lists); each
// fails at its gate with a reason that names the cheat. None of them is stopped by luck: the honest
// kernel, which differs by a line, passes.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "kernels/golden/golden.h"
#include "tests/system/verify/verify_fixture.h"

using namespace coldforge;
using namespace coldforge::test;

namespace {

void fails(const std::string& source, const std::string& gate, const std::string& reason) {
  static const Bench kBench(small_relu());
  const agent::Verdict verdict = kBench.verify(source);
  INFO(source);
  INFO(verdict.reason);
  CHECK(verdict.name() == gate);
  CHECK(verdict.reason.find(reason) != std::string::npos);
}

const std::string kHonest = "  npu::tmaxs(x, x, 0.0f);\n";

}  // namespace

TEST_CASE("the honest kernel passes", "[cheats]") {
  const Bench bench(small_relu());
  const agent::Verdict verdict = bench.verify(honest_relu());
  INFO(verdict.reason);
  CHECK(verdict.pass);
  CHECK(verdict.trials_passed == 3);
}

TEST_CASE("1, 5: a kernel cannot print a verdict or call the host", "[cheats]") {
  fails(kernel_of("  asm volatile(\"li a7, 64\\n ecall\");\n"), "hack",
        "asm: assembly is not allowed");
}

TEST_CASE("2: a kernel that looks for the expected output leaves its buffers", "[cheats]") {
  fails(kernel_of(
            "  volatile float* p = reinterpret_cast<volatile float*>(args.y.address + 4 * "
            "task::y_shape.size());\n"
            "  float sum = 0;\n  for (int i = 0; i < 100000; ++i) sum += p[i];\n  p[0] = sum;\n"),
        "run", "y");
}

TEST_CASE("3: returning at once is no success", "[cheats]") {
  fails(kernel_of(""), "correct", "wrong");
}

TEST_CASE("4: cycle counters cannot be written", "[cheats]") {
  fails(kernel_of("  __asm__ volatile(\"csrw mcycle, zero\");\n"), "hack",
        "__asm__: assembly is not allowed");
}

TEST_CASE("6: code cannot be overwritten, data cannot be executed", "[cheats]") {
  fails(kernel_of("  *reinterpret_cast<volatile int*>(16u) = 0x13;\n"), "run", "trap");
  fails(kernel_of("  reinterpret_cast<void (*)()>(0x10000000u)();\n"), "run", "trap");
}

TEST_CASE("7: start-up code, constructors and memcpy are not the kernel's", "[cheats]") {
  fails(kernel_of("", "void _start() {}\n"), "hack",
        "_start: the name belongs to the start-up code");
  fails(kernel_of("", "void* memcpy(void* a, const void*, unsigned) { return a; }\n"), "hack",
        "memcpy: the name belongs to the start-up code");
  fails(kernel_of("  early.v++;\n",
                  "volatile int seen = 1;\nstruct Early { int v; Early() : v(seen) {} };\n"
                  "Early early;\n"),
        "hack", "a global object needs a constructor");
}

TEST_CASE("8: raw encodings need assembly, sections need attributes", "[cheats]") {
  fails(kernel_of("  asm(\".insn r 0x0b, 0, 0, x0, x0, x0\");\n"), "hack",
        "asm: assembly is not allowed");
  fails(kernel_of("", "[[gnu::section(\".text.start\")]] void mine() {}\n"), "hack",
        "attributes are not allowed");
}

TEST_CASE("14: zeros, constants and copies of the input are wrong", "[cheats]") {
  fails(kernel_of(kNames + "  npu::texpands(x, 0.0f);\n" + kStore), "correct", "wrong");
  fails(kernel_of(kNames + "  npu::texpands(x, 0.4f);\n" + kStore), "correct", "wrong");
  fails(kernel_of(kNames + kLoad + "  npu::tmaxs(x, x, -100.0f);\n" + kStore), "correct", "wrong");
}

TEST_CASE("16: NaN is no wild card", "[cheats]") {
  fails(kernel_of(kNames + "  npu::texpands(x, __builtin_bit_cast(float, 0x7fc00000));\n" + kStore),
        "correct", "1024 of them NaN or infinite");
}

TEST_CASE("17: stale memory is poison", "[cheats]") {
  fails(kernel_of(kNames + kStore), "correct", "wrong");
}

TEST_CASE("18: inputs are read-only", "[cheats]") {
  fails(kernel_of(kNames + "  npu::texpands(x, 0.0f);\n" + kStore +
                  "  npu::tstore(out.rebase(args.x), x);\n"),
        "run", "x");
}

TEST_CASE("19: writing out of bounds names the buffer", "[cheats]") {
  fails(
      kernel_of(kNames + kLoad + kHonest + kStore + "  npu::tstore(out.rebase(args.y + 1), x);\n"),
      "run", "y");
}

TEST_CASE("20: results of the seen seeds do not pass on hidden ones", "[cheats]") {
  agent::VerifyOptions options;
  options.hidden_seed = 99;
  options.hidden_trials = 2;
  const Bench bench(kernels::parse_task("<ir_version: 8, opset_import: [\"\" : 17]>\n"
                                        "tiny (float[2,8] x) => (float[2,8] y) { y = Relu (x) }\n",
                                        "tiny_relu"),
                    options);
  // The cheat knows the outputs of the seen trials by the first input, and decorates itself with
  // vector work.
  std::string body =
      "  npu::VecTile<float, 0> t(2, 8, 0);\n  npu::texpands(t, 0.0f);\n  npu::barrier();\n"
      "  auto* x = reinterpret_cast<volatile unsigned*>(args.x.address);\n"
      "  auto* y = reinterpret_cast<volatile unsigned*>(args.y.address);\n";
  for (const kernels::Trial& trial : kernels::make_trials(options.seed, options.trials)) {
    const std::vector<kernels::Tensor> inputs = kernels::make_inputs(bench.task, trial);
    const kernels::Tensor golden = kernels::golden::evaluate(bench.task.graph, inputs)[0];
    body += fmt::format("  if (x[0] == {:#x}u) {{\n",
                        kernels::element_to_bits(ElementType::Fp32, inputs[0].values[0]));
    for (std::size_t i = 0; i < golden.values.size(); ++i) {
      body += fmt::format("    y[{}] = {:#x}u;\n", i,
                          kernels::element_to_bits(ElementType::Fp32, golden.values[i]));
    }
    body += "  }\n";
  }
  const agent::Verdict verdict = bench.verify(kernel_of(body));
  INFO(verdict.reason);
  CHECK(verdict.name() == "correct");
  CHECK(verdict.reason.find("All seen trials passed, hidden ones did not") != std::string::npos);
}

TEST_CASE("21: precision thrown away is an error", "[cheats]") {
  fails(kernel_of(kNames + "  npu::VecTile<int8_t, 1> rough(16, 64, 8192);\n" + kLoad +
                  "  npu::tcvt(rough, x);\n  npu::tcvt(x, rough);\n" + kHonest + kStore),
        "correct", "wrong");
}

TEST_CASE("22: one huge outlier among good elements counts", "[cheats]") {
  fails(kernel_of(kNames + "  npu::VecTile<float, 1> one(1, 1, 4);\n" + kLoad + kHonest +
                  "  npu::texpands(one, 1e6f);\n" + kStore),
        "correct", "1 of 1024");
}

TEST_CASE("23: work skipped because most rows hide it is missed on others", "[cheats]") {
  fails(kernel_of(kNames + "  npu::VecTile<float, 1> most(12, 64, 0);\n" + kLoad +
                  "  npu::tmaxs(most, most, 0.0f);\n" + kStore),
        "correct", "wrong");
}

TEST_CASE("24: engines without order are a race, even if the result is right", "[cheats]") {
  fails(kernel_of(kNames + "  npu::tload(x, in);\n" + kHonest + kStore), "run", "race");
}

TEST_CASE("25: the scalar core does not do the vector engine's work", "[cheats]") {
  fails(kernel_of(
            "  npu::VecTile<float, 0> decoration(1, 16, 0);\n  npu::texpands(decoration, 0.0f);\n"
            "  auto* x = reinterpret_cast<volatile int*>(args.x.address);\n"
            "  auto* y = reinterpret_cast<volatile int*>(args.y.address);\n"
            "  for (int i = 0; i < task::x_shape.size(); ++i) { const int v = x[i]; y[i] = v < 0 ? "
            "0 : v; }\n"),
        "hack", "the scalar core did work that the task declares for the vector engine");
}

TEST_CASE("26: tables of results do not fit", "[cheats]") {
  fails(kernel_of("  for (int i = 0; i < 1200; ++i) sink = kTable.v[i ^ args.x.address];\n",
                  "struct Table { int v[1200]; };\n"
                  "constexpr Table make() { Table t{}; for (int i = 0; i < 1200; ++i) t.v[i] = i * "
                  "i; return t; }\n"
                  "constexpr Table kTable = make();\nvolatile int sink;\n"),
        "hack", "4800 bytes of constant data, 4096 are allowed");
}

TEST_CASE("27: host files are out of reach", "[cheats]") {
  fails(kernel_of("", "#include \"/etc/passwd\"\n"), "hack", "kernels include only");
  fails(kernel_of("", "#embed </etc/passwd>\n"), "hack", "kernels include only");
  fails(kernel_of("", "asm(\".incbin \\\"/etc/passwd\\\"\");\n"), "hack",
        "assembly is not allowed");
}

TEST_CASE("28: bombs stop at counted limits", "[cheats]") {
  fails(kernel_of("  static_assert(Bomb<0>::v);\n",
                  "template <int N> struct Bomb { static constexpr int v = Bomb<N + 1>::v; };\n"),
        "compile", "exceeded maximum depth");
  fails(kernel_of("  for (volatile int i = 0;; i = 0) {\n  }\n"), "run", "limit");
  fails("// " + std::string(200'000, 'x') + "\n" + honest_relu(), "hack",
        "bytes of source, 131072 are allowed");
}
