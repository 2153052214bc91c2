/// Shifts of int32, the amount modulo 32. Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h.
module cf_shift_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_SHL_I32, FN_SHR_I32, FN_SRA_I32
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic unused_ok;
  assign unused_ok = &{1'b0, b_i[31:5]};

  always_comb begin
    unique case (fn_i)
      cf_fn_pkg::FN_SHL_I32: y_o = a_i << b_i[4:0];
      cf_fn_pkg::FN_SHR_I32: y_o = a_i >> b_i[4:0];
      cf_fn_pkg::FN_SRA_I32: y_o = $unsigned($signed(a_i) >>> b_i[4:0]);
      default:               y_o = 32'd0;
    endcase
  end
endmodule
