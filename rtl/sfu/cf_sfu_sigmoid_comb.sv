/// 1 / (1 + e^-a) on fp32, as (1 + tanh(|a|/2)) / 2, for negative a times e^a. Combinational.
/// Errors and special values: sim/exec/numerics/sfu.h.
module cf_sfu_sigmoid_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  localparam int unsigned TopExponent = 3;  // of the tables of tanh

  logic [31:0]        significand;
  logic signed [11:0] exponent, exponent_half;
  cf_sfu_unpack u_unpack (.a_i, .significand_o(significand), .exponent_o(exponent));
  assign exponent_half = exponent - 12'sd1;

  logic [31:0]        m, t, s;  // t, s: 2.30
  logic signed [11:0] exponent_m, down;
  cf_sfu_odd #(.FirstRow(cf_sfu_pkg::TANH_ROW), .TopExponent(TopExponent)) u_odd (
    .significand_i(significand), .exponent_i(exponent_half), .m_o(m), .exponent_o(exponent_m));
  always_comb begin
    down = -exponent_m;
    t    = m >> (down > 12'sd31 ? 5'd31 : down[4:0]);
    if (exponent_half > $signed(12'(TopExponent))) t = 32'h40000000;
    s    = 32'h40000000 + t;
  end

  logic [31:0]        y;
  logic signed [11:0] k;
  logic [63:0]        product;
  cf_sfu_exp2 u_exp2 (.significand_i(significand), .exponent_i(exponent), .is_negative_i(a_i[31]),
                      .y_o(y), .k_o(k));
  assign product = 64'({y[30:0], 1'b0}) * 64'(s);
  logic unused_ok;
  assign unused_ok = &{1'b0, y[31], product[31:0]};

  logic [31:0] rounded;
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(1'b0), .exponent_i(a_i[31] ? k + 12'sd128 : 12'sd127),
    .magnitude_i(a_i[31] ? product[63:32] : s), .y_o(rounded));

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))                  y_o = cf_fp_pkg::NAN;
    else if (a_i[31] && exponent > 12'sd6)       y_o = 32'd0;  // a <= -128
  end
endmodule
