/// The cubic of a table's row at a fraction of that row: c0 + d (c1 + d (c2 + d c3)), every product
/// rounded down to its upper 32 bits. Combinational.
/// Source of the coefficients: isa/sfu/sfu_tables.json; of the format: sim/exec/numerics/sfu.h.
module cf_sfu_cubic #(
  /// First row of the function's tables among those of cf_sfu_pkg.
  parameter int unsigned FirstRow = 0,
  /// Number of tables of 32 rows, 1 to 8.
  parameter int unsigned Tables   = 1
) (
  input  logic [2:0]  table_i,     // 0 to Tables-1
  input  logic [31:0] fraction_i,  // 0.32: five bits of row, the rest is d
  output logic [31:0] y_o          // 2.30
);
  localparam logic [128*32*Tables-1:0] Coefficients =
      cf_sfu_pkg::SFU_COEFFICIENTS[128*FirstRow +: 128*32*Tables];

  localparam int unsigned IndexW = $clog2(32 * Tables);

  logic [IndexW-1:0] index;
  logic [127:0]      row;
  assign index = IndexW'({table_i, fraction_i[31:27]});
  assign row   = Coefficients[{index, 7'd0} +: 128];

  // d is 0.31 and not negative. The upper half of the products is what the next step adds.
  logic signed [63:0] d, term3, term2, term1;
  logic signed [31:0] sum2, sum1;
  always_comb begin
    d     = {33'd0, fraction_i[26:0], 4'd0};
    term3 = d * 64'($signed(row[127:96]));
    sum2  = $signed(row[95:64]) + term3[63:32];
    term2 = d * 64'(sum2);
    sum1  = $signed(row[63:32]) + term2[63:32];
    term1 = d * 64'(sum1);
    y_o   = row[31:0] + term1[63:32];
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, term3[31:0], term2[31:0], term1[31:0]};
endmodule
