/// One combinational core behind the ports that all have. Which one is fixed when it is verilated, so that
/// a bench pays for the evaluation of this core only.
module tb_core #(
  parameter int unsigned Unit = 0
) (
  input  cf_fn_pkg::fn_e fn_i,
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  input  logic [31:0]    c_i,
  output logic [31:0]    y_o
);
  // The numbers are those of CMakeLists.txt.
  case (Unit)
    0:  cf_fp_add_comb u_core (.fn_i, .a_i, .b_i, .y_o);
    1:  cf_fp_mul_comb u_core (.fn_i, .a_i, .b_i, .y_o);
    2:  cf_fp_fma_comb u_core (.a_i, .b_i, .c_i, .y_o);
    3:  cf_fp_div_comb u_core (.a_i, .b_i, .y_o);
    4:  cf_fp_sqrt_comb u_core (.a_i, .y_o);
    5:  cf_compare_comb u_core (.fn_i, .a_i, .b_i, .y_o);
    6:  cf_alu_comb u_core (.fn_i, .a_i, .b_i, .y_o);
    7:  cf_shift_comb u_core (.fn_i, .a_i, .b_i, .y_o);
    8:  cf_cvt_i32_f32_comb u_core (.a_i, .y_o);
    9:  cf_cvt_f32_i32_comb u_core (.fn_i, .a_i, .y_o);
    10: cf_sfu_exp_comb u_core (.a_i, .y_o);
    11: cf_sfu_log_comb u_core (.a_i, .y_o);
    12: cf_sfu_tanh_comb u_core (.a_i, .y_o);
    13: cf_sfu_sigmoid_comb u_core (.a_i, .y_o);
    14: cf_sfu_erf_comb u_core (.a_i, .y_o);
    15: cf_sfu_rsqrt_comb u_core (.a_i, .y_o);
    16: cf_fp_recip_comb u_core (.a_i, .y_o);
    17: cf_select_comb u_core (.a_i, .b_i, .c_i, .y_o);
    default: cf_lane_comb u_core (.fn_i, .a_i, .b_i, .c_i, .y_o);
  endcase
endmodule
