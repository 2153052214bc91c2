/// The move engine: tiles between on-chip memories. All instructions in flight are one pipe, which holds as a whole in a
/// cycle in which it asks for ports and does not get all of them.
/// Source: sim/move/move_engine.h; sim/README.md, "Move engine".
module cf_move_engine (
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
  // The tile memories: reads by operand.
  output cf_npu_pkg::line_read_t           read0_o,
  output cf_npu_pkg::line_read_t           read1_o,
  output cf_npu_pkg::line_read_t           read2_o,
  output cf_npu_pkg::line_read_t           read3_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data0_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data1_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data2_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]    data3_i,
  output cf_npu_pkg::line_write_t          write_o,
  input  logic                             grant_i,
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
  logic [31:0]                       element;
  logic [cf_npu_pkg::IN_FLIGHT-1:0]  open, result0_overlap;

  assign advance      = grant_i && !stop_i;
  assign work.is_busy = is_active && advance;
  assign work.is_held = 1'b0;
  assign work.is_lost = !grant_i && !stop_i;
  assign work.is_dram = 1'b0;
  cf_engine_front #(.Unit(cf_isa_pkg::UNIT_MOVE), .ChecksOverlap(1'b1)) u_front (
    .clk_i, .rst_ni, .stop_i, .valid_i, .command_i, .pop_o, .set_o, .set_flag_o, .overflow_i, .wait_o, .wait_flag_o,
    .take_i, .conflict_i, .head_valid_o(head_valid), .head_o(head), .gate_i(gate), .start_o(start),
    .start_slot_o(start_slot), .end_i(ends), .end_slot_i(end_slot), .ends_at_once_i(1'b0), .open_o(open),
    .overlap_o(overlap), .result0_overlap_o(result0_overlap), .work_i(work), .fault_i(fault), .fault_o, .is_drained_o,
    .trace_o, .done_count_o
  );
  cf_beat_pipe #(.Unit(cf_isa_pkg::UNIT_MOVE)) u_pipe (
    .clk_i, .rst_ni, .advance_i(advance), .head_i(head), .gate_o(gate), .start_i(start), .start_slot_i(start_slot),
    .end_o(ends), .end_slot_o(end_slot), .is_active_o(is_active), .fault_o(fault), .read0_o(read0), .read1_o(read1),
    .read2_o(read2), .read3_o(read3), .data0_i, .data1_i, .data2_i, .data3_i, .write0_o(write0),
    .operand0_o(operand0), .write1_o(write1), .operand1_o(operand1), .element_o(element)
  );

  always_comb begin
    read0_o       = read0;
    read1_o       = read1;
    read2_o       = read2;
    read3_o       = read3;
    write_o       = write0;
    read0_o.valid = read0.valid && !stop_i;
    read1_o.valid = read1.valid && !stop_i;
    read2_o.valid = read2.valid && !stop_i;
    read3_o.valid = read3.valid && !stop_i;
    write_o.valid = write0.valid && !stop_i;
  end

  // A move has one result.
  logic unused_ok;
  assign unused_ok = &{1'b0, head_valid, open, overlap, result0_overlap, write1, operand0, operand1, element};
`ifndef YOSYS
  a_one_result: assert property (@(posedge clk_i) disable iff (!rst_ni) !write1.valid);
`endif
endmodule
