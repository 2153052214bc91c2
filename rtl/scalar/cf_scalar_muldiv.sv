/// Multiply, divide and remainder of RV32M. Combinational: the core lets it settle for `scalar.mul_cycles` or
/// `scalar.div_cycles`, whatever the operands are. Division by zero and overflow are as the manual defines them: no traps.
module cf_scalar_muldiv (
  input  logic [2:0]  funct3_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  logic a_signed, b_signed;
  assign a_signed = funct3_i == 3'd1 || funct3_i == 3'd2 || funct3_i == 3'd4 || funct3_i == 3'd6;
  assign b_signed = funct3_i == 3'd1 || funct3_i == 3'd4 || funct3_i == 3'd6;

  logic a_negative, b_negative;
  assign a_negative = a_signed && a_i[31];
  assign b_negative = b_signed && b_i[31];

  // On magnitudes: the quotient rounds to 0, the remainder has the sign of a. Overflow, -2^31 / -1, comes out right.
  logic [31:0] a_magnitude, b_magnitude, quotient, remainder;
  assign a_magnitude = a_negative ? -a_i : a_i;
  assign b_magnitude = b_negative ? -b_i : b_i;
  assign quotient    = a_magnitude / b_magnitude;
  assign remainder   = a_magnitude % b_magnitude;

  logic [63:0] magnitude, product;
  assign magnitude = {32'd0, a_magnitude} * {32'd0, b_magnitude};
  assign product   = a_negative != b_negative ? -magnitude : magnitude;

  always_comb begin
    case (funct3_i)
      3'd0:             result_o = product[31:0];
      3'd1, 3'd2, 3'd3: result_o = product[63:32];
      3'd4, 3'd5: begin
        if (b_i == 32'd0) result_o = 32'hffff_ffff;
        else              result_o = a_negative != b_negative ? -quotient : quotient;
      end
      default: begin
        if (b_i == 32'd0) result_o = a_i;
        else              result_o = a_negative ? -remainder : remainder;
      end
    endcase
  end
endmodule
