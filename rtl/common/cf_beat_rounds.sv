/// A round of lines, at most one of each operand: which of them are asked for in step `place_i` of the round. A line
/// that two operands share is asked for once; distinct lines of one bank follow each other in the order of operands.
/// Combinational. Source: sim/README.md, "Beats".
module cf_beat_rounds (
  input  logic [3:0]   valid_i,   // by operand
  input  logic [7:0]   memory_i,
  input  logic [127:0] line_i,
  input  logic [1:0]   place_i,
  output logic [3:0]   asks_o,
  output logic         is_last_o  // it is the last step of the round (also if there is no line at all)
);
  logic [3:0] is_first;  // asks for its line; others share it
  logic [7:0] place;
  logic [1:0] last_place;
  always_comb begin
    is_first   = valid_i;
    place      = '0;
    last_place = '0;
    for (int unsigned i = 0; i < 4; i++) begin
      for (int unsigned k = 0; k < i; k++) begin
        if (valid_i[i] && valid_i[k] && memory_i[i*2 +: 2] == memory_i[k*2 +: 2]) begin
          if (line_i[i*32 +: 32] == line_i[k*32 +: 32]) begin
            is_first[i]     = 1'b0;
            place[i*2 +: 2] = place[k*2 +: 2];
          end else if (is_first[i] && is_first[k] &&
                       cf_npu_pkg::bank_of(memory_i[i*2 +: 2], line_i[i*32 +: 32]) ==
                       cf_npu_pkg::bank_of(memory_i[k*2 +: 2], line_i[k*32 +: 32])) begin
            place[i*2 +: 2] = place[i*2 +: 2] + 2'd1;
          end
        end
      end
      if (valid_i[i] && place[i*2 +: 2] > last_place) last_place = place[i*2 +: 2];
    end
  end
  always_comb begin
    for (int unsigned i = 0; i < 4; i++) asks_o[i] = valid_i[i] && place[i*2 +: 2] == place_i;
  end
  assign is_last_o = place_i == last_place;
endmodule
