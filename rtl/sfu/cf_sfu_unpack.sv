/// fp32 as the special functions take it: |x| = significand 2^(exponent-31). Combinational.
/// Zero and subnormals are significand 0, exponent -127; infinity and NaN have exponent 128.
module cf_sfu_unpack (
  input  logic [31:0]        a_i,
  output logic [31:0]        significand_o,  // 1.31, bit 31 set, or 0
  output logic signed [11:0] exponent_o
);
  assign significand_o = {cf_fp_pkg::significand(a_i), 8'd0};
  assign exponent_o    = cf_fp_pkg::exponent(a_i) - 12'sd127;
endmodule
