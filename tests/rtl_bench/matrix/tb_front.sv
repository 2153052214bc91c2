/// Three engines without a unit: queues, fronts and the flags. Engine e is unit e + 3 (move, matrix, vector); the core
/// sets flags, too.
module tb_front (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        stop_i,
  input  logic        core_set_i,
  input  logic [7:0]  core_flag_i,
  input  logic [2:0]  push_i,
  input  logic [31:0] word_i [3*15],    // instr, seq, x of operand 0, then memory, low and high of each operand
  input  logic [1:0]  gate_i [3],
  input  logic [2:0]  end_i,
  input  logic [7:0]  end_slot_i [3],
  input  logic [2:0]  ends_at_once_i,
  input  logic [2:0]  busy_i,
  output logic [2:0]  accepts_o,
  output logic [2:0]  head_valid_o,
  output logic [31:0] head_seq_o [3],
  output logic [2:0]  start_o,
  output logic [2:0]  set_o,
  output logic [7:0]  start_slot_o [3],
  output logic [2:0]  started_o,        // flag operations, too
  output logic [31:0] started_seq_o [3],
  output logic [7:0]  done_o [3],
  output logic [3:0]  stall_o [3],
  output logic [31:0] done_count_o [3],
  output logic [2:0]  is_drained_o,
  output logic [2:0]  fault_o,
  output logic [2:0]  fault_code_o [3],
  output logic [31:0] fault_seq_o [3],
  output logic        core_overflow_o
);
  localparam int unsigned SlotW = cf_npu_pkg::SLOT_W;

  logic [5:0]  set, overflow, wants, take, conflict;
  logic [47:0] set_flag, wait_flag;
  cf_flags u_flags (
    .clk_i, .rst_ni, .set_i(set), .set_flag_i(set_flag), .overflow_o(overflow), .wait_i(wants),
    .wait_flag_i(wait_flag), .take_o(take), .conflict_o(conflict)
  );
  assign set[2:0]        = {2'b00, core_set_i};
  assign set_flag[23:0]  = 24'(core_flag_i);
  assign wants[2:0]      = '0;
  assign wait_flag[23:0] = '0;
  assign core_overflow_o = overflow[0];
  assign set_o           = set[5:3];

  for (genvar e = 0; e < 3; e++) begin : gen_engine
    cf_npu_pkg::command_t command, head, own;
    logic                 valid, pop;
    always_comb begin
      command              = '0;
      command.instr        = word_i[15*e][cf_npu_pkg::INSTR_W-1:0];
      command.seq          = word_i[15*e+1];
      command.x[31:0]      = word_i[15*e+2];
      command.tile0.memory = word_i[15*e+3][1:0];
      command.tile0.low    = word_i[15*e+4];
      command.tile0.high   = word_i[15*e+5];
      command.tile1.memory = word_i[15*e+6][1:0];
      command.tile1.low    = word_i[15*e+7];
      command.tile1.high   = word_i[15*e+8];
      command.tile2.memory = word_i[15*e+9][1:0];
      command.tile2.low    = word_i[15*e+10];
      command.tile2.high   = word_i[15*e+11];
      command.tile3.memory = word_i[15*e+12][1:0];
      command.tile3.low    = word_i[15*e+13];
      command.tile3.high   = word_i[15*e+14];
    end
    cf_queue u_queue (
      .clk_i, .rst_ni, .push_i(push_i[e]), .command_i(command), .accepts_o(accepts_o[e]), .valid_o(valid),
      .command_o(head), .pop_i(pop), .is_empty_o()
    );
    cf_npu_pkg::work_t         work;
    cf_npu_pkg::fault_t        fault;
    cf_npu_pkg::engine_trace_t trace;
    logic [SlotW-1:0]          start_slot;
    assign work = {busy_i[e], 3'b000};
    cf_engine_front #(.Unit(3'(e + 3)), .ChecksOverlap(e != 1)) u_front (
      .clk_i, .rst_ni, .stop_i, .valid_i(valid), .command_i(head), .pop_o(pop),
      .set_o(set[e+3]), .set_flag_o(set_flag[8*(e+3) +: 8]), .overflow_i(overflow[e+3]),
      .wait_o(wants[e+3]), .wait_flag_o(wait_flag[8*(e+3) +: 8]), .take_i(take[e+3]), .conflict_i(conflict[e+3]),
      .head_valid_o(head_valid_o[e]), .head_o(own), .gate_i(gate_i[e]), .start_o(start_o[e]),
      .start_slot_o(start_slot), .end_i(end_i[e]), .end_slot_i(end_slot_i[e][SlotW-1:0]),
      .ends_at_once_i(ends_at_once_i[e]), .open_o(), .overlap_o(), .result0_overlap_o(), .work_i(work), .fault_i('0),
      .fault_o(fault), .is_drained_o(is_drained_o[e]), .trace_o(trace), .done_count_o(done_count_o[e])
    );
    assign head_seq_o[e]    = own.seq;
    assign start_slot_o[e]  = 8'(start_slot);
    assign started_o[e]     = trace.started;
    assign started_seq_o[e] = trace.started_seq;
    assign done_o[e]        = 8'(trace.done_count);
    assign stall_o[e]       = trace.stall;
    assign fault_o[e]       = fault.valid;
    assign fault_code_o[e]  = fault.code;
    assign fault_seq_o[e]   = fault.seq;
  end
endmodule
