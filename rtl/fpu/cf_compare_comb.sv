/// Comparisons (1 or 0), min and max, on fp32 and int32. Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h. Comparisons of floats hold both zeros and all
/// subnormals equal; min and max put -0 below +0.
module cf_compare_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_{MIN,MAX,EQ,NE,LT,LE,GT,GE}_{F32,I32}
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic               is_nan, float_below, float_less, float_equal, less, equal;
  logic [31:0]        a, b;
  logic signed [31:0] key_a, key_b;
  assign is_nan      = cf_fp_pkg::is_nan(a_i) || cf_fp_pkg::is_nan(b_i);
  assign a           = cf_fp_pkg::flush(a_i);
  assign b           = cf_fp_pkg::flush(b_i);
  assign float_below = cf_fp_pkg::order_key(a) < cf_fp_pkg::order_key(b);
  assign key_a       = cf_fp_pkg::compare_key(a_i);
  assign key_b       = cf_fp_pkg::compare_key(b_i);
  assign float_less  = key_a < key_b;
  assign float_equal = key_a == key_b;
  assign less        = $signed(a_i) < $signed(b_i);
  assign equal       = a_i == b_i;

  always_comb begin
    y_o = 32'd0;
    unique case (fn_i)
      cf_fn_pkg::FN_MIN_F32: y_o = is_nan ? cf_fp_pkg::NAN : (float_below ? a : b);
      cf_fn_pkg::FN_MAX_F32: y_o = is_nan ? cf_fp_pkg::NAN : (float_below ? b : a);
      cf_fn_pkg::FN_MIN_I32: y_o = less ? a_i : b_i;
      cf_fn_pkg::FN_MAX_I32: y_o = less ? b_i : a_i;
      cf_fn_pkg::FN_EQ_F32:  y_o[0] = !is_nan && float_equal;
      cf_fn_pkg::FN_NE_F32:  y_o[0] = is_nan || !float_equal;
      cf_fn_pkg::FN_LT_F32:  y_o[0] = !is_nan && float_less;
      cf_fn_pkg::FN_LE_F32:  y_o[0] = !is_nan && (float_less || float_equal);
      cf_fn_pkg::FN_GT_F32:  y_o[0] = !is_nan && !float_less && !float_equal;
      cf_fn_pkg::FN_GE_F32:  y_o[0] = !is_nan && !float_less;
      cf_fn_pkg::FN_EQ_I32:  y_o[0] = equal;
      cf_fn_pkg::FN_NE_I32:  y_o[0] = !equal;
      cf_fn_pkg::FN_LT_I32:  y_o[0] = less;
      cf_fn_pkg::FN_LE_I32:  y_o[0] = less || equal;
      cf_fn_pkg::FN_GT_I32:  y_o[0] = !less && !equal;
      cf_fn_pkg::FN_GE_I32:  y_o[0] = !less;
      default:               y_o = 32'd0;
    endcase
  end
endmodule
