/// What a processing element of the array computes: acc = fma(a, b, acc) in fp32, rounded once, or
/// acc = a * b + acc in int32, wrapping. Combinational. Source of the meaning: sim/exec/numerics/matrix.h.
module cf_pe_mac (
  input  logic        is_float_i,
  input  logic [18:0] a_i,    // of cf_pe_operand
  input  logic [18:0] b_i,
  input  logic [31:0] acc_i,  // fp32 or int32
  output logic [31:0] acc_o
);
  logic [31:0] sum;
  cf_fp_fma_comb #(.SigW(11)) u_fma (.a_i, .b_i, .c_i(acc_i), .y_o(sum));

  logic signed [17:0] product;
  assign product = 18'($signed(a_i[8:0])) * 18'($signed(b_i[8:0]));
  assign acc_o   = is_float_i ? sum : acc_i + 32'(product);
endmodule
