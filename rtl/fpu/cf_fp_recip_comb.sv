/// 1 / a on fp32, correctly rounded: a division of 1. Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h, recip.f32.
module cf_fp_recip_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  cf_fp_div_comb u_div (.a_i(cf_fp_pkg::ONE), .b_i(a_i), .y_o);
endmodule
