/// An element of a tile or of DRAM as a lane: floats as fp32, integers and bool as int32 (int64
/// saturates). Combinational. Source of the meaning: sim/exec/numerics/float_formats.h.
module cf_widen (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [63:0]            element_i,  // from bit 0 on, as wide as the type
  output logic [31:0]            lane_o
);
  logic [3:0]  zeros;  // in front of the fraction of an fp16 subnormal
  logic [9:0]  normal;
  logic [31:0] half;
  cf_normalise #(.Width(10)) u_normalise (.data_i(element_i[9:0]), .data_o(normal), .shift_o(zeros));
  always_comb begin
    half[31] = element_i[15];
    if (element_i[14:10] == 5'h1f)     half = element_i[9:0] != 10'd0 ? cf_fp_pkg::NAN : {element_i[15], 31'h7f800000};
    else if (element_i[14:10] != 5'd0) half[30:0] = {8'd112 + 8'(element_i[14:10]), element_i[9:0], 13'd0};
    else if (element_i[9:0] != 10'd0)  half[30:0] = {8'd112 - 8'(zeros), normal[8:0], 14'd0};
    else                               half[30:0] = 31'd0;
  end
  logic unused_ok;
  assign unused_ok = normal[9];

  logic [31:0] brain;
  assign brain = cf_fp_pkg::flush({element_i[15:0], 16'd0});

  always_comb begin
    unique case (type_i)
      cf_isa_pkg::TYPE_FP16:  lane_o = half;
      cf_isa_pkg::TYPE_BF16:  lane_o = cf_fp_pkg::is_nan(brain) ? cf_fp_pkg::NAN : brain;
      cf_isa_pkg::TYPE_INT8:  lane_o = {{24{element_i[7]}}, element_i[7:0]};
      cf_isa_pkg::TYPE_UINT8: lane_o = {24'd0, element_i[7:0]};
      cf_isa_pkg::TYPE_INT64: begin
        lane_o = element_i[31:0];
        if (element_i[63:31] != {33{element_i[63]}}) lane_o = {element_i[63], {31{!element_i[63]}}};
      end
      cf_isa_pkg::TYPE_BOOL:  lane_o = 32'(element_i[7:0] != 8'd0);
      default:                lane_o = element_i[31:0];  // fp32, int32
    endcase
  end
endmodule
