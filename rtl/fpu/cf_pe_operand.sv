/// An element of Left or Right as the array's processing elements take it: fp16 and bf16 as fp32 without
/// its lowest 13 bits, which loses nothing; 8-bit integers as 9 signed bits. Combinational; it stands once
/// a row and once a column, so that the array itself need not know the types.
module cf_pe_operand (
  input  cf_isa_pkg::elem_type_e type_i,
  input  logic [15:0]            element_i,
  output logic [18:0]            operand_o
);
  logic [31:0] lane;
  cf_widen u_widen (.type_i, .element_i({48'd0, element_i}), .lane_o(lane));
  logic is_float;
  assign is_float  = type_i == cf_isa_pkg::TYPE_FP16 || type_i == cf_isa_pkg::TYPE_BF16;
  assign operand_o = is_float ? lane[31:13] : lane[18:0];
  logic unused_ok;
  assign unused_ok = &{1'b0, lane[12:0]};
endmodule
