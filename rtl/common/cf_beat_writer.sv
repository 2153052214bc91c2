/// The end of a beat pipe: keeps the results of beats until their step, L behind the last fetch step, then writes them
/// line by line. One beat is written at a time, because the sequencer and its gate keep their writes apart.
/// Source: sim/README.md, "Beats" (write).
module cf_beat_writer (
  input  logic                                 clk_i,
  input  logic                                 rst_ni,
  input  logic                                 advance_i,
  // The sequencer: a beat ends in this step.
  input  logic                                 ends_i,
  input  cf_beat_pkg::target_t                 target0_i,  // without is_float
  input  cf_beat_pkg::target_t                 target1_i,
  input  logic [cf_beat_pkg::STEPS_W-1:0]      latency_i,  // L
  input  logic                                 is_block_i,  // a transpose
  input  logic                                 is_last_i,  // last beat of its instruction
  input  logic [cf_npu_pkg::SLOT_W-1:0]        slot_i,
  // The lanes: the beat that ended in the step before.
  input  logic [32*cf_npu_pkg::LANES-1:0]      lanes0_i,
  input  logic [32*cf_npu_pkg::LANES-1:0]      lanes1_i,
  input  logic                                 is_float0_i,
  input  logic                                 is_float1_i,
  input  logic [cf_npu_pkg::LANES-1:0]         raw_i,
  input  logic [32*cf_npu_pkg::LANES*cf_npu_pkg::LANES-1:0] block_i,  // a transpose: of the beat that is written
  // What is written in this cycle: by result.
  output cf_npu_pkg::line_write_t              write0_o,
  output logic [1:0]                           operand0_o,
  output cf_npu_pkg::line_write_t              write1_o,
  output logic [1:0]                           operand1_o,
  // The last write of an instruction is in this step.
  output logic                                 end_o,
  output logic [cf_npu_pkg::SLOT_W-1:0]        end_slot_o
);
  localparam int unsigned Lanes     = cf_npu_pkg::LANES;
  localparam int unsigned LineBytes = cf_npu_pkg::LINE_BYTES;
  localparam int unsigned LineW     = cf_npu_pkg::LINE_W;
  localparam int unsigned TargetW   = cf_beat_pkg::TARGET_W;
  localparam int unsigned SlotW     = cf_npu_pkg::SLOT_W;

  // Steps between evaluation and write at most: a power of two above the longest latency.
  function automatic int unsigned needed_depth(input logic [9:0] least);
    logic [9:0] longest;
    longest = least;
    for (int unsigned i = 0; i < 32'(cf_isa_pkg::INSTR_NONE); i++) begin
      if (cf_instr_pkg::pipe_latency(cf_npu_pkg::INSTR_W'(i)) > longest)
        longest = cf_instr_pkg::pipe_latency(cf_npu_pkg::INSTR_W'(i));
    end
    needed_depth = 1 << $clog2(32'(longest) + 2);
  endfunction
  localparam int unsigned Depth  = needed_depth(10'd2);
  localparam int unsigned PlaceW = $clog2(Depth);

  // The beat that ended in the step before.
  logic                 ends_q, is_block_q, is_last_q;
  cf_beat_pkg::target_t target0_q, target1_q;
  logic [PlaceW-1:0]    delay_q;  // L - 1
  logic [SlotW-1:0]     slot_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        ends_q <= 1'b0;
    else if (advance_i) ends_q <= ends_i && (target0_i.valid || target1_i.valid || is_last_i);
  end
  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      target0_q  <= target0_i;
      target1_q  <= target1_i;
      delay_q    <= PlaceW'(latency_i - 1'b1);
      is_block_q <= is_block_i;
      is_last_q  <= is_last_i;
      slot_q     <= slot_i;
    end
  end

  // Beats by the step in which their writes begin; the place of this step goes round.
  localparam int unsigned EntryW = 2 + SlotW + 2 * TargetW + Lanes + 64 * Lanes;
  logic [EntryW-1:0]    entries_q [Depth];
  logic [Depth-1:0]     due_d, due_q;
  logic [PlaceW-1:0]    place_q;
  logic [EntryW-1:0]    new_entry, entry, entry_q;
  cf_beat_pkg::target_t new_target0, new_target1;
  always_comb begin
    new_target0          = target0_q;
    new_target1          = target1_q;
    new_target0.is_float = is_float0_i;
    new_target1.is_float = is_float1_i;
  end
  assign new_entry = {is_last_q, is_block_q, slot_q, new_target0, new_target1, raw_i, lanes0_i, lanes1_i};
  always_comb begin
    due_d = due_q;
    if (advance_i) begin
      due_d[place_q] = 1'b0;
      if (ends_q) due_d[place_q + delay_q] = 1'b1;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      due_q   <= '0;
      place_q <= '0;
    end else begin
      due_q <= due_d;
      if (advance_i) place_q <= place_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance_i && ends_q) entries_q[place_q + delay_q] <= new_entry;
  end

  // The beat that is written: for the first time from its place, then from a register.
  logic                 is_first, is_active, is_active_q, is_last, is_block;
  logic [SlotW-1:0]     slot;
  cf_beat_pkg::target_t target0, target1;
  logic [Lanes-1:0]     raw;
  logic [32*Lanes-1:0]  lanes0, lanes1;
  assign is_first  = due_q[place_q];
  assign is_active = is_first || is_active_q;
  assign entry     = is_first ? entries_q[place_q] : entry_q;
  assign {is_last, is_block, slot, target0, target1, raw, lanes0, lanes1} = entry;

  // Elements: of a block, column `row` of its source rows.
  logic [15:0]         row_d, row_q, row;
  logic [2*Lanes-1:0]  left_d, left_q, left, all, left_after;
  logic [1:0]          round_d, round_q, round_place;
  logic [32*Lanes-1:0] block_lanes, element0, element1;
  assign row         = is_first ? 16'd0 : row_q;
  assign left        = is_first ? all : left_q;
  assign round_place = is_first ? 2'd0 : round_q;
  always_comb begin
    block_lanes = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      for (int unsigned r = 0; r < Lanes; r++) begin
        if (32'(row) == r) block_lanes[i*32 +: 32] = block_i[(i*Lanes + r)*32 +: 32];
      end
    end
  end

  logic [64*Lanes-1:0] address;
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [31:0] lane0;
    logic [63:0] narrow0, narrow1;
    assign lane0 = is_block ? block_lanes[i*32 +: 32] : lanes0[i*32 +: 32];
    assign narrow0 = cf_convert_pkg::narrow(target0.elem_type, target0.is_float, lane0);
    assign narrow1 = cf_convert_pkg::narrow(target1.elem_type, target1.is_float, lanes1[i*32 +: 32]);
    assign element0[i*32 +: 32] = raw[i] ? lane0 : narrow0[31:0];
    assign element1[i*32 +: 32] = narrow1[31:0];
    assign address[i*32 +: 32]           = target0.base + 32'(row) * target0.row_pitch + i * target0.col_pitch;
    assign address[(Lanes + i)*32 +: 32] = target1.base + i * target1.col_pitch;
    assign all[i]         = target0.valid && i < 32'(target0.cols);
    assign all[Lanes + i] = target1.valid && i < 32'(target1.cols);
    logic unused_ok;
    assign unused_ok = &{1'b0, narrow0[63:32], narrow1[63:32]};
  end

  // Lines, round by round. The lower operand comes first.
  logic [63:0]        line;
  logic [2*Lanes-1:0] takes;
  logic [3:0]         asks;
  logic               ends_round, ends_row, is_done;
  cf_beat_segment u_segment0 (
    .memory_i(target0.memory), .address_i(address[0 +: 32*Lanes]), .left_i(left[0 +: Lanes]), .is_single_i(1'b0),
    .line_o(line[31:0]), .takes_o(takes[0 +: Lanes])
  );
  cf_beat_segment u_segment1 (
    .memory_i(target1.memory), .address_i(address[32*Lanes +: 32*Lanes]), .left_i(left[Lanes +: Lanes]),
    .is_single_i(1'b0), .line_o(line[63:32]), .takes_o(takes[Lanes +: Lanes])
  );
  cf_beat_rounds u_rounds (
    .valid_i({2'b00, |left[Lanes +: Lanes], |left[0 +: Lanes]}), .memory_i({4'd0, target1.memory, target0.memory}),
    .line_i({64'd0, line}), .place_i(round_place), .asks_o(asks), .is_last_o(ends_round)
  );
  assign left_after = ends_round ? left & ~takes : left;
  assign ends_row   = left_after == '0;
  assign is_done    = ends_row && (!target0.valid || row + 16'd1 >= target0.rows);

  always_comb begin
    row_d   = row;
    left_d  = left;
    round_d = round_place;
    if (advance_i) begin
      left_d  = left_after;
      round_d = ends_round ? 2'd0 : round_place + 2'd1;
      if (ends_row) begin
        row_d  = row + 16'd1;
        left_d = all;
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        is_active_q <= 1'b0;
    else if (advance_i) is_active_q <= is_active && !is_done;
  end
  always_ff @(posedge clk_i) begin
    if (is_first) entry_q <= entry;
    if (is_active) begin
      row_q   <= row_d;
      left_q  <= left_d;
      round_q <= round_d;
    end
  end

  // Bytes of an element go to their places in the line.
  logic [2*LineW-1:0]     data;
  logic [2*LineBytes-1:0] bytes;
  logic [15:0]            offset;
  logic [LineBytes-1:0]   mask;
  always_comb begin
    data   = '0;
    bytes  = '0;
    offset = '0;
    mask   = '0;
    for (int unsigned r = 0; r < 2; r++) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (takes[r*Lanes + i]) begin
          offset = cf_beat_pkg::offset_of(r == 0 ? target0.memory : target1.memory, address[(r*Lanes + i)*32 +: 32]);
          unique case (cf_npu_pkg::size_shift(r == 0 ? target0.elem_type : target1.elem_type))
            2'd0:    mask = LineBytes'(4'b0001);
            2'd1:    mask = LineBytes'(4'b0011);
            default: mask = LineBytes'(4'b1111);
          endcase
          bytes[r*LineBytes +: LineBytes] = bytes[r*LineBytes +: LineBytes] | (mask << offset);
          data[r*LineW +: LineW] = data[r*LineW +: LineW] |
              ((r == 0 ? LineW'(element0[i*32 +: 32]) : LineW'(element1[i*32 +: 32])) << {offset, 3'd0});
        end
      end
    end
  end

  assign write0_o.valid  = is_active && asks[0];
  assign write0_o.memory = target0.memory;
  assign write0_o.line   = line[31:0];
  assign write0_o.bytes  = bytes[0 +: LineBytes];
  assign write0_o.data   = data[0 +: LineW];
  assign operand0_o      = target0.operand;
  assign write1_o.valid  = is_active && asks[1];
  assign write1_o.memory = target1.memory;
  assign write1_o.line   = line[63:32];
  assign write1_o.bytes  = bytes[LineBytes +: LineBytes];
  assign write1_o.data   = data[LineW +: LineW];
  assign operand1_o      = target1.operand;
  assign end_o           = is_active && is_done && is_last && advance_i;
  assign end_slot_o      = slot;

  logic unused_ok;
  assign unused_ok = &{1'b0, latency_i, asks[3:2], target1};

`ifndef YOSYS
  // The next beat comes later than the last line of this one.
  a_apart:   assert property (@(posedge clk_i) disable iff (!rst_ni) !(due_q[place_q] && is_active_q));
  // The block is there when it is written: copied ones a step after the evaluation, others two.
  a_block:   assert property (@(posedge clk_i) disable iff (!rst_ni)
                              ends_q && is_block_q |-> delay_q == (raw_i != '0 ? PlaceW'(1) : PlaceW'(2)));
  a_latency: assert property (@(posedge clk_i) disable iff (!rst_ni) ends_i |-> latency_i >= 2 && latency_i <= Depth);
`endif
endmodule
