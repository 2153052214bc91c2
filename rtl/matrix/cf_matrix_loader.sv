/// The weights: goes through the blocks of a product (k outer, n inner) and reads the lines of each from Right, one a
/// cycle. The first block is loaded from the cycle in which the product starts, each other one from the cycle in which
/// the first row of the block before it begins. The elements of a line leave for the array in the cycle after the read.
/// Source: sim/README.md, "Matrix engine".
module cf_matrix_loader (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          stop_i,
  // The product at the head of the queue.
  input  logic                          start_i,
  input  cf_npu_pkg::command_t          head_i,
  input  logic [cf_npu_pkg::SLOT_W-1:0] slot_i,
  output logic                          is_done_o,    // every block of the products so far is loaded
  output logic                          is_loading_o,
  // The block that is loaded and waits for its first row.
  output logic                          valid_o,
  output cf_matrix_pkg::block_t         block_o,
  input  logic                          begins_i,     // its first row begins
  // Right.
  output cf_npu_pkg::line_read_t        read_o,
  input  logic [cf_npu_pkg::LINE_W-1:0] data_i,
  // The array: elements of one row of weights, by column.
  output logic [cf_isa_pkg::MATRIX_COLS-1:0]                          weight_valid_o,
  output logic [15:0]                                                 weight_row_o,
  output logic                                                        weight_set_o,
  output logic [cf_isa_pkg::MATRIX_COLS*cf_matrix_pkg::OPERAND_W-1:0] weights_o
);
  localparam int unsigned Rows      = cf_isa_pkg::MATRIX_ROWS;
  localparam int unsigned Cols      = cf_isa_pkg::MATRIX_COLS;
  localparam int unsigned LineBytes = cf_isa_pkg::RIGHT_LINE_BYTES;
  localparam int unsigned OffsetW   = $clog2(LineBytes);
  localparam int unsigned OperandW  = cf_matrix_pkg::OPERAND_W;

  // The product, and the block and the row of it that come next. The block is kept apart, without depth, width,
  // is_last and weight_set: they follow.
  typedef struct packed {
    logic [31:0] acc_base;        // element (0, 0)
    logic [15:0] cols;            // of the product
    logic [31:0] weight_row_step;
    logic [31:0] weight_step;     // to the next n
    logic [31:0] weight_pass;     // element (k, 0)
    logic [31:0] weight_block;    // element (k, n)
    logic [31:0] weight_address;  // element (k + row, n)
    logic [15:0] row;             // of the block
    logic [15:0] k_left;          // from k on
    logic [15:0] n_left;          // from n on
  } walk_t;

  typedef enum logic [1:0] {
    StIdle = 2'd0,
    StWait = 2'd1,  // for the first row of the block before
    StLoad = 2'd2
  } state_e;

  state_e                state_d, state_q;
  walk_t                 walk_d, walk_q, first, walk;
  cf_matrix_pkg::block_t next_d, next_q, first_block, next;
  logic [Cols-1:0]       had_d, had_q;          // elements of the row that have been read
  logic                  weight_set_d, weight_set_q;
  logic                  valid_d, valid_q;
  cf_matrix_pkg::block_t block_d, block_q;

  // A product as it starts.
  logic [1:0] size_shift;
  assign size_shift = cf_npu_pkg::size_shift(head_i.tile1.elem_type);
  always_comb begin
    first       = '0;
    first_block = '0;
    first_block.left_address  = head_i.tile1.base_bytes;
    first_block.left_row_step = head_i.tile1.row_stride << size_shift;
    first_block.left_step     = head_i.tile1.col_stride << size_shift;
    first_block.acc_address   = head_i.tile0.base_bytes;
    first_block.acc_row_step  = head_i.tile0.row_stride << 2;
    first_block.acc_step      = head_i.tile0.col_stride << 2;
    first_block.rows          = head_i.tile0.rows;
    first_block.pass_rows     = 32'(head_i.tile0.rows) * ((32'(head_i.tile0.cols) + Cols - 1) / Cols);
    first_block.elem_type     = head_i.tile1.elem_type;
    first_block.is_partial    = cf_instr_pkg::exec_of(head_i.instr) == cf_instr_pkg::EXEC_TMATMUL_ACC;
    first_block.is_first      = 1'b1;
    first_block.slot          = slot_i;
    first.acc_base            = head_i.tile0.base_bytes;
    first.cols                = head_i.tile0.cols;
    first.weight_row_step     = head_i.tile2.row_stride << size_shift;
    first.weight_step         = head_i.tile2.col_stride << size_shift;
    first.weight_pass         = head_i.tile2.base_bytes;
    first.weight_block        = head_i.tile2.base_bytes;
    first.weight_address      = head_i.tile2.base_bytes;
    first.k_left              = head_i.tile1.cols;
    first.n_left              = head_i.tile0.cols;
  end
  assign walk = start_i ? first : walk_q;
  assign next = start_i ? first_block : next_q;

  logic [15:0] depth, width;
  assign depth = 32'(walk.k_left) < Rows ? walk.k_left : 16'(Rows);
  assign width = 32'(walk.n_left) < Cols ? walk.n_left : 16'(Cols);

  // A line of a row of weights.
  logic                    loads, ends_row, ends_block, is_last_n, is_last_k;
  logic [Cols-1:0]         here;
  logic [Cols*OffsetW-1:0] offset;
  assign loads = start_i || (!stop_i && (state_q == StLoad || (state_q == StWait && begins_i)));
  cf_matrix_segment #(.Elements(Cols), .LineBytes(LineBytes)) u_segment (
    .address_i(walk.weight_address), .step_i(walk.weight_step), .count_i(width), .done_i(had_q),
    .line_o(read_o.line), .here_o(here), .offset_o(offset), .is_last_o(ends_row)
  );
  assign read_o.valid  = loads;
  assign read_o.memory = cf_isa_pkg::MEM_RIGHT;
  assign ends_block    = loads && ends_row && walk.row + 16'd1 == depth;
  assign is_last_n     = 32'(walk.n_left) <= Cols;
  assign is_last_k     = 32'(walk.k_left) <= Rows;

  always_comb begin
    state_d      = state_q;
    walk_d       = walk_q;
    next_d       = next_q;
    had_d        = had_q;
    weight_set_d = weight_set_q;
    valid_d      = valid_q && !begins_i;
    block_d      = block_q;
    if (loads) begin
      state_d = StLoad;
      walk_d  = walk;
      next_d  = next;
      had_d   = had_q | here;
      if (ends_row) begin
        had_d                 = '0;
        walk_d.row            = walk.row + 16'd1;
        walk_d.weight_address = walk.weight_address + walk.weight_row_step;
      end
    end
    if (ends_block) begin
      state_d            = is_last_n && is_last_k ? StIdle : StWait;
      weight_set_d       = !weight_set_q;
      valid_d            = 1'b1;
      block_d            = next;
      block_d.depth      = depth;
      block_d.width      = width;
      block_d.is_last    = is_last_n && is_last_k;
      block_d.weight_set = weight_set_q;
      walk_d.row         = '0;
      next_d.is_first = 1'b0;
      if (!is_last_n) begin
        walk_d.n_left            = walk.n_left - 16'(Cols);
        walk_d.weight_block      = walk.weight_block + walk.weight_step * Cols;
        next_d.acc_address = next.acc_address + next.acc_step * Cols;
      end else begin
        walk_d.n_left             = walk.cols;
        walk_d.k_left             = walk.k_left - 16'(Rows);
        walk_d.weight_pass        = walk.weight_pass + walk.weight_row_step * Rows;
        walk_d.weight_block       = walk_d.weight_pass;
        next_d.acc_address  = walk.acc_base;
        next_d.left_address = next.left_address + next.left_step * Rows;
        next_d.is_partial   = 1'b1;
        next_d.is_later     = 1'b1;
      end
      walk_d.weight_address = walk_d.weight_block;
    end
  end
  assign is_done_o    = state_q == StIdle;
  assign is_loading_o = loads;
  assign valid_o      = valid_q;
  assign block_o      = block_q;

  // The line of the read is there a cycle later.
  logic [Cols-1:0]         here_q;
  logic [Cols*OffsetW-1:0] offset_q;
  logic [15:0]             row_q;
  logic                    line_set_q;
  logic [3:0]              elem_type_q;
  assign weight_valid_o = here_q;
  assign weight_row_o   = row_q;
  assign weight_set_o   = line_set_q;
  for (genvar n = 0; n < Cols; n++) begin : gen_weight
    logic [8*LineBytes-1:0] shifted;
    assign shifted = data_i[8*LineBytes-1:0] >> {offset_q[n*OffsetW +: OffsetW], 3'd0};
    assign weights_o[n*OperandW +: OperandW] = cf_convert_pkg::pe_operand(elem_type_q, shifted[15:0]);
    logic unused_ok;
    assign unused_ok = &{1'b0, shifted};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      had_q        <= '0;
      weight_set_q <= 1'b0;
      valid_q      <= 1'b0;
      here_q       <= '0;
    end else begin
      state_q      <= state_d;
      had_q        <= had_d;
      weight_set_q <= weight_set_d;
      valid_q      <= valid_d;
      here_q       <= loads ? here : '0;
    end
  end
  always_ff @(posedge clk_i) begin
    walk_q      <= walk_d;
    next_q      <= next_d;
    block_q     <= block_d;
    offset_q    <= offset;
    row_q       <= walk.row;
    line_set_q  <= weight_set_q;
    elem_type_q <= next.elem_type;
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, head_i, data_i};
endmodule
