/// The matrix engine: a systolic array that holds weights of Right and streams rows of Left into Acc.
///
/// Timing: a product's first line of weights is read in the cycle of its start; the next product may start when the
///         first row of the last block begins. It never loses a bank port.
/// Source: sim/README.md, "Matrix engine"; sim/matrix/matrix_timing.h.
module cf_matrix_engine (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  input  logic                           stop_i,
  // The queue.
  input  logic                           valid_i,
  input  cf_npu_pkg::command_t           command_i,
  output logic                           pop_o,
  // The flags.
  output logic                           set_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]  set_flag_o,
  input  logic                           overflow_i,
  output logic                           wait_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]  wait_flag_o,
  input  logic                           take_i,
  input  logic                           conflict_i,
  // Tile memories.
  output cf_npu_pkg::line_read_t         left_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]  left_data_i,
  output cf_npu_pkg::line_read_t         right_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]  right_data_i,
  output cf_npu_pkg::line_read_t         acc_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]  acc_data_i,
  output cf_npu_pkg::line_write_t        write_o,
  // Everybody.
  output cf_npu_pkg::fault_t             fault_o,
  output logic                           is_drained_o,
  output cf_npu_pkg::engine_trace_t      trace_o,
  output logic [31:0]                    done_count_o
);
  localparam int unsigned Slots    = cf_npu_pkg::IN_FLIGHT;
  localparam int unsigned SlotW    = cf_npu_pkg::SLOT_W;
  localparam int unsigned Rows     = cf_isa_pkg::MATRIX_ROWS;
  localparam int unsigned Cols     = cf_isa_pkg::MATRIX_COLS;
  localparam int unsigned OperandW = cf_matrix_pkg::OPERAND_W;
  localparam int unsigned WordW    = cf_matrix_pkg::WORD_W;

  cf_npu_pkg::command_t head;
  logic                 head_valid, start, ends, overlaps;
  logic [SlotW-1:0]     start_slot, end_slot;
  logic [Slots-1:0]     is_open, result_overlap;
  logic [1:0]           gate;
  cf_npu_pkg::work_t    work;
  cf_engine_front #(.Unit(cf_isa_pkg::UNIT_MATRIX)) u_front (
    .clk_i, .rst_ni, .stop_i, .valid_i, .command_i, .pop_o, .set_o, .set_flag_o, .overflow_i, .wait_o, .wait_flag_o,
    .take_i, .conflict_i, .head_valid_o(head_valid), .head_o(head), .gate_i(gate), .start_o(start),
    .start_slot_o(start_slot), .end_i(ends), .end_slot_i(end_slot), .ends_at_once_i(1'b0), .open_o(is_open),
    .overlap_o(overlaps), .result0_overlap_o(result_overlap), .work_i(work), .fault_i('0), .fault_o, .is_drained_o,
    .trace_o, .done_count_o
  );

  // Products whose last row is not yet visible; those that the first row of the newest product has to wait for.
  logic [Slots-1:0] end_mask, is_running_d, is_running_q, blockers_d, blockers_q;
  always_comb begin
    end_mask     = ends ? Slots'(1) << end_slot : '0;
    is_running_d = is_running_q & ~end_mask;
    blockers_d   = blockers_q & ~end_mask;
    if (start) begin
      blockers_d   = result_overlap & is_running_d;
      is_running_d = is_running_d | (Slots'(1) << start_slot);
    end
  end

  logic                      is_loaded, is_loading, has_block, begins, is_streaming, has_rows;
  cf_matrix_pkg::block_t     block;
  logic [Cols-1:0]           weight_valid;
  logic [15:0]               weight_row;
  logic                      weight_set;
  logic [Cols*OperandW-1:0]  weights;
  cf_matrix_loader u_loader (
    .clk_i, .rst_ni, .stop_i, .start_i(start), .head_i(head), .slot_i(start_slot), .is_done_o(is_loaded),
    .is_loading_o(is_loading), .valid_o(has_block), .block_o(block), .begins_i(begins), .read_o(right_o),
    .data_i(right_data_i), .weight_valid_o(weight_valid), .weight_row_o(weight_row), .weight_set_o(weight_set),
    .weights_o(weights)
  );
  assign gate = is_loaded && (!has_block || begins) ? cf_npu_pkg::GATE_START : cf_npu_pkg::GATE_BUSY;

  cf_matrix_pkg::row_t     row;
  logic [Rows*WordW-1:0]   words;
  logic [32*Cols-1:0]      sums_in, sums_out;
  cf_matrix_streamer u_streamer (
    .clk_i, .rst_ni, .stop_i, .valid_i(has_block), .block_i(block), .holds_i(|blockers_q), .begins_o(begins),
    .is_open_o(has_rows), .is_streaming_o(is_streaming), .row_o(row), .left_o, .left_data_i, .acc_o, .acc_data_i,
    .words_o(words), .sums_o(sums_in)
  );
  cf_matrix_array u_array (
    .clk_i, .rst_ni, .weight_valid_i(weight_valid), .weight_row_i(weight_row), .weight_set_i(weight_set),
    .weights_i(weights), .words_i(words), .sums_i(sums_in), .sums_o(sums_out)
  );
  cf_matrix_writer u_writer (
    .clk_i, .rst_ni, .stop_i, .row_i(row), .sums_i(sums_out), .write_o, .end_o(ends), .end_slot_o(end_slot)
  );

  // From its start until its last row has entered, a product works or waits for a partial sum.
  always_comb begin
    work         = '0;
    work.is_busy = is_loading || is_streaming;
    work.is_held = !is_loaded || has_block || has_rows;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      is_running_q <= '0;
      blockers_q   <= '0;
    end else begin
      is_running_q <= is_running_d;
      blockers_q   <= blockers_d;
    end
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, head_valid, is_open, overlaps};
endmodule
