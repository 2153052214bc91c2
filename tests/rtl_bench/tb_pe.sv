/// One step of one processing element, from the elements of Left and Right on.
module tb_pe (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [15:0]            a_i,
  input  logic [15:0]            b_i,
  input  logic [31:0]            acc_i,
  output logic [31:0]            acc_o
);
  logic is_float;
  assign is_float = type_i == cf_isa_pkg::TYPE_FP16 || type_i == cf_isa_pkg::TYPE_BF16;
  assign acc_o    = cf_fma_pkg::mac(is_float, cf_convert_pkg::pe_operand(type_i, a_i),
                                    cf_convert_pkg::pe_operand(type_i, b_i), acc_i);
endmodule
