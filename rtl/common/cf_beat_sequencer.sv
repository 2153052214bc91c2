/// The fetch stage of the vector and of the move engine: goes through the beats of an instruction in their order, asks
/// for the lines of their sources round by round, and says where the results of each beat go.
///
/// A step is a cycle in which `advance_i` is high; in the others everything holds and asks again. An instruction starts
/// in a step that still belongs to it (step 0), so its first lines are asked for in the cycle of `start_i`.
/// Source: sim/README.md, "Beats"; the same rules as a plan: sim/vector/beat_timing.cpp.
module cf_beat_sequencer #(
  /// cf_isa_pkg::UNIT_MOVE or UNIT_VECTOR: a move takes a step more if it converts.
  parameter logic [2:0] Unit = cf_isa_pkg::UNIT_VECTOR
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 advance_i,
  // The instruction at the head, and its start.
  input  cf_npu_pkg::command_t                 head_i,
  output logic [1:0]                           gate_o,      // cf_npu_pkg::gate_e
  input  logic                                 start_i,
  input  logic [cf_npu_pkg::SLOT_W-1:0]        start_slot_i,
  // What is asked for in this cycle, by operand.
  output logic                                 is_active_o,  // an instruction is in the fetch stage
  output logic [3:0]                           read_o,
  output logic [127:0]                         line_o,
  // The elements that these lines hold: by operand and lane.
  output logic [4*cf_npu_pkg::LANES-1:0]       hit_o,
  output logic [4*cf_npu_pkg::LANES*16-1:0]    offset_o,    // bytes in the line
  output logic [15:0]                          block_row_o,  // row of a transpose's block
  output cf_npu_pkg::command_t                 command_o,   // of the instruction in the fetch stage
  // The beat ends in this step.
  output logic                                 ends_o,
  output logic [15:0]                          row_o,       // of its first element in the iteration space
  output logic [15:0]                          col_o,
  output logic [15:0]                          count_o,     // its elements: LANES or fewer
  output logic [cf_npu_pkg::LANES-1:0]         pad_o,       // lanes that are padding of a view
  output cf_beat_pkg::target_t                 target0_o,   // without is_float
  output cf_beat_pkg::target_t                 target1_o,
  output logic [cf_beat_pkg::STEPS_W-1:0]      latency_o,   // L
  output logic                                 is_last_o,   // last beat of its instruction
  output logic [cf_npu_pkg::SLOT_W-1:0]        slot_o,
  // A gather: its indices, as far as they have been read, and the one that is wrong.
  input  logic [cf_npu_pkg::LANES*32-1:0]      index_i,
  output logic                                 is_bad_o,
  output logic [31:0]                          bad_index_o,
  output logic [31:0]                          bad_element_o
);
  localparam int unsigned Lanes  = cf_npu_pkg::LANES;
  localparam int unsigned StepsW = cf_beat_pkg::STEPS_W;
  localparam int unsigned TargetW = cf_beat_pkg::TARGET_W;

  logic                          running_d, running_q;
  cf_npu_pkg::command_t          command_q;
  logic [cf_npu_pkg::SLOT_W-1:0] slot_q;
  logic [15:0]                   row_d, row_q, col_d, col_q;    // of the beat
  logic                          is_fresh_d, is_fresh_q;        // first step of a list
  logic [15:0]                   sub_d, sub_q;                  // transpose: row of the block; gather: 1 = elements
  logic [4*Lanes-1:0]            left_d, left_q;                // elements not asked for, by operand
  logic [1:0]                    place_d, place_q;              // step of the round
  logic [9:0]                    steps_d, steps_q;              // of the beat before this one, as far as they count
  logic [StepsW-1:0]             writes_d, writes_q;            // steps of the writes of the beat before, from this one on
  logic [StepsW-1:0]             drain_d, drain_q;              // steps to behind the last write, from this one on
  logic [159:0]                  view_index_d, view_index_q;

  // The instruction that the stage works on, or would work on if it started.
  cf_npu_pkg::command_t            command;
  logic [cf_npu_pkg::INSTR_W-1:0]  instr;
  logic [2:0]                      shape;
  logic [3:0]                      sources, results;
  assign command     = running_q ? command_q : head_i;
  assign instr       = command.instr;
  assign shape       = cf_instr_pkg::shape_of(instr);
  assign sources     = cf_instr_pkg::sources_of(instr);
  assign results     = cf_instr_pkg::results_of(instr);
  assign command_o   = command;
  assign slot_o      = running_q ? slot_q : start_slot_i;
  assign is_active_o = running_q || start_i;

  // Fields of the tiles by operand (Yosys reads no structure inside a generate block).
  cf_npu_pkg::tile_t tile0, tile1, tile2, tile3;
  logic [7:0]        tile_memory;
  logic [15:0]       tile_type;
  logic [63:0]       tile_rows, tile_cols;
  logic [127:0]      tile_base, tile_row_stride, tile_col_stride;
  assign tile0           = command.tile0;
  assign tile1           = command.tile1;
  assign tile2           = command.tile2;
  assign tile3           = command.tile3;
  assign tile_memory     = {tile3.memory, tile2.memory, tile1.memory, tile0.memory};
  assign tile_type       = {tile3.elem_type, tile2.elem_type, tile1.elem_type, tile0.elem_type};
  assign tile_rows       = {tile3.rows, tile2.rows, tile1.rows, tile0.rows};
  assign tile_cols       = {tile3.cols, tile2.cols, tile1.cols, tile0.cols};
  assign tile_base       = {tile3.base_bytes, tile2.base_bytes, tile1.base_bytes, tile0.base_bytes};
  assign tile_row_stride = {tile3.row_stride, tile2.row_stride, tile1.row_stride, tile0.row_stride};
  assign tile_col_stride = {tile3.col_stride, tile2.col_stride, tile1.col_stride, tile0.col_stride};
  logic unused_tiles;
  assign unused_tiles = &{1'b0, tile0, tile1, tile2, tile3};

  // The iteration space.
  logic        is_transpose, is_gather, is_view, is_get;
  logic [15:0] rows, cols;
  assign is_transpose = shape == cf_instr_pkg::SHAPE_TRANSPOSE;
  assign is_gather    = shape == cf_instr_pkg::SHAPE_GATHER;
  assign is_view      = shape == cf_instr_pkg::SHAPE_VIEW;
  assign is_get       = shape == cf_instr_pkg::SHAPE_GET;
  always_comb begin
    rows = 16'd1;
    cols = 16'd1;
    for (int unsigned o = 0; o < 4; o++) begin
      if (results[o] || (sources[o] && !is_transpose && !is_gather && !is_view && !is_get)) begin
        if (tile_rows[o*16 +: 16] > rows) rows = tile_rows[o*16 +: 16];
        if (tile_cols[o*16 +: 16] > cols) cols = tile_cols[o*16 +: 16];
      end
    end
  end

  // The instruction's results: operands, and how they are reduced.
  logic [1:0] operand0, operand1;
  logic       has0, has1;
  assign operand0 = cf_beat_pkg::result0(results);
  assign operand1 = cf_beat_pkg::result1(results);
  assign has0     = results != 4'd0;
  assign has1     = (results & (results - 4'd1)) != 4'd0;
  cf_instr_pkg::reduction_t reduction0, reduction1;
  assign reduction0 = cf_instr_pkg::reduction_of(instr, operand0);
  assign reduction1 = cf_instr_pkg::reduction_of(instr, operand1);
  logic unused_reductions;
  assign unused_reductions = &{1'b0, reduction0, reduction1};
  logic ends_row0, ends_row1, ends_column0, ends_column1;  // written at the end of a row, of a column only
  assign ends_row0    = reduction0.op != cf_instr_pkg::REDUCE_NONE && !reduction0.is_scan && !reduction0.down_rows;
  assign ends_row1    = reduction1.op != cf_instr_pkg::REDUCE_NONE && !reduction1.is_scan && !reduction1.down_rows;
  assign ends_column0 = reduction0.op != cf_instr_pkg::REDUCE_NONE && !reduction0.is_scan && reduction0.down_rows;
  assign ends_column1 = reduction1.op != cf_instr_pkg::REDUCE_NONE && !reduction1.is_scan && reduction1.down_rows;

  // L, and the least steps of a beat.
  logic              converts;
  logic [9:0]        sfu;
  logic [StepsW-1:0] latency;
  always_comb begin
    converts = 1'b0;
    for (int unsigned o = 0; o < 4; o++) begin
      if (sources[o] && tile_type[o*4 +: 4] != tile_type[32'(operand0)*4 +: 4]) converts = 1'b1;
    end
  end
  assign sfu       = cf_instr_pkg::sfu_steps(instr);
  assign latency   = StepsW'(cf_instr_pkg::pipe_latency(instr)) + StepsW'(Unit == cf_isa_pkg::UNIT_MOVE && converts);
  assign latency_o = latency;

  // The gate: with each beat as short as can be, the first write would come later than the last one of those before.
  logic [StepsW-1:0] beats_to_write, first_write;
  always_comb begin
    beats_to_write = StepsW'(1);
    if ((!has0 || ends_row0) && (!has1 || ends_row1) && has0)
      beats_to_write = (StepsW'(cols) + StepsW'(Lanes - 1)) >> $clog2(Lanes);
    if ((!has0 || ends_column0) && (!has1 || ends_column1) && has0) beats_to_write = StepsW'(rows);
    first_write = beats_to_write * (sfu == 10'd0 ? StepsW'(1) : StepsW'(sfu)) - 1'b1 + latency;
  end
  always_comb begin
    gate_o = cf_npu_pkg::GATE_START;
    if (running_q)                  gate_o = cf_npu_pkg::GATE_BUSY;
    else if (first_write < drain_q) gate_o = cf_npu_pkg::GATE_HAZARD;
  end

  // This step: what the registers say, or the first step of a new instruction.
  logic [15:0]        row, col, sub;
  logic               is_fresh;
  logic [4*Lanes-1:0] left, all;
  logic [1:0]         place;
  logic [9:0]         steps;
  logic [StepsW-1:0]  writes;
  logic [159:0]       view_index;
  assign row        = running_q ? row_q : 16'd0;
  assign col        = running_q ? col_q : 16'd0;
  assign sub        = running_q ? sub_q : 16'd0;
  assign is_fresh   = !running_q || is_fresh_q;
  assign left       = is_fresh ? all : left_q;
  assign place      = is_fresh ? 2'd0 : place_q;
  assign steps      = running_q ? steps_q : 10'd0;
  assign writes     = running_q ? writes_q : '0;
  assign view_index = running_q ? view_index_q : 160'd0;

  // The beat.
  logic [15:0] count, height;
  logic        is_row_end, is_column_end;
  assign is_row_end    = 32'(col) + Lanes >= 32'(cols);
  assign is_column_end = is_transpose ? 32'(row) + Lanes >= 32'(rows) : 32'(row) + 32'd1 >= 32'(rows);
  assign count         = is_row_end ? cols - col : 16'(Lanes);
  assign height        = is_column_end ? rows - row : 16'(Lanes);
  assign row_o         = row;
  assign col_o         = col;
  assign count_o       = count;
  assign block_row_o   = sub;

  // Elements of a view.
  logic [Lanes*32-1:0] view_address;
  logic [Lanes-1:0]    view_valid;
  logic [159:0]        view_index_behind;
  logic [31:0]         view_base;
  cf_npu_pkg::view_t   view;
  assign view      = is_view ? command.view : '0;
  assign view_base = view.base + tile1.base_bytes;
  if (Unit == cf_isa_pkg::UNIT_MOVE) begin : gen_view
    cf_beat_view u_view (
      .view_i(view), .base_i(view_base), .shift_i(cf_npu_pkg::size_shift(tile_type[7:4])), .index_i(view_index),
      .count_i(count), .address_o(view_address), .valid_o(view_valid), .index_o(view_index_behind)
    );
  end else begin : gen_no_view
    assign view_address      = '0;
    assign view_valid        = '0;
    assign view_index_behind = '0;
    logic unused_ok;
    assign unused_ok = &{1'b0, view_index, view, view_base};
  end
  assign pad_o = is_view ? ~view_valid : '0;

  // Elements of a gather. An index that is wrong reads element 0; the fault is in the step that reads it.
  logic [Lanes*32-1:0] gather_address;
  logic [Lanes-1:0]    gather_bad;
  if (Unit == cf_isa_pkg::UNIT_VECTOR) begin : gen_gather
    logic [31:0] elements, width;
    assign width    = tile_cols[31:16] == 16'd0 ? 32'd1 : 32'(tile_cols[31:16]);
    assign elements = 32'(tile_rows[31:16]) * 32'(tile_cols[31:16]);
    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      logic [31:0] index, number, from_row, from_col;
      assign index         = is_gather ? index_i[i*32 +: 32] : 32'd0;
      assign gather_bad[i] = index >= elements;
      assign number        = gather_bad[i] ? 32'd0 : index;
      assign from_row      = number / width;
      assign from_col      = number % width;
      assign gather_address[i*32 +: 32] = tile_base[63:32] +
          ((from_row * tile_row_stride[63:32] + from_col * tile_col_stride[63:32]) << cf_npu_pkg::size_shift(tile_type[7:4]));
    end
  end else begin : gen_no_gather
    assign gather_address = '0;
    assign gather_bad     = '0;
    logic unused_ok;
    assign unused_ok = &{1'b0, index_i};
  end

  // The list of each operand: its elements in this beat (of a transpose: in one row of the block).
  logic [3:0]          has_line, takes_part;
  logic [4*Lanes-1:0]  takes;
  logic [4*TargetW-1:0] target_of;  // what the operand would be as a result
  for (genvar o = 0; o < 4; o++) begin : gen_operand
    logic [1:0]          memory, shift;
    logic [3:0]          elem_type;
    logic [15:0]         at_row, at_col, width, tile_height, tile_width;
    logic [31:0]         base, row_pitch, col_pitch;
    logic [Lanes*32-1:0] address;
    logic                is_single;
    assign memory      = tile_memory[o*2 +: 2];
    assign elem_type   = tile_type[o*4 +: 4];
    assign shift       = cf_npu_pkg::size_shift(tile_type[o*4 +: 4]);
    assign tile_height = tile_rows[o*16 +: 16];
    assign tile_width  = tile_cols[o*16 +: 16];

    always_comb begin
      at_row = row;
      at_col = col;
      if (is_transpose && sources[o]) begin
        at_row = col + sub;
        at_col = row;
      end
      if (is_get) begin
        at_row = command.x[2*32 +: 16];
        at_col = command.x[3*32 +: 16];
      end
      if (tile_height == 16'd1) at_row = 16'd0;  // it takes part with that one row (column)
      if (tile_width == 16'd1) at_col = 16'd0;
    end
    assign row_pitch = tile_row_stride[o*32 +: 32] << shift;
    assign col_pitch = tile_width == 16'd1 ? 32'd0 : tile_col_stride[o*32 +: 32] << shift;
    assign base      = tile_base[o*32 +: 32] + 32'(at_row) * row_pitch + 32'(at_col) * col_pitch;

    always_comb begin
      takes_part[o] = sources[o];
      if (is_gather) takes_part[o] = sources[o] && (o == 1) == (sub == 16'd1);
    end
    assign width     = is_transpose ? height : count;
    assign is_single = is_gather && o == 1;
    always_comb begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        address[i*32 +: 32] = base + i * col_pitch;
        if (is_view)   address[i*32 +: 32] = view_address[i*32 +: 32];
        if (is_single) address[i*32 +: 32] = gather_address[i*32 +: 32];
        all[o*Lanes + i] = takes_part[o] && i < 32'(width) && (!is_view || view_valid[i]);
      end
    end
    cf_beat_segment u_segment (
      .memory_i(memory), .address_i(address), .left_i(left[o*Lanes +: Lanes]), .is_single_i(is_single),
      .line_o(line_o[o*32 +: 32]), .takes_o(takes[o*Lanes +: Lanes])
    );
    assign has_line[o] = |left[o*Lanes +: Lanes];
    always_comb begin
      for (int unsigned i = 0; i < Lanes; i++)
        offset_o[(o*Lanes + i)*16 +: 16] = cf_beat_pkg::offset_of(tile_memory[o*2 +: 2], address[i*32 +: 32]);
    end

    // In the order of cf_beat_pkg::target_t.
    assign target_of[o*TargetW +: TargetW] = {
      1'b0, 2'(o), memory, elem_type, 1'b0, base, row_pitch, col_pitch, is_transpose ? height : 16'd1,
      tile_width == 16'd1 ? 16'd1 : count
    };
  end

  // The round.
  logic [3:0]         asks;
  logic               ends_round, ends_list, has_fetched;
  logic [4*Lanes-1:0] left_after;
  cf_beat_rounds u_rounds (
    .valid_i(has_line), .memory_i(tile_memory), .line_i(line_o), .place_i(place), .asks_o(asks), .is_last_o(ends_round)
  );
  assign read_o      = is_active_o ? asks : 4'd0;
  assign left_after  = ends_round ? left & ~takes : left;
  assign ends_list   = left_after == '0;
  assign has_fetched = ends_list && (!is_gather || sub == 16'd1) && (!is_transpose || sub + 16'd1 == count);
  always_comb begin
    for (int unsigned o = 0; o < 4; o++) hit_o[o*Lanes +: Lanes] = read_o[o] ? takes[o*Lanes +: Lanes] : '0;
  end

  always_comb begin
    is_bad_o      = 1'b0;
    bad_index_o   = '0;
    bad_element_o = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (is_gather && hit_o[Lanes + i] && gather_bad[i]) begin
        is_bad_o      = 1'b1;
        bad_index_o   = index_i[i*32 +: 32];
        bad_element_o = 32'(row) * 32'(cols) + 32'(col) + i;
      end
    end
  end

  // The end of the beat, and where its results go.
  logic [StepsW-1:0] write_steps;
  always_comb begin
    target0_o       = target_of[32'(operand0)*TargetW +: TargetW];
    target1_o       = target_of[32'(operand1)*TargetW +: TargetW];
    target0_o.valid = has0 && (!ends_row0 || is_row_end) && (!ends_column0 || is_column_end);
    target1_o.valid = has1 && (!ends_row1 || is_row_end) && (!ends_column1 || is_column_end);
  end
  cf_beat_steps u_steps (.target0_i(target0_o), .target1_i(target1_o), .steps_o(write_steps));
  assign is_last_o = is_row_end && is_column_end;
  assign ends_o    = is_active_o && has_fetched && (32'(steps) + 32'd1 >= 32'(sfu)) && writes <= StepsW'(1);

  always_comb begin
    running_d    = is_active_o;
    row_d        = row;
    col_d        = col;
    sub_d        = sub;
    is_fresh_d   = is_fresh;
    left_d       = left;
    place_d      = place;
    steps_d      = steps;
    writes_d     = writes;
    drain_d      = drain_q;
    view_index_d = view_index;
    if (advance_i) begin
      is_fresh_d = 1'b0;
      left_d     = left_after;
      place_d    = ends_round ? 2'd0 : place + 2'd1;
      if (steps != '1)     steps_d  = steps + 1'b1;
      if (writes != '0)    writes_d = writes - 1'b1;
      if (drain_q != '0)   drain_d  = drain_q - 1'b1;
      if (ends_list && !has_fetched) begin
        is_fresh_d = 1'b1;
        sub_d      = sub + 16'd1;
      end
      if (ends_o) begin
        running_d    = !is_last_o;
        is_fresh_d   = 1'b1;
        sub_d        = '0;
        steps_d      = '0;
        writes_d     = write_steps;
        view_index_d = view_index_behind;
        if (write_steps != '0) drain_d = latency + write_steps - 1'b1;
        else if (is_last_o)    drain_d = latency;  // tgets: its write is that of the core
        if (shape == cf_instr_pkg::SHAPE_COLUMNS) begin
          row_d = is_column_end ? 16'd0 : row + 16'd1;
          col_d = is_column_end ? col + 16'(Lanes) : col;
        end else begin
          col_d = is_row_end ? 16'd0 : col + 16'(Lanes);
          row_d = is_row_end ? row + (is_transpose ? 16'(Lanes) : 16'd1) : row;
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      drain_q   <= '0;
    end else begin
      running_q <= running_d;
      drain_q   <= drain_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      command_q <= head_i;
      slot_q    <= start_slot_i;
    end
    row_q        <= row_d;
    col_q        <= col_d;
    sub_q        <= sub_d;
    is_fresh_q   <= is_fresh_d;
    left_q       <= left_d;
    place_q      <= place_d;
    steps_q      <= steps_d;
    writes_q     <= writes_d;
    view_index_q <= view_index_d;
  end

`ifndef YOSYS
  a_start: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> gate_o == cf_npu_pkg::GATE_START);
  // Values of a row are not kept while the beats go down the rows.
  a_order: assert property (@(posedge clk_i) disable iff (!rst_ni)
                            is_active_o && (ends_row0 || ends_row1) |-> shape == cf_instr_pkg::SHAPE_ROWS);
`endif
endmodule
