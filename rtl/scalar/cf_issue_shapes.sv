/// Extents of the tiles of an instruction with an expression, which runs over a rectangle, its domain: the extents of a
/// result that is not reduced, else those of the first source that may not be broadcast, else the largest of all sources.
/// Every tile has these extents, or 1 where it is broadcast; a reduced result has 1 along its axis. Combinational.
/// Source: sim/README.md, "Shapes".
module cf_issue_shapes (
  input  logic [cf_isa_pkg::INSTR_W-1:0] instr_i,
  input  logic [63:0]                    rows_i,  // 4 x 16, by operand
  input  logic [63:0]                    cols_i,
  input  logic [3:0]                     broadcast_i,  // may be broadcast
  input  logic [3:0]                     reduced_i,    // cf_scalar_operand
  input  logic [3:0]                     down_rows_i,
  output logic                           is_legal_o
);
  // By operand.
  logic [3:0] tiles, sources, results;
  assign tiles   = cf_instr_pkg::tiles_of(instr_i);
  assign sources = cf_instr_pkg::sources_of(instr_i);
  assign results = cf_instr_pkg::results_of(instr_i);

  logic [15:0] rows, cols;  // the domain
  logic        is_fixed;
  always_comb begin
    rows     = 16'd0;
    cols     = 16'd0;
    is_fixed = 1'b0;
    for (int i = 0; i < 4; i++) begin
      if (results[i] && !reduced_i[i] && !is_fixed) begin
        rows     = rows_i[16*i +: 16];
        cols     = cols_i[16*i +: 16];
        is_fixed = 1'b1;
      end
    end
    for (int i = 0; i < 4; i++) begin
      if (sources[i] && !is_fixed) begin
        if (!broadcast_i[i] || rows_i[16*i +: 16] > rows) rows = rows_i[16*i +: 16];
        if (!broadcast_i[i] || cols_i[16*i +: 16] > cols) cols = cols_i[16*i +: 16];
        is_fixed = !broadcast_i[i];
      end
    end
  end

  logic [3:0] fits;
  for (genvar i = 0; i < 4; i++) begin : gen_fit
    logic [15:0] want_rows, want_cols, tile_rows, tile_cols;
    assign want_rows = reduced_i[i] && down_rows_i[i] ? 16'd1 : rows;
    assign want_cols = reduced_i[i] && !down_rows_i[i] ? 16'd1 : cols;
    assign tile_rows = rows_i[16*i +: 16];
    assign tile_cols = cols_i[16*i +: 16];
    assign fits[i]   = (tile_rows == want_rows || (broadcast_i[i] && tile_rows == 16'd1)) &&
                       (tile_cols == want_cols || (broadcast_i[i] && tile_cols == 16'd1));
  end
  assign is_legal_o = (tiles & ~fits) == 4'd0;
endmodule
