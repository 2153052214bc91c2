/// A lane as an element of a tile or of DRAM, to the nearest even; to integers saturating. Combinational.
/// Source of the meaning: sim/exec/numerics/float_formats.h.
module cf_narrow (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic                   is_float_i,  // the lane is fp32, else int32
  input  logic [31:0]            lane_i,
  output logic [63:0]            element_o    // from bit 0 on, zeros above the type's width
);
  // Towards floats. An int32 becomes fp32 first; to bf16 it is rounded once, because its magnitude's
  // lowest bits are folded into one that both roundings only see as "more".
  logic [31:0] magnitude, folded, number, whole;
  always_comb begin
    magnitude = lane_i[31] ? -lane_i : lane_i;
    folded    = magnitude;
    if (type_i == cf_isa_pkg::TYPE_BF16 && magnitude[31:24] != 8'd0)
      folded = {magnitude[31:9], magnitude[8:0] != 9'd0, 8'd0};
  end
  cf_fp_round #(.Width(32)) u_from_int (
    .sign_i(lane_i[31]), .exponent_i(12'sd158), .magnitude_i(folded), .y_o(whole));
  assign number = is_float_i ? lane_i : whole;

  logic [15:0] half, brain;
  cf_fp16_round u_half (.a_i(number), .y_o(half));
  always_comb begin
    brain = number[31:16] + 16'(number[15] && (number[16] || number[14:0] != 15'd0));
    if (cf_fp_pkg::is_zero(number)) brain = {number[31], 15'd0};
    if (cf_fp_pkg::is_nan(number))  brain = 16'h7fc0;
  end

  // Towards integers.
  logic [31:0] nearest, integer_lane;
  logic [63:0] wide;
  cf_cvt_f32_i32_comb u_nearest (.fn_i(cf_fn_pkg::FN_RNE_I32_F32), .a_i(lane_i), .y_o(nearest));
  cf_cvt_f32_i64 u_wide (.a_i(lane_i), .nearest_i(nearest), .y_o(wide));
  assign integer_lane = is_float_i ? nearest : lane_i;

  always_comb begin
    element_o = 64'd0;
    unique case (type_i)
      cf_isa_pkg::TYPE_FP32: element_o[31:0] = number;
      cf_isa_pkg::TYPE_FP16: element_o[15:0] = half;
      cf_isa_pkg::TYPE_BF16: element_o[15:0] = brain;
      cf_isa_pkg::TYPE_INT8: begin
        element_o[7:0] = integer_lane[7:0];
        if (integer_lane[31:7] != {25{integer_lane[31]}}) element_o[7:0] = {integer_lane[31], {7{!integer_lane[31]}}};
      end
      cf_isa_pkg::TYPE_UINT8: begin
        element_o[7:0] = integer_lane[7:0];
        if (integer_lane[31:8] != 24'd0) element_o[7:0] = {8{!integer_lane[31]}};
      end
      cf_isa_pkg::TYPE_INT64: element_o = is_float_i ? wide : {{32{lane_i[31]}}, lane_i};
      cf_isa_pkg::TYPE_BOOL:  element_o[0] = is_float_i ? !cf_fp_pkg::is_zero(lane_i) : lane_i != 32'd0;
      default:                element_o[31:0] = integer_lane;  // int32
    endcase
  end
endmodule
