/// The better of two candidates of an arg-max or arg-min: the larger key, the lower index among equals.
/// Combinational; any order of steps, a chain or a tree, ends with the same candidate.
module cf_arg_step #(
  /// Width of an index in bits.
  parameter int unsigned IndexW = 32
) (
  input  logic [31:0]       a_key_i,  // signed, of cf_arg_key
  input  logic [IndexW-1:0] a_index_i,
  input  logic [31:0]       b_key_i,
  input  logic [IndexW-1:0] b_index_i,
  output logic [31:0]       key_o,
  output logic [IndexW-1:0] index_o
);
  logic takes_b;
  assign takes_b = $signed(b_key_i) > $signed(a_key_i) || (b_key_i == a_key_i && b_index_i < a_index_i);
  assign key_o   = takes_b ? b_key_i : a_key_i;
  assign index_o = takes_b ? b_index_i : a_index_i;
endmodule
