/// mul, on fp32 (correctly rounded) and int32 (low 32 bits), with one multiplier. Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h.
module cf_fp_mul_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_MUL_F32, FN_MUL_I32
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic is_float;
  assign is_float = fn_i == cf_fn_pkg::FN_MUL_F32;

  logic [31:0] factor_a, factor_b;
  logic [63:0] product;
  assign factor_a = is_float ? {8'd0, cf_fp_pkg::significand(a_i)} : a_i;
  assign factor_b = is_float ? {8'd0, cf_fp_pkg::significand(b_i)} : b_i;
  assign product  = 64'(factor_a) * 64'(factor_b);
  logic unused_ok;
  assign unused_ok = &{1'b0, product[63:48]};

  logic        sign;
  logic [31:0] rounded;
  assign sign = a_i[31] ^ b_i[31];
  cf_fp_round #(.Width(48)) u_round (
    .sign_i(sign), .exponent_i(cf_fp_pkg::exponent(a_i) + cf_fp_pkg::exponent(b_i) - 12'sd126),
    .magnitude_i(product[47:0]), .y_o(rounded));

  always_comb begin
    y_o = rounded;
    if (!is_float)                                             y_o = product[31:0];
    else if (cf_fp_pkg::is_nan(a_i) || cf_fp_pkg::is_nan(b_i)) y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a_i) || cf_fp_pkg::is_inf(b_i))
      y_o = cf_fp_pkg::is_zero(a_i) || cf_fp_pkg::is_zero(b_i) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
  end
endmodule
