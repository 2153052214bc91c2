/// The square root of fp32, correctly rounded, digit by digit: a row of subtractors for each of 25
/// bits of the root. Combinational. Source of the meaning: sim/exec/numerics/lane_ops.h, sqrt.f32.
module cf_fp_sqrt_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  localparam int unsigned RootW = 25;  // 1.24: the last bit rounds

  // The radicand is in [1, 4), so that what is left of the exponent is even. A biased exponent that is
  // even stands for an odd one.
  logic [2*RootW-1:0] radicand;
  logic [RootW-1:0]   root;
  logic [RootW+1:0]   remainder, trial;
  always_comb begin
    radicand  = {1'b0, cf_fp_pkg::significand(a_i), 25'd0};
    if (!a_i[23]) radicand = radicand << 1;
    root      = '0;
    remainder = '0;
    trial     = '0;
    for (int unsigned k = 1; k <= RootW; k++) begin
      remainder = {remainder[RootW-1:0], radicand[2*(RootW-k) +: 2]};
      trial     = {root, 2'b01};  // what the next bit of the root, if 1, adds to the square of those so far
      root      = root << 1;
      if (remainder >= trial) begin
        remainder = remainder - trial;
        root[0]   = 1'b1;
      end
    end
  end

  logic signed [11:0] exponent;
  logic [31:0]        rounded;
  assign exponent = (cf_fp_pkg::exponent(a_i) + 12'sd127) >>> 1;
  cf_fp_round #(.Width(RootW + 1)) u_round (
    .sign_i(1'b0), .exponent_i(exponent), .magnitude_i({root, remainder != '0}), .y_o(rounded));

  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a_i))       y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a_i)) y_o = {a_i[31], 31'd0};
    else if (a_i[31])                 y_o = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a_i))  y_o = a_i;
  end
endmodule
