/// The NPU: scalar core, queues, flags, five engines, tile memories, control registers. Reads as a block diagram; what
/// each unit does stands in its file, what they tell each other in rtl/README.md.
///
/// DRAM is behind three AXI4 masters (core: read and write, load: read, store: write), all of whose READY are 1.
/// The commit-trace port says, for each cycle, what was issued, started and done, and why a unit did nothing.
/// Source: sim/soc/npu.h.
module cf_npu (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        start_at_reset_i,
  input  logic [31:0]                 boot_address_i,
  // AXI4-Lite target of the host: cf_control.
  input  logic                        s_aw_valid_i,
  input  logic [31:0]                 s_aw_addr_i,
  output logic                        s_aw_ready_o,
  input  logic                        s_w_valid_i,
  input  logic [31:0]                 s_w_data_i,
  input  logic [3:0]                  s_w_strb_i,
  output logic                        s_w_ready_o,
  output logic                        s_b_valid_o,
  output logic [1:0]                  s_b_resp_o,
  input  logic                        s_b_ready_i,
  input  logic                        s_ar_valid_i,
  input  logic [31:0]                 s_ar_addr_i,
  output logic                        s_ar_ready_o,
  output logic                        s_r_valid_o,
  output logic [31:0]                 s_r_data_o,
  output logic [1:0]                  s_r_resp_o,
  input  logic                        s_r_ready_i,
  // AXI4 master of the core.
  output logic                        scalar_ar_valid_o,
  output cf_npu_pkg::axi_request_t    scalar_ar_o,
  input  logic                        scalar_r_valid_i,
  input  cf_npu_pkg::axi_read_t       scalar_r_i,
  output logic                        scalar_aw_valid_o,
  output cf_npu_pkg::axi_request_t    scalar_aw_o,
  output logic                        scalar_w_valid_o,
  output cf_npu_pkg::axi_write_t      scalar_w_o,
  input  logic                        scalar_b_valid_i,
  input  logic [1:0]                  scalar_b_resp_i,
  // AXI4 master of load.
  output logic                        load_ar_valid_o,
  output cf_npu_pkg::axi_request_t    load_ar_o,
  input  logic                        load_r_valid_i,
  input  cf_npu_pkg::axi_read_t       load_r_i,
  // AXI4 master of store.
  output logic                        store_aw_valid_o,
  output cf_npu_pkg::axi_request_t    store_aw_o,
  output logic                        store_w_valid_o,
  output cf_npu_pkg::axi_write_t      store_w_o,
  input  logic                        store_b_valid_i,
  input  logic [1:0]                  store_b_resp_i,
  // What the program prints; the answer comes in the same cycle.
  output logic                        print_valid_o,
  output logic [31:0]                 print_address_o,
  output logic [31:0]                 print_bytes_o,
  input  logic                        print_ok_i,
  // Commit trace.
  output cf_npu_pkg::core_trace_t     core_trace_o,
  output cf_npu_pkg::engine_trace_t   load_trace_o,
  output cf_npu_pkg::engine_trace_t   store_trace_o,
  output cf_npu_pkg::engine_trace_t   move_trace_o,
  output cf_npu_pkg::engine_trace_t   matrix_trace_o,
  output cf_npu_pkg::engine_trace_t   vector_trace_o,
  // The run.
  output cf_npu_pkg::fault_t          fault_o,
  output logic [2:0]                  fault_unit_o,
  output cf_npu_pkg::core_end_t       end_o,
  output logic                        is_idle_o,
  output logic                        stopped_o,
  output logic [63:0]                 cycle_o
);
  localparam int unsigned Units   = cf_npu_pkg::UNITS;
  localparam int unsigned Engines = cf_npu_pkg::ENGINES;
  localparam int unsigned FlagW   = cf_npu_pkg::FLAG_W;
  localparam int unsigned LineW   = cf_npu_pkg::LINE_W;
  // Engines as bits of vectors "by engine".
  localparam int unsigned Load   = 0;
  localparam int unsigned Store  = 1;
  localparam int unsigned Move   = 2;
  localparam int unsigned Matrix = 3;
  localparam int unsigned Vector = 4;

  logic start, stop;

  // Flags, by unit.
  logic [Units-1:0]       set, overflow, wants, take, conflict;
  logic [Units*FlagW-1:0] set_flag, wait_flag;
  cf_flags u_flags (
    .clk_i, .rst_ni, .set_i(set), .set_flag_i(set_flag), .overflow_o(overflow), .wait_i(wants),
    .wait_flag_i(wait_flag), .take_o(take), .conflict_o(conflict)
  );

  // The core and the queues, by engine.
  logic [Engines-1:0]        push, accepts, valid, pop, is_empty, drained;
  cf_npu_pkg::command_t      command, load_head, store_head, move_head, matrix_head, vector_head;
  logic [64*Units-1:0]       busy, done;
  logic [63:0]               read_bytes, write_bytes;
  logic [31:0]               element;
  cf_npu_pkg::fault_t        scalar_fault, load_fault, store_fault, move_fault, matrix_fault, vector_fault;
  cf_scalar_core u_scalar (
    .clk_i, .rst_ni, .start_i(start), .boot_address_i, .stop_i(stop),
    .push_o(push), .command_o(command), .accepts_i(accepts),
    .set_o(set[0]), .set_flag_o(set_flag[0 +: FlagW]), .overflow_i(overflow[0]),
    .wait_o(wants[0]), .wait_flag_o(wait_flag[0 +: FlagW]), .take_i(take[0]), .conflict_i(conflict[0]),
    .drained_i(drained), .element_i(element),
    .ar_valid_o(scalar_ar_valid_o), .ar_o(scalar_ar_o), .r_valid_i(scalar_r_valid_i), .r_i(scalar_r_i),
    .aw_valid_o(scalar_aw_valid_o), .aw_o(scalar_aw_o), .w_valid_o(scalar_w_valid_o), .w_o(scalar_w_o),
    .b_valid_i(scalar_b_valid_i), .b_resp_i(scalar_b_resp_i),
    .print_valid_o, .print_address_o, .print_bytes_o, .print_ok_i,
    .busy_i(busy), .done_i(done), .read_bytes_i(read_bytes), .write_bytes_i(write_bytes),
    .trace_o(core_trace_o), .fault_o(scalar_fault), .end_o
  );
  cf_queue u_load_queue (
    .clk_i, .rst_ni, .push_i(push[Load]), .command_i(command), .accepts_o(accepts[Load]),
    .valid_o(valid[Load]), .command_o(load_head), .pop_i(pop[Load]), .is_empty_o(is_empty[Load])
  );
  cf_queue u_store_queue (
    .clk_i, .rst_ni, .push_i(push[Store]), .command_i(command), .accepts_o(accepts[Store]),
    .valid_o(valid[Store]), .command_o(store_head), .pop_i(pop[Store]), .is_empty_o(is_empty[Store])
  );
  cf_queue u_move_queue (
    .clk_i, .rst_ni, .push_i(push[Move]), .command_i(command), .accepts_o(accepts[Move]),
    .valid_o(valid[Move]), .command_o(move_head), .pop_i(pop[Move]), .is_empty_o(is_empty[Move])
  );
  cf_queue u_matrix_queue (
    .clk_i, .rst_ni, .push_i(push[Matrix]), .command_i(command), .accepts_o(accepts[Matrix]),
    .valid_o(valid[Matrix]), .command_o(matrix_head), .pop_i(pop[Matrix]), .is_empty_o(is_empty[Matrix])
  );
  cf_queue u_vector_queue (
    .clk_i, .rst_ni, .push_i(push[Vector]), .command_i(command), .accepts_o(accepts[Vector]),
    .valid_o(valid[Vector]), .command_o(vector_head), .pop_i(pop[Vector]), .is_empty_o(is_empty[Vector])
  );

  // Engines.
  logic [Engines*32-1:0]     done_count;
  cf_npu_pkg::engine_trace_t load_trace, store_trace, move_trace, matrix_trace, vector_trace;
  cf_npu_pkg::line_write_t   load_write, move_write, acc_write;
  cf_npu_pkg::line_write_t   move_write0, move_write1, move_write2, move_write3;
  cf_npu_pkg::line_write_t   vector_write0, vector_write1, vector_write2, vector_write3;
  cf_npu_pkg::line_read_t    store_read, left_read, right_read, acc_read;
  cf_npu_pkg::line_read_t    move_read0, move_read1, move_read2, move_read3;
  cf_npu_pkg::line_read_t    vector_read0, vector_read1, vector_read2, vector_read3;
  logic [LineW-1:0]          store_data, left_data, right_data, acc_data;
  logic [LineW-1:0]          move_data0, move_data1, move_data2, move_data3;
  logic [LineW-1:0]          vector_data0, vector_data1, vector_data2, vector_data3;
  logic                      load_grant, store_grant, move_grant;
  logic [31:0]               move_element;
  cf_load_engine u_load (
    .clk_i, .rst_ni, .stop_i(stop), .valid_i(valid[Load]), .command_i(load_head), .pop_o(pop[Load]),
    .set_o(set[Load+1]), .set_flag_o(set_flag[(Load+1)*FlagW +: FlagW]), .overflow_i(overflow[Load+1]),
    .wait_o(wants[Load+1]), .wait_flag_o(wait_flag[(Load+1)*FlagW +: FlagW]), .take_i(take[Load+1]),
    .conflict_i(conflict[Load+1]),
    .write_o(load_write), .grant_i(load_grant),
    .ar_valid_o(load_ar_valid_o), .ar_o(load_ar_o), .r_valid_i(load_r_valid_i), .r_i(load_r_i),
    .fault_o(load_fault), .is_drained_o(drained[Load]), .trace_o(load_trace),
    .done_count_o(done_count[Load*32 +: 32])
  );
  cf_store_engine u_store (
    .clk_i, .rst_ni, .stop_i(stop), .valid_i(valid[Store]), .command_i(store_head), .pop_o(pop[Store]),
    .set_o(set[Store+1]), .set_flag_o(set_flag[(Store+1)*FlagW +: FlagW]), .overflow_i(overflow[Store+1]),
    .wait_o(wants[Store+1]), .wait_flag_o(wait_flag[(Store+1)*FlagW +: FlagW]), .take_i(take[Store+1]),
    .conflict_i(conflict[Store+1]),
    .read_o(store_read), .data_i(store_data), .grant_i(store_grant),
    .aw_valid_o(store_aw_valid_o), .aw_o(store_aw_o), .w_valid_o(store_w_valid_o), .w_o(store_w_o),
    .b_valid_i(store_b_valid_i), .b_resp_i(store_b_resp_i),
    .fault_o(store_fault), .is_drained_o(drained[Store]), .trace_o(store_trace),
    .done_count_o(done_count[Store*32 +: 32])
  );
  cf_beat_engine #(.Unit(cf_isa_pkg::UNIT_MOVE)) u_move (
    .clk_i, .rst_ni, .stop_i(stop), .valid_i(valid[Move]), .command_i(move_head), .pop_o(pop[Move]),
    .set_o(set[Move+1]), .set_flag_o(set_flag[(Move+1)*FlagW +: FlagW]), .overflow_i(overflow[Move+1]),
    .wait_o(wants[Move+1]), .wait_flag_o(wait_flag[(Move+1)*FlagW +: FlagW]), .take_i(take[Move+1]),
    .conflict_i(conflict[Move+1]),
    .read0_o(move_read0), .read1_o(move_read1), .read2_o(move_read2), .read3_o(move_read3),
    .data0_i(move_data0), .data1_i(move_data1), .data2_i(move_data2), .data3_i(move_data3),
    .write0_o(move_write0), .write1_o(move_write1), .write2_o(move_write2), .write3_o(move_write3),
    .grant_i(move_grant), .element_o(move_element),
    .fault_o(move_fault), .is_drained_o(drained[Move]), .trace_o(move_trace),
    .done_count_o(done_count[Move*32 +: 32])
  );
  // A move has one result, whichever operand it is; the others are 0.
  assign move_write = move_write0 | move_write1 | move_write2 | move_write3;
  cf_matrix_engine u_matrix (
    .clk_i, .rst_ni, .stop_i(stop), .valid_i(valid[Matrix]), .command_i(matrix_head), .pop_o(pop[Matrix]),
    .set_o(set[Matrix+1]), .set_flag_o(set_flag[(Matrix+1)*FlagW +: FlagW]), .overflow_i(overflow[Matrix+1]),
    .wait_o(wants[Matrix+1]), .wait_flag_o(wait_flag[(Matrix+1)*FlagW +: FlagW]), .take_i(take[Matrix+1]),
    .conflict_i(conflict[Matrix+1]),
    .left_o(left_read), .left_data_i(left_data), .right_o(right_read), .right_data_i(right_data),
    .acc_o(acc_read), .acc_data_i(acc_data), .write_o(acc_write),
    .fault_o(matrix_fault), .is_drained_o(drained[Matrix]), .trace_o(matrix_trace),
    .done_count_o(done_count[Matrix*32 +: 32])
  );
  cf_beat_engine #(.Unit(cf_isa_pkg::UNIT_VECTOR)) u_vector (
    .clk_i, .rst_ni, .stop_i(stop), .valid_i(valid[Vector]), .command_i(vector_head), .pop_o(pop[Vector]),
    .set_o(set[Vector+1]), .set_flag_o(set_flag[(Vector+1)*FlagW +: FlagW]), .overflow_i(overflow[Vector+1]),
    .wait_o(wants[Vector+1]), .wait_flag_o(wait_flag[(Vector+1)*FlagW +: FlagW]), .take_i(take[Vector+1]),
    .conflict_i(conflict[Vector+1]),
    .read0_o(vector_read0), .read1_o(vector_read1), .read2_o(vector_read2), .read3_o(vector_read3),
    .data0_i(vector_data0), .data1_i(vector_data1), .data2_i(vector_data2), .data3_i(vector_data3),
    .write0_o(vector_write0), .write1_o(vector_write1), .write2_o(vector_write2), .write3_o(vector_write3),
    .grant_i(1'b1), .element_o(element),
    .fault_o(vector_fault), .is_drained_o(drained[Vector]), .trace_o(vector_trace),
    .done_count_o(done_count[Vector*32 +: 32])
  );

  cf_tile_memories u_memories (
    .clk_i, .rst_ni,
    .vector_read0_i(vector_read0), .vector_read1_i(vector_read1), .vector_read2_i(vector_read2),
    .vector_read3_i(vector_read3), .vector_data0_o(vector_data0), .vector_data1_o(vector_data1),
    .vector_data2_o(vector_data2), .vector_data3_o(vector_data3), .vector_write0_i(vector_write0),
    .vector_write1_i(vector_write1), .vector_write2_i(vector_write2), .vector_write3_i(vector_write3),
    .left_read_i(left_read), .right_read_i(right_read), .acc_read_i(acc_read), .left_data_o(left_data),
    .right_data_o(right_data), .acc_data_o(acc_data), .acc_write_i(acc_write),
    .move_read0_i(move_read0), .move_read1_i(move_read1), .move_read2_i(move_read2), .move_read3_i(move_read3),
    .move_data0_o(move_data0), .move_data1_o(move_data1), .move_data2_o(move_data2), .move_data3_o(move_data3),
    .move_write_i(move_write), .move_grant_o(move_grant),
    .store_read_i(store_read), .store_data_o(store_data), .store_grant_o(store_grant),
    .load_write_i(load_write), .load_grant_o(load_grant)
  );

  assign load_trace_o   = load_trace;
  assign store_trace_o  = store_trace;
  assign move_trace_o   = move_trace;
  assign matrix_trace_o = matrix_trace;
  assign vector_trace_o = vector_trace;

  cf_run_state u_run (
    .clk_i, .rst_ni, .scalar_fault_i(scalar_fault), .load_fault_i(load_fault), .store_fault_i(store_fault),
    .move_fault_i(move_fault), .matrix_fault_i(matrix_fault), .vector_fault_i(vector_fault),
    .stall_i({vector_trace.stall, matrix_trace.stall, move_trace.stall, store_trace.stall, load_trace.stall,
              core_trace_o.stall}),
    .drained_i(drained), .end_i(end_o), .retires_i(core_trace_o.retired), .done_count_i(done_count),
    .scalar_ar_valid_i(scalar_ar_valid_o), .scalar_ar_i(scalar_ar_o), .load_ar_valid_i(load_ar_valid_o),
    .load_ar_i(load_ar_o), .scalar_aw_valid_i(scalar_aw_valid_o), .scalar_aw_i(scalar_aw_o),
    .store_aw_valid_i(store_aw_valid_o), .store_aw_i(store_aw_o),
    .fault_o, .fault_unit_o, .stop_o(stop), .stopped_o, .is_idle_o, .cycle_o, .busy_o(busy), .done_o(done),
    .read_bytes_o(read_bytes), .write_bytes_o(write_bytes)
  );
  cf_control u_control (
    .clk_i, .rst_ni, .s_aw_valid_i, .s_aw_addr_i, .s_aw_ready_o, .s_w_valid_i, .s_w_data_i, .s_w_strb_i,
    .s_w_ready_o, .s_b_valid_o, .s_b_resp_o, .s_b_ready_i, .s_ar_valid_i, .s_ar_addr_i, .s_ar_ready_o,
    .s_r_valid_o, .s_r_data_o, .s_r_resp_o, .s_r_ready_i,
    .start_at_reset_i, .start_o(start), .end_i(end_o), .is_idle_i(is_idle_o), .stopped_i(stopped_o),
    .cycle_i(cycle_o)
  );

  logic unused_ok;
  assign unused_ok = &{1'b0, is_empty, load_trace, store_trace, move_trace, matrix_trace, vector_trace,
                      move_element};
endmodule
