/// The vector engine (tile operations on 32-bit lanes over Vec) or the move engine (tiles between on-chip memories): front,
/// beat pipe, ports. The pipe holds as a whole in a cycle in which it asks for ports and does not get all of them; the
/// vector engine always gets them.
/// Source: sim/vector/vector_engine.h, sim/move/move_engine.h; sim/README.md, "Vector engine", "Move engine".
module cf_beat_engine #(
  /// cf_isa_pkg::UNIT_MOVE or UNIT_VECTOR.
  parameter logic [2:0] Unit = cf_isa_pkg::UNIT_VECTOR
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             stop_i,
  // The queue.
  input  logic                             valid_i,
  input  cf_npu_pkg::command_t             command_i,
  output logic                             pop_o,
  // The flags.
  output logic                             set_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]    set_flag_o,
  input  logic                             overflow_i,
  output logic                             wait_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]    wait_flag_o,
  input  logic                             take_i,
  input  logic                             conflict_i,
  // The tile memories, by operand.
  output cf_npu_pkg::line_read_t           read0_o,
  output cf_npu_pkg::line_read_t           read1_o,
  output cf_npu_pkg::line_read_t           read2_o,
  output cf_npu_pkg::line_read_t           read3_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data0_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data1_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data2_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data3_i,
  output cf_npu_pkg::line_write_t          write0_o,
  output cf_npu_pkg::line_write_t          write1_o,
  output cf_npu_pkg::line_write_t          write2_o,
  output cf_npu_pkg::line_write_t          write3_o,
  input  logic                             grant_i,
  // The core.
  output logic [31:0]                      element_o,  // of tgets, from its done on; vector
  // Everybody.
  output cf_npu_pkg::fault_t               fault_o,
  output logic                             is_drained_o,
  output cf_npu_pkg::engine_trace_t        trace_o,
  output logic [31:0]                      done_count_o
);
  localparam int unsigned SlotW = cf_npu_pkg::SLOT_W;

  cf_npu_pkg::command_t              head;
  cf_npu_pkg::fault_t                fault;
  cf_npu_pkg::work_t                 work;
  cf_npu_pkg::line_read_t            read0, read1, read2, read3;
  cf_npu_pkg::line_write_t           write0, write1;
  logic [1:0]                        gate, operand0, operand1;
  logic                              head_valid, start, ends, is_active, overlap, advance;
  logic [SlotW-1:0]                  start_slot, end_slot;
  logic [cf_npu_pkg::IN_FLIGHT-1:0]  open, result0_overlap;

  assign advance      = grant_i && !stop_i;
  assign work.is_busy = is_active && advance;
  assign work.is_held = 1'b0;
  assign work.is_lost = !grant_i && !stop_i;
  assign work.is_dram = 1'b0;
  cf_engine_front #(.Unit(Unit), .ChecksOverlap(1'b1)) u_front (
    .clk_i, .rst_ni, .stop_i, .valid_i, .command_i, .pop_o, .set_o, .set_flag_o, .overflow_i, .wait_o, .wait_flag_o,
    .take_i, .conflict_i, .head_valid_o(head_valid), .head_o(head), .gate_i(gate), .start_o(start),
    .start_slot_o(start_slot), .end_i(ends), .end_slot_i(end_slot), .ends_at_once_i(1'b0), .open_o(open),
    .overlap_o(overlap), .result0_overlap_o(result0_overlap), .work_i(work), .fault_i(fault), .fault_o, .is_drained_o,
    .trace_o, .done_count_o
  );
  cf_beat_pipe #(.Unit(Unit)) u_pipe (
    .clk_i, .rst_ni, .advance_i(advance), .head_i(head), .gate_o(gate), .start_i(start), .start_slot_i(start_slot),
    .end_o(ends), .end_slot_o(end_slot), .is_active_o(is_active), .fault_o(fault), .read0_o(read0), .read1_o(read1),
    .read2_o(read2), .read3_o(read3), .data0_i, .data1_i, .data2_i, .data3_i, .write0_o(write0),
    .operand0_o(operand0), .write1_o(write1), .operand1_o(operand1), .element_o
  );

  always_comb begin
    read0_o       = read0;
    read1_o       = read1;
    read2_o       = read2;
    read3_o       = read3;
    read0_o.valid = read0.valid && !stop_i;
    read1_o.valid = read1.valid && !stop_i;
    read2_o.valid = read2.valid && !stop_i;
    read3_o.valid = read3.valid && !stop_i;
  end

  // By operand; what is not valid is 0.
  localparam int unsigned WriteW = 35 + cf_npu_pkg::LINE_BYTES + cf_npu_pkg::LINE_W;
  logic [WriteW-1:0] bits0, bits1;
  assign bits0 = write0.valid && !stop_i ? write0 : '0;
  assign bits1 = write1.valid && !stop_i ? write1 : '0;
  assign write0_o = (operand0 == 2'd0 ? bits0 : '0) | (operand1 == 2'd0 ? bits1 : '0);
  assign write1_o = (operand0 == 2'd1 ? bits0 : '0) | (operand1 == 2'd1 ? bits1 : '0);
  assign write2_o = (operand0 == 2'd2 ? bits0 : '0) | (operand1 == 2'd2 ? bits1 : '0);
  assign write3_o = (operand0 == 2'd3 ? bits0 : '0) | (operand1 == 2'd3 ? bits1 : '0);

  logic unused_ok;
  assign unused_ok = &{1'b0, head_valid, open, overlap, result0_overlap};
endmodule
