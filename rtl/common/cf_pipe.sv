/// Delays a word by `Depth` enabled cycles; with Depth = 0 it is a wire. Operation units put it behind
/// their combinational core: where inside the core the registers end up is the synthesiser's business.
module cf_pipe #(
  /// Number of registers, 0 or more.
  parameter int unsigned Depth = 1,
  /// Width of the word in bits.
  parameter int unsigned Width = 32
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             en_i,     // every stage holds while low
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);
  if (Depth == 0) begin : gen_wire
    logic unused_ok;
    assign unused_ok = &{1'b0, clk_i, rst_ni, en_i};
    assign data_o    = data_i;
  end else begin : gen_stages
    logic [Depth*Width-1:0] stage_d, stage_q;  // the newest in the low bits
    always_comb begin
      stage_d             = stage_q << Width;
      stage_d[0 +: Width] = data_i;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)   stage_q <= '0;
      else if (en_i) stage_q <= stage_d;
    end
    assign data_o = stage_q[(Depth-1)*Width +: Width];
  end
endmodule
