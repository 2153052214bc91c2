/// Operands of a tile instruction: which registers its fields name, and the values of the x-registers among
/// them. Combinational.
module cf_scalar_operands (
  input  logic [31:0]                    word_i,
  input  logic [cf_isa_pkg::INSTR_W-1:0] instr_i,
  input  logic [1023:0]                  x_i,            // 32 x 32: registers
  output logic [19:0]                    fields_o,       // 4 x 5, by operand: number of its register
  output logic [127:0]                   x_o,            // 4 x 32, by operand; 0 for tiles and views
  output logic                           is_view_o,      // one of them is a view: number view_number_o
  output logic [2:0]                     view_number_o   // words that name v8 or above are no instructions
);
  logic [3:0] is_view;
  for (genvar i = 0; i < 4; i++) begin : gen_operand
    logic [4:0]  number;
    logic [1:0]  field;
    logic        is_x;
    logic [17:0] unused_facts;
    cf_scalar_operand u_operand (
      .instr_i,
      .number_i       (2'(i)),
      .field_o        (field),
      .is_view_o      (is_view[i]),
      .is_x_o         (is_x),
      .is_broadcast_o (unused_facts[0]),
      .memories_o     (unused_facts[4:1]),
      .types_o        (unused_facts[12:5]),
      .same_type_o    (unused_facts[15:13]),
      .is_reduced_o   (unused_facts[16]),
      .down_rows_o    (unused_facts[17])
    );
    always_comb begin
      case (field)
        2'd0:    number = word_i[cf_isa_pkg::RD_LSB +: 5];
        2'd1:    number = word_i[cf_isa_pkg::RS1_LSB +: 5];
        2'd2:    number = word_i[cf_isa_pkg::RS2_LSB +: 5];
        default: number = word_i[cf_isa_pkg::RS3_LSB +: 5];
      endcase
    end
    assign fields_o[5*i +: 5] = number;
    assign x_o[32*i +: 32]    = is_x ? x_i[32*number +: 32] : 32'd0;

    logic unused_ok;
    assign unused_ok = &{1'b0, unused_facts};
  end

  always_comb begin
    view_number_o = 3'd0;
    for (int i = 0; i < 4; i++) begin
      if (is_view[i]) view_number_o = fields_o[5*i +: 3];
    end
  end
  assign is_view_o = is_view != 4'd0;

  logic unused_ok;
  assign unused_ok = &{1'b0, word_i};
endmodule
