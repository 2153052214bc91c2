/// Both directions of an element's conversion, side by side.
module tb_convert (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [63:0]            element_i,
  output logic [31:0]            lane_o,
  input  logic                   is_float_i,
  input  logic [31:0]            lane_i,
  output logic [63:0]            element_o
);
  cf_widen u_widen (.type_i, .element_i, .lane_o);
  cf_narrow u_narrow (.type_i, .is_float_i, .lane_i, .element_o);
endmodule
