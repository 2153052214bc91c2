/// The scalar core with its structures taken apart, and the x-registers as the instruction of a cycle sees them.
module tb_scalar (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,
  input  logic                                     start_i,
  input  logic [31:0]                              boot_address_i,
  output logic [4:0]                               push_o,
  output logic [cf_npu_pkg::INSTR_W-1:0]           instr_o,
  output logic [31:0]                              seq_o,
  output logic [4*cf_npu_pkg::TILE_W-1:0]          tiles_o,
  output logic [cf_npu_pkg::VIEW_W-1:0]            view_o,
  output logic [127:0]                             x_operands_o,
  input  logic [4:0]                               accepts_i,
  output logic                                     set_o,
  output logic [7:0]                               set_flag_o,
  input  logic                                     overflow_i,
  output logic                                     wait_o,
  output logic [7:0]                               wait_flag_o,
  input  logic                                     take_i,
  input  logic                                     conflict_i,
  input  logic [4:0]                               drained_i,
  input  logic [31:0]                              element_i,
  output logic                                     ar_valid_o,
  output logic                                     aw_valid_o,
  output logic                                     w_valid_o,
  output logic [31:0]                              address_o,   // of the read or the write
  output logic [7:0]                               len_o,
  output logic [15:0]                              bytes_o,
  output logic [8*cf_npu_pkg::BEAT_BYTES-1:0]      w_data_o,
  output logic [cf_npu_pkg::BEAT_BYTES-1:0]        w_strb_o,
  input  logic                                     r_valid_i,
  input  logic [8*cf_npu_pkg::BEAT_BYTES-1:0]      r_data_i,
  input  logic                                     b_valid_i,
  input  logic [1:0]                               resp_i,
  output logic                                     print_valid_o,
  output logic [31:0]                              print_address_o,
  output logic [31:0]                              print_bytes_o,
  input  logic                                     print_ok_i,
  input  logic [6*64-1:0]                          busy_i,
  input  logic [6*64-1:0]                          done_i,
  input  logic [63:0]                              read_bytes_i,
  input  logic [63:0]                              write_bytes_i,
  output logic                                     retired_o,
  output logic [31:0]                              pc_o,
  output logic                                     issued_o,
  output logic [2:0]                               unit_o,
  output logic                                     synced_o,
  output logic [31:0]                              trace_seq_o,
  output logic [3:0]                               stall_o,
  output logic [1:0]                               end_state_o,
  output logic [31:0]                              exit_code_o,
  output logic [31:0]                              cause_o,
  output logic [31:0]                              value_o,
  output logic [31:0]                              end_pc_o,
  output logic [1023:0]                            x_o
);
  cf_npu_pkg::command_t     command;
  cf_npu_pkg::axi_request_t ar, aw;
  cf_npu_pkg::axi_write_t   w;
  cf_npu_pkg::axi_read_t    r;
  cf_npu_pkg::core_trace_t  trace;
  cf_npu_pkg::core_end_t    ended;
  cf_npu_pkg::fault_t       fault;
  cf_scalar_core u_core (
    .clk_i, .rst_ni, .start_i, .boot_address_i, .stop_i(1'b0), .push_o, .command_o(command), .accepts_i, .set_o, .set_flag_o,
    .overflow_i, .wait_o, .wait_flag_o, .take_i, .conflict_i, .drained_i, .element_i, .ar_valid_o, .ar_o(ar), .r_valid_i,
    .r_i(r), .aw_valid_o, .aw_o(aw), .w_valid_o, .w_o(w), .b_valid_i, .b_resp_i(resp_i), .print_valid_o, .print_address_o,
    .print_bytes_o, .print_ok_i, .busy_i, .done_i, .read_bytes_i, .write_bytes_i, .trace_o(trace), .fault_o(fault),
    .end_o(ended)
  );
  assign r           = {r_data_i, resp_i, 1'b1};
  assign instr_o      = command.instr;
  assign seq_o        = command.seq;
  assign tiles_o      = {command.tile3, command.tile2, command.tile1, command.tile0};
  assign view_o       = command.view;
  assign x_operands_o = command.x;
  assign address_o    = aw_valid_o ? aw.addr : ar.addr;
  assign len_o        = aw_valid_o ? aw.len : ar.len;
  assign bytes_o      = aw_valid_o ? aw.bytes : ar.bytes;
  assign w_data_o     = w.data;
  assign w_strb_o     = w.strb;
  assign retired_o    = trace.retired;
  assign pc_o         = trace.pc;
  assign issued_o     = trace.issued;
  assign unit_o       = trace.unit;
  assign synced_o     = trace.synced;
  assign trace_seq_o  = trace.seq;
  assign stall_o      = trace.stall;
  assign end_state_o  = ended.state;
  assign exit_code_o  = ended.exit_code;
  assign cause_o      = ended.cause;
  assign value_o      = ended.value;
  assign end_pc_o     = ended.pc;
  assign x_o          = u_core.x;

  logic unused_ok;
  assign unused_ok = &{1'b0, w.last, trace.instr, fault};
endmodule
