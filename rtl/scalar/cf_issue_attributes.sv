/// An operand as the rules of the description see it. Combinational.
module cf_issue_attributes (
  input  cf_npu_pkg::tile_t tile_i,
  input  logic              is_view_i,
  input  logic [3:0]        view_type_i,
  input  logic [63:0]       view_elems_i,
  output logic [15:0]       rows_o,
  output logic [15:0]       cols_o,
  output logic [31:0]       row_stride_o,
  output logic [31:0]       col_stride_o,
  output logic [3:0]        elem_type_o,
  output logic [1:0]        memory_o,
  output logic [63:0]       elems_o
);
  logic [31:0] area;
  assign area         = {16'd0, tile_i.rows} * {16'd0, tile_i.cols};
  assign rows_o       = tile_i.rows;
  assign cols_o       = tile_i.cols;
  assign row_stride_o = tile_i.row_stride;
  assign col_stride_o = tile_i.col_stride;
  assign elem_type_o  = is_view_i ? view_type_i : tile_i.elem_type;
  assign memory_o     = tile_i.memory;
  assign elems_o      = is_view_i ? view_elems_i : {32'd0, area};

  logic unused_ok;
  assign unused_ok = &{1'b0, tile_i};
endmodule
