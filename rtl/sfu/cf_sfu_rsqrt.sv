/// Operation unit: rsqrt, on fp32. One result a cycle.
module cf_sfu_rsqrt #(
  /// Cycles from operands to result, as isa/spec/operations.json states them.
  parameter int unsigned Latency = 8
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           en_i,    // every stage holds while low
  input  logic [31:0]    a_i,
  output logic [31:0]    y_o
);
  logic [31:0] y;
  cf_sfu_rsqrt_comb u_core (.a_i, .y_o(y));
  cf_pipe #(.Depth(Latency), .Width(32)) u_pipe (.clk_i, .rst_ni, .en_i, .data_i(y), .data_o(y_o));
endmodule
