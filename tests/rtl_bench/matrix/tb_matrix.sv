/// The matrix engine behind its queue, on tile memories of its own.
module tb_matrix (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           stop_i,
  input  logic                           push_i,
  input  logic [cf_npu_pkg::INSTR_W-1:0] instr_i,
  input  logic [31:0]                    seq_i,
  input  logic [31:0]                    fields_i [27],  // nine for each of the operands acc, a, b
  output logic                           accepts_o,
  output logic                           started_o,
  output logic [31:0]                    started_seq_o,
  output logic [7:0]                     done_o,
  output logic [3:0]                     stall_o,
  output logic                           is_drained_o,
  output logic [31:0]                    done_count_o,
  output logic                           acc_reads_o,
  output logic [31:0]                    acc_line_o,
  output logic                           asks_o          // reads or writes a line
);
  function automatic logic [cf_npu_pkg::TILE_W-1:0] tile(input int unsigned first);
    tile = {fields_i[first][1:0], fields_i[first+1][3:0], fields_i[first+2], fields_i[first+3][15:0],
            fields_i[first+4][15:0], fields_i[first+5], fields_i[first+6], fields_i[first+7], fields_i[first+8]};
  endfunction
  cf_npu_pkg::command_t command, head;
  always_comb begin
    command       = '0;
    command.instr = instr_i;
    command.seq   = seq_i;
    command.tile0 = tile(0);
    command.tile1 = tile(9);
    command.tile2 = tile(18);
  end
  logic valid, pop, is_empty;
  cf_queue u_queue (
    .clk_i, .rst_ni, .push_i, .command_i(command), .accepts_o, .valid_o(valid), .command_o(head), .pop_i(pop),
    .is_empty_o(is_empty)
  );

  cf_npu_pkg::line_read_t        left, right, acc;
  cf_npu_pkg::line_write_t       write;
  logic [cf_npu_pkg::LINE_W-1:0] left_data, right_data, acc_data;
  cf_npu_pkg::engine_trace_t     trace;
  cf_matrix_engine u_matrix (
    .clk_i, .rst_ni, .stop_i, .valid_i(valid), .command_i(head), .pop_o(pop), .set_o(), .set_flag_o(),
    .overflow_i(1'b0), .wait_o(), .wait_flag_o(), .take_i(1'b0), .conflict_i(1'b0), .left_o(left),
    .left_data_i(left_data), .right_o(right), .right_data_i(right_data), .acc_o(acc), .acc_data_i(acc_data),
    .write_o(write), .fault_o(), .is_drained_o, .trace_o(trace), .done_count_o
  );
  cf_tile_memories u_memories (
    .clk_i, .rst_ni, .vector_read0_i('0), .vector_read1_i('0), .vector_read2_i('0), .vector_read3_i('0),
    .vector_data0_o(), .vector_data1_o(), .vector_data2_o(), .vector_data3_o(), .vector_write0_i('0),
    .vector_write1_i('0), .vector_write2_i('0), .vector_write3_i('0), .left_read_i(left), .right_read_i(right),
    .acc_read_i(acc), .left_data_o(left_data), .right_data_o(right_data), .acc_data_o(acc_data), .acc_write_i(write),
    .move_read0_i('0), .move_read1_i('0), .move_read2_i('0), .move_read3_i('0), .move_data0_o(), .move_data1_o(),
    .move_data2_o(), .move_data3_o(), .move_write_i('0), .move_grant_o(), .store_read_i('0), .store_data_o(),
    .store_grant_o(), .load_write_i('0), .load_grant_o()
  );
  assign started_o     = trace.started;
  assign started_seq_o = trace.started_seq;
  assign done_o        = 8'(trace.done_count);
  assign stall_o       = trace.stall;
  assign acc_reads_o   = acc.valid;
  assign acc_line_o    = acc.line;
  assign asks_o        = left.valid || right.valid || acc.valid || write.valid;
endmodule
