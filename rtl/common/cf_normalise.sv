/// Shifts leading zeros out of a word and counts them, in steps of halving width. Combinational.
/// Of a zero word data_o is 0 and shift_o means nothing.
module cf_normalise #(
  /// Width of the word in bits, at least 2.
  parameter int unsigned Width  = 32,
  /// Width of the count; follows from Width, not to be set.
  parameter int unsigned CountW = $clog2(Width)
) (
  input  logic [Width-1:0]  data_i,
  output logic [Width-1:0]  data_o,   // bit Width-1 is set
  output logic [CountW-1:0] shift_o   // data_o = data_i << shift_o
);
  always_comb begin
    data_o  = data_i;
    shift_o = '0;
    for (int unsigned k = 1; k <= CountW; k++) begin
      if ((data_o >> (Width - (1 << (CountW - k)))) == '0) begin
        shift_o[CountW - k] = 1'b1;
        data_o              = data_o << (1 << (CountW - k));
      end
    end
  end
endmodule
