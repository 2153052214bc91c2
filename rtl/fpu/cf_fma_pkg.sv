/// a * b + c, rounded once to fp32: for lanes, and for the array's elements, whose factors are narrow.
/// Source of the meaning: sim/exec/numerics/lane_ops.h, fma.f32; sim/exec/numerics/matrix.h.
///
/// Both terms meet in a frame, and one bit more for what is lost below:
///     addend 24 bits | gap 2 bits | product | zeros | lost
/// drawn where the addend is as far left as it goes. There the product is below a quarter of the addend's last place,
/// and it may be left where it is when the addend is larger still: it decides no more than the direction of rounding.
/// Right of this the addend is shifted, and its lost bits matter only when the product keeps all of its own. Product
/// and zeros have 28 bits at least, so that what is lost stays below the place that rounds.
package cf_fma_pkg;

  // Exponent of the frame's highest bit if the product decides; the addend goes down from there.
  function automatic logic signed [11:0] frame_top(input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    frame_top = cf_fp_pkg::exponent(a) + cf_fp_pkg::exponent(b) - 12'sd100;  // - 127 + 27
  endfunction

  // How far; 8'hff: the addend stays at the top, the product below it.
  function automatic logic [7:0] addend_shift(input logic [31:0] a, input logic [31:0] b, input logic [31:0] c);
    /*verilator no_inline_task*/
    logic signed [11:0] down;
    down = frame_top(a, b) - cf_fp_pkg::exponent(c);
    if (cf_fp_pkg::is_zero(a) || cf_fp_pkg::is_zero(b) || down < 12'sd0) addend_shift = 8'hff;
    else if (down > 12'sd127)                                            addend_shift = 8'd127;
    else                                                                 addend_shift = down[7:0];
  endfunction

  function automatic logic is_special(input logic [31:0] a, input logic [31:0] b, input logic [31:0] c);
    /*verilator no_inline_task*/
    is_special = a[30:23] == 8'hff || b[30:23] == 8'hff || c[30:23] == 8'hff;
  endfunction

  // The result if one of them is an infinity or a NaN.
  function automatic logic [31:0] special(input logic [31:0] a, input logic [31:0] b, input logic [31:0] c);
    /*verilator no_inline_task*/
    logic sign;
    sign = a[31] ^ b[31];
    special = c;
    if (cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b) || cf_fp_pkg::is_nan(c)) special = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a) || cf_fp_pkg::is_inf(b)) begin
      special = {sign, 31'h7f800000};
      if (cf_fp_pkg::is_zero(a) || cf_fp_pkg::is_zero(b) || (cf_fp_pkg::is_inf(c) && sign != c[31]))
        special = cf_fp_pkg::NAN;
    end
  endfunction

  /// FN_FMA_F32.
  function automatic logic [31:0] fma(input logic [31:0] a, input logic [31:0] b, input logic [31:0] c);
    /*verilator no_inline_task*/
    logic [47:0]        product;
    logic [7:0]         shift, amount;
    logic               addend_is_top, differs, lost, is_negative, sign, is_short;
    logic [73:0]        addend, aligned;
    logic [75:0]        sum;        // with a sign bit in front and the lost bits behind
    logic [74:0]        magnitude;
    logic signed [11:0] exponent;
    product       = 48'(cf_fp_pkg::significand(a)) * 48'(cf_fp_pkg::significand(b));
    differs       = a[31] ^ b[31] ^ c[31];
    shift         = addend_shift(a, b, c);
    addend_is_top = shift == 8'hff;
    amount        = addend_is_top ? 8'd0 : shift;
    addend        = {cf_fp_pkg::significand(c), 50'd0};
    aligned       = addend >> amount;
    lost          = (addend & ~({74{1'b1}} << amount)) != 74'd0;
    sum           = {27'd0, product, 1'b0};
    if (differs) sum = sum - {1'b0, aligned, lost};
    else         sum = sum + {1'b0, aligned, lost};
    is_negative = sum[75];
    magnitude   = is_negative ? -sum[74:0] : sum[74:0];
    sign        = a[31] ^ b[31] ^ is_negative;
    if (differs && magnitude == 75'd0) sign = 1'b0;  // an exact difference of 0 is +0
    exponent    = addend_is_top ? cf_fp_pkg::exponent(c) : frame_top(a, b);
    // The upper 11 bits, or the lower 11 but for whether one of them is set, are without weight.
    is_short = magnitude[74:64] == 11'd0;
    if (is_special(a, b, c)) fma = special(a, b, c);
    else
      fma = cf_fp_pkg::round(sign, is_short ? exponent - 12'sd11 : exponent,
                             is_short ? magnitude[63:0] : {magnitude[74:12], magnitude[11:0] != 12'd0});
  endfunction

  /// What a processing element of the array computes: fma(a, b, acc) in fp32, or a * b + acc in int32, wrapping. The
  /// factors are of cf_convert_pkg::pe_operand: 11 bits of significand, or 9 signed bits.
  function automatic logic [31:0] mac(input logic is_float, input logic [18:0] a, input logic [18:0] b,
                                      input logic [31:0] acc);
    /*verilator no_inline_task*/
    logic [31:0]        wide_a, wide_b;
    logic [23:0]        significand_a, significand_b;
    logic [21:0]        product;
    logic signed [17:0] integer_product;
    logic [7:0]         shift, amount;
    logic               addend_is_top, differs, lost, is_negative, sign;
    logic [53:0]        addend, aligned;
    logic [55:0]        sum;
    logic [54:0]        magnitude;
    wide_a          = {a, 13'd0};
    wide_b          = {b, 13'd0};
    significand_a   = cf_fp_pkg::significand(wide_a);
    significand_b   = cf_fp_pkg::significand(wide_b);
    product         = 22'(significand_a[23:13]) * 22'(significand_b[23:13]);
    integer_product = 18'($signed(a[8:0])) * 18'($signed(b[8:0]));
    differs         = wide_a[31] ^ wide_b[31] ^ acc[31];
    shift           = addend_shift(wide_a, wide_b, acc);
    addend_is_top   = shift == 8'hff;
    amount          = addend_is_top ? 8'd0 : shift;
    addend          = {cf_fp_pkg::significand(acc), 30'd0};
    aligned         = addend >> amount;
    lost            = (addend & ~({54{1'b1}} << amount)) != 54'd0;
    sum             = {27'd0, product, 7'd0};
    if (differs) sum = sum - {1'b0, aligned, lost};
    else         sum = sum + {1'b0, aligned, lost};
    is_negative = sum[55];
    magnitude   = is_negative ? -sum[54:0] : sum[54:0];
    sign        = wide_a[31] ^ wide_b[31] ^ is_negative;
    if (differs && magnitude == 55'd0) sign = 1'b0;
    if (!is_float)                              mac = acc + 32'(integer_product);
    else if (is_special(wide_a, wide_b, acc))   mac = special(wide_a, wide_b, acc);
    else
      mac = cf_fp_pkg::round(sign, addend_is_top ? cf_fp_pkg::exponent(acc) : frame_top(wide_a, wide_b),
                             {magnitude, 9'd0});
  endfunction
endpackage
