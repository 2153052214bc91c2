/// Operation unit: eq ne lt le gt ge min max, on fp32 and int32. One result a cycle.
module cf_compare #(
  /// Cycles from operands to result, as isa/spec/operations.json states them.
  parameter int unsigned Latency = 1
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic           en_i,    // every stage holds while low
  input  cf_fn_pkg::fn_e fn_i,
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic [31:0] y;
  cf_compare_comb u_core (.fn_i, .a_i, .b_i, .y_o(y));
  cf_pipe #(.Depth(Latency), .Width(32)) u_pipe (.clk_i, .rst_ni, .en_i, .data_i(y), .data_o(y_o));
endmodule
