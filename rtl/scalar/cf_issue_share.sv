/// Do two tiles of one instruction share a byte? Exact if both have the same element size and strides and their rows do not
/// run into each other; by their byte ranges otherwise. `low` and `high` of both are filled, bases are aligned.
/// Combinational. Source: sim/exec/legality.cpp.
module cf_issue_share (
  input  cf_npu_pkg::tile_t a_i,
  input  cf_npu_pkg::tile_t b_i,
  output logic              shares_o,
  output logic              is_same_o  // one rectangle: base, extents, strides, element size
);
  logic ranges_overlap, same_size;
  logic [1:0] shift;
  cf_tiles_overlap u_ranges (.a_i, .b_i, .overlap_o(ranges_overlap));
  assign shift     = cf_npu_pkg::size_shift(a_i.elem_type);
  assign same_size = shift == cf_npu_pkg::size_shift(b_i.elem_type);

  assign is_same_o = a_i.memory == b_i.memory && a_i.base_bytes == b_i.base_bytes && a_i.rows == b_i.rows &&
                     a_i.cols == b_i.cols && same_size &&
                     (a_i.row_stride == b_i.row_stride || a_i.rows == 16'd1) &&
                     (a_i.col_stride == b_i.col_stride || a_i.cols == 16'd1);

  // Both on one grid of elements: rows R apart that do not run into each other, columns C apart.
  logic        is_grid;
  logic [47:0] row_stride, col_stride;
  assign row_stride = {16'd0, a_i.row_stride};
  assign col_stride = {16'd0, a_i.col_stride};
  assign is_grid    = same_size && a_i.row_stride == b_i.row_stride && a_i.col_stride == b_i.col_stride &&
                      !a_i.row_stride[31] && !a_i.col_stride[31] && a_i.col_stride != 32'd0 &&
                      row_stride >= {32'd0, a_i.cols} * col_stride && row_stride >= {32'd0, b_i.cols} * col_stride;

  // The tile that begins later begins `distance` elements behind the other: in its row number `rows_behind`,
  // `into` elements into it, or `ahead` elements in front of the row after that.
  logic        b_is_later;
  logic [15:0] first_rows, first_cols, later_cols;
  logic [31:0] distance, rows_behind, into, ahead;
  assign b_is_later  = b_i.base_bytes >= a_i.base_bytes;
  assign first_rows  = b_is_later ? a_i.rows : b_i.rows;
  assign first_cols  = b_is_later ? a_i.cols : b_i.cols;
  assign later_cols  = b_is_later ? b_i.cols : a_i.cols;
  assign distance    = (b_is_later ? b_i.base_bytes - a_i.base_bytes : a_i.base_bytes - b_i.base_bytes) >> shift;
  assign rows_behind = distance / a_i.row_stride;
  assign into      = distance % a_i.row_stride;
  assign ahead      = a_i.row_stride - into;

  logic meets_row, meets_next;
  assign meets_row = rows_behind < {16'd0, first_rows} && into % a_i.col_stride == 32'd0 &&
                        into / a_i.col_stride < {16'd0, first_cols};
  assign meets_next = rows_behind + 32'd1 < {16'd0, first_rows} && ahead % a_i.col_stride == 32'd0 &&
                        ahead / a_i.col_stride < {16'd0, later_cols};
  assign shares_o     = ranges_overlap && (!is_grid || meets_row || meets_next);
endmodule
