/// Integer operations of RV32I, one cycle. Combinational.
module cf_scalar_alu (
  input  logic [3:0]  op_i,      // bit 3: sub for add, sra for srl; bits 2:0: funct3
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  always_comb begin
    case (op_i[2:0])
      3'd0:    result_o = op_i[3] ? a_i - b_i : a_i + b_i;
      3'd1:    result_o = a_i << b_i[4:0];
      3'd2:    result_o = {31'd0, $signed(a_i) < $signed(b_i)};
      3'd3:    result_o = {31'd0, a_i < b_i};
      3'd4:    result_o = a_i ^ b_i;
      3'd5:    result_o = op_i[3] ? $unsigned($signed(a_i) >>> b_i[4:0]) : a_i >> b_i[4:0];
      3'd6:    result_o = a_i | b_i;
      default: result_o = a_i & b_i;
    endcase
  end
endmodule
