/// The operations of a lane that take a few stages: sums, products, comparisons, signs, logic, shifts, conversions.
/// A function that serves several operations is told which by a cf_fn_pkg::fn_e, and gives 0 for those of others.
/// Source of the meaning: sim/exec/numerics/lane_ops.h.
package cf_op_pkg;

  /// FN_{ADD,SUB}_F32, correctly rounded; FN_{ADD,SUB}_I32, wrapping.
  function automatic logic [31:0] add(input logic [5:0] fn, input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    logic        is_sub, differs, a_is_major, lost;
    logic [31:0] negated, major, minor;
    logic [7:0]  distance;
    logic [26:0] significand, aligned;
    logic [27:0] fixed, moved, sum;
    is_sub  = fn == cf_fn_pkg::FN_SUB_F32 || fn == cf_fn_pkg::FN_SUB_I32;
    // The operand of the larger magnitude stays, the other is aligned to it. Below its 24 bits it has a guard and a
    // round bit, and one for everything that was lost: enough, because a difference loses more than one leading bit
    // only if the exponents differ by at most 1, and then nothing is lost.
    negated     = {b[31] ^ is_sub, b[30:0]};
    differs     = a[31] ^ negated[31];
    a_is_major  = a[30:0] >= b[30:0];
    major       = a_is_major ? a : negated;
    minor       = a_is_major ? negated : a;
    distance    = major[30:23] - minor[30:23];
    significand = {cf_fp_pkg::significand(minor), 3'd0};
    aligned     = significand >> distance;
    lost        = (significand & ~({27{1'b1}} << distance)) != 27'd0;
    fixed       = {1'b0, cf_fp_pkg::significand(major), 3'd0};
    moved       = {1'b0, aligned[26:1], aligned[0] || lost};
    sum         = differs ? fixed - moved : fixed + moved;
    if (fn == cf_fn_pkg::FN_ADD_I32 || fn == cf_fn_pkg::FN_SUB_I32) add = a + (b ^ {32{is_sub}}) + 32'(is_sub);
    else if (cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b))          add = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(major)) add = cf_fp_pkg::is_inf(minor) && differs ? cf_fp_pkg::NAN : major;
    else
      add = cf_fp_pkg::round(major[31] && !(differs && sum == 28'd0),  // an exact difference of 0 is +0
                             cf_fp_pkg::exponent(major) + 12'sd1, {sum, 36'd0});
  endfunction

  /// FN_MUL_F32, correctly rounded; FN_MUL_I32, the low 32 bits. One multiplier.
  function automatic logic [31:0] mul(input logic [5:0] fn, input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    logic        is_float, sign;
    logic [31:0] factor_a, factor_b;
    logic [63:0] product;
    is_float = fn == cf_fn_pkg::FN_MUL_F32;
    factor_a = is_float ? {8'd0, cf_fp_pkg::significand(a)} : a;
    factor_b = is_float ? {8'd0, cf_fp_pkg::significand(b)} : b;
    product  = 64'(factor_a) * 64'(factor_b);
    sign     = a[31] ^ b[31];
    if (!is_float)                                         mul = product[31:0];
    else if (cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b)) mul = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a) || cf_fp_pkg::is_inf(b))
      mul = cf_fp_pkg::is_zero(a) || cf_fp_pkg::is_zero(b) ? cf_fp_pkg::NAN : {sign, 31'h7f800000};
    else
      mul = cf_fp_pkg::round(sign, cf_fp_pkg::exponent(a) + cf_fp_pkg::exponent(b) - 12'sd126, {product[47:0], 16'd0});
  endfunction

  /// FN_{MIN,MAX}_{F32,I32}; FN_{EQ,NE,LT,LE,GT,GE}_{F32,I32}: 1 or 0. Comparisons of floats hold both zeros and all
  /// subnormals equal; min and max put -0 below +0.
  function automatic logic [31:0] compare(input logic [5:0] fn, input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    logic               is_nan, float_below, float_less, float_equal, less, equal;
    logic [31:0]        flushed_a, flushed_b;
    logic signed [31:0] key_a, key_b;
    is_nan      = cf_fp_pkg::is_nan(a) || cf_fp_pkg::is_nan(b);
    flushed_a   = cf_fp_pkg::flush(a);
    flushed_b   = cf_fp_pkg::flush(b);
    float_below = cf_fp_pkg::order_key(flushed_a) < cf_fp_pkg::order_key(flushed_b);
    key_a       = cf_fp_pkg::compare_key(a);
    key_b       = cf_fp_pkg::compare_key(b);
    float_less  = key_a < key_b;
    float_equal = key_a == key_b;
    less        = $signed(a) < $signed(b);
    equal       = a == b;
    compare     = 32'd0;
    unique case (fn)
      cf_fn_pkg::FN_MIN_F32: compare = is_nan ? cf_fp_pkg::NAN : (float_below ? flushed_a : flushed_b);
      cf_fn_pkg::FN_MAX_F32: compare = is_nan ? cf_fp_pkg::NAN : (float_below ? flushed_b : flushed_a);
      cf_fn_pkg::FN_MIN_I32: compare = less ? a : b;
      cf_fn_pkg::FN_MAX_I32: compare = less ? b : a;
      cf_fn_pkg::FN_EQ_F32:  compare[0] = !is_nan && float_equal;
      cf_fn_pkg::FN_NE_F32:  compare[0] = is_nan || !float_equal;
      cf_fn_pkg::FN_LT_F32:  compare[0] = !is_nan && float_less;
      cf_fn_pkg::FN_LE_F32:  compare[0] = !is_nan && (float_less || float_equal);
      cf_fn_pkg::FN_GT_F32:  compare[0] = !is_nan && !float_less && !float_equal;
      cf_fn_pkg::FN_GE_F32:  compare[0] = !is_nan && !float_less;
      cf_fn_pkg::FN_EQ_I32:  compare[0] = equal;
      cf_fn_pkg::FN_NE_I32:  compare[0] = !equal;
      cf_fn_pkg::FN_LT_I32:  compare[0] = less;
      cf_fn_pkg::FN_LE_I32:  compare[0] = less || equal;
      cf_fn_pkg::FN_GT_I32:  compare[0] = !less && !equal;
      cf_fn_pkg::FN_GE_I32:  compare[0] = !less;
      default:               compare = 32'd0;
    endcase
  endfunction

  /// Signs and logic: FN_{ABS,NEG}_{F32,I32}, FN_{AND,OR,XOR,NOT}_I32.
  function automatic logic [31:0] alu(input logic [5:0] fn, input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    logic        is_nan;
    logic [31:0] flushed;
    is_nan  = cf_fp_pkg::is_nan(a);
    flushed = cf_fp_pkg::flush(a);
    unique case (fn)
      cf_fn_pkg::FN_ABS_F32: alu = is_nan ? cf_fp_pkg::NAN : {1'b0, flushed[30:0]};
      cf_fn_pkg::FN_NEG_F32: alu = is_nan ? cf_fp_pkg::NAN : {!flushed[31], flushed[30:0]};
      cf_fn_pkg::FN_ABS_I32: alu = a[31] ? -a : a;
      cf_fn_pkg::FN_NEG_I32: alu = -a;
      cf_fn_pkg::FN_AND_I32: alu = a & b;
      cf_fn_pkg::FN_OR_I32:  alu = a | b;
      cf_fn_pkg::FN_XOR_I32: alu = a ^ b;
      cf_fn_pkg::FN_NOT_I32: alu = ~a;
      default:               alu = 32'd0;
    endcase
  endfunction

  /// FN_{SHL,SHR,SRA}_I32, the amount modulo 32.
  function automatic logic [31:0] shift(input logic [5:0] fn, input logic [31:0] a, input logic [31:0] b);
    /*verilator no_inline_task*/
    unique case (fn)
      cf_fn_pkg::FN_SHL_I32: shift = a << b[4:0];
      cf_fn_pkg::FN_SHR_I32: shift = a >> b[4:0];
      cf_fn_pkg::FN_SRA_I32: shift = $unsigned($signed(a) >>> b[4:0]);
      default:               shift = 32'd0;
    endcase
  endfunction

  /// b where the mask a is not zero, else c; bits unchanged.
  function automatic logic [31:0] sel(input logic [31:0] a, input logic [31:0] b, input logic [31:0] c);
    /*verilator no_inline_task*/
    sel = a != 32'd0 ? b : c;
  endfunction

  /// int32 to fp32, to the nearest even.
  function automatic logic [31:0] from_int(input logic [31:0] a);
    /*verilator no_inline_task*/
    from_int = cf_fp_pkg::round(a[31], 12'sd158, {a[31] ? -a : a, 32'd0});  // 127 + 31
  endfunction

  /// fp32 to int32, FN_RNE_I32_F32 to the nearest even, FN_TRUNC_I32_F32 towards zero; saturates, NaN gives 0.
  function automatic logic [31:0] to_int(input logic [5:0] fn, input logic [31:0] a);
    /*verilator no_inline_task*/
    // 32 bits before the point and 25 behind it, where the significand starts at the top and goes down. What is lost
    // on the way matters to nobody: then the number is below a quarter.
    logic signed [11:0] down;
    logic [5:0]         amount;
    logic [56:0]        fixed;
    logic               increment;
    logic [31:0]        magnitude;
    down      = 12'sd158 - cf_fp_pkg::exponent(a);  // 127 + 31
    amount    = down > 12'sd57 ? 6'd57 : down[5:0];
    fixed     = {cf_fp_pkg::significand(a), 33'd0} >> amount;
    increment = fn == cf_fn_pkg::FN_RNE_I32_F32 && fixed[24] && (fixed[25] || (|fixed[23:0]));
    magnitude = fixed[56:25] + 32'(increment);
    if (cf_fp_pkg::is_nan(a))  to_int = 32'd0;
    else if (down <= 12'sd0)   to_int = {a[31], {31{!a[31]}}};  // from 2^31 up; -2^31 is right, too
    else                       to_int = a[31] ? -magnitude : magnitude;
  endfunction
endpackage
