/// The NPU as the simulator sees it: structures taken apart into ports of their own, so that the C++ side (harness.cpp)
/// knows no packing. Adds no state and no cycle.
module cf_harness (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             start_at_reset_i,
  input  logic [31:0]                      boot_address_i,
  // Host, AXI4-Lite.
  input  logic                             s_aw_valid_i,
  input  logic [31:0]                      s_aw_addr_i,
  input  logic [31:0]                      s_w_data_i,
  output logic                             s_b_valid_o,
  output logic [1:0]                       s_b_resp_o,
  input  logic                             s_ar_valid_i,
  input  logic [31:0]                      s_ar_addr_i,
  output logic                             s_r_valid_o,
  output logic [31:0]                      s_r_data_o,
  output logic [1:0]                       s_r_resp_o,
  // AXI4 read channels: part 0 is the core, part 1 load.
  output logic [1:0]                       ar_valid_o,
  output logic [63:0]                      ar_addr_o,
  output logic [31:0]                      ar_bytes_o,
  input  logic [1:0]                       r_valid_i,
  input  logic [cf_npu_pkg::BEAT_W-1:0]    r0_data_i,
  input  logic [cf_npu_pkg::BEAT_W-1:0]    r1_data_i,
  input  logic [3:0]                       r_resp_i,
  input  logic [1:0]                       r_last_i,
  // AXI4 write channels: part 0 is the core, part 1 store.
  output logic [1:0]                       aw_valid_o,
  output logic [63:0]                      aw_addr_o,
  output logic [31:0]                      aw_bytes_o,
  output logic [1:0]                       w_valid_o,
  output logic [cf_npu_pkg::BEAT_W-1:0]    w0_data_o,
  output logic [cf_npu_pkg::BEAT_BYTES-1:0] w0_strb_o,
  output logic [cf_npu_pkg::BEAT_W-1:0]    w1_data_o,
  output logic [cf_npu_pkg::BEAT_BYTES-1:0] w1_strb_o,
  output logic [1:0]                       w_last_o,
  input  logic [1:0]                       b_valid_i,
  input  logic [3:0]                       b_resp_i,
  // Print.
  output logic                             print_valid_o,
  output logic [31:0]                      print_address_o,
  output logic [31:0]                      print_bytes_o,
  input  logic                             print_ok_i,
  // Commit trace of the core, and the instruction that it issues.
  output logic                             retired_o,
  output logic [31:0]                      pc_o,
  output logic                             issued_o,
  output logic                             synced_o,
  output logic [31:0]                      instr_o,
  output logic [31:0]                      seq_o,
  output logic [4*cf_npu_pkg::TILE_W-1:0]  tiles_o,     // operand 0 lowest
  output logic [cf_npu_pkg::VIEW_W-1:0]    view_o,
  output logic [127:0]                     x_o,         // operand 0 lowest
  // Of the engines: part e belongs to unit e + 1.
  output logic [4:0]                       started_o,
  output logic [159:0]                     started_seq_o,
  output logic [79:0]                      done_count_o,
  output logic [23:0]                      stall_o,     // part u belongs to unit u: 4 bits
  // The run.
  output logic                             fault_o,
  output logic [2:0]                       fault_unit_o,
  output logic [2:0]                       fault_code_o,
  output logic [31:0]                      fault_seq_o,
  output logic [31:0]                      fault_detail_o,
  output logic [31:0]                      fault_extra_o,
  output logic [1:0]                       end_state_o,
  output logic [31:0]                      exit_code_o,
  output logic [31:0]                      cause_o,
  output logic [31:0]                      value_o,
  output logic [31:0]                      end_pc_o,
  output logic                             is_idle_o,
  output logic                             stopped_o
);
  cf_npu_pkg::axi_request_t  ar0, ar1, aw0, aw1;
  cf_npu_pkg::axi_write_t    w0, w1;
  cf_npu_pkg::axi_read_t     r0, r1;
  cf_npu_pkg::core_trace_t   core_trace;
  cf_npu_pkg::engine_trace_t load_trace, store_trace, move_trace, matrix_trace, vector_trace;
  cf_npu_pkg::fault_t        fault;
  cf_npu_pkg::core_end_t     core_end;
  cf_npu_pkg::command_t      command;
  logic [63:0]               cycle;
  logic                      aw_ready, w_ready, ar_ready;

  cf_npu u_npu (
    .clk_i, .rst_ni, .start_at_reset_i, .boot_address_i,
    .s_aw_valid_i, .s_aw_addr_i, .s_aw_ready_o(aw_ready), .s_w_valid_i(s_aw_valid_i), .s_w_data_i, .s_w_strb_i('1),
    .s_w_ready_o(w_ready), .s_b_valid_o, .s_b_resp_o, .s_b_ready_i(1'b1), .s_ar_valid_i, .s_ar_addr_i,
    .s_ar_ready_o(ar_ready), .s_r_valid_o, .s_r_data_o, .s_r_resp_o, .s_r_ready_i(1'b1),
    .scalar_ar_valid_o(ar_valid_o[0]), .scalar_ar_o(ar0), .scalar_r_valid_i(r_valid_i[0]), .scalar_r_i(r0),
    .scalar_aw_valid_o(aw_valid_o[0]), .scalar_aw_o(aw0), .scalar_w_valid_o(w_valid_o[0]), .scalar_w_o(w0),
    .scalar_b_valid_i(b_valid_i[0]), .scalar_b_resp_i(b_resp_i[1:0]),
    .load_ar_valid_o(ar_valid_o[1]), .load_ar_o(ar1), .load_r_valid_i(r_valid_i[1]), .load_r_i(r1),
    .store_aw_valid_o(aw_valid_o[1]), .store_aw_o(aw1), .store_w_valid_o(w_valid_o[1]), .store_w_o(w1),
    .store_b_valid_i(b_valid_i[1]), .store_b_resp_i(b_resp_i[3:2]),
    .print_valid_o, .print_address_o, .print_bytes_o, .print_ok_i,
    .core_trace_o(core_trace), .load_trace_o(load_trace), .store_trace_o(store_trace), .move_trace_o(move_trace),
    .matrix_trace_o(matrix_trace), .vector_trace_o(vector_trace),
    .fault_o(fault), .fault_unit_o, .end_o(core_end), .is_idle_o, .stopped_o, .cycle_o(cycle)
  );

  always_comb begin
    r0.data = r0_data_i;
    r0.resp = r_resp_i[1:0];
    r0.last = r_last_i[0];
    r1.data = r1_data_i;
    r1.resp = r_resp_i[3:2];
    r1.last = r_last_i[1];
  end
  assign ar_addr_o  = {ar1.addr, ar0.addr};
  assign ar_bytes_o = {ar1.bytes, ar0.bytes};
  assign aw_addr_o  = {aw1.addr, aw0.addr};
  assign aw_bytes_o = {aw1.bytes, aw0.bytes};
  assign w0_data_o  = w0.data;
  assign w0_strb_o  = w0.strb;
  assign w1_data_o  = w1.data;
  assign w1_strb_o  = w1.strb;
  assign w_last_o   = {w1.last, w0.last};

  assign command   = u_npu.command;
  assign retired_o = core_trace.retired;
  assign pc_o      = core_trace.pc;
  assign issued_o  = core_trace.issued;
  assign synced_o  = core_trace.synced;
  assign instr_o   = 32'(core_trace.instr);
  assign seq_o     = core_trace.seq;
  assign tiles_o   = {command.tile3, command.tile2, command.tile1, command.tile0};
  assign view_o    = command.view;
  assign x_o       = command.x;

  assign started_o     = {vector_trace.started, matrix_trace.started, move_trace.started, store_trace.started,
                          load_trace.started};
  assign started_seq_o = {vector_trace.started_seq, matrix_trace.started_seq, move_trace.started_seq,
                          store_trace.started_seq, load_trace.started_seq};
  assign done_count_o  = {16'(vector_trace.done_count), 16'(matrix_trace.done_count), 16'(move_trace.done_count),
                          16'(store_trace.done_count), 16'(load_trace.done_count)};
  assign stall_o       = {vector_trace.stall, matrix_trace.stall, move_trace.stall, store_trace.stall,
                          load_trace.stall, core_trace.stall};

  assign fault_o        = fault.valid;
  assign fault_code_o   = fault.code;
  assign fault_seq_o    = fault.seq;
  assign fault_detail_o = fault.detail;
  assign fault_extra_o  = fault.extra;
  assign end_state_o    = core_end.state;
  assign exit_code_o    = core_end.exit_code;
  assign cause_o        = core_end.cause;
  assign value_o        = core_end.value;
  assign end_pc_o       = core_end.pc;

  logic unused_ok;
  assign unused_ok = &{1'b0, cycle, aw_ready, w_ready, ar_ready, ar0, ar1, aw0, aw1, core_trace, load_trace, store_trace,
                       move_trace, matrix_trace, vector_trace, command, fault};
endmodule
