/// add and sub, on fp32 (correctly rounded) and int32 (wrapping). Combinational.
/// Source of the meaning: sim/exec/numerics/lane_ops.h.
module cf_fp_add_comb (
  input  cf_fn_pkg::fn_e fn_i,  // FN_ADD_F32, FN_SUB_F32, FN_ADD_I32, FN_SUB_I32
  input  logic [31:0]    a_i,
  input  logic [31:0]    b_i,
  output logic [31:0]    y_o
);
  logic is_sub, is_float;
  assign is_sub   = fn_i == cf_fn_pkg::FN_SUB_F32 || fn_i == cf_fn_pkg::FN_SUB_I32;
  assign is_float = fn_i == cf_fn_pkg::FN_ADD_F32 || fn_i == cf_fn_pkg::FN_SUB_F32;

  // The operand of the larger magnitude stays, the other is aligned to it. Below its 24 bits it has a
  // guard and a round bit, and one for everything that was lost: enough, because a difference loses
  // more than one leading bit only if the exponents differ by at most 1, and then nothing is lost.
  logic [31:0] b, major, minor;
  logic        differs, a_is_major;
  assign b          = {b_i[31] ^ is_sub, b_i[30:0]};
  assign differs    = a_i[31] ^ b[31];
  assign a_is_major = a_i[30:0] >= b[30:0];
  assign major      = a_is_major ? a_i : b;
  assign minor      = a_is_major ? b : a_i;

  logic [7:0]  distance;
  logic [26:0] aligned;
  logic        lost;
  assign distance = major[30:23] - minor[30:23];
  cf_shift_sticky #(.Width(27), .AmountW(8)) u_align (
    .data_i({cf_fp_pkg::significand(minor), 3'd0}), .amount_i(distance), .data_o(aligned), .sticky_o(lost));

  logic [27:0] fixed, moved, sum;
  assign fixed = {1'b0, cf_fp_pkg::significand(major), 3'd0};
  assign moved = {1'b0, aligned[26:1], aligned[0] || lost};
  assign sum   = differs ? fixed - moved : fixed + moved;

  logic [31:0] rounded;
  cf_fp_round #(.Width(28)) u_round (
    .sign_i(major[31] && !(differs && sum == 28'd0)),  // an exact difference of 0 is +0
    .exponent_i(cf_fp_pkg::exponent(major) + 12'sd1), .magnitude_i(sum), .y_o(rounded));

  logic [31:0] y_float;
  always_comb begin
    y_float = rounded;
    if (cf_fp_pkg::is_nan(a_i) || cf_fp_pkg::is_nan(b_i)) y_float = cf_fp_pkg::NAN;
    else if (cf_fp_pkg::is_inf(major))
      y_float = cf_fp_pkg::is_inf(minor) && differs ? cf_fp_pkg::NAN : major;
  end

  assign y_o = is_float ? y_float : a_i + (b_i ^ {32{is_sub}}) + 32'(is_sub);
endmodule
