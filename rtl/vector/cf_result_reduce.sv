/// What becomes of the lanes of one result before they are written: nothing, or a reduction along the row, down the
/// rows, or a scan down the rows. Values are carried from beat to beat; the lanes are there in the beat's step.
/// Source: sim/exec/numerics/reduce.h; sim/exec/expression.cpp.
module cf_result_reduce (
  input  logic                            clk_i,
  input  logic                            advance_i,
  input  logic                            valid_i,       // there is a beat in this step
  input  logic [2:0]                      op_i,          // cf_instr_pkg::reduce_e
  input  logic                            down_rows_i,
  input  logic                            is_scan_i,
  input  logic                            is_exclusive_i,
  input  logic                            is_float_i,    // of the lanes that come in
  input  logic [15:0]                     row_i,
  input  logic [15:0]                     col_i,
  input  logic [15:0]                     count_i,
  input  logic [32*cf_npu_pkg::LANES-1:0] lanes_i,
  output logic [32*cf_npu_pkg::LANES-1:0] lanes_o
);
  localparam int unsigned Lanes = cf_npu_pkg::LANES;

  logic [31:0] identity;
  always_comb begin
    unique case (op_i)
      cf_instr_pkg::REDUCE_MUL: identity = is_float_i ? cf_fp_pkg::ONE : 32'd1;
      cf_instr_pkg::REDUCE_MAX: identity = is_float_i ? 32'hff800000 : 32'h80000000;
      cf_instr_pkg::REDUCE_MIN: identity = is_float_i ? 32'h7f800000 : 32'h7fffffff;
      default:                  identity = 32'd0;
    endcase
  end

  // Along the row.
  logic [31:0] row_value;
  cf_row_reduce u_row (
    .clk_i, .advance_i, .valid_i, .op_i, .is_float_i, .identity_i(identity), .col_i, .count_i, .lanes_i, .y_o(row_value)
  );

  // Down the rows; a group of lanes is done before the next begins.
  logic [Lanes*32-1:0] carried_q, carried, after;
  assign carried = row_i == 16'd0 ? {Lanes{identity}} : carried_q;
  always_ff @(posedge clk_i) begin
    if (advance_i && valid_i) carried_q <= after;
  end

  // Arg-max and arg-min: a candidate is a key and its index. Along the row one candidate goes from lane to lane, down
  // the rows each lane has its own; before the first there is one that nothing is worse than.
  localparam logic [31:0] WorstKey   = 32'h80000000;
  localparam logic [31:0] WorstIndex = 32'h7fffffff;
  logic                is_min, is_begin;
  logic [Lanes*32-1:0] key_q, index_q, best_key, best_index;
  assign is_min   = op_i == cf_instr_pkg::REDUCE_ARGMIN;
  assign is_begin = down_rows_i ? row_i == 16'd0 : col_i == 16'd0;
  always_ff @(posedge clk_i) begin
    if (advance_i && valid_i) begin
      key_q   <= best_key;
      index_q <= best_index;
    end
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    cf_reduce_step u_down (
      .op_i, .is_float_i, .a_i(carried[i*32 +: 32]), .b_i(lanes_i[i*32 +: 32]), .y_o(after[i*32 +: 32])
    );

    logic [31:0] old_key, old_index, new_key, key, index, key_behind, index_behind;
    cf_arg_key u_key (.is_float_i, .is_min_i(is_min), .lane_i(lanes_i[i*32 +: 32]), .key_o(new_key));
    always_comb begin
      old_key   = WorstKey;
      old_index = WorstIndex;
      if (!is_begin) begin
        old_key   = key_q[(down_rows_i ? i : Lanes - 1)*32 +: 32];
        old_index = index_q[(down_rows_i ? i : Lanes - 1)*32 +: 32];
      end
    end
    if (i == 0) begin : gen_first
      assign key   = old_key;
      assign index = old_index;
    end else begin : gen_next
      assign key   = down_rows_i ? old_key : gen_lane[i-1].key_behind;
      assign index = down_rows_i ? old_index : gen_lane[i-1].index_behind;
    end
    logic        is_in;
    logic [31:0] step_key, step_index;
    assign is_in = i < 32'(count_i);
    cf_arg_step u_arg (
      .a_key_i(key), .a_index_i(index), .b_key_i(new_key), .b_index_i(down_rows_i ? 32'(row_i) : 32'(col_i) + i),
      .key_o(step_key), .index_o(step_index)
    );
    assign key_behind             = is_in ? step_key : key;
    assign index_behind           = is_in ? step_index : index;
    assign best_key[i*32 +: 32]   = key_behind;
    assign best_index[i*32 +: 32] = index_behind;
  end

  always_comb begin
    lanes_o = lanes_i;
    if (cf_beat_pkg::is_arg(op_i)) begin
      lanes_o = best_index;
      if (!down_rows_i) lanes_o[31:0] = best_index[(Lanes-1)*32 +: 32];
    end else if (op_i != cf_instr_pkg::REDUCE_NONE) begin
      if (!down_rows_i)                     lanes_o[31:0] = row_value;
      else if (is_scan_i && is_exclusive_i) lanes_o = carried;
      else                                  lanes_o = after;
    end
  end
endmodule
