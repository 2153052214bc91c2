/// a / b on fp32, correctly rounded, by restoring division: a row of subtractors for each of 26
/// quotient bits. Combinational. Source of the meaning: sim/exec/numerics/lane_ops.h, div.f32.
module cf_fp_div_comb (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] y_o
);
  localparam int unsigned QuotientW = 26;  // 1.25: one bit may be lost in front, one rounds

  logic [23:0]          divisor;
  logic [24:0]          remainder;  // below twice the divisor
  logic [QuotientW-1:0] quotient;
  assign divisor = cf_fp_pkg::significand(b_i);
  always_comb begin
    remainder = {1'b0, cf_fp_pkg::significand(a_i)};
    quotient  = '0;
    for (int unsigned k = 1; k <= QuotientW; k++) begin
      if (remainder >= {1'b0, divisor}) begin
        quotient[QuotientW - k] = 1'b1;
        remainder               = remainder - {1'b0, divisor};
      end
      remainder = remainder << 1;
    end
  end

  logic        sign;
  logic [31:0] rounded;
  assign sign = a_i[31] ^ b_i[31];
  cf_fp_round #(.Width(QuotientW + 1)) u_round (
    .sign_i(sign), .exponent_i(cf_fp_pkg::exponent(a_i) - cf_fp_pkg::exponent(b_i) + 12'sd127),
    .magnitude_i({quotient, remainder != 25'd0}), .y_o(rounded));

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i) || cf_fp_pkg::is_nan(b_i)) y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a_i))  y_o = cf_fp_pkg::is_inf(b_i) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
    else if (cf_fp_pkg::is_inf(b_i))  y_o = {sign, 31'd0};
    else if (cf_fp_pkg::is_zero(b_i)) y_o = cf_fp_pkg::is_zero(a_i) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
    else if (cf_fp_pkg::is_zero(a_i)) y_o = {sign, 31'd0};
  end
endmodule
