/// The special functions on fp32: tables of cubics and, around them, what brings an argument to a table and a result
/// back. Errors, special values and formats: sim/exec/numerics/sfu.h; coefficients: isa/sfu/sfu_tables.json.
///
/// An argument is taken as |x| = significand 2^(exponent-31): significand 1.31 with bit 31 set, or 0 and exponent -127
/// for zero and subnormals; infinity and NaN have exponent 128.
package cf_sfu_fn_pkg;

  function automatic logic [31:0] significand(input logic [31:0] a);
    /*verilator no_inline_task*/
    significand = {cf_fp_pkg::significand(a), 8'd0};
  endfunction

  function automatic logic signed [11:0] exponent(input logic [31:0] a);
    /*verilator no_inline_task*/
    exponent = cf_fp_pkg::exponent(a) - 12'sd127;
  endfunction

  // The cubic of a table's row at a fraction of that row, 2.30: c0 + d (c1 + d (c2 + d c3)), every product rounded
  // down to its upper 32 bits. fraction: 0.32, five bits of row, the rest is d.
  function automatic logic [31:0] cubic(input logic [8:0] first_row, input logic [31:0] fraction);
    /*verilator no_inline_task*/
    logic [8:0]         row;
    logic signed [63:0] d, term3, term2, term1;  // d is 0.31 and not negative
    logic signed [31:0] sum2, sum1;
    row   = first_row + {4'd0, fraction[31:27]};
    d     = {33'd0, fraction[26:0], 4'd0};
    term3 = d * 64'($signed(cf_sfu_pkg::c3(row)));
    sum2  = $signed(cf_sfu_pkg::c2(row)) + term3[63:32];
    term2 = d * 64'(sum2);
    sum1  = $signed(cf_sfu_pkg::c1(row)) + term2[63:32];
    term1 = d * 64'(sum1);
    cubic = cf_sfu_pkg::c0(row) + term1[63:32];
  endfunction

  // {k, y}: e^x = y 2^(k-30), y 2.30 in [1, 2]. Multiplies by log2(e), splits at the point, looks up 2^fraction.
  // Means nothing for |x| >= 128.
  function automatic logic [43:0] exp2(input logic [31:0] x);
    /*verilator no_inline_task*/
    logic [63:0]        low_product, product, magnitude, scaled;  // product 2.62, scaled 32.32
    logic signed [11:0] wanted;
    logic [5:0]         amount;
    low_product = 64'(significand(x)) * 64'(cf_sfu_pkg::LOG2E_LOW);
    product     = 64'(significand(x)) * 64'(cf_sfu_pkg::LOG2E_HIGH) + 64'(low_product[63:32]);
    wanted      = 12'sd30 - exponent(x);
    amount      = wanted[5:0];
    if (wanted < 12'sd24) amount = 6'd24;
    if (wanted > 12'sd63) amount = 6'd63;
    magnitude   = product >> amount;
    scaled      = x[31] ? -magnitude : magnitude;
    exp2        = {scaled[43:32], cubic(9'(cf_sfu_pkg::EXP2_ROW), scaled[31:0])};
  endfunction

  // {exponent, m}: |f(x)| = m 2^(exponent-30), exponent 0 or below, of an odd function f: below 1 its table has
  // f(x)/x, and a product follows; from 1 on it has f, a table a binade. Means nothing beyond the binade of exponent
  // `top`, 0 to 6, which is the last that has a table.
  function automatic logic [43:0] odd(input logic [8:0] first_row, input logic signed [11:0] top,
                                      input logic [31:0] m, input logic signed [11:0] e);
    /*verilator no_inline_task*/
    logic               below_one;
    logic signed [11:0] down;
    logic [31:0]        fraction, y;
    logic [2:0]         piece;
    logic [63:0]        product;
    below_one = e < 12'sd0;
    down      = -12'sd1 - e;
    fraction  = m << 1;
    piece     = e[2:0] + 3'd1;
    if (e > top) piece = top[2:0] + 3'd1;
    if (below_one) begin
      fraction = m >> (down > 12'sd31 ? 5'd31 : down[4:0]);
      piece    = 3'd0;
    end
    y       = cubic(first_row + {1'b0, piece, 5'd0}, fraction);
    product = 64'(m) * 64'({y[30:0], 1'b0});
    odd     = {below_one ? e : 12'sd0, below_one ? product[63:32] : y};
  endfunction

  // An odd function that is 1 beyond its tables.
  function automatic logic [31:0] sigmoidal(input logic [8:0] first_row, input logic signed [11:0] top,
                                            input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [31:0]        m;
    logic signed [11:0] e;
    {e, m} = odd(first_row, top, significand(a), exponent(a));
    if (cf_fp_pkg::is_nan(a))   sigmoidal = cf_fp_pkg::NAN;
    else if (exponent(a) > top) sigmoidal = {a[31], cf_fp_pkg::ONE[30:0]};
    else                        sigmoidal = cf_fp_pkg::round(a[31], e + 12'sd128, {m, 32'd0});  // 127 - 30 + 31
  endfunction

  localparam logic signed [11:0] TANH_TOP = 12'sd3;  // the tables end at 16
  localparam logic signed [11:0] ERF_TOP  = 12'sd1;  // at 4

  function automatic logic [31:0] tanh(input logic [31:0] a);
    /*verilator no_inline_task*/
    tanh = sigmoidal(9'(cf_sfu_pkg::TANH_ROW), TANH_TOP, a);
  endfunction

  function automatic logic [31:0] erf(input logic [31:0] a);
    /*verilator no_inline_task*/
    erf = sigmoidal(9'(cf_sfu_pkg::ERF_ROW), ERF_TOP, a);
  endfunction

  /// e^a.
  function automatic logic [31:0] exp(input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [31:0]        y;
    logic signed [11:0] k;
    {k, y} = exp2(a);
    if (cf_fp_pkg::is_nan(a))       exp = cf_fp_pkg::NAN;
    else if (exponent(a) > 12'sd6)  exp = a[31] ? 32'd0 : 32'h7f800000;  // |a| >= 128
    else                            exp = cf_fp_pkg::round(1'b0, k + 12'sd127, {y[30:0], 33'd0});
  endfunction

  /// 1 / (1 + e^-a), as (1 + tanh(|a|/2)) / 2, for negative a times e^a.
  function automatic logic [31:0] sigmoid(input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [31:0]        m, t, s, y;  // t, s: 2.30
    logic signed [11:0] e, half, down, k;
    logic [63:0]        product;
    half    = exponent(a) - 12'sd1;
    {e, m}  = odd(9'(cf_sfu_pkg::TANH_ROW), TANH_TOP, significand(a), half);
    down    = -e;
    t       = m >> (down > 12'sd31 ? 5'd31 : down[4:0]);
    if (half > TANH_TOP) t = 32'h40000000;
    s       = 32'h40000000 + t;
    {k, y}  = exp2(a);
    product = 64'({y[30:0], 1'b0}) * 64'(s);
    if (cf_fp_pkg::is_nan(a))                 sigmoid = cf_fp_pkg::NAN;
    else if (a[31] && exponent(a) > 12'sd6)   sigmoid = 32'd0;  // a <= -128
    else
      sigmoid = cf_fp_pkg::round(1'b0, a[31] ? k + 12'sd128 : 12'sd127, {a[31] ? product[63:32] : s, 32'd0});
  endfunction

  /// 1 / sqrt(a).
  function automatic logic [31:0] rsqrt(input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [31:0]        m, y;
    logic signed [11:0] e;
    m = significand(a);
    e = exponent(a);
    y = cubic(9'(cf_sfu_pkg::RSQRT_ROW) + {3'd0, e[0], 5'd0}, {m[30:0], 1'b0});
    if (cf_fp_pkg::is_nan(a))       rsqrt = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a)) rsqrt = {a[31], 31'h7f800000};
    else if (a[31])                 rsqrt = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a))  rsqrt = 32'd0;
    else                            rsqrt = cf_fp_pkg::round(1'b0, 12'sd128 - (e >>> 1), {y, 32'd0});  // 127 - 30 + 31
  endfunction

  // Only the upper 32 bits behind the leading zeros are rounded: the last ones are not worth it.
  function automatic logic [31:0] log_round(input logic sign, input logic [63:0] magnitude);
    /*verilator no_inline_task*/
    logic [63:0] normal;
    logic [5:0]  shift;
    shift     = cf_fp_pkg::leading_zeros(magnitude);
    normal    = magnitude << shift;
    log_round = cf_fp_pkg::round(sign, 12'sd136 - $signed({6'd0, shift}), {normal[63:32], 32'd0});  // 127 + 63 - 54
  endfunction

  /// ln(a): (e + h) ln(2) + u y, where u is the significand less 1, halved (h = 1) if it is in the upper part of the
  /// binade, so that the sum does not cancel.
  function automatic logic [31:0] log(input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [31:0]        m, y;
    logic               is_halved;
    logic signed [25:0] u;  // unit 2^-24
    logic signed [11:0] e;
    logic signed [63:0] high, low, curve, sum;  // sum: unit 2^-54
    m         = significand(a);
    is_halved = m[30:26] >= 5'd13;
    u         = (is_halved ? {2'd0, m[31:8]} : {1'b0, m[31:8], 1'b0}) - 26'sh1000000;
    e         = exponent(a) + $signed({11'd0, is_halved});
    y         = cubic(9'(cf_sfu_pkg::LOG_ROW), {m[30:0], 1'b0});
    high      = 64'(e) * $signed({32'd0, cf_sfu_pkg::LN2_HIGH});
    low       = 64'(e) * $signed({32'd0, cf_sfu_pkg::LN2_LOW});
    curve     = 64'(u) * 64'($signed(y));
    sum       = (high <<< 23) + low + curve;
    if (cf_fp_pkg::is_nan(a))       log = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_zero(a)) log = 32'hff800000;
    else if (a[31])                 log = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(a))  log = a;
    else                            log = log_round(sum[63], sum[63] ? -sum : sum);
  endfunction
endpackage
