/// One step of an arg-max or arg-min over lanes that come one after the other.
module tb_arg (
  input  logic        is_float_i,
  input  logic        is_min_i,
  input  logic [31:0] best_key_i,
  input  logic [31:0] best_index_i,
  input  logic [31:0] lane_i,
  input  logic [31:0] index_i,
  output logic [31:0] key_o,
  output logic [31:0] index_o
);
  logic [31:0] key;
  cf_arg_key u_key (.is_float_i, .is_min_i, .lane_i, .key_o(key));
  cf_arg_step #(.IndexW(32)) u_step (
    .a_key_i(best_key_i), .a_index_i(best_index_i), .b_key_i(key), .b_index_i(index_i),
    .key_o, .index_o);
endmodule
