/// All operation units side by side on the same operands, each with its own latency.
module tb_units (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           en_i,
  input  cf_fn_pkg::fn_e fn_i,
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  input  logic [31:0]    c_i,
  output logic [31:0]    fp_add_o,
  output logic [31:0]    fp_mul_o,
  output logic [31:0]    fp_fma_o,
  output logic [31:0]    fp_div_o,
  output logic [31:0]    fp_sqrt_o,
  output logic [31:0]    fp_recip_o,
  output logic [31:0]    compare_o,
  output logic [31:0]    alu_o,
  output logic [31:0]    shift_o,
  output logic [31:0]    select_o,
  output logic [31:0]    cvt_i32_f32_o,
  output logic [31:0]    cvt_f32_i32_o,
  output logic [31:0]    sfu_exp_o,
  output logic [31:0]    sfu_log_o,
  output logic [31:0]    sfu_rsqrt_o,
  output logic [31:0]    sfu_tanh_o,
  output logic [31:0]    sfu_sigmoid_o,
  output logic [31:0]    sfu_erf_o
);
  cf_fp_add u_fp_add (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .b_i, .y_o(fp_add_o));
  cf_fp_mul u_fp_mul (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .b_i, .y_o(fp_mul_o));
  cf_fp_fma u_fp_fma (.clk_i, .rst_ni, .en_i, .a_i, .b_i, .c_i, .y_o(fp_fma_o));
  cf_fp_div u_fp_div (.clk_i, .rst_ni, .en_i, .a_i, .b_i, .y_o(fp_div_o));
  cf_fp_sqrt u_fp_sqrt (.clk_i, .rst_ni, .en_i, .a_i, .y_o(fp_sqrt_o));
  cf_fp_recip u_fp_recip (.clk_i, .rst_ni, .en_i, .a_i, .y_o(fp_recip_o));
  cf_compare u_compare (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .b_i, .y_o(compare_o));
  cf_alu u_alu (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .b_i, .y_o(alu_o));
  cf_shift u_shift (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .b_i, .y_o(shift_o));
  cf_select u_select (.clk_i, .rst_ni, .en_i, .a_i, .b_i, .c_i, .y_o(select_o));
  cf_cvt_i32_f32 u_cvt_i32_f32 (.clk_i, .rst_ni, .en_i, .a_i, .y_o(cvt_i32_f32_o));
  cf_cvt_f32_i32 u_cvt_f32_i32 (.clk_i, .rst_ni, .en_i, .fn_i, .a_i, .y_o(cvt_f32_i32_o));
  cf_sfu_exp u_sfu_exp (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_exp_o));
  cf_sfu_log u_sfu_log (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_log_o));
  cf_sfu_rsqrt u_sfu_rsqrt (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_rsqrt_o));
  cf_sfu_tanh u_sfu_tanh (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_tanh_o));
  cf_sfu_sigmoid u_sfu_sigmoid (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_sigmoid_o));
  cf_sfu_erf u_sfu_erf (.clk_i, .rst_ni, .en_i, .a_i, .y_o(sfu_erf_o));
endmodule
