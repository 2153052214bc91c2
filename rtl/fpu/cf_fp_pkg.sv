/// fp32 bit patterns, as the numbers of the NPU see them: NaN results are canonical, a subnormal
/// operand counts as zero of its sign.
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
endpackage
