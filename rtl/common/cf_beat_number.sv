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
  logic [31:0] row_float, row_whole;
  assign row_float = cf_fma_pkg::fma(cf_op_pkg::from_int(32'(row_i)), row_step_i, start_i);
  assign row_whole = start_i + 32'(row_i) * row_step_i;

  for (genvar i = 0; i < cf_npu_pkg::LANES; i++) begin : gen_lane
    logic [31:0] number;
    assign number = 32'(col_i) + i;
    always_comb begin
      lanes_o[i*32 +: 32] = row_whole + number * col_step_i;
      if (is_float_i) lanes_o[i*32 +: 32] = cf_fma_pkg::fma(cf_op_pkg::from_int(number), col_step_i, row_float);
    end
  end
endmodule
