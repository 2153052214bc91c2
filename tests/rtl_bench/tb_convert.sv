/// Both directions of an element's conversion, side by side.
module tb_convert (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [63:0]            element_i,
  output logic [31:0]            lane_o,
  input  logic                   is_float_i,
  input  logic [31:0]            lane_i,
  output logic [63:0]            element_o
);
  assign lane_o    = cf_convert_pkg::widen(type_i, element_i);
  assign element_o = cf_convert_pkg::narrow(type_i, is_float_i, lane_i);
endmodule
