/// Division and square root on fp32, correctly rounded, digit by digit: a row of subtractors for each bit.
/// Source of the meaning: sim/exec/numerics/lane_ops.h, div.f32, recip.f32, sqrt.f32.
package cf_div_pkg;

  /// a / b by restoring division.
  function automatic logic [31:0] div(input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    logic        sign;
    logic [23:0] divisor;
    logic [24:0] remainder;  // below twice the divisor
    logic [25:0] quotient;   // 1.25: one bit may be lost in front, one rounds
    sign      = a[31] ^ b[31];
    divisor   = cf_fp_pkg::significand(b);
    remainder = {1'b0, cf_fp_pkg::significand(a)};
    quotient  = '0;
    for (int unsigned k = 1; k <= 26; k++) begin
      quotient = quotient << 1;
      if (remainder >= {1'b0, divisor}) begin
        quotient[0] = 1'b1;
        remainder   = remainder - {1'b0, divisor};
      end
      remainder = remainder << 1;
    end
    if (cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b)) div = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a))  div = cf_fp_pkg::is_inf(b) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
    else if (cf_fp_pkg::is_inf(b))  div = {sign, 31'd0};
    else if (cf_fp_pkg::is_zero(b)) div = cf_fp_pkg::is_zero(a) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
    else if (cf_fp_pkg::is_zero(a)) div = {sign, 31'd0};
    else
      div = cf_fp_pkg::round(sign, cf_fp_pkg::exponent(a) - cf_fp_pkg::exponent(b) + 12'sd127,
                             {quotient, remainder != 25'd0, 37'd0});
  endfunction

  /// 1 / a.
  function automatic logic [31:0] recip(input logic [31:0] a);
    /*verilator no_inline_task*/
    recip = div(cf_fp_pkg::ONE, a);
  endfunction

  function automatic logic [31:0] sqrt(input logic [31:0] a);
    /*verilator no_inline_task*/
    // The radicand is in [1, 4), so that what is left of the exponent is even. A biased exponent that is even stands
    // for an odd one.
    logic [49:0] radicand;
    logic [24:0] root;  // 1.24: the last bit rounds
    logic [26:0] remainder, trial;
    radicand  = {1'b0, cf_fp_pkg::significand(a), 25'd0};
    if (!a[23]) radicand = radicand << 1;
    root      = '0;
    remainder = '0;
    trial     = '0;
    for (int unsigned k = 1; k <= 25; k++) begin
      remainder = {remainder[24:0], radicand[49:48]};
      radicand  = radicand << 2;
      trial     = {root, 2'b01};  // what the next bit of the root, if 1, adds to the square of those so far
      root      = root << 1;
      if (remainder >= trial) begin
        remainder = remainder - trial;
        root[0]   = 1'b1;
      end
    end
    if (cf_fp_pkg::is_nan(a))       sqrt = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a)) sqrt = {a[31], 31'd0};
    else if (a[31])                 sqrt = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a))  sqrt = a;
    else
      sqrt = cf_fp_pkg::round(1'b0, (cf_fp_pkg::exponent(a) + 12'sd127) >>> 1, {root, remainder != '0, 38'd0});
  endfunction
endpackage
