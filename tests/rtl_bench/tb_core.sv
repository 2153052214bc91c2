/// One function of the arithmetic packages behind the ports that all have. Which one is fixed when it is verilated, so
/// that a bench pays for the evaluation of this function only.
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
    0:  assign y_o = cf_op_pkg::add(fn_i, a_i, b_i);
    1:  assign y_o = cf_op_pkg::mul(fn_i, a_i, b_i);
    2:  assign y_o = cf_fma_pkg::fma(a_i, b_i, c_i);
    3:  assign y_o = cf_div_pkg::div(a_i, b_i);
    4:  assign y_o = cf_div_pkg::sqrt(a_i);
    5:  assign y_o = cf_op_pkg::compare(fn_i, a_i, b_i);
    6:  assign y_o = cf_op_pkg::alu(fn_i, a_i, b_i);
    7:  assign y_o = cf_op_pkg::shift(fn_i, a_i, b_i);
    8:  assign y_o = cf_op_pkg::from_int(a_i);
    9:  assign y_o = cf_op_pkg::to_int(fn_i, a_i);
    10: assign y_o = cf_sfu_fn_pkg::exp(a_i);
    11: assign y_o = cf_sfu_fn_pkg::log(a_i);
    12: assign y_o = cf_sfu_fn_pkg::tanh(a_i);
    13: assign y_o = cf_sfu_fn_pkg::sigmoid(a_i);
    14: assign y_o = cf_sfu_fn_pkg::erf(a_i);
    15: assign y_o = cf_sfu_fn_pkg::rsqrt(a_i);
    16: assign y_o = cf_div_pkg::recip(a_i);
    default: assign y_o = cf_op_pkg::sel(a_i, b_i, c_i);
  endcase
endmodule
