/// The control and status registers of machine mode, and traps. Fields that are not implemented read as 0 and ignore writes
/// (WARL): no interrupts, no lower modes, no vectored handlers. An access answers in its cycle, what it writes shows
/// from the next on. Source: sim/scalar/csr.cpp.
///
/// mcycle and minstret may be written: that moves what the guest reads, nothing else.
module cf_scalar_csr (
  input  logic          clk_i,
  input  logic          rst_ni,
  // A CSR instruction.
  input  logic          commit_i,     // it takes place at the end of this cycle
  input  logic [11:0]   number_i,
  input  logic [2:0]    funct3_i,
  input  logic [4:0]    rs1_i,        // field: register number or immediate
  input  logic [31:0]   rs1_value_i,
  output logic          is_legal_o,
  output logic [31:0]   value_o,      // before the instruction
  // Traps; at most one of commit_i, trap_i, leave_i is high.
  input  logic          trap_i,
  input  logic [4:0]    cause_i,
  input  logic [31:0]   pc_i,
  input  logic [31:0]   trap_value_i,
  input  logic          leave_i,      // mret
  output logic [31:0]   handler_o,    // 0: none
  output logic [31:0]   exception_pc_o,
  // Counters, before this cycle.
  input  logic [63:0]   cycles_i,
  input  logic [63:0]   retired_i,
  input  logic [6*64-1:0] busy_i,     // by unit
  input  logic [6*64-1:0] done_i,     // by unit
  input  logic [63:0]   read_bytes_i,
  input  logic [63:0]   write_bytes_i
);
  localparam logic [31:0] MISA_RV32IM = 32'h4000_1100;
  localparam logic [31:0] MPP_MACHINE = 32'h0000_1800;
  localparam logic [31:0] MIE_MASK    = 32'h0000_0888;

  logic        mie_bit_d, mie_bit_q, mpie_bit_d, mpie_bit_q;
  logic [31:0] mie_d, mie_q, mtvec_d, mtvec_q, mscratch_d, mscratch_q, mepc_d, mepc_q, mcause_d, mcause_q,
               mtval_d, mtval_q;
  logic [63:0] cycle_offset_d, cycle_offset_q, retired_offset_d, retired_offset_q;

  logic [63:0] cycles, retired;
  assign cycles  = cycles_i + cycle_offset_q;
  assign retired = retired_i + retired_offset_q;

  // An NPU counter: a group of units, or the bytes of DRAM; the high half stands 0x20 above.
  logic        is_npu_counter;
  logic [63:0] npu_counter;
  always_comb begin
    is_npu_counter = number_i[11:6] == 6'h3f;
    npu_counter    = read_bytes_i;
    if (!number_i[4]) begin
      npu_counter = number_i[3] ? done_i[64*number_i[2:0] +: 64] : busy_i[64*number_i[2:0] +: 64];
      if (number_i[2:0] > 3'd5) is_npu_counter = 1'b0;
    end else if (number_i[3:0] == 4'd1) begin
      npu_counter = write_bytes_i;
    end else if (number_i[3:0] != 4'd0) begin
      is_npu_counter = 1'b0;
    end
  end

  // Read.
  logic is_known;
  always_comb begin
    is_known = 1'b1;
    case (number_i)
      12'h300:                            value_o = MPP_MACHINE | {24'd0, mpie_bit_q, 3'd0, mie_bit_q, 3'd0};  // mstatus
      12'h301:                            value_o = MISA_RV32IM;      // misa
      12'h304:                            value_o = mie_q;
      12'h305:                            value_o = mtvec_q;
      12'h340:                            value_o = mscratch_q;
      12'h341:                            value_o = mepc_q;
      12'h342:                            value_o = mcause_q;
      12'h343:                            value_o = mtval_q;
      12'hb00, 12'hc00, 12'hc01:          value_o = cycles[31:0];     // mcycle, cycle, time
      12'hb80, 12'hc80, 12'hc81:          value_o = cycles[63:32];
      12'hb02, 12'hc02:                   value_o = retired[31:0];    // minstret, instret
      12'hb82, 12'hc82:                   value_o = retired[63:32];
      12'h310, 12'h344,                                               // mstatush, mip
      12'hf11, 12'hf12, 12'hf13, 12'hf14, 12'hf15: value_o = 32'd0;   // identification
      default: begin
        is_known = is_npu_counter;
        value_o  = number_i[5] ? npu_counter[63:32] : npu_counter[31:0];
      end
    endcase
  end

  // Write. A counter that is written holds the value in the next instruction, which comes after this one was counted.
  logic        writes;
  logic [31:0] source, written;
  logic [63:0] next_cycles, next_retired;
  assign source       = funct3_i[2] ? {27'd0, rs1_i} : rs1_value_i;
  assign writes       = funct3_i[1:0] == 2'd1 || rs1_i != 5'd0;
  assign next_cycles  = cycles + 64'd1;
  assign next_retired = retired + 64'd1;
  always_comb begin
    case (funct3_i[1:0])
      2'd1:    written = source;
      2'd2:    written = value_o | source;
      default: written = value_o & ~source;
    endcase
  end
  assign is_legal_o = is_known && !(writes && number_i[11:10] == 2'b11);

  always_comb begin
    mie_bit_d        = mie_bit_q;
    mpie_bit_d       = mpie_bit_q;
    mie_d            = mie_q;
    mtvec_d          = mtvec_q;
    mscratch_d       = mscratch_q;
    mepc_d           = mepc_q;
    mcause_d         = mcause_q;
    mtval_d          = mtval_q;
    cycle_offset_d   = cycle_offset_q;
    retired_offset_d = retired_offset_q;
    if (commit_i && writes) begin
      case (number_i)
        12'h300: begin
          mie_bit_d  = written[3];
          mpie_bit_d = written[7];
        end
        12'h304: mie_d      = written & MIE_MASK;
        12'h305: mtvec_d    = {written[31:2], 2'd0};
        12'h340: mscratch_d = written;
        12'h341: mepc_d     = {written[31:2], 2'd0};
        12'h342: mcause_d   = written;
        12'h343: mtval_d    = written;
        12'hb00: cycle_offset_d   = cycle_offset_q + {next_cycles[63:32], written} - next_cycles;
        12'hb80: cycle_offset_d   = cycle_offset_q + {written, next_cycles[31:0]} - next_cycles;
        12'hb02: retired_offset_d = retired_offset_q + {next_retired[63:32], written} - next_retired;
        12'hb82: retired_offset_d = retired_offset_q + {written, next_retired[31:0]} - next_retired;
        default: ;  // no writable field
      endcase
    end
    if (trap_i) begin
      mcause_d   = {27'd0, cause_i};
      mepc_d     = pc_i;
      mtval_d    = trap_value_i;
      mpie_bit_d = mie_bit_q;
      mie_bit_d  = 1'b0;
    end
    if (leave_i) begin
      mie_bit_d  = mpie_bit_q;
      mpie_bit_d = 1'b1;
    end
  end
  assign handler_o      = mtvec_q;
  assign exception_pc_o = mepc_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mie_bit_q        <= 1'b0;
      mpie_bit_q       <= 1'b0;
      mie_q            <= '0;
      mtvec_q          <= '0;
      mscratch_q       <= '0;
      mepc_q           <= '0;
      mcause_q         <= '0;
      mtval_q          <= '0;
      cycle_offset_q   <= '0;
      retired_offset_q <= '0;
    end else begin
      mie_bit_q        <= mie_bit_d;
      mpie_bit_q       <= mpie_bit_d;
      mie_q            <= mie_d;
      mtvec_q          <= mtvec_d;
      mscratch_q       <= mscratch_d;
      mepc_q           <= mepc_d;
      mcause_q         <= mcause_d;
      mtval_q          <= mtval_d;
      cycle_offset_q   <= cycle_offset_d;
      retired_offset_q <= retired_offset_d;
    end
  end
endmodule
