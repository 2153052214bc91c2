/// One step of a reduction or a scan: a op b, where op is add, mul, max or min on fp32 or int32. Combinational.
module cf_reduce_step (
  input  logic [2:0]  op_i,        // cf_instr_pkg::reduce_e
  input  logic        is_float_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] y_o
);
  cf_fn_pkg::fn_e add_fn, mul_fn, compare_fn;
  logic [31:0]    y_add, y_mul, y_compare;
  assign add_fn = is_float_i ? cf_fn_pkg::FN_ADD_F32 : cf_fn_pkg::FN_ADD_I32;
  assign mul_fn = is_float_i ? cf_fn_pkg::FN_MUL_F32 : cf_fn_pkg::FN_MUL_I32;
  always_comb begin
    if (op_i == cf_instr_pkg::REDUCE_MAX) compare_fn = is_float_i ? cf_fn_pkg::FN_MAX_F32 : cf_fn_pkg::FN_MAX_I32;
    else                                  compare_fn = is_float_i ? cf_fn_pkg::FN_MIN_F32 : cf_fn_pkg::FN_MIN_I32;
  end
  cf_fp_add_comb  u_add     (.fn_i(add_fn), .a_i, .b_i, .y_o(y_add));
  cf_fp_mul_comb  u_mul     (.fn_i(mul_fn), .a_i, .b_i, .y_o(y_mul));
  cf_compare_comb u_compare (.fn_i(compare_fn), .a_i, .b_i, .y_o(y_compare));
  always_comb begin
    unique case (op_i)
      cf_instr_pkg::REDUCE_ADD: y_o = y_add;
      cf_instr_pkg::REDUCE_MUL: y_o = y_mul;
      default:                  y_o = y_compare;
    endcase
  end
endmodule
