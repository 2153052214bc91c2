/// Packs sign, exponent and magnitude into fp32: normalises, rounds to nearest even, makes what is
/// below 2^-126 after rounding to 24 bits a zero of its sign, and what is beyond the largest number an
/// infinity. Combinational. The last step of every unit that computes a float.
module cf_fp_round #(
  /// Width of the magnitude in bits, at least 26.
  parameter int unsigned Width = 32
) (
  input  logic               sign_i,
  input  logic signed [11:0] exponent_i,   // biased, of the magnitude's highest bit, set or not
  input  logic [Width-1:0]   magnitude_i,  // bits lost before must stand in bit 0, at least two places below the 24th
  output logic [31:0]        y_o
);
  logic [Width-1:0]         normal;
  logic [$clog2(Width)-1:0] shift;
  cf_normalise #(.Width(Width)) u_normalise (.data_i(magnitude_i), .data_o(normal), .shift_o(shift));

  logic               increment;
  logic [23:0]        fraction;  // with the carry into the exponent
  logic signed [11:0] exponent;
  always_comb begin
    increment = normal[Width-25] && (normal[Width-24] || (|normal[Width-26:0]));
    fraction  = {1'b0, normal[Width-2 -: 23]} + 24'(increment);
    exponent  = exponent_i - $signed(12'(shift)) + $signed({11'd0, fraction[23]});
    if (!normal[Width-1] || exponent <= 12'sd0) y_o = {sign_i, 31'd0};
    else if (exponent >= 12'sd255)              y_o = {sign_i, 31'h7f800000};
    else                                        y_o = {sign_i, exponent[7:0], fraction[22:0]};
  end
endmodule
