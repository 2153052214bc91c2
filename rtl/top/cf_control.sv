/// The registers that a host sees, as an AXI4-Lite target of 32 bits; an access takes one cycle. A write takes its
/// address and its data in the same cycle. sim/README.md, "The host's side, and other platforms", lists them:
///
///   0x00 Control     write bit 0: start the program, in the cycle of the write; reads 0
///   0x04 Status      0 reset, 1 running, 2 exited and drained, 3 trapped, 4 faulted
///   0x08 ExitCode    a0 of the exit call
///   0x0c CyclesLow   the cycle it is, or that of the end
///   0x10 CyclesHigh
///
/// Every other access answers with DECERR, a write of less than 32 bits with SLVERR.
module cf_control (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  // The host.
  input  logic                  s_aw_valid_i,
  input  logic [31:0]           s_aw_addr_i,
  output logic                  s_aw_ready_o,
  input  logic                  s_w_valid_i,
  input  logic [31:0]           s_w_data_i,
  input  logic [3:0]            s_w_strb_i,
  output logic                  s_w_ready_o,
  output logic                  s_b_valid_o,
  output logic [1:0]            s_b_resp_o,
  input  logic                  s_b_ready_i,
  input  logic                  s_ar_valid_i,
  input  logic [31:0]           s_ar_addr_i,
  output logic                  s_ar_ready_o,
  output logic                  s_r_valid_o,
  output logic [31:0]           s_r_data_o,
  output logic [1:0]            s_r_resp_o,
  input  logic                  s_r_ready_i,
  // The machine, as of this cycle.
  input  logic                  start_at_reset_i,
  output logic                  start_o,          // level
  input  cf_npu_pkg::core_end_t end_i,
  input  logic                  is_idle_i,        // the core has exited and every engine has drained
  input  logic                  stopped_i,        // a fault has stopped it
  input  logic [63:0]           cycle_i
);
  localparam logic [31:0] CONTROL_ADDRESS     = 32'h00;
  localparam logic [31:0] STATUS_ADDRESS      = 32'h04;
  localparam logic [31:0] EXIT_CODE_ADDRESS   = 32'h08;
  localparam logic [31:0] CYCLES_LOW_ADDRESS  = 32'h0c;
  localparam logic [31:0] CYCLES_HIGH_ADDRESS = 32'h10;
  localparam logic [1:0]  RESP_OKAY = 2'd0, RESP_SLVERR = 2'd2, RESP_DECERR = 2'd3;

  logic        has_started_d, has_started_q;
  logic        has_ended_d, has_ended_q;
  logic [63:0] end_cycle_d, end_cycle_q;
  logic        b_valid_d, b_valid_q, r_valid_d, r_valid_q;
  logic [1:0]  b_resp_d, b_resp_q, r_resp_d, r_resp_q;
  logic [31:0] r_data_d, r_data_q;

  logic writes, reads;
  assign writes       = s_aw_valid_i && s_w_valid_i && (!b_valid_q || s_b_ready_i);
  assign reads        = s_ar_valid_i && (!r_valid_q || s_r_ready_i);
  assign s_aw_ready_o = writes;
  assign s_w_ready_o  = writes;
  assign s_ar_ready_o = reads;
  assign s_b_valid_o  = b_valid_q;
  assign s_b_resp_o   = b_resp_q;
  assign s_r_valid_o  = r_valid_q;
  assign s_r_resp_o   = r_resp_q;
  assign s_r_data_o   = r_data_q;

  assign start_o       = start_at_reset_i || has_started_q ||
                         (writes && s_aw_addr_i == CONTROL_ADDRESS && s_w_strb_i == '1 && s_w_data_i[0]);
  assign has_started_d = start_o;

  logic [2:0] status;
  always_comb begin
    status = 3'd1;
    if (stopped_i)                                      status = 3'd4;
    else if (!has_started_q)                            status = start_at_reset_i ? 3'd1 : 3'd0;
    else if (end_i.state == cf_npu_pkg::CORE_TRAPPED)   status = 3'd3;
    else if (is_idle_i)                                 status = 3'd2;
  end

  // The end is the first idle cycle.
  logic [63:0] cycles;
  assign cycles      = has_ended_q ? end_cycle_q : cycle_i;
  assign has_ended_d = has_ended_q || is_idle_i;
  assign end_cycle_d = cycles;

  always_comb begin
    b_valid_d = b_valid_q && !s_b_ready_i;
    b_resp_d  = b_resp_q;
    if (writes) begin
      b_valid_d = 1'b1;
      b_resp_d  = s_w_strb_i != '1 ? RESP_SLVERR : s_aw_addr_i == CONTROL_ADDRESS ? RESP_OKAY : RESP_DECERR;
    end
    r_valid_d = r_valid_q && !s_r_ready_i;
    r_resp_d  = r_resp_q;
    r_data_d  = r_data_q;
    if (reads) begin
      r_valid_d = 1'b1;
      r_resp_d  = RESP_OKAY;
      r_data_d  = '0;
      case (s_ar_addr_i)
        CONTROL_ADDRESS:     r_data_d = '0;
        STATUS_ADDRESS:      r_data_d = 32'(status);
        EXIT_CODE_ADDRESS:   r_data_d = end_i.exit_code;
        CYCLES_LOW_ADDRESS:  r_data_d = cycles[31:0];
        CYCLES_HIGH_ADDRESS: r_data_d = cycles[63:32];
        default:             r_resp_d = RESP_DECERR;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_started_q <= 1'b0;
      has_ended_q   <= 1'b0;
      end_cycle_q   <= '0;
      b_valid_q     <= 1'b0;
      b_resp_q      <= '0;
      r_valid_q     <= 1'b0;
      r_resp_q      <= '0;
      r_data_q      <= '0;
    end else begin
      has_started_q <= has_started_d;
      has_ended_q   <= has_ended_d;
      end_cycle_q   <= end_cycle_d;
      b_valid_q     <= b_valid_d;
      b_resp_q      <= b_resp_d;
      r_valid_q     <= r_valid_d;
      r_resp_q      <= r_resp_d;
      r_data_q      <= r_data_d;
    end
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, end_i, s_w_data_i};
endmodule
