/// One step along the elements of a tile, row by row: as many of the next ones as lie in one line of its memory
/// without another between them. Combinational.
/// Source: sim/README.md, "Tile memories"; sim/mem/tile_lines.h, LineWalk.
module cf_tile_walker #(
  /// Elements of a step at most.
  parameter int unsigned MaxElems = 4,
  /// Width of a number of elements; follows from MaxElems, not to be set.
  parameter int unsigned CountW   = $clog2(MaxElems + 1)
) (
  input  cf_npu_pkg::tile_t        tile_i,
  input  cf_view_pkg::tile_place_t place_i,
  input  logic [CountW-1:0]        count_i,    // elements to go; 0: nothing happens
  output logic [31:0]              line_o,
  output logic [CountW-1:0]        taken_o,    // 1 or more, unless count_i is 0
  output logic [MaxElems*16-1:0]   offsets_o,  // of those taken: byte in the line
  output cf_view_pkg::tile_place_t place_o     // behind those taken
);
  logic [1:0]  size_shift;
  logic [31:0] col_bytes, row_bytes, line_bytes;
  logic        goes_on;
  always_comb begin
    size_shift = cf_npu_pkg::size_shift(tile_i.elem_type);
    col_bytes  = tile_i.col_stride << size_shift;
    row_bytes  = tile_i.row_stride << size_shift;
    unique case (tile_i.memory)
      cf_isa_pkg::MEM_LEFT:  line_bytes = cf_isa_pkg::LEFT_LINE_BYTES;
      cf_isa_pkg::MEM_RIGHT: line_bytes = cf_isa_pkg::RIGHT_LINE_BYTES;
      cf_isa_pkg::MEM_ACC:   line_bytes = cf_isa_pkg::ACC_LINE_BYTES;
      default:               line_bytes = cf_isa_pkg::VEC_LINE_BYTES;
    endcase
    line_o    = cf_npu_pkg::line_of(tile_i.memory, place_i.address);
    taken_o   = '0;
    offsets_o = '0;
    place_o   = place_i;
    goes_on   = count_i != '0;
    for (int unsigned k = 0; k < MaxElems; k++) begin
      if (CountW'(k) == count_i || cf_npu_pkg::line_of(tile_i.memory, place_o.address) != line_o) goes_on = 1'b0;
      if (goes_on) begin
        taken_o             = CountW'(k + 1);
        offsets_o[k*16 +: 16] = 16'(place_o.address & (line_bytes - 32'd1));
        place_o.column      = place_o.column + 16'd1;
        place_o.address     = place_o.address + col_bytes;
        if (place_o.column == tile_i.cols) begin
          place_o.column      = 16'd0;
          place_o.row_address = place_o.row_address + row_bytes;
          place_o.address     = place_o.row_address;
        end
      end
    end
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, tile_i};
endmodule
