/// a * b + c, rounded once to fp32. Combinational.
///
/// The factors are fp32 without the lowest 24 - SigW bits of the significand, so that the same core
/// with SigW = 11 multiplies fp16 and bf16 elements, which are exact in it, for a fraction of the area.
/// Source of the meaning: sim/exec/numerics/lane_ops.h, fma.f32.
module cf_fp_fma_comb #(
  /// Significand bits of the factors, hidden bit included: 2 to 24.
  parameter int unsigned SigW = 24
) (
  input  logic [SigW+7:0] a_i,  // sign, 8 bits exponent, SigW-1 bits fraction
  input  logic [SigW+7:0] b_i,
  input  logic [31:0]     c_i,
  output logic [31:0]     y_o
);
  // Both terms meet in a frame of FrameW bits and one more for what is lost below:
  //     addend 24 bits | gap 2 bits | product 2 SigW bits | zeros | lost
  // drawn where the addend is as far left as it goes. There the product is below a quarter of the
  // addend's last place, and it may be left where it is when the addend is larger still: it decides
  // no more than the direction of rounding. Right of this the addend is shifted, and its lost bits
  // matter only when the product keeps all of its own. Product and zeros have 28 bits at least, so that
  // what is lost stays below the place that rounds.
  localparam int unsigned ProductW = 2 * SigW;
  localparam int unsigned LowW     = ProductW > 28 ? ProductW : 28;
  localparam int unsigned FrameW   = LowW + 26;

  logic [31:0] a, b;
  assign a = 32'(a_i) << (24 - SigW);
  assign b = 32'(b_i) << (24 - SigW);

  logic [23:0]         sig_a, sig_b;
  logic [ProductW-1:0] product;
  logic                product_is_zero, sign_product, differs;
  assign sig_a           = cf_fp_pkg::significand(a);
  assign sig_b           = cf_fp_pkg::significand(b);
  assign product         = ProductW'(sig_a[23 -: SigW]) * ProductW'(sig_b[23 -: SigW]);
  assign product_is_zero = cf_fp_pkg::is_zero(a) || cf_fp_pkg::is_zero(b);
  assign sign_product    = a[31] ^ b[31];
  assign differs         = sign_product ^ c_i[31];
  logic unused_ok;
  assign unused_ok = &{1'b0, sig_a, sig_b};

  // top: exponent of the frame's highest bit if the product decides; the addend goes down from there.
  logic signed [11:0] top, down;
  logic               addend_is_top;
  logic [7:0]         amount;
  assign top           = cf_fp_pkg::exponent(a) + cf_fp_pkg::exponent(b) - 12'sd100;  // - 127 + 27
  assign down          = top - cf_fp_pkg::exponent(c_i);
  assign addend_is_top = product_is_zero || down < 12'sd0;
  assign amount        = addend_is_top ? 8'd0 : (down > 12'sd127 ? 8'd127 : down[7:0]);

  logic [FrameW-1:0] aligned;
  logic              lost;
  cf_shift_sticky #(.Width(FrameW), .AmountW(8)) u_align (
    .data_i({cf_fp_pkg::significand(c_i), {(FrameW - 24){1'b0}}}), .amount_i(amount),
    .data_o(aligned), .sticky_o(lost));

  logic [FrameW+1:0] sum;  // with a sign bit in front and the lost bits behind
  logic [FrameW:0]   magnitude;
  logic              is_negative, sign;
  always_comb begin
    sum = {27'd0, LowW'(product) << (LowW - ProductW), 1'b0};
    if (differs) sum = sum - {1'b0, aligned, lost};
    else         sum = sum + {1'b0, aligned, lost};
    is_negative = sum[FrameW+1];
    magnitude   = is_negative ? -sum[FrameW:0] : sum[FrameW:0];
    sign        = sign_product ^ is_negative;
    if (differs && magnitude == '0) sign = 1'b0;  // an exact difference of 0 is +0
  end

  logic [31:0] rounded;
  cf_fp_round #(.Width(FrameW + 1)) u_round (
    .sign_i(sign), .exponent_i(addend_is_top ? cf_fp_pkg::exponent(c_i) : top),
    .magnitude_i(magnitude), .y_o(rounded));

  logic product_is_inf;
  assign product_is_inf = cf_fp_pkg::is_inf(a) || cf_fp_pkg::is_inf(b);
  always_comb begin
    y_o = rounded;
    if (cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b) || cf_fp_pkg::is_nan(c_i)) y_o = cf_fp_pkg::NAN;
    else if (product_is_inf) begin
      y_o = {sign_product, 31'h7f800000};
      if (product_is_zero || (cf_fp_pkg::is_inf(c_i) && differs)) y_o = cf_fp_pkg::NAN;
    end else if (cf_fp_pkg::is_inf(c_i)) y_o = c_i;
  end
endmodule
