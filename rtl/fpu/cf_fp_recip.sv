/// Operation unit: recip, on fp32. One result a cycle.
module cf_fp_recip #(
  /// Cycles from operands to result, as isa/spec/operations.json states them.
  parameter int unsigned Latency = 10
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           en_i,    // every stage holds while low
  input  logic [31:0]    a_i,
  output logic [31:0]    y_o
);
  logic [31:0] y;
  cf_fp_recip_comb u_core (.a_i, .y_o(y));
  cf_pipe #(.Depth(Latency), .Width(32)) u_pipe (.clk_i, .rst_ni, .en_i, .data_i(y), .data_o(y_o));
endmodule
