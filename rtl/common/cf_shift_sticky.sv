/// Shifts a word right and tells whether a bit that is set was lost. Combinational.
module cf_shift_sticky #(
  /// Width of the word in bits.
  parameter int unsigned Width   = 32,
  /// Width of the amount in bits; an amount of Width or more loses everything.
  parameter int unsigned AmountW = 8
) (
  input  logic [Width-1:0]   data_i,
  input  logic [AmountW-1:0] amount_i,
  output logic [Width-1:0]   data_o,
  output logic               sticky_o
);
  assign data_o   = data_i >> amount_i;
  assign sticky_o = |(data_i & ~({Width{1'b1}} << amount_i));
endmodule
