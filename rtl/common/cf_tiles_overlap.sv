/// Do two tiles share a range of bytes? From the lowest byte of each to its highest. Combinational.
module cf_tiles_overlap (
  input  cf_npu_pkg::tile_t a_i,
  input  cf_npu_pkg::tile_t b_i,
  output logic              overlap_o
);
  assign overlap_o = a_i.memory == b_i.memory && a_i.low < b_i.high && b_i.low < a_i.high;

  logic unused_ok;
  assign unused_ok = &{1'b0, a_i, b_i};
endmodule
