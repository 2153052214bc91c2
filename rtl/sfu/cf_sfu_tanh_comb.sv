/// tanh(a) on fp32. Combinational. Errors and special values: sim/exec/numerics/sfu.h.
module cf_sfu_tanh_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  localparam int unsigned TopExponent = 3;  // the tables end at 16; from there on it is 1

  logic [31:0]        significand, m, rounded;
  logic signed [11:0] exponent, exponent_m;
  cf_sfu_unpack u_unpack (.a_i, .significand_o(significand), .exponent_o(exponent));
  cf_sfu_odd #(.FirstRow(cf_sfu_pkg::TANH_ROW), .TopExponent(TopExponent)) u_odd (
    .significand_i(significand), .exponent_i(exponent), .m_o(m), .exponent_o(exponent_m));
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(a_i[31]), .exponent_i(exponent_m + 12'sd128), .magnitude_i(m), .y_o(rounded));  // 127 - 30 + 31

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))                      y_o = cf_fp_pkg::NAN;
    else if (exponent > $signed(12'(TopExponent)))  y_o = {a_i[31], cf_fp_pkg::ONE[30:0]};
  end
endmodule
