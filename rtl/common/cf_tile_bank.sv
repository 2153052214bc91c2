/// One bank of a tile memory: a static RAM with one read and one write port, a line wide. A read of t sees what
/// stood there before the write of t; its line is at data_o in t + 1.
module cf_tile_bank #(
  /// Lines, 1 or more.
  parameter int unsigned Rows      = 16,
  /// Bytes of a line.
  parameter int unsigned LineBytes = 16,
  /// Width of a row's number; not to be set.
  parameter int unsigned RowW      = Rows > 1 ? $clog2(Rows) : 1
) (
  input  logic                   clk_i,
  input  logic                   read_i,
  input  logic [RowW-1:0]        read_row_i,
  output logic [8*LineBytes-1:0] data_o,
  input  logic                   write_i,
  input  logic [RowW-1:0]        write_row_i,
  input  logic [LineBytes-1:0]   bytes_i,     // enables
  input  logic [8*LineBytes-1:0] data_i
);
  /*verilator inline_module*/  // the harness fills mem_q under one name, whatever the memories' sizes
  // The harness fills it before reset ends: line i of the memory is row i / banks of bank i mod banks.
  logic [8*LineBytes-1:0] mem_q [Rows] /*verilator public_flat_rw*/;
  logic [8*LineBytes-1:0] data_q, mask;

  always_comb begin
    for (int unsigned b = 0; b < LineBytes; b++) mask[8*b +: 8] = {8{bytes_i[b]}};
  end
  always_ff @(posedge clk_i) begin
    if (read_i) data_q <= mem_q[read_row_i];
    // Byte enables, written so that Verilator sees one write.
    if (write_i) mem_q[write_row_i] <= (mem_q[write_row_i] & ~mask) | (data_i & mask);
  end
  assign data_o = data_q;
endmodule
