/// The data path of the vector and of the move engine up to what is written: takes elements from the lines that the
/// sequencer has asked for, a step after it, and evaluates a beat in the step after its last fetch step.
///
/// Elements become lanes where they come in, but for copies without a change of type, whose bits stay.
/// Source: sim/exec/expression.cpp, sim/exec/layout.cpp.
module cf_beat_lanes #(
  /// cf_isa_pkg::UNIT_MOVE or UNIT_VECTOR.
  parameter logic [2:0] Unit = cf_isa_pkg::UNIT_VECTOR
) (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 advance_i,
  // A step of the sequencer.
  input  cf_npu_pkg::command_t                 command_i,
  input  logic [4*cf_npu_pkg::LANES-1:0]       hit_i,
  input  logic [4*cf_npu_pkg::LANES*16-1:0]    offset_i,
  input  logic [15:0]                          block_row_i,
  input  logic                                 ends_i,
  input  logic [15:0]                          row_i,
  input  logic [15:0]                          col_i,
  input  logic [15:0]                          count_i,
  input  logic [cf_npu_pkg::LANES-1:0]         pad_i,
  // The lines of the step before, by operand.
  input  logic [4*cf_npu_pkg::LINE_W-1:0]      data_i,
  // Operand 2, as far as it has come in: the indices of a gather.
  output logic [32*cf_npu_pkg::LANES-1:0]      index_o,
  // The beat that the sequencer ended in the step before.
  output logic [32*cf_npu_pkg::LANES-1:0]      lanes0_o,    // result 0; not of a transpose
  output logic [32*cf_npu_pkg::LANES-1:0]      lanes1_o,
  output logic                                 is_float0_o,  // its lanes are fp32, else int32
  output logic                                 is_float1_o,
  output logic [cf_npu_pkg::LANES-1:0]         raw_o,       // lanes of result 0 that are bits to be copied
  // A transpose: element e of source row r is number r * LANES + e. It is there from the step on in which its first
  // line is written until that of the next block.
  output logic [32*cf_npu_pkg::LANES*cf_npu_pkg::LANES-1:0] block_o,
  // tgets: the element, from the step after the evaluation on.
  output logic [31:0]                          element_o
);
  localparam int unsigned Lanes = cf_npu_pkg::LANES;
  localparam int unsigned LineW = cf_npu_pkg::LINE_W;

  // The step before: what the lines hold.
  logic                 ends_q;
  logic [4*Lanes-1:0]    hit_q;
  logic [4*Lanes*16-1:0] offset_q;
  logic [15:0]           block_row_q, row_q, col_q, count_q;
  logic [Lanes-1:0]      pad_q;
  cf_npu_pkg::command_t  command_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        ends_q <= 1'b0;
    else if (advance_i) ends_q <= ends_i;
  end
  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      hit_q       <= hit_i;
      offset_q    <= offset_i;
      block_row_q <= block_row_i;
      row_q       <= row_i;
      col_q       <= col_i;
      count_q     <= count_i;
      pad_q       <= pad_i;
      command_q   <= command_i;
    end
  end

  logic [cf_npu_pkg::INSTR_W-1:0] instr;
  logic [4:0]                     exec;
  logic [3:0]                     is_tile, is_float, results;
  logic                           is_raw;
  cf_npu_pkg::tile_t              tile0, tile1, tile2, tile3;
  logic [15:0]                    tile_type;  // by operand
  assign instr   = command_q.instr;
  assign exec    = cf_instr_pkg::exec_of(instr);
  assign is_tile = cf_instr_pkg::tiles_of(instr);
  assign results = cf_instr_pkg::results_of(instr);
  assign tile0   = command_q.tile0;
  assign tile1   = command_q.tile1;
  assign tile2   = command_q.tile2;
  assign tile3   = command_q.tile3;
  assign tile_type = {tile3.elem_type, tile2.elem_type, tile1.elem_type, tile0.elem_type};
  assign is_raw    = cf_beat_pkg::copies(exec) && tile0.elem_type == tile1.elem_type;

  // Lanes by operand: what has come in now, or before.
  logic [4*Lanes*32-1:0] lane, lane_q;
  for (genvar o = 0; o < 4; o++) begin : gen_operand
    logic [LineW-1:0] line;
    assign line        = data_i[o*LineW +: LineW];
    assign is_float[o] = is_tile[o] && cf_npu_pkg::is_float(tile_type[o*4 +: 4]);
    for (genvar i = 0; i < Lanes; i++) begin : gen_lane
      logic [31:0] word, element, wide;
      assign word = 32'(line >> {offset_q[(o*Lanes + i)*16 +: 16], 3'd0});
      always_comb begin
        unique case (cf_npu_pkg::size_shift(tile_type[o*4 +: 4]))
          2'd0:    element = {24'd0, word[7:0]};
          2'd1:    element = {16'd0, word[15:0]};
          default: element = word;
        endcase
      end
      assign wide = cf_convert_pkg::widen(tile_type[o*4 +: 4], {32'd0, element});
      assign lane[(o*Lanes + i)*32 +: 32] =
          !hit_q[o*Lanes + i] ? lane_q[(o*Lanes + i)*32 +: 32] : is_raw && o == 1 ? element : wide;
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance_i) lane_q <= lane;
  end
  assign index_o = lane[2*Lanes*32 +: Lanes*32];

  // The expression.
  cf_lane_pkg::program_t program_now;
  cf_lane_program u_program (
    .instr_i(instr), .is_float_i(is_float), .program_o(program_now)
  );
  logic [4*Lanes*32-1:0] value;  // of the result in each operand
  for (genvar i = 0; i < Lanes; i++) begin : gen_expr
    logic [127:0] x, y;
    always_comb begin
      for (int unsigned o = 0; o < 4; o++)
        x[o*32 +: 32] = is_tile[o] ? lane[(o*Lanes + i)*32 +: 32] : command_q.x[o*32 +: 32];
    end
    cf_lane_expr u_expr (.program_i(program_now), .x_i(x), .y_o(y));
    for (genvar o = 0; o < 4; o++) begin : gen_value
      assign value[(o*Lanes + i)*32 +: 32] = y[o*32 +: 32];
    end
  end

  // The results.
  logic [1:0]               operand0, operand1;
  logic [Lanes*32-1:0]      value0, value1, reduced0, reduced1;
  logic                     float0, float1;
  cf_instr_pkg::reduction_t reduction0, reduction1;
  assign operand0   = cf_beat_pkg::result0(results);
  assign operand1   = cf_beat_pkg::result1(results);
  assign value0     = value[32'(operand0)*Lanes*32 +: Lanes*32];
  assign value1     = value[32'(operand1)*Lanes*32 +: Lanes*32];
  assign float0     = program_now.is_float[operand0];
  assign float1     = program_now.is_float[operand1];
  assign reduction0 = cf_instr_pkg::reduction_of(instr, operand0);
  assign reduction1 = cf_instr_pkg::reduction_of(instr, operand1);

  // Bit r: an instruction of this unit reduces its result r.
  function automatic logic [1:0] reducing_results(input logic [2:0] unit);
    logic [3:0]                     written;
    logic [cf_npu_pkg::INSTR_W-1:0] number;
    reducing_results = 2'b00;
    for (int unsigned i = 0; i < 32'(cf_isa_pkg::INSTR_NONE); i++) begin
      number  = cf_npu_pkg::INSTR_W'(i);
      written = cf_instr_pkg::results_of(number);
      if (cf_isa_pkg::unit_of(number) == unit) begin
        if (cf_instr_pkg::reduction_of(number, cf_beat_pkg::result0(written)) != '0) reducing_results[0] = 1'b1;
        if (cf_instr_pkg::reduction_of(number, cf_beat_pkg::result1(written)) != '0 &&
            cf_beat_pkg::result1(written) != 2'd0) reducing_results[1] = 1'b1;
      end
    end
  endfunction
  localparam logic [1:0] Reducing = reducing_results(Unit);

  if (Reducing[0]) begin : gen_reduce0
    cf_result_reduce u_reduce (
      .clk_i, .advance_i, .valid_i(ends_q), .op_i(reduction0.op), .down_rows_i(reduction0.down_rows),
      .is_scan_i(reduction0.is_scan), .is_exclusive_i(reduction0.is_exclusive), .is_float_i(float0), .row_i(row_q),
      .col_i(col_q), .count_i(count_q), .lanes_i(value0), .lanes_o(reduced0)
    );
  end else begin : gen_plain0
    assign reduced0 = value0;
  end
  if (Reducing[1]) begin : gen_reduce1
    cf_result_reduce u_reduce (
      .clk_i, .advance_i, .valid_i(ends_q), .op_i(reduction1.op), .down_rows_i(reduction1.down_rows),
      .is_scan_i(reduction1.is_scan), .is_exclusive_i(reduction1.is_exclusive), .is_float_i(float1), .row_i(row_q),
      .col_i(col_q), .count_i(count_q), .lanes_i(value1), .lanes_o(reduced1)
    );
  end else begin : gen_plain1
    assign reduced1 = value1;
  end

  logic [Lanes*32-1:0] numbers;
  if (Unit == cf_isa_pkg::UNIT_VECTOR) begin : gen_number
    cf_beat_number u_number (
      .is_float_i(is_float[0]), .start_i(command_q.x[63:32]), .row_step_i(command_q.x[95:64]),
      .col_step_i(command_q.x[127:96]), .row_i(row_q), .col_i(col_q), .lanes_o(numbers)
    );
  end else begin : gen_no_number
    assign numbers = '0;
  end

  always_comb begin
    lanes0_o    = reduced0;
    is_float0_o = float0 && !cf_beat_pkg::is_arg(reduction0.op);
    raw_o       = '0;
    if (exec == cf_instr_pkg::EXEC_TCI) begin
      lanes0_o    = numbers;
      is_float0_o = is_float[0];
    end else if (cf_beat_pkg::copies(exec)) begin
      lanes0_o    = lane[Lanes*32 +: Lanes*32];
      is_float0_o = is_float[1];
      for (int unsigned i = 0; i < Lanes; i++) begin
        raw_o[i] = is_raw && !pad_q[i];
        if (pad_q[i]) lanes0_o[i*32 +: 32] = command_q.view.pad_bits;
      end
    end
  end
  assign lanes1_o    = reduced1;
  assign is_float1_o = float1 && !cf_beat_pkg::is_arg(reduction1.op);

  // Blocks of a transpose. One that is converted is written a step later than one that is copied: it waits.
  logic [Lanes*Lanes*32-1:0] block_d, block_q, late_block_q, done_block_q;
  logic                      is_block_end, is_late_q;
  assign is_block_end = ends_q && (exec == cf_instr_pkg::EXEC_TTRANS || exec == cf_instr_pkg::EXEC_TMOV_T);
  always_comb begin
    block_d = block_q;
    for (int unsigned r = 0; r < Lanes; r++) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (32'(block_row_q) == r && hit_q[Lanes + i])
          block_d[(r*Lanes + i)*32 +: 32] = lane[(Lanes + i)*32 +: 32];
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        is_late_q <= 1'b0;
    else if (advance_i) is_late_q <= is_block_end && !is_raw;
  end
  logic [31:0] element_q;
  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      block_q      <= block_d;
      late_block_q <= block_d;
      if (is_block_end && is_raw) done_block_q <= block_d;
      else if (is_late_q)         done_block_q <= late_block_q;
      if (ends_q && exec == cf_instr_pkg::EXEC_TGETS) element_q <= lane[Lanes*32 +: 32];
    end
  end
  assign block_o   = done_block_q;
  assign element_o = element_q;

  logic unused_ok;
  assign unused_ok = &{1'b0, command_q, tile0, tile1, tile2, tile3, reduction0, reduction1, row_q, col_q, count_q};
endmodule
