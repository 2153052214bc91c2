/// fp32 to fp16, to the nearest even; subnormals are kept, what is too large becomes an infinity.
/// Combinational.
module cf_fp16_round (
  input  logic [31:0] a_i,
  output logic [15:0] y_o
);
  // Below 2^-14 the last place is 2^-24, whatever the exponent: the significand goes down to it.
  logic        is_small;
  logic [7:0]  down;
  logic [35:0] shifted;  // significand, then what was shifted out of it
  logic        increment;
  logic [15:0] rounded;
  always_comb begin
    is_small = a_i[30:23] < 8'd113;
    down     = is_small ? 8'd113 - a_i[30:23] : 8'd0;
    shifted  = {cf_fp_pkg::significand(a_i), 12'd0} >> (down > 8'd12 ? 4'd12 : down[3:0]);
    // Bits [35:25] are the ten of the fraction and the hidden one, [24] is half of the last place. With
    // an exponent of 0 the hidden bit is not there, and its place is the exponent's lowest bit.
    increment = shifted[24] && (shifted[25] || (|shifted[23:0]));
    if (is_small) rounded = {5'd0, shifted[35:25]} + 16'(increment);
    else          rounded = {1'b0, 5'(a_i[30:23] - 8'd112), a_i[22:13]} + 16'(increment);
    y_o = {a_i[31], rounded[14:0]};
    if (cf_fp_pkg::is_nan(a_i))                                y_o = 16'h7e00;
    else if (a_i[30:23] > 8'd142 || rounded[14:10] == 5'h1f) y_o = {a_i[31], 15'h7c00};
  end
  logic unused_ok;
  assign unused_ok = rounded[15];
endmodule
