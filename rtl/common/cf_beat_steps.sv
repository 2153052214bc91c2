/// How many steps the results of a beat take to be written. Combinational; a beat must know it as early as its last
/// fetch step, because the next beat and the next instruction keep away from these steps.
/// Source: sim/README.md, "Beats" (rounds).
module cf_beat_steps (
  input  cf_beat_pkg::target_t            target0_i,
  input  cf_beat_pkg::target_t            target1_i,  // rows = 1
  output logic [cf_beat_pkg::STEPS_W-1:0] steps_o     // 0 if the beat writes nothing
);
  localparam int unsigned Lanes  = cf_npu_pkg::LANES;
  localparam int unsigned StepsW = cf_beat_pkg::STEPS_W;

  // Lines of each list, and of element i: its line, is it the first element in it, and the line's place in the list.
  logic [StepsW-1:0]   count0, count1, conflicts;
  logic [Lanes*32-1:0] line0, line1;
  logic [Lanes-1:0]    opens0, opens1;
  logic [Lanes*16-1:0] rank0, rank1;
  logic [31:0]         row0, line, prior;
  always_comb begin
    count0 = '0;
    line0  = '0;
    opens0 = '0;
    rank0  = '0;
    line   = '0;
    row0   = target0_i.base;
    for (int unsigned r = 0; r < Lanes; r++) begin
      prior = '0;
      for (int unsigned i = 0; i < Lanes; i++) begin
        line = cf_npu_pkg::line_of(target0_i.memory, row0 + i * target0_i.col_pitch);
        if (target0_i.valid && r < 32'(target0_i.rows) && i < 32'(target0_i.cols) && (i == 0 || line != prior)) begin
          if (r == 0) begin
            line0[i*32 +: 32] = line;
            opens0[i]         = 1'b1;
            rank0[i*16 +: 16] = count0[15:0];
          end
          count0 = count0 + 1'b1;
        end
        prior = line;
      end
      row0 = row0 + target0_i.row_pitch;
    end
  end
  logic [31:0] line1_here, prior1;
  always_comb begin
    count1     = '0;
    line1      = '0;
    opens1     = '0;
    rank1      = '0;
    line1_here = '0;
    prior1    = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      line1_here = cf_npu_pkg::line_of(target1_i.memory, target1_i.base + i * target1_i.col_pitch);
      if (target1_i.valid && i < 32'(target1_i.cols) && (i == 0 || line1_here != prior1)) begin
        line1[i*32 +: 32] = line1_here;
        opens1[i]         = 1'b1;
        rank1[i*16 +: 16] = count1[15:0];
        count1            = count1 + 1'b1;
      end
      prior1 = line1_here;
    end
  end

  // A round takes a second step if its two lines are distinct ones of one bank.
  always_comb begin
    conflicts = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      for (int unsigned k = 0; k < Lanes; k++) begin
        if (opens0[i] && opens1[k] && rank0[i*16 +: 16] == rank1[k*16 +: 16] &&
            target0_i.memory == target1_i.memory && line0[i*32 +: 32] != line1[k*32 +: 32] &&
            cf_npu_pkg::bank_of(target0_i.memory, line0[i*32 +: 32]) ==
            cf_npu_pkg::bank_of(target1_i.memory, line1[k*32 +: 32])) conflicts = conflicts + 1'b1;
      end
    end
  end
  assign steps_o = (count0 > count1 ? count0 : count1) + conflicts;

  logic unused_ok;
  assign unused_ok = &{1'b0, target0_i, target1_i};
endmodule
