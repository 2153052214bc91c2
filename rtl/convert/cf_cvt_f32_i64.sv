/// fp32 to int64, to the nearest even; saturates, NaN gives 0. Combinational.
module cf_cvt_f32_i64 (
  input  logic [31:0] a_i,
  input  logic [31:0] nearest_i,  // the same as int32, which is right as long as there is a fraction to round
  output logic [63:0] y_o
);
  logic [7:0]  up;
  logic [63:0] magnitude;
  always_comb begin
    up        = a_i[30:23] - 8'd150;  // 127 + 23: the significand is an integer
    magnitude = 64'(cf_fp_pkg::significand(a_i)) << up[5:0];
    y_o       = {{32{nearest_i[31]}}, nearest_i};
    if (cf_fp_pkg::is_nan(a_i))     y_o = 64'd0;
    else if (a_i[30:23] >= 8'd190)  y_o = {a_i[31], {63{!a_i[31]}}};  // from 2^63 up; -2^63 is right, too
    else if (a_i[30:23] >= 8'd150)  y_o = a_i[31] ? -magnitude : magnitude;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, up[7:6]};
endmodule
