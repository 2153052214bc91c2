/// What the description says of one operand, as single signals: a loop over the operands cannot hold the structures of
/// cf_instr_pkg, because Yosys resolves no member of one that a generate block declares. Combinational.
module cf_scalar_operand (
  input  logic [cf_isa_pkg::INSTR_W-1:0] instr_i,
  input  logic [1:0]                     number_i,
  output logic [1:0]                     field_o,      // 0 rd, 1 rs1, 2 rs2, 3 rs3
  output logic                           is_view_o,
  output logic                           is_x_o,
  output logic                           is_broadcast_o,
  output logic [3:0]                     memories_o,
  output logic [7:0]                     types_o,
  output logic [2:0]                     same_type_o,
  output logic                           is_reduced_o, // a result with one element along an axis
  output logic                           down_rows_o   // that axis: a column, else a row
);
  cf_instr_pkg::operand_t   operand;
  cf_instr_pkg::reduction_t reduction;
  assign operand        = cf_instr_pkg::operand_of(instr_i, number_i);
  assign reduction      = cf_instr_pkg::reduction_of(instr_i, number_i);
  assign field_o        = operand.field;
  assign is_view_o      = operand.kind == cf_instr_pkg::KIND_VIEW;
  assign is_x_o         = operand.kind == cf_instr_pkg::KIND_X;
  assign is_broadcast_o = operand.is_broadcast;
  assign memories_o     = operand.memories;
  assign types_o        = operand.types;
  assign same_type_o    = operand.same_type;
  assign is_reduced_o   = reduction.op != cf_instr_pkg::REDUCE_NONE && !reduction.is_scan;
  assign down_rows_o    = reduction.down_rows;

  logic unused_ok;
  assign unused_ok = &{1'b0, operand, reduction};
endmodule
