/// ln(a) on fp32: (e + h) ln(2) + u y, where u is the significand less 1, halved (h = 1) if it is in
/// the upper part of the binade, so that the sum does not cancel. Combinational.
/// Errors and special values: sim/exec/numerics/sfu.h.
module cf_sfu_log_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  logic [31:0]        significand;
  logic signed [11:0] exponent;
  cf_sfu_unpack u_unpack (.a_i, .significand_o(significand), .exponent_o(exponent));

  logic               is_halved;
  logic signed [25:0] u;  // unit 2^-24
  logic signed [11:0] e;
  assign is_halved = significand[30:26] >= 5'd13;
  assign u         = (is_halved ? {2'd0, significand[31:8]} : {1'b0, significand[31:8], 1'b0}) - 26'sh1000000;
  assign e         = exponent + $signed({11'd0, is_halved});

  logic [31:0] y;
  cf_sfu_cubic #(.FirstRow(cf_sfu_pkg::LOG_ROW), .Tables(1)) u_cubic (
    .table_i(3'd0), .fraction_i({significand[30:0], 1'b0}), .y_o(y));

  logic signed [63:0] high, low, curve, sum;  // sum: unit 2^-54
  logic [63:0]        magnitude, normal;
  logic [5:0]         shift;
  always_comb begin
    high      = 64'(e) * $signed({32'd0, cf_sfu_pkg::LN2_HIGH});
    low       = 64'(e) * $signed({32'd0, cf_sfu_pkg::LN2_LOW});
    curve     = 64'(u) * 64'($signed(y));
    sum       = (high <<< 23) + low + curve;
    magnitude = sum[63] ? -sum : sum;
  end
  cf_normalise #(.Width(64)) u_normalise (.data_i(magnitude), .data_o(normal), .shift_o(shift));
  logic unused_ok;
  assign unused_ok = &{1'b0, normal[31:0]};

  // Only the upper 32 bits are rounded: the last ones are not worth it.
  logic [31:0] rounded;
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(sum[63]), .exponent_i(12'sd136 - $signed(12'(shift))),  // 127 + 63 - 54
    .magnitude_i(normal[63:32]), .y_o(rounded));

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))       y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a_i)) y_o = 32'hff800000;
    else if (a_i[31])                 y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a_i))  y_o = a_i;
  end
endmodule
