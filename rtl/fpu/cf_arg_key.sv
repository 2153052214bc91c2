/// A lane as the signed key of which arg-max and arg-min want the largest: floats as comparisons see them
/// (both zeros and all subnormals equal), a NaN above all numbers. Combinational.
/// Source of the meaning: sim/exec/numerics/reduce.h, row_arg.
module cf_arg_key (
  input  logic        is_float_i,  // the lane is fp32, else int32
  input  logic        is_min_i,
  input  logic [31:0] lane_i,
  output logic [31:0] key_o        // signed
);
  logic [31:0] number;
  always_comb begin
    number = $unsigned(cf_fp_pkg::compare_key(lane_i));
    if (!is_float_i)                    key_o = is_min_i ? ~lane_i : lane_i;
    else if (cf_fp_pkg::is_nan(lane_i)) key_o = 32'h7fffffff;
    else                                key_o = is_min_i ? -number : number;
  end
endmodule
