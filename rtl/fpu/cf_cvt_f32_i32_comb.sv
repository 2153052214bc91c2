/// fp32 to int32, to the nearest even or towards zero; saturates, NaN gives 0. Combinational.
module cf_cvt_f32_i32_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_RNE_I32_F32, FN_TRUNC_I32_F32
  input  logic [31:0]    a_i,
  output logic [31:0]    y_o
);
  // 32 bits before the point and 25 behind it, where the significand starts at the top and goes down.
  // What is lost on the way matters to nobody: then the number is below a quarter.
  localparam logic signed [11:0] TopExponent = 12'sd158;  // 127 + 31

  logic signed [11:0] down;
  logic [5:0]         amount;
  logic [56:0]        fixed;
  logic               increment;
  logic [31:0]        magnitude;
  always_comb begin
    down      = TopExponent - cf_fp_pkg::exponent(a_i);
    amount    = down > 12'sd57 ? 6'd57 : down[5:0];
    fixed     = {cf_fp_pkg::significand(a_i), 33'd0} >> amount;
    increment = fn_i == cf_fn_pkg::FN_RNE_I32_F32 && fixed[24] && (fixed[25] || (|fixed[23:0]));
    magnitude = fixed[56:25] + 32'(increment);
    if (cf_fp_pkg::is_nan(a_i))  y_o = 32'd0;
    else if (down <= 12'sd0)     y_o = {a_i[31], {31{!a_i[31]}}};  // from 2^31 up; -2^31 is right, too
    else                         y_o = a_i[31] ? -magnitude : magnitude;
  end
endmodule
