/// The beat pipe that is the vector engine and the move engine: fetch, lanes, write. Both wrap it with a
/// cf_engine_front and their ports of the tile memories.
module cf_beat_pipe #(
  /// cf_isa_pkg::UNIT_MOVE or UNIT_VECTOR.
  parameter logic [2:0] Unit = cf_isa_pkg::UNIT_VECTOR
) (
  input  logic                                clk_i,
  input  logic                                rst_ni,
  input  logic                                advance_i,   // else everything holds and asks again
  // cf_engine_front.
  input  cf_npu_pkg::command_t                head_i,
  output logic [1:0]                          gate_o,      // cf_npu_pkg::gate_e
  input  logic                                start_i,
  input  logic [cf_npu_pkg::SLOT_W-1:0]       start_slot_i,
  output logic                                end_o,
  output logic [cf_npu_pkg::SLOT_W-1:0]       end_slot_o,
  output logic                                is_active_o,  // the fetch stage is occupied
  output cf_npu_pkg::fault_t                  fault_o,
  // The tile memories, by operand.
  output cf_npu_pkg::line_read_t              read0_o,
  output cf_npu_pkg::line_read_t              read1_o,
  output cf_npu_pkg::line_read_t              read2_o,
  output cf_npu_pkg::line_read_t              read3_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]       data0_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]       data1_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]       data2_i,
  input  logic [cf_npu_pkg::LINE_W-1:0]       data3_i,
  // By result.
  output cf_npu_pkg::line_write_t             write0_o,
  output logic [1:0]                          operand0_o,
  output cf_npu_pkg::line_write_t             write1_o,
  output logic [1:0]                          operand1_o,
  output logic [31:0]                         element_o    // of tgets, from its done on
);
  localparam int unsigned Lanes = cf_npu_pkg::LANES;

  logic [3:0]                          read;
  logic [127:0]                        line;
  logic [4*Lanes-1:0]                  hit;
  logic [4*Lanes*16-1:0]               offset;
  logic [15:0]                         block_row, row, col, count;
  cf_npu_pkg::command_t                command;
  logic                                ends, is_last;
  logic [Lanes-1:0]                    pad, raw;
  cf_beat_pkg::target_t                target0, target1;
  logic [cf_beat_pkg::STEPS_W-1:0]     latency;
  logic [cf_npu_pkg::SLOT_W-1:0]       slot;
  logic [32*Lanes-1:0]                 index, lanes0, lanes1;
  logic                                is_bad, is_float0, is_float1;
  logic [31:0]                         bad_index, bad_element;
  logic [32*Lanes*Lanes-1:0]           block;

  cf_beat_sequencer #(.Unit(Unit)) u_sequencer (
    .clk_i, .rst_ni, .advance_i, .head_i, .gate_o, .start_i, .start_slot_i, .is_active_o, .read_o(read), .line_o(line),
    .hit_o(hit), .offset_o(offset), .block_row_o(block_row), .command_o(command), .ends_o(ends), .row_o(row),
    .col_o(col), .count_o(count), .pad_o(pad), .target0_o(target0), .target1_o(target1), .latency_o(latency),
    .is_last_o(is_last), .slot_o(slot), .index_i(index), .is_bad_o(is_bad), .bad_index_o(bad_index),
    .bad_element_o(bad_element)
  );
  cf_beat_lanes #(.Unit(Unit)) u_lanes (
    .clk_i, .rst_ni, .advance_i, .command_i(command), .hit_i(hit), .offset_i(offset), .block_row_i(block_row),
    .ends_i(ends), .row_i(row), .col_i(col), .count_i(count), .pad_i(pad),
    .data_i({data3_i, data2_i, data1_i, data0_i}), .index_o(index), .lanes0_o(lanes0), .lanes1_o(lanes1),
    .is_float0_o(is_float0), .is_float1_o(is_float1), .raw_o(raw), .block_o(block), .element_o
  );
  cf_beat_writer u_writer (
    .clk_i, .rst_ni, .advance_i, .ends_i(ends), .target0_i(target0), .target1_i(target1), .latency_i(latency),
    .is_block_i(cf_instr_pkg::shape_of(command.instr) == cf_instr_pkg::SHAPE_TRANSPOSE), .is_last_i(is_last),
    .slot_i(slot), .lanes0_i(lanes0), .lanes1_i(lanes1), .is_float0_i(is_float0), .is_float1_i(is_float1), .raw_i(raw),
    .block_i(block), .write0_o, .operand0_o, .write1_o, .operand1_o, .end_o, .end_slot_o
  );

  cf_npu_pkg::tile_t tile0, tile1, tile2, tile3;
  assign tile0   = command.tile0;
  assign tile1   = command.tile1;
  assign tile2   = command.tile2;
  assign tile3   = command.tile3;
  assign read0_o = {read[0], tile0.memory, line[31:0]};
  assign read1_o = {read[1], tile1.memory, line[63:32]};
  assign read2_o = {read[2], tile2.memory, line[95:64]};
  assign read3_o = {read[3], tile3.memory, line[127:96]};

  assign fault_o.valid  = is_bad && advance_i;
  assign fault_o.code   = cf_npu_pkg::FAULT_GATHER;
  assign fault_o.seq    = command.seq;
  assign fault_o.detail = bad_index;
  assign fault_o.extra  = bad_element;

  logic unused_ok;
  assign unused_ok = &{1'b0, tile0, tile1, tile2, tile3};
endmodule
