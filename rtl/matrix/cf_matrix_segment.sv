/// The lines of a segment, one after the other: consecutive elements of a tile's row that lie in one line form a
/// group, a group is what one access reads or writes. Combinational; the caller keeps which elements it has had.
/// Lines of a segment never come back, since addresses only rise or only fall.
/// Source: sim/README.md, "Tile memories".
module cf_matrix_segment #(
  /// Elements of a segment at most, and bytes of a line.
  parameter int unsigned Elements  = 4,
  parameter int unsigned LineBytes = 8,
  /// Width of an offset in a line; not to be set.
  parameter int unsigned OffsetW   = $clog2(LineBytes)
) (
  input  logic [31:0]                 address_i,  // of element 0, bytes
  input  logic [31:0]                 step_i,     // to the next element, bytes
  input  logic [15:0]                 count_i,    // 1 to Elements
  input  logic [Elements-1:0]         done_i,     // had already; all 0 at the first line
  output logic [31:0]                 line_o,
  output logic [Elements-1:0]         here_o,     // elements in this line
  output logic [Elements*OffsetW-1:0] offset_o,   // by element: where it begins in its line
  output logic                        is_last_o
);
  logic [Elements-1:0]    is_open;
  logic [Elements*32-1:0] address;
  always_comb begin
    for (int unsigned i = 0; i < Elements; i++) begin
      is_open[i]                  = !done_i[i] && 32'(count_i) > i;
      address[i*32 +: 32]         = address_i + i * step_i;
      offset_o[i*OffsetW +: OffsetW] = address[i*32 +: OffsetW];
    end
  end
  always_comb begin
    line_o = '0;
    for (int unsigned i = Elements; i > 0; i--) begin
      if (is_open[i-1]) line_o = address[(i-1)*32 +: 32] / LineBytes;
    end
  end
  always_comb begin
    for (int unsigned i = 0; i < Elements; i++) begin
      here_o[i] = is_open[i] && address[i*32 +: 32] / LineBytes == line_o;
    end
  end
  assign is_last_o = here_o == is_open;
endmodule
