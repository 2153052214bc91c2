/// sel: b where the mask a is not zero, else c; bits unchanged. Combinational.
module cf_select_comb (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  output logic [31:0] y_o
);
  assign y_o = a_i != 32'd0 ? b_i : c_i;
endmodule
