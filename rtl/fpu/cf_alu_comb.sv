/// Sign and logic: abs and neg on fp32 and int32, and or xor not on int32. Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h.
module cf_alu_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_{ABS,NEG}_{F32,I32}, FN_{AND,OR,XOR,NOT}_I32
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic        is_nan;
  logic [31:0] a;
  assign is_nan = cf_fp_pkg::is_nan(a_i);
  assign a      = cf_fp_pkg::flush(a_i);

  always_comb begin
    y_o = 32'd0;
    unique case (fn_i)
      cf_fn_pkg::FN_ABS_F32: y_o = is_nan ? cf_fp_pkg::NAN : {1'b0, a[30:0]};
      cf_fn_pkg::FN_NEG_F32: y_o = is_nan ? cf_fp_pkg::NAN : {!a[31], a[30:0]};
      cf_fn_pkg::FN_ABS_I32: y_o = a_i[31] ? -a_i : a_i;
      cf_fn_pkg::FN_NEG_I32: y_o = -a_i;
      cf_fn_pkg::FN_AND_I32: y_o = a_i & b_i;
      cf_fn_pkg::FN_OR_I32:  y_o = a_i | b_i;
      cf_fn_pkg::FN_XOR_I32: y_o = a_i ^ b_i;
      cf_fn_pkg::FN_NOT_I32: y_o = ~a_i;
      default:               y_o = 32'd0;
    endcase
  end
endmodule
