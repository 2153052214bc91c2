/// 1 / sqrt(a) on fp32. Combinational. Errors and special values: sim/exec/numerics/sfu.h.
module cf_sfu_rsqrt_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  logic [31:0]        significand, y, rounded;
  logic signed [11:0] exponent;
  cf_sfu_unpack u_unpack (.a_i, .significand_o(significand), .exponent_o(exponent));
  cf_sfu_cubic #(.FirstRow(cf_sfu_pkg::RSQRT_ROW), .Tables(2)) u_cubic (
    .table_i({2'd0, exponent[0]}), .fraction_i({significand[30:0], 1'b0}), .y_o(y));
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(1'b0), .exponent_i(12'sd128 - (exponent >>> 1)), .magnitude_i(y), .y_o(rounded));  // 127 - 30 + 31
  logic unused_ok;
  assign unused_ok = significand[31];

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))       y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a_i)) y_o = {a_i[31], 31'h7f800000};
    else if (a_i[31])                 y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a_i))  y_o = 32'd0;
  end
endmodule
