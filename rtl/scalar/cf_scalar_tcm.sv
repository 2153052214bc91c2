/// A memory of the core: words of 32 bits, read in the same cycle, written at the end of it. The harness fills it
/// before reset ends.
module cf_scalar_tcm #(
  /// Bytes, a power of two.
  parameter int unsigned Bytes = 1024
) (
  input  logic        clk_i,
  input  logic [31:0] fetch_address_i,  // of a byte, from the start of the memory; bits beyond its size are ignored
  output logic [31:0] fetch_word_o,     // the word that it lies in
  input  logic [31:0] address_i,
  output logic [31:0] word_o,
  input  logic [3:0]  write_i,          // enable of each byte of the word
  input  logic [31:0] data_i
);
  localparam int unsigned WORD_W = $clog2(Bytes) - 2;

  logic [31:0] mem_q [Bytes/4] /*verilator public_flat_rw*/;

  logic [WORD_W-1:0] fetch_word, word;
  assign fetch_word   = fetch_address_i[WORD_W+1:2];
  assign word         = address_i[WORD_W+1:2];
  assign fetch_word_o = mem_q[fetch_word];
  assign word_o       = mem_q[word];

  logic [31:0] data;
  for (genvar i = 0; i < 4; i++) begin : gen_byte
    assign data[8*i +: 8] = write_i[i] ? data_i[8*i +: 8] : word_o[8*i +: 8];
  end
  always_ff @(posedge clk_i) begin
    if (write_i != 4'd0) mem_q[word] <= data;
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, fetch_address_i, address_i};
endmodule
