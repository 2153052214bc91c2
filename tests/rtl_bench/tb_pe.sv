/// One step of one processing element, from the elements of Left and Right on.
module tb_pe (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [15:0]            a_i,
  input  logic [15:0]            b_i,
  input  logic [31:0]            acc_i,
  output logic [31:0]            acc_o
);
  logic [18:0] a, b;
  logic        is_float;
  cf_pe_operand u_a (.type_i, .element_i(a_i), .operand_o(a));
  cf_pe_operand u_b (.type_i, .element_i(b_i), .operand_o(b));
  assign is_float = type_i == cf_isa_pkg::TYPE_FP16 || type_i == cf_isa_pkg::TYPE_BF16;
  cf_pe_mac u_mac (.is_float_i(is_float), .a_i(a), .b_i(b), .acc_i, .acc_o);
endmodule
