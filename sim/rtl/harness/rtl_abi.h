#pragma once

#include <cstdint>

/// What the simulator and the shared library of a verilated NPU say to each other. Plain data and C
/// functions: the library is built on demand, by another compiler, for one description and one
/// machine.
///
/// A cycle: set the inputs, cf_rtl_eval(), read the outputs (as of before the edge),
/// cf_rtl_clock(). "Part i" of the ports of cf_harness.sv is element i here: reads 0 = core, 1 =
/// load; writes 0 = core, 1 = store.

extern "C" {

constexpr int kCfRtlBeatBytes = 128;  ///< of the widest bus
constexpr int kCfRtlTileWords = 25;   ///< 4 tile_t
constexpr int kCfRtlViewWords = 33;   ///< view_t

struct CfRtlInputs {
  std::uint8_t rst_n;
  std::uint8_t start_at_reset;
  std::uint32_t boot_address;
  std::uint8_t host_write, host_read;  ///< address (and data) valid in this cycle
  std::uint32_t host_address, host_data;
  std::uint8_t r_valid[2], r_error[2], r_last[2];
  std::uint8_t r_data[2][kCfRtlBeatBytes];
  std::uint8_t b_valid[2], b_error[2];
  std::uint8_t print_ok;
};

struct CfRtlOutputs {
  std::uint8_t host_written, host_answers, host_error;
  std::uint32_t host_data;
  std::uint8_t ar_valid[2], aw_valid[2], w_valid[2], w_last[2];
  std::uint32_t ar_address[2], ar_bytes[2], aw_address[2], aw_bytes[2];
  std::uint8_t w_data[2][kCfRtlBeatBytes];
  std::uint8_t w_strobe[2][kCfRtlBeatBytes / 8];  ///< a bit a byte
  std::uint8_t print_valid;
  std::uint32_t print_address, print_bytes;
  std::uint8_t retired, issued, synced;
  std::uint32_t pc, instruction, seq;
  std::uint8_t started[5];
  std::uint32_t started_seq[5];
  std::uint16_t done_count[5];
  std::uint8_t stall[6];
  std::uint8_t fault, fault_unit, fault_code;
  std::uint32_t fault_seq, fault_detail, fault_extra;
  std::uint8_t end_state, is_idle, stopped;
  std::uint32_t exit_code, cause, value, end_pc;
};

/// The instruction that is issued in this cycle, packed as cf_npu_pkg says.
struct CfRtlCommand {
  std::uint32_t tiles[kCfRtlTileWords];
  std::uint32_t view[kCfRtlViewWords];
  std::uint32_t x[4];
};

/// Memories by number: 0 to 3 as isa::Memory, then ITCM and DTCM.
enum CfRtlMemory { kCfRtlItcm = 4, kCfRtlDtcm = 5 };

struct CfRtl;  ///< one NPU
CfRtl* cf_rtl_create();
void cf_rtl_destroy(CfRtl* npu);
void cf_rtl_eval(CfRtl* npu, const CfRtlInputs* inputs, CfRtlOutputs* outputs);
void cf_rtl_command(const CfRtl* npu, CfRtlCommand* command);
void cf_rtl_clock(CfRtl* npu);
/// Copies bytes [offset, offset + size) of a memory, which must be inside.
void cf_rtl_peek(CfRtl* npu, int memory, std::uint32_t offset, std::uint8_t* bytes,
                 std::uint32_t size);
void cf_rtl_poke(CfRtl* npu, int memory, std::uint32_t offset, const std::uint8_t* bytes,
                 std::uint32_t size);
/// Waveform from now on (FST), until close; 0 if the library was built without.
int cf_rtl_open_wave(CfRtl* npu, const char* path);
void cf_rtl_close_wave(CfRtl* npu);

}  // extern "C"
