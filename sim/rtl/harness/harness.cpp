// The C side of a verilated NPU: rtl_abi.h on top of the class that Verilator made of cf_harness.
// Compiled on demand, together with cf_rtl_machine.h, which says CF_RTL_LINES(memory) and
// CF_RTL_BANKS for the machine.
#include <verilated.h>

#include "rtl_abi.h"
#ifdef CF_RTL_WAVE
#include <verilated_fst_c.h>
#endif

#include <cstring>

#include "VHarness.h"
#include "VHarness___024root.h"
#include "cf_rtl_machine.h"

/// Registers and memories begin with noise: what a reset must set, and nobody sets, is seen.
struct NoisyContext : VerilatedContext {
  NoisyContext() {
    constexpr int kRandom = 2, kSeed = 1;
    randReset(kRandom);
    randSeed(kSeed);
  }
};

struct CfRtl {
  NoisyContext context;  // outlives the model
  VHarness top{&context};
#ifdef CF_RTL_WAVE
  VerilatedFstC wave;
  bool has_wave = false;
#endif
};

namespace {

/// A port of any width as bytes, lowest first, and back.
template <class Port>
void to_bytes(const Port& port, std::uint8_t* bytes) {
  std::memcpy(bytes, &port, sizeof(port));
}
template <class Port>
void to_port(const std::uint8_t* bytes, Port& port) {
  std::memcpy(&port, bytes, sizeof(port));
}

/// Bytes [offset, offset + size) of an array of words that hold `word_bytes` each; the array has
/// every `step`-th word of the memory, from word `first` on.
template <class Words>
void copy(Words& words, std::uint32_t word_bytes, std::uint32_t step, std::uint32_t first,
          std::uint32_t offset, std::uint8_t* out, const std::uint8_t* in, std::uint32_t size) {
  const std::uint32_t end = offset + size;
  std::uint32_t word = offset / word_bytes;
  word += (first + step - word % step) % step;
  for (; word * word_bytes < end; word += step) {
    auto* stored = reinterpret_cast<std::uint8_t*>(&words[word / step]);
    const std::uint32_t low = word * word_bytes < offset ? offset : word * word_bytes;
    const std::uint32_t high = (word + 1) * word_bytes > end ? end : (word + 1) * word_bytes;
    if (out != nullptr) std::memcpy(out + (low - offset), stored + low % word_bytes, high - low);
    if (in != nullptr) std::memcpy(stored + low % word_bytes, in + (low - offset), high - low);
  }
}

void transfer(CfRtl* npu, int memory, std::uint32_t offset, std::uint8_t* out,
              const std::uint8_t* in, std::uint32_t size) {
  auto& root = *npu->top.rootp;
  if (memory == kCfRtlItcm) {
    return copy(root.cf_harness__DOT__u_npu__DOT__u_scalar__DOT__u_itcm__DOT__mem_q, 4, 1, 0,
                offset, out, in, size);
  }
  if (memory == kCfRtlDtcm) {
    return copy(root.cf_harness__DOT__u_npu__DOT__u_scalar__DOT__u_dtcm__DOT__mem_q, 4, 1, 0,
                offset, out, in, size);
  }
#define CF_RTL_COPY(number, name, line_bytes, banks, bank)                                                                           \
  if (memory == number) {                                                                                                            \
    copy(                                                                                                                            \
        root.cf_harness__DOT__u_npu__DOT__u_memories__DOT__u_##name##__DOT__gen_bank__BRA__##bank##__KET____DOT__u_bank__DOT__mem_q, \
        line_bytes, banks, bank, offset, out, in, size);                                                                             \
  }
  CF_RTL_BANKS(CF_RTL_COPY)
#undef CF_RTL_COPY
}

void write_inputs(const CfRtlInputs& in, VHarness& top) {
  top.rst_ni = in.rst_n;
  top.start_at_reset_i = in.start_at_reset;
  top.boot_address_i = in.boot_address;
  top.s_aw_valid_i = in.host_write;
  top.s_ar_valid_i = in.host_read;
  top.s_aw_addr_i = top.s_ar_addr_i = in.host_address;
  top.s_w_data_i = in.host_data;
  top.r_valid_i = in.r_valid[0] | in.r_valid[1] << 1;
  top.r_resp_i = (in.r_error[0] ? 2 : 0) | (in.r_error[1] ? 2 : 0) << 2;
  top.r_last_i = in.r_last[0] | in.r_last[1] << 1;
  to_port(in.r_data[0], top.r0_data_i);
  to_port(in.r_data[1], top.r1_data_i);
  top.b_valid_i = in.b_valid[0] | in.b_valid[1] << 1;
  top.b_resp_i = (in.b_error[0] ? 2 : 0) | (in.b_error[1] ? 2 : 0) << 2;
  top.print_ok_i = in.print_ok;
}

std::uint32_t part32(std::uint64_t vector, int i) {
  return static_cast<std::uint32_t>(vector >> 32 * i);
}

void read_outputs(const VHarness& top, CfRtlOutputs& out) {
  out.host_written = top.s_b_valid_o;
  out.host_answers = top.s_r_valid_o;
  out.host_error =
      (top.s_b_valid_o && top.s_b_resp_o != 0) || (top.s_r_valid_o && top.s_r_resp_o != 0);
  out.host_data = top.s_r_data_o;
  for (int i = 0; i < 2; ++i) {
    out.ar_valid[i] = top.ar_valid_o >> i & 1;
    out.aw_valid[i] = top.aw_valid_o >> i & 1;
    out.w_valid[i] = top.w_valid_o >> i & 1;
    out.w_last[i] = top.w_last_o >> i & 1;
    out.ar_address[i] = part32(top.ar_addr_o, i);
    out.aw_address[i] = part32(top.aw_addr_o, i);
    out.ar_bytes[i] = top.ar_bytes_o >> 16 * i & 0xffff;
    out.aw_bytes[i] = top.aw_bytes_o >> 16 * i & 0xffff;
  }
  to_bytes(top.w0_data_o, out.w_data[0]);
  to_bytes(top.w1_data_o, out.w_data[1]);
  to_bytes(top.w0_strb_o, out.w_strobe[0]);
  to_bytes(top.w1_strb_o, out.w_strobe[1]);
  out.print_valid = top.print_valid_o;
  out.print_address = top.print_address_o;
  out.print_bytes = top.print_bytes_o;
  out.retired = top.retired_o;
  out.issued = top.issued_o;
  out.synced = top.synced_o;
  out.pc = top.pc_o;
  out.instruction = top.instr_o;
  out.seq = top.seq_o;
  for (int e = 0; e < 5; ++e) {
    out.started[e] = top.started_o >> e & 1;
    out.started_seq[e] = top.started_seq_o[static_cast<std::size_t>(e)];
    out.done_count[e] = static_cast<std::uint16_t>(
        top.done_count_o[static_cast<std::size_t>(e / 2)] >> 16 * (e % 2));
  }
  for (int u = 0; u < 6; ++u) out.stall[u] = top.stall_o >> 4 * u & 15;
  out.fault = top.fault_o;
  out.fault_unit = top.fault_unit_o;
  out.fault_code = top.fault_code_o;
  out.fault_seq = top.fault_seq_o;
  out.fault_detail = top.fault_detail_o;
  out.fault_extra = top.fault_extra_o;
  out.end_state = top.end_state_o;
  out.is_idle = top.is_idle_o;
  out.stopped = top.stopped_o;
  out.exit_code = top.exit_code_o;
  out.cause = top.cause_o;
  out.value = top.value_o;
  out.end_pc = top.end_pc_o;
}

}  // namespace

extern "C" {

CfRtl* cf_rtl_create() {
  auto* npu = new CfRtl;
#ifdef CF_RTL_WAVE
  npu->context.traceEverOn(true);
  npu->top.trace(&npu->wave, 99);
#endif
  npu->top.clk_i = 0;
  npu->top.rst_ni = 1;
  npu->top.eval();
  npu->top.rst_ni = 0;  // an asynchronous reset acts on its edge
  npu->top.eval();
  return npu;
}

void cf_rtl_destroy(CfRtl* npu) {
  cf_rtl_close_wave(npu);
  npu->top.final();
  delete npu;
}

void cf_rtl_eval(CfRtl* npu, const CfRtlInputs* inputs, CfRtlOutputs* outputs) {
  write_inputs(*inputs, npu->top);
  npu->top.eval();
  read_outputs(npu->top, *outputs);
}

void cf_rtl_command(const CfRtl* npu, CfRtlCommand* command) {
  std::memcpy(command->tiles, npu->top.tiles_o.data(), sizeof(command->tiles));
  std::memcpy(command->view, npu->top.view_o.data(), sizeof(command->view));
  std::memcpy(command->x, npu->top.x_o.data(), sizeof(command->x));
}

void cf_rtl_clock(CfRtl* npu) {
#ifdef CF_RTL_WAVE
  if (npu->has_wave) npu->wave.dump(npu->context.time());
#endif
  npu->top.clk_i = 1;
  npu->context.timeInc(1);
  npu->top.eval();
#ifdef CF_RTL_WAVE
  if (npu->has_wave) npu->wave.dump(npu->context.time());
#endif
  npu->top.clk_i = 0;
  npu->context.timeInc(1);
}

void cf_rtl_peek(CfRtl* npu, int memory, std::uint32_t offset, std::uint8_t* bytes,
                 std::uint32_t size) {
  transfer(npu, memory, offset, bytes, nullptr, size);
}

void cf_rtl_poke(CfRtl* npu, int memory, std::uint32_t offset, const std::uint8_t* bytes,
                 std::uint32_t size) {
  transfer(npu, memory, offset, nullptr, bytes, size);
}

int cf_rtl_open_wave(CfRtl* npu, const char* path) {
#ifdef CF_RTL_WAVE
  npu->wave.open(path);
  npu->has_wave = npu->wave.isOpen();
  return npu->has_wave;
#else
  (void)npu, (void)path;
  return 0;
#endif
}

void cf_rtl_close_wave(CfRtl* npu) {
#ifdef CF_RTL_WAVE
  if (npu->has_wave) npu->wave.close();
  npu->has_wave = false;
#else
  (void)npu;
#endif
}

}  // extern "C"
