/// int32 to fp32, to the nearest even. Combinational.
module cf_cvt_i32_f32_comb (
  input  logic [31:0] a_i,
  output logic [31:0] y_o
);
  cf_fp_round #(.Width(32)) u_round (
    .sign_i(a_i[31]), .exponent_i(12'sd158),  // 127 + 31
    .magnitude_i(a_i[31] ? -a_i : a_i), .y_o);
endmodule
