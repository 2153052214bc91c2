/// fp32 bit patterns, as the numbers of the NPU see them: NaN results are canonical, a subnormal
/// operand counts as zero of its sign.
///
/// Arithmetic is written as functions, here and in cf_op_pkg, cf_fma_pkg, cf_div_pkg, cf_sfu_fn_pkg and cf_convert_pkg:
/// a module that needs one operation of several calls it in a case, and the simulator evaluates that one. Those
/// of some size are marked no_inline_task: Verilator then has their code once, not once a lane. It wants results of
/// 64 bits at most and no assignment to a bit whose number is a variable.
package cf_fp_pkg;
  localparam logic [31:0] NAN = 32'h7fc00000;
  localparam logic [31:0] ONE = 32'h3f800000;

  function automatic logic is_nan(input logic [31:0] x);
    is_nan = x[30:23] == 8'hff && x[22:0] != 23'd0;
  endfunction

  function automatic logic is_inf(input logic [31:0] x);
    is_inf = x[30:0] == 31'h7f800000;
  endfunction

  /// Zero or subnormal.
  function automatic logic is_zero(input logic [31:0] x);
    is_zero = x[30:23] == 8'd0;
  endfunction

  function automatic logic [31:0] flush(input logic [31:0] x);
    flush = x[30:23] == 8'd0 ? {x[31], 31'd0} : x;
  endfunction

  /// 1.23 with the hidden bit, or 0; of an infinity or NaN it means nothing.
  function automatic logic [23:0] significand(input logic [31:0] x);
    significand = x[30:23] == 8'd0 ? 24'd0 : {1'b1, x[22:0]};
  endfunction

  /// Biased exponent, widened so that sums and differences of a few fit.
  function automatic logic signed [11:0] exponent(input logic [31:0] x);
    exponent = $signed({4'd0, x[30:23]});
  endfunction

  /// Maps fp32 (no NaN) to int32 so that the order of integers is the order of floats, -0 just below +0.
  function automatic logic signed [31:0] order_key(input logic [31:0] x);
    order_key = $signed({x[31], x[30:0] ^ {31{x[31]}}});
  endfunction

  /// The same with subnormals and both zeros at 0: how comparisons see a float.
  function automatic logic signed [31:0] compare_key(input logic [31:0] x);
    compare_key = x[30:23] == 8'd0 ? 32'sd0 : $signed({x[31], x[30:0] ^ {31{x[31]}}});
  endfunction

  /// Zeros in front of the highest bit that is set; 63 of 0.
  function automatic logic [5:0] leading_zeros(input logic [63:0] data);
    logic [63:0] normal;
    normal        = data;
    leading_zeros = 6'd0;
    for (int unsigned k = 1; k <= 6; k++) begin
      if ((normal >> (64 - (1 << (6 - k)))) == 64'd0) begin
        leading_zeros = leading_zeros + 6'(1 << (6 - k));
        normal        = normal << (1 << (6 - k));
      end
    end
  endfunction

  /// Packs sign, exponent and magnitude into fp32: normalises, rounds to nearest even, makes what is below 2^-126
  /// after rounding to 24 bits a zero of its sign, and what is beyond the largest number an infinity. The last step of
  /// all that computes a float.
  /// top: the biased exponent of bit 63 of the magnitude, set or not. Bits lost before must stand in the magnitude's bit 0,
  /// at least two places below the 24th.
  function automatic logic [31:0] round(input logic sign, input logic signed [11:0] top,
                                        input logic [63:0] magnitude);
    /*verilator no_inline_task*/
    logic [63:0]        normal;
    logic [5:0]         shift;
    logic               increment;
    logic [23:0]        fraction;  // with the carry into the exponent
    logic signed [11:0] e;
    shift     = leading_zeros(magnitude);
    normal    = magnitude << shift;
    increment = normal[39] && (normal[40] || (|normal[38:0]));
    fraction  = {1'b0, normal[62:40]} + 24'(increment);
    e         = top - $signed({6'd0, shift}) + $signed({11'd0, fraction[23]});
    if (!normal[63] || e <= 12'sd0) round = {sign, 31'd0};
    else if (e >= 12'sd255)         round = {sign, 31'h7f800000};
    else                            round = {sign, e[7:0], fraction[22:0]};
  endfunction
endpackage
