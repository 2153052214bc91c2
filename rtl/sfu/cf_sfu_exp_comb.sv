/// e^a on fp32. Combinational. Errors and special values: sim/exec/numerics/sfu.h.
module cf_sfu_exp_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  logic [31:0]        significand, y, rounded;
  logic signed [11:0] exponent, k;
  cf_sfu_unpack u_unpack (.a_i, .significand_o(significand), .exponent_o(exponent));
  cf_sfu_exp2 u_exp2 (.significand_i(significand), .exponent_i(exponent), .is_negative_i(a_i[31]),
                      .y_o(y), .k_o(k));
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(1'b0), .exponent_i(k + 12'sd127), .magnitude_i({y[30:0], 1'b0}), .y_o(rounded));
  logic unused_ok;
  assign unused_ok = y[31];

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))  y_o = cf_fp_pkg::NAN;
    else if (exponent > 12'sd6)  y_o = a_i[31] ? 32'd0 : 32'h7f800000;  // |a| >= 128
  end
endmodule
