/// Decodes a word of RV32IM, Zicsr and the custom opcodes. Reserved encodings are CLASS_ILLEGAL; hints do what they look
/// like. Combinational.
module cf_scalar_decode (
  input  logic [31:0]                    word_i,
  output logic [3:0]                     class_o,   // cf_scalar_pkg::class_e
  output logic [1:0]                     left_o,    // cf_scalar_pkg::left_e
  output logic                           use_imm_o, // right operand of the ALU: the immediate, else rs2
  output logic [3:0]                     alu_o,     // operation of cf_scalar_alu
  output logic [31:0]                    imm_o,
  output logic [cf_isa_pkg::INSTR_W-1:0] instr_o    // CLASS_TILE: which
);
  logic [2:0] funct3;
  logic [6:0] funct7;
  assign funct3 = word_i[14:12];
  assign funct7 = word_i[31:25];

  logic [31:0] imm_i, imm_s, imm_b, imm_u, imm_j;
  assign imm_i = {{20{word_i[31]}}, word_i[31:20]};
  assign imm_s = {{20{word_i[31]}}, word_i[31:25], word_i[11:7]};
  assign imm_b = {{20{word_i[31]}}, word_i[7], word_i[30:25], word_i[11:8], 1'b0};
  assign imm_u = {word_i[31:12], 12'd0};
  assign imm_j = {{12{word_i[31]}}, word_i[19:12], word_i[20], word_i[30:21], 1'b0};

  assign instr_o = cf_isa_pkg::decode(word_i);

  always_comb begin
    class_o   = cf_scalar_pkg::CLASS_ILLEGAL;
    left_o    = cf_scalar_pkg::LEFT_RS1;
    use_imm_o = 1'b1;
    alu_o     = 4'd0;
    imm_o     = imm_i;
    case (word_i[6:0])
      7'h37: begin  // lui
        class_o = cf_scalar_pkg::CLASS_ALU;
        left_o  = cf_scalar_pkg::LEFT_ZERO;
        imm_o   = imm_u;
      end
      7'h17: begin  // auipc
        class_o = cf_scalar_pkg::CLASS_ALU;
        left_o  = cf_scalar_pkg::LEFT_PC;
        imm_o   = imm_u;
      end
      7'h6f: begin
        class_o = cf_scalar_pkg::CLASS_JAL;
        left_o  = cf_scalar_pkg::LEFT_PC;
        imm_o   = imm_j;
      end
      7'h67: if (funct3 == 3'd0) class_o = cf_scalar_pkg::CLASS_JALR;
      7'h63: begin
        if (funct3[2:1] != 2'b01) class_o = cf_scalar_pkg::CLASS_BRANCH;
        left_o = cf_scalar_pkg::LEFT_PC;
        imm_o  = imm_b;
      end
      7'h03: if (funct3 != 3'd3 && funct3 < 3'd6) class_o = cf_scalar_pkg::CLASS_LOAD;
      7'h23: begin
        if (funct3 < 3'd3) class_o = cf_scalar_pkg::CLASS_STORE;
        imm_o = imm_s;
      end
      7'h13: begin
        alu_o = {funct3 == 3'd5 && funct7[5], funct3};
        if (funct3[1:0] != 2'b01 || funct7 == 7'd0 || (funct3 == 3'd5 && funct7 == 7'd32))
          class_o = cf_scalar_pkg::CLASS_ALU;
      end
      7'h33: begin
        use_imm_o = 1'b0;
        alu_o     = {funct7[5], funct3};
        if (funct7 == 7'd1) class_o = cf_scalar_pkg::CLASS_MULDIV;
        else if (funct7 == 7'd0 || (funct7 == 7'd32 && (funct3 == 3'd0 || funct3 == 3'd5)))
          class_o = cf_scalar_pkg::CLASS_ALU;
      end
      7'h0f: if (funct3 < 3'd2) class_o = cf_scalar_pkg::CLASS_NOTHING;
      7'h73: begin
        if (funct3 == 3'd0) begin
          case (word_i[31:7])
            25'h000_0000: class_o = cf_scalar_pkg::CLASS_ECALL;
            25'h000_2000: class_o = cf_scalar_pkg::CLASS_EBREAK;
            25'h060_4000: class_o = cf_scalar_pkg::CLASS_MRET;
            25'h020_a000: class_o = cf_scalar_pkg::CLASS_NOTHING;  // wfi
            default:      class_o = cf_scalar_pkg::CLASS_ILLEGAL;
          endcase
        end else if (funct3 != 3'd4) begin
          class_o = cf_scalar_pkg::CLASS_CSR;
        end
      end
      default: if (instr_o != cf_isa_pkg::INSTR_NONE) class_o = cf_scalar_pkg::CLASS_TILE;
    endcase
  end
endmodule
