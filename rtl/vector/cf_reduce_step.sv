/// One step of a reduction or a scan: a op b, where op is add, mul, max or min on fp32 or int32. Combinational.
module cf_reduce_step (
  input  logic [2:0]  op_i,        // cf_instr_pkg::reduce_e
  input  logic        is_float_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] y_o
);
  always_comb begin
    unique case (op_i)
      cf_instr_pkg::REDUCE_ADD: y_o = cf_op_pkg::add(is_float_i ? cf_fn_pkg::FN_ADD_F32 : cf_fn_pkg::FN_ADD_I32, a_i, b_i);
      cf_instr_pkg::REDUCE_MUL: y_o = cf_op_pkg::mul(is_float_i ? cf_fn_pkg::FN_MUL_F32 : cf_fn_pkg::FN_MUL_I32, a_i, b_i);
      cf_instr_pkg::REDUCE_MAX:
        y_o = cf_op_pkg::compare(is_float_i ? cf_fn_pkg::FN_MAX_F32 : cf_fn_pkg::FN_MAX_I32, a_i, b_i);
      cf_instr_pkg::REDUCE_MIN:
        y_o = cf_op_pkg::compare(is_float_i ? cf_fn_pkg::FN_MIN_F32 : cf_fn_pkg::FN_MIN_I32, a_i, b_i);
      default: y_o = 32'd0;
    endcase
  end
endmodule
