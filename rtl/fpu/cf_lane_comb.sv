/// Every function of a lane but the special ones: what an expression, a reduction or a scan does in one
/// step. Combinational. Source of the meaning: sim/exec/numerics/lane_ops.h.
module cf_lane_comb (
  input  cf_fn_pkg::fn_e fn_i,  // gives 0 if it is a function of the special-function unit
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  input  logic [31:0]    c_i,
  output logic [31:0]    y_o
);
  logic [31:0] y_add, y_mul, y_fma, y_compare, y_alu, y_shift, y_select, y_to_float, y_to_int;
  cf_fp_add_comb u_add           (.fn_i, .a_i, .b_i, .y_o(y_add));
  cf_fp_mul_comb u_mul           (.fn_i, .a_i, .b_i, .y_o(y_mul));
  cf_fp_fma_comb u_fma           (.a_i, .b_i, .c_i, .y_o(y_fma));
  cf_compare_comb u_compare      (.fn_i, .a_i, .b_i, .y_o(y_compare));
  cf_alu_comb u_alu              (.fn_i, .a_i, .b_i, .y_o(y_alu));
  cf_shift_comb u_shift          (.fn_i, .a_i, .b_i, .y_o(y_shift));
  cf_select_comb u_select        (.a_i, .b_i, .c_i, .y_o(y_select));
  cf_cvt_i32_f32_comb u_to_float (.a_i, .y_o(y_to_float));
  cf_cvt_f32_i32_comb u_to_int   (.fn_i, .a_i, .y_o(y_to_int));

  always_comb begin
    unique case (fn_i)
      cf_fn_pkg::FN_ADD_F32, cf_fn_pkg::FN_SUB_F32, cf_fn_pkg::FN_ADD_I32, cf_fn_pkg::FN_SUB_I32: y_o = y_add;
      cf_fn_pkg::FN_MUL_F32, cf_fn_pkg::FN_MUL_I32: y_o = y_mul;
      cf_fn_pkg::FN_FMA_F32: y_o = y_fma;
      cf_fn_pkg::FN_SHL_I32, cf_fn_pkg::FN_SHR_I32, cf_fn_pkg::FN_SRA_I32: y_o = y_shift;
      cf_fn_pkg::FN_CVT_F32_I32: y_o = y_to_float;
      cf_fn_pkg::FN_RNE_I32_F32, cf_fn_pkg::FN_TRUNC_I32_F32: y_o = y_to_int;
      cf_fn_pkg::FN_SEL: y_o = y_select;
      default: y_o = y_compare | y_alu;  // 0 for functions that are not theirs
    endcase
  end
endmodule
