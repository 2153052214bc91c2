/// |f(x)| = m 2^(exponent-30) of an odd function f: below 1 its table has f(x)/x, and a product follows;
/// from 1 on it has f, a table a binade. Combinational. Means nothing beyond the last binade.
/// Source: sim/exec/numerics/sfu.h, tanh and erf.
module cf_sfu_odd #(
  /// First row of the function's tables.
  parameter int unsigned FirstRow    = 0,
  /// Exponent of the last binade that has a table, 0 to 6.
  parameter int unsigned TopExponent = 0
) (
  input  logic [31:0]        significand_i,
  input  logic signed [11:0] exponent_i,
  output logic [31:0]        m_o,
  output logic signed [11:0] exponent_o  // 0 or below
);
  logic               below_one;
  logic signed [11:0] down;
  logic [31:0]        fraction;
  logic [2:0]         piece;
  always_comb begin
    below_one = exponent_i < 12'sd0;
    down      = -12'sd1 - exponent_i;
    fraction  = significand_i << 1;
    piece     = exponent_i[2:0] + 3'd1;
    if (exponent_i > $signed(12'(TopExponent))) piece = 3'(TopExponent + 1);
    if (below_one) begin
      fraction = significand_i >> (down > 12'sd31 ? 5'd31 : down[4:0]);
      piece    = 3'd0;
    end
  end

  logic [31:0] y;
  cf_sfu_cubic #(.FirstRow(FirstRow), .Tables(TopExponent + 2)) u_cubic (
    .table_i(piece), .fraction_i(fraction), .y_o(y));

  logic [63:0] product;
  assign product    = 64'(significand_i) * 64'({y[30:0], 1'b0});
  assign m_o        = below_one ? product[63:32] : y;
  assign exponent_o = below_one ? exponent_i : 12'sd0;
  logic unused_ok;
  assign unused_ok = &{1'b0, product[31:0]};
endmodule
