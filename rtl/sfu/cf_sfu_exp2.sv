/// e^x as y 2^(k-30): multiplies by log2(e), splits at the point, looks up 2^fraction. Combinational.
/// Means nothing for |x| >= 128. Source: sim/exec/numerics/sfu.h, exp.
module cf_sfu_exp2 (
  input  logic [31:0]        significand_i,
  input  logic signed [11:0] exponent_i,
  input  logic               is_negative_i,
  output logic [31:0]        y_o,  // 2.30, 1 <= y <= 2
  output logic signed [11:0] k_o
);
  logic [63:0]        low_product, product, magnitude, scaled;  // product 2.62, scaled 32.32
  logic signed [11:0] wanted;
  logic [5:0]         amount;
  always_comb begin
    low_product = 64'(significand_i) * 64'(cf_sfu_pkg::LOG2E_LOW);
    product     = 64'(significand_i) * 64'(cf_sfu_pkg::LOG2E_HIGH) + 64'(low_product[63:32]);
    wanted      = 12'sd30 - exponent_i;
    amount      = wanted[5:0];
    if (wanted < 12'sd24) amount = 6'd24;
    if (wanted > 12'sd63) amount = 6'd63;
    magnitude   = product >> amount;
    scaled      = is_negative_i ? -magnitude : magnitude;
  end
  assign k_o = $signed(scaled[43:32]);
  cf_sfu_cubic #(.FirstRow(cf_sfu_pkg::EXP2_ROW), .Tables(1)) u_cubic (
    .table_i(3'd0), .fraction_i(scaled[31:0]), .y_o);
  logic unused_ok;
  assign unused_ok = &{1'b0, low_product[31:0], scaled[63:44]};
endmodule
