/// Goes some elements along a tile, row by row. Combinational; the only division of a store.
module cf_tile_seek (
  input  cf_npu_pkg::tile_t        tile_i,
  input  cf_view_pkg::tile_place_t place_i,
  input  logic [31:0]              count_i,
  output cf_view_pkg::tile_place_t place_o
);
  logic [1:0]  size_shift;
  logic [32:0] target, rows;
  always_comb begin
    size_shift          = cf_npu_pkg::size_shift(tile_i.elem_type);
    target              = {1'b0, count_i} + {17'd0, place_i.column};
    rows                = target / {17'd0, tile_i.cols};
    place_o.column      = 16'(target - rows * {17'd0, tile_i.cols});
    place_o.row_address = place_i.row_address + rows[31:0] * (tile_i.row_stride << size_shift);
    place_o.address     = place_o.row_address + 32'(place_o.column) * (tile_i.col_stride << size_shift);
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, tile_i, place_i, rows[32]};
endmodule
