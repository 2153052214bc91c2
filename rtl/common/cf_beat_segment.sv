/// The line that a list of elements asks for next, and the elements that it serves: those that follow each other
/// in the list and lie in it. Combinational. Source: sim/mem/tile_lines.h, for_each_line.
module cf_beat_segment (
  input  logic [1:0]                       memory_i,
  input  logic [32*cf_npu_pkg::LANES-1:0]  address_i,    // bytes, by lane
  input  logic [cf_npu_pkg::LANES-1:0]     left_i,       // lanes that have not been served
  input  logic                             is_single_i,  // one element a line, even if the next lies in the same
  output logic [31:0]                      line_o,
  output logic [cf_npu_pkg::LANES-1:0]     takes_o       // lanes that the line serves
);
  logic        has_first, is_closed;
  logic [31:0] line;
  always_comb begin
    has_first = 1'b0;
    is_closed = 1'b0;
    line      = '0;
    line_o    = '0;
    takes_o   = '0;
    for (int unsigned i = 0; i < cf_npu_pkg::LANES; i++) begin
      line = cf_npu_pkg::line_of(memory_i, address_i[i*32 +: 32]);
      if (left_i[i] && !has_first) begin
        has_first  = 1'b1;
        line_o     = line;
        takes_o[i] = 1'b1;
      end else if (left_i[i]) begin
        if (is_single_i || line != line_o) is_closed = 1'b1;
        takes_o[i] = !is_closed;
      end
    end
  end
endmodule
