/// The rows: streams those of Left through the block whose weights are loaded, block after block. A row takes as many
/// cycles as its segment of Left or that of Acc has lines, whichever has more, and enters in the last of them; in the
/// first of them it reads its partial sums, if it has any. Two cycles after it has entered, its elements are at the
/// array. Source: sim/README.md, "Matrix engine".
module cf_matrix_streamer (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic                         stop_i,
  // The block that is loaded.
  input  logic                         valid_i,
  input  cf_matrix_pkg::block_t        block_i,
  input  logic                         holds_i,      // the first row of its product has to wait
  output logic                         begins_o,     // its first row begins: it moves on from the loader
  output logic                         is_open_o,    // rows of an older block have not entered
  output logic                         is_streaming_o,  // a row takes this cycle
  output cf_matrix_pkg::row_t          row_o,        // valid: it enters
  // Left and Acc.
  output cf_npu_pkg::line_read_t       left_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]  left_data_i,
  output cf_npu_pkg::line_read_t       acc_o,
  input  logic [cf_npu_pkg::LINE_W-1:0]  acc_data_i,
  // The array: word k goes to its row k, sum n to its column n.
  output logic [cf_isa_pkg::MATRIX_ROWS*cf_matrix_pkg::WORD_W-1:0] words_o,
  output logic [32*cf_isa_pkg::MATRIX_COLS-1:0]                    sums_o
);
  localparam int unsigned Rows        = cf_isa_pkg::MATRIX_ROWS;
  localparam int unsigned Cols        = cf_isa_pkg::MATRIX_COLS;
  localparam int unsigned Depth       = Rows + Cols + 2;  // from the cycle in which a row enters to its last write
  localparam int unsigned LeftBytes   = cf_isa_pkg::LEFT_LINE_BYTES;
  localparam int unsigned AccBytes    = cf_isa_pkg::ACC_LINE_BYTES;
  localparam int unsigned LeftOffsetW = $clog2(LeftBytes);
  localparam int unsigned AccOffsetW  = $clog2(AccBytes);
  localparam int unsigned OperandW    = cf_matrix_pkg::OPERAND_W;
  localparam int unsigned WordW       = cf_matrix_pkg::WORD_W;
  localparam int unsigned CountW      = $clog2(Depth + 1);

  cf_matrix_pkg::block_t block_d, block_q, block;
  logic             is_open_d, is_open_q;      // block_q has rows that have not entered
  logic             is_inside_d, is_inside_q;  // a row has begun and not entered
  logic [15:0]      row_d, row_q;              // of the block
  logic [31:0]      left_row_d, left_row_q;    // addresses of the row's segments
  logic [31:0]      acc_row_d, acc_row_q;
  logic [Rows-1:0]  left_had_d, left_had_q;    // elements of the row that have been read
  logic [Cols-1:0]  acc_had_d, acc_had_q;
  logic [15:0]      lines_d, lines_q;          // of Acc, that the row has gone over
  logic [Depth-1:0] entered_d, entered_q;      // bit i: a row entered i + 1 cycles ago

  // The same row of the k before is visible if less than a pass has entered in the last Depth cycles.
  logic [CountW-1:0] in_array;
  always_comb begin
    in_array = '0;
    for (int unsigned i = 0; i < Depth; i++) in_array = in_array + CountW'(entered_q[i]);
  end

  logic is_ready, streams;
  assign block    = is_open_q ? block_q : block_i;
  assign is_ready = (!block.is_later || 32'(in_array) < block.pass_rows) &&
                    (is_open_q || !block.is_first || !holds_i);
  assign streams  = !stop_i && (is_open_q || valid_i) && (is_inside_q || is_ready);
  assign begins_o = streams && !is_open_q;
  assign is_open_o      = is_open_q;
  assign is_streaming_o = streams;

  logic [31:0] left_row, acc_row;
  assign left_row = is_open_q ? left_row_q : block_i.left_address;
  assign acc_row  = is_open_q ? acc_row_q : block_i.acc_address;

  logic                        left_ends, acc_ends, acc_is_over, enters, is_last_row;
  logic [Rows-1:0]             left_here;
  logic [Cols-1:0]             acc_here;
  logic [Rows*LeftOffsetW-1:0] left_offset;
  logic [Cols*AccOffsetW-1:0]  acc_offset;
  cf_matrix_segment #(.Elements(Rows), .LineBytes(LeftBytes)) u_left (
    .address_i(left_row), .step_i(block.left_step), .count_i(block.depth), .done_i(left_had_q),
    .line_o(left_o.line), .here_o(left_here), .offset_o(left_offset), .is_last_o(left_ends)
  );
  cf_matrix_segment #(.Elements(Cols), .LineBytes(AccBytes)) u_acc (
    .address_i(acc_row), .step_i(block.acc_step), .count_i(block.width), .done_i(acc_had_q),
    .line_o(acc_o.line), .here_o(acc_here), .offset_o(acc_offset), .is_last_o(acc_ends)
  );
  // A segment that is over has no elements here, and ends.
  assign acc_is_over   = acc_here == '0;
  assign left_o.valid  = streams && left_here != '0;
  assign left_o.memory = cf_isa_pkg::MEM_LEFT;
  assign acc_o.valid   = streams && !acc_is_over && block.is_partial;
  assign acc_o.memory  = cf_isa_pkg::MEM_ACC;
  assign enters        = streams && left_ends && acc_ends;
  assign is_last_row   = row_q + 16'd1 == block.rows;

  always_comb begin
    row_o         = '0;
    row_o.valid   = enters;
    row_o.address = acc_row;
    row_o.step    = block.acc_step;
    row_o.width   = block.width;
    row_o.lines   = lines_q + 16'(!acc_is_over);
    row_o.is_last = is_last_row && block.is_last;
    row_o.slot    = block.slot;
  end

  always_comb begin
    block_d     = block;
    is_open_d   = is_open_q;
    is_inside_d = is_inside_q;
    row_d       = row_q;
    left_row_d  = left_row;
    acc_row_d   = acc_row;
    left_had_d  = left_had_q;
    acc_had_d   = acc_had_q;
    lines_d     = lines_q;
    if (streams) begin
      is_open_d   = 1'b1;
      is_inside_d = 1'b1;
      left_had_d  = left_had_q | left_here;
      acc_had_d   = acc_had_q | acc_here;
      lines_d     = row_o.lines;
    end
    if (enters) begin
      is_open_d   = !is_last_row;
      is_inside_d = 1'b0;
      row_d       = is_last_row ? '0 : row_q + 16'd1;
      left_row_d  = left_row + block.left_row_step;
      acc_row_d   = acc_row + block.acc_row_step;
      left_had_d  = '0;
      acc_had_d   = '0;
      lines_d     = '0;
    end
    entered_d = {entered_q[Depth-2:0], enters};
  end

  // A line is there in the cycle after its read; its elements wait here until the row is complete.
  logic [Rows-1:0]             left_here_q, is_active_q;
  logic [Cols-1:0]             acc_here_q;
  logic [Rows*LeftOffsetW-1:0] left_offset_q;
  logic [Cols*AccOffsetW-1:0]  acc_offset_q;
  logic [3:0]                  elem_type_q;
  logic                        is_partial_q, weight_set_q;
  logic [Rows*WordW-1:0]       words_d, words_q;
  logic [32*Cols-1:0]          sums_d, sums_q;
  logic [Rows*OperandW-1:0]    operands;
  for (genvar k = 0; k < Rows; k++) begin : gen_operand
    logic [8*LeftBytes-1:0] shifted;
    assign shifted = left_data_i[8*LeftBytes-1:0] >> {left_offset_q[k*LeftOffsetW +: LeftOffsetW], 3'd0};
    assign operands[k*OperandW +: OperandW] = cf_convert_pkg::pe_operand(elem_type_q, shifted[15:0]);
    logic unused_ok;
    assign unused_ok = &{1'b0, shifted};
  end
  logic is_float;
  assign is_float = cf_npu_pkg::is_float(elem_type_q);
  always_comb begin
    words_d = words_q;
    for (int unsigned k = 0; k < Rows; k++) begin
      words_d[k*WordW + OperandW +: 3] = {is_float, weight_set_q, is_active_q[k]};
      if (left_here_q[k]) words_d[k*WordW +: OperandW] = operands[k*OperandW +: OperandW];
    end
  end
  always_comb begin
    sums_d = sums_q;
    for (int unsigned n = 0; n < Cols; n++) begin
      if (!is_partial_q) begin
        sums_d[n*32 +: 32] = '0;
      end else if (acc_here_q[n]) begin
        sums_d[n*32 +: 32] = acc_data_i[8*32'(acc_offset_q[n*AccOffsetW +: AccOffsetW]) +: 32];
      end
    end
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, left_data_i};
  assign words_o = words_q;
  assign sums_o  = sums_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      is_open_q   <= 1'b0;
      is_inside_q <= 1'b0;
      row_q       <= '0;
      left_had_q  <= '0;
      acc_had_q   <= '0;
      lines_q     <= '0;
      entered_q   <= '0;
      left_here_q <= '0;
      acc_here_q  <= '0;
    end else begin
      is_open_q   <= is_open_d;
      is_inside_q <= is_inside_d;
      row_q       <= row_d;
      left_had_q  <= left_had_d;
      acc_had_q   <= acc_had_d;
      lines_q     <= lines_d;
      entered_q   <= entered_d;
      left_here_q <= streams ? left_here : '0;
      acc_here_q  <= streams ? acc_here : '0;
    end
  end
  always_ff @(posedge clk_i) begin
    block_q       <= block_d;
    left_row_q    <= left_row_d;
    acc_row_q     <= acc_row_d;
    left_offset_q <= left_offset;
    acc_offset_q  <= acc_offset;
    elem_type_q   <= block.elem_type;
    is_partial_q  <= block.is_partial;
    weight_set_q  <= block.weight_set;
    for (int unsigned k = 0; k < Rows; k++) is_active_q[k] <= 32'(block.depth) > k;
    words_q       <= words_d;
    sums_q        <= sums_d;
  end
endmodule
