/// The lanes of `tci`: start + row * row_step + column * col_step. Combinational.
/// Source: sim/exec/layout.cpp, number_elements: fp32 by two fused multiply-adds, int32 wraps.
module cf_beat_number (
  input  logic                             is_float_i,
  input  logic [31:0]                      start_i,
  input  logic [31:0]                      row_step_i,
  input  logic [31:0]                      col_step_i,
  input  logic [15:0]                      row_i,
  input  logic [15:0]                      col_i,     // of lane 0
  output logic [32*cf_npu_pkg::LANES-1:0]  lanes_o
);
  logic [31:0] row_number, row_float, row_whole;
  cf_cvt_i32_f32_comb u_row (.a_i(32'(row_i)), .y_o(row_number));
  cf_fp_fma_comb u_row_fma (.a_i(row_number), .b_i(row_step_i), .c_i(start_i), .y_o(row_float));
  assign row_whole = start_i + 32'(row_i) * row_step_i;

  for (genvar i = 0; i < cf_npu_pkg::LANES; i++) begin : gen_lane
    logic [31:0] number, col_number, col_float;
    assign number = 32'(col_i) + i;
    cf_cvt_i32_f32_comb u_col (.a_i(number), .y_o(col_number));
    cf_fp_fma_comb u_col_fma (.a_i(col_number), .b_i(col_step_i), .c_i(row_float), .y_o(col_float));
    assign lanes_o[i*32 +: 32] = is_float_i ? col_float : row_whole + number * col_step_i;
  end
endmodule
