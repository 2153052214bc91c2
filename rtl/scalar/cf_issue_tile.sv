/// What a tile operand must keep at issue, whatever the instruction's rules say: extents, memory, element type, alignment,
/// strides of results, bounds of its memory. Also the bytes that it covers. Combinational.
/// Source: sim/README.md, "Engine instructions"; sim/scalar/issue_check.cpp.
module cf_issue_tile (
  input  cf_npu_pkg::tile_t tile_i,
  input  logic [3:0]        memories_i,      // where it may lie, by memory_e
  input  logic [7:0]        types_i,         // what it may hold, by elem_type_e
  input  logic              is_written_i,
  input  logic              is_unbounded_i,  // the source of a view: its extents say nothing
  output logic              is_legal_o,
  output cf_npu_pkg::tile_t tile_o           // with low and high, which mean something if it is legal
);
  logic signed [63:0] down, along, below, above, low, high, memory_bytes;
  logic [1:0]         shift;
  assign shift = cf_npu_pkg::size_shift(tile_i.elem_type);
  assign down  = ($signed({48'd0, tile_i.rows}) - 64'sd1) * $signed({{32{tile_i.row_stride[31]}}, tile_i.row_stride});
  assign along = ($signed({48'd0, tile_i.cols}) - 64'sd1) * $signed({{32{tile_i.col_stride[31]}}, tile_i.col_stride});
  assign below = (down < 64'sd0 ? down : 64'sd0) + (along < 64'sd0 ? along : 64'sd0);
  assign above = (down < 64'sd0 ? 64'sd0 : down) + (along < 64'sd0 ? 64'sd0 : along);
  assign low   = $signed({32'd0, tile_i.base_bytes}) + (below <<< shift);
  assign high  = $signed({32'd0, tile_i.base_bytes}) + ((above + 64'sd1) <<< shift);

  always_comb begin
    case (tile_i.memory)
      cf_isa_pkg::MEM_LEFT:  memory_bytes = {32'd0, cf_isa_pkg::LEFT_SIZE_BYTES};
      cf_isa_pkg::MEM_RIGHT: memory_bytes = {32'd0, cf_isa_pkg::RIGHT_SIZE_BYTES};
      cf_isa_pkg::MEM_ACC:   memory_bytes = {32'd0, cf_isa_pkg::ACC_SIZE_BYTES};
      default:               memory_bytes = {32'd0, cf_isa_pkg::VEC_SIZE_BYTES};
    endcase
  end

  logic [2:0] misaligned;  // bits of the base that must be 0
  assign misaligned = tile_i.base_bytes[2:0] & ~(3'b111 << shift);

  logic repeats;  // an element is written twice
  assign repeats = (tile_i.row_stride == 32'd0 && tile_i.rows > 16'd1) || (tile_i.col_stride == 32'd0 && tile_i.cols > 16'd1);

  // Elements of a result may share an address: neither its rows lie apart nor its columns.
  logic signed [63:0] row_stride, col_stride, row_gap, col_gap, row_reach, col_reach;
  logic               overlaps_itself;
  assign row_stride      = 64'($signed(tile_i.row_stride));
  assign col_stride      = 64'($signed(tile_i.col_stride));
  assign row_gap         = row_stride < 64'sd0 ? -row_stride : row_stride;
  assign col_gap         = col_stride < 64'sd0 ? -col_stride : col_stride;
  assign row_reach       = along < 64'sd0 ? -along : along;
  assign col_reach       = down < 64'sd0 ? -down : down;
  assign overlaps_itself = tile_i.rows > 16'd1 && tile_i.cols > 16'd1 && row_gap <= row_reach && col_gap <= col_reach;

  assign is_legal_o = tile_i.rows != 16'd0 && tile_i.cols != 16'd0 && memories_i[tile_i.memory] &&
                      !tile_i.elem_type[3] && types_i[tile_i.elem_type[2:0]] && misaligned == 3'd0 &&
                      !(is_written_i && (repeats || overlaps_itself)) &&
                      (is_unbounded_i || (low >= 64'sd0 && high <= memory_bytes));
  always_comb begin
    tile_o      = tile_i;
    tile_o.low  = low[31:0];
    tile_o.high = high[31:0];
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, tile_i.low, tile_i.high};
endmodule
