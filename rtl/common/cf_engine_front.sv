/// What the five engines share: the head of the queue, flag operations, the instructions in flight, their overlap and
/// the order in which they retire, faults of flags, the reason of a stall.
///
/// Cycle t: every leading instruction that has finished retires (its done is <= t); the oldest one left sets its flag if
/// it is a `tset`; the head starts if a slot is free and, an own instruction, the unit's gate and the overlap let it.
/// Slots are given in a ring, so an instruction keeps its slot until it retires.
/// Source: sim/README.md, "Life of an engine instruction" and "Stall reasons"; sim/engine/engine.cpp.
module cf_engine_front #(
  /// The engine's cf_isa_pkg::unit_e.
  parameter logic [2:0] Unit = cf_isa_pkg::UNIT_LOAD,
  /// A head that overlaps a result of one in flight waits until that one is done (move, vector).
  parameter bit ChecksOverlap = 1'b0
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  input  logic                             stop_i,
  // The queue.
  input  logic                             valid_i,
  input  cf_npu_pkg::command_t             command_i,
  output logic                             pop_o,
  // The flags.
  output logic                             set_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]    set_flag_o,
  input  logic                             overflow_i,
  output logic                             wait_o,
  output logic [cf_npu_pkg::FLAG_W-1:0]    wait_flag_o,
  input  logic                             take_i,
  input  logic                             conflict_i,
  // The unit: its next instruction.
  output logic                             head_valid_o,  // no flag operation
  output cf_npu_pkg::command_t             head_o,
  input  logic [1:0]                       gate_i,        // cf_npu_pkg::gate_e, for the head in this cycle
  output logic                             start_o,       // it starts in this cycle
  output logic [cf_npu_pkg::SLOT_W-1:0]    start_slot_o,
  // The unit: its instructions in flight.
  input  logic                             end_i,         // in t: its own done is t + 1
  input  logic [cf_npu_pkg::SLOT_W-1:0]    end_slot_i,
  input  logic                             ends_at_once_i,  // with start_o: the one that starts has done = t + 1
  output logic [cf_npu_pkg::IN_FLIGHT-1:0] open_o,          // by slot: in flight with done > t
  output logic                             overlap_o,       // a source or result of the head overlaps a result in flight
  output logic [cf_npu_pkg::IN_FLIGHT-1:0] result0_overlap_o,  // by slot: operand 0 of both, own instructions
  input  cf_npu_pkg::work_t                work_i,          // of this cycle
  input  cf_npu_pkg::fault_t               fault_i,
  // Everybody.
  output cf_npu_pkg::fault_t               fault_o,       // of this cycle
  output logic                             is_drained_o,  // every instruction issued before this cycle is done
  output cf_npu_pkg::engine_trace_t        trace_o,
  output logic [31:0]                      done_count_o   // with done < t
);
  localparam int unsigned Slots = cf_npu_pkg::IN_FLIGHT;
  localparam int unsigned SlotW = cf_npu_pkg::SLOT_W;
  localparam int unsigned SeqW  = cf_npu_pkg::SEQ_W;
  localparam int unsigned FlagW = cf_npu_pkg::FLAG_W;
  // Results of an instruction at most; the description allows no more.
  localparam int unsigned Results = 2;

  // In flight, by slot.
  logic [Slots-1:0]       valid_d, valid_q;
  logic [Slots-1:0]       finished_d, finished_q;  // done <= t, but for the order of retirement
  logic [Slots-1:0]       is_set_d, is_set_q;      // a tset
  logic [Slots-1:0]       is_own_d, is_own_q;      // no flag operation
  logic [Slots*FlagW-1:0] flag_d, flag_q;
  logic [Slots*SeqW-1:0]  seq_d, seq_q;
  logic [SlotW-1:0]       oldest_d, oldest_q;      // slot of the oldest
  logic [SlotW-1:0]       free_d, free_q;          // slot of the next that starts
  logic                   is_refused_d, is_refused_q;  // the twait at the head was a fault: it never takes
  logic                   has_faulted_d, has_faulted_q;
  logic [31:0]            done_count_d, done_count_q;

  function automatic logic [SlotW-1:0] next_slot(input logic [SlotW-1:0] slot);
    next_slot = slot == SlotW'(Slots - 1) ? '0 : slot + 1'b1;
  endfunction

  // Retirement.
  logic [Slots-1:0]               retires;
  logic [cf_npu_pkg::COUNT_W-1:0] retired_count;
  always_comb begin
    retires       = '0;
    retired_count = '0;
    oldest_d      = oldest_q;
    for (int unsigned i = 0; i < Slots; i++) begin
      if (valid_q[oldest_d] && finished_q[oldest_d]) begin
        retires[oldest_d] = 1'b1;
        retired_count     = retired_count + 1'b1;
        oldest_d          = next_slot(oldest_d);
      end
    end
  end
  assign open_o       = valid_q & ~retires;
  assign done_count_d = done_count_q + 32'(retired_count);
  assign done_count_o = done_count_q;
  assign is_drained_o = !valid_i && open_o == '0;

  // The head.
  logic [cf_npu_pkg::INSTR_W-1:0] instr;
  logic is_set, is_wait, is_own, has_slot, may_start;
  assign instr        = command_i.instr;
  assign is_set       = valid_i && cf_instr_pkg::exec_of(instr) == cf_instr_pkg::EXEC_TSET;
  assign is_wait      = valid_i && cf_instr_pkg::exec_of(instr) == cf_instr_pkg::EXEC_TWAIT;
  assign is_own       = valid_i && !is_set && !is_wait;
  assign has_slot     = !(&open_o);
  assign may_start    = has_slot && !stop_i;
  assign head_valid_o = is_own;
  assign head_o       = command_i;

  logic starts_set, starts_wait, is_overlap_hold;
  assign is_overlap_hold = ChecksOverlap && overlap_o;
  assign starts_set      = is_set && may_start;
  assign starts_wait     = wait_o && take_i;
  assign start_o         = is_own && may_start && gate_i == cf_npu_pkg::GATE_START && !is_overlap_hold;
  assign start_slot_o    = free_q;
  assign pop_o           = start_o || starts_set || starts_wait;

  // Flags. A tset fires when all before it are done: it is the oldest one open, or starts with none open.
  logic fires_in_flight;
  assign fires_in_flight = open_o[oldest_d] && is_set_q[oldest_d] && !stop_i;
  assign set_o           = fires_in_flight || (starts_set && open_o == '0);
  assign set_flag_o      = fires_in_flight ? flag_q[32'(oldest_d)*FlagW +: FlagW] : command_i.x[FlagW-1:0];
  assign wait_o          = is_wait && may_start && !is_refused_q;
  assign wait_flag_o     = command_i.x[FlagW-1:0];

  // A slot that retires in this cycle may be the one that the head takes.
  always_comb begin
    valid_d    = open_o;
    finished_d = finished_q;
    is_set_d   = is_set_q;
    is_own_d   = is_own_q;
    flag_d     = flag_q;
    seq_d      = seq_q;
    free_d     = free_q;
    if (end_i) finished_d[end_slot_i] = 1'b1;
    if (fires_in_flight) finished_d[oldest_d] = 1'b1;
    if (pop_o) begin
      free_d             = next_slot(free_q);
      valid_d[free_q]    = 1'b1;
      finished_d[free_q] = starts_wait || (starts_set && open_o == '0) || (start_o && ends_at_once_i);
      is_set_d[free_q]   = is_set;
      is_own_d[free_q]   = is_own;
      flag_d[32'(free_q)*FlagW +: FlagW] = command_i.x[FlagW-1:0];
      seq_d[32'(free_q)*SeqW +: SeqW]    = command_i.seq;
    end
  end

  // Overlap. A result in flight against all tiles of the head; the source of a view is all of its memory.
  localparam int unsigned TileW = cf_npu_pkg::TILE_W;
  logic [3:0]         head_uses, head_walks;
  logic [4*TileW-1:0] head_tiles;
  assign head_uses  = cf_instr_pkg::tiles_of(instr);
  assign head_walks = cf_instr_pkg::shape_of(instr) == cf_instr_pkg::SHAPE_VIEW ? cf_instr_pkg::sources_of(instr) : '0;
  assign head_tiles = {command_i.tile3, command_i.tile2, command_i.tile1, command_i.tile0};

  // The head's results as a slot keeps them: number j of those that it has.
  logic [3:0]               head_results;
  logic [Results-1:0]       has_result;
  logic [Results*TileW-1:0] result_tiles;
  logic [7:0]               head_memories;
  logic [2*Results-1:0]     result_memories;
  assign head_memories = {command_i.tile3.memory, command_i.tile2.memory, command_i.tile1.memory,
                          command_i.tile0.memory};
  assign head_results = cf_instr_pkg::results_of(instr);
  always_comb begin
    has_result      = '0;
    result_tiles    = '0;
    result_memories = '0;
    for (int unsigned i = 4; i > 0; i--) begin
      if (head_results[i-1]) begin
        has_result      = {has_result[Results-2:0], 1'b1};
        result_tiles    = {result_tiles[(Results-1)*TileW-1:0], head_tiles[(i-1)*TileW +: TileW]};
        result_memories = {result_memories[2*(Results-1)-1:0], head_memories[2*(i-1) +: 2]};
      end
    end
  end

  logic [Slots-1:0] overlaps;
  assign overlap_o = |overlaps;
  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic is_taken;
    assign is_taken = start_o && free_q == SlotW'(s);

    cf_npu_pkg::tile_t tile0_q;
    logic              overlaps0;
    always_ff @(posedge clk_i) begin
      if (is_taken) tile0_q <= command_i.tile0;
    end
    cf_tiles_overlap u_tile0 (.a_i(command_i.tile0), .b_i(tile0_q), .overlap_o(overlaps0));
    assign result0_overlap_o[s] = overlaps0 && open_o[s] && is_own_q[s] && is_own;

    if (ChecksOverlap) begin : gen_results
      logic [Results-1:0]   has_result_q, meets;
      logic [2*Results-1:0] result_memory_q;
      assign overlaps[s] = (|meets) && open_o[s] && is_own_q[s] && is_own;
      always_ff @(posedge clk_i) begin
        if (is_taken) has_result_q    <= has_result;
        if (is_taken) result_memory_q <= result_memories;
      end
      for (genvar j = 0; j < Results; j++) begin : gen_result
        cf_npu_pkg::tile_t result_q;
        logic [3:0]        shares, is_same_memory;
        always_ff @(posedge clk_i) begin
          if (is_taken) result_q <= result_tiles[j*TileW +: TileW];
        end
        for (genvar i = 0; i < 4; i++) begin : gen_operand
          cf_tiles_overlap u_share (.a_i(head_tiles[i*TileW +: TileW]), .b_i(result_q), .overlap_o(shares[i]));
          assign is_same_memory[i] = head_memories[2*i +: 2] == result_memory_q[2*j +: 2];
        end
        assign meets[j] = has_result_q[j] && |(head_uses & (shares | (head_walks & is_same_memory)));
      end
    end else begin : gen_no_results
      assign overlaps[s] = 1'b0;
    end
  end
  if (!ChecksOverlap) begin : gen_unused
    logic unused_ok;
    assign unused_ok = &{1'b0, head_uses, head_walks, has_result, result_tiles, head_memories, result_memories};
  end

  // Faults: the unit's own comes first, then that of a set, then that of a wait.
  logic is_overflow, is_conflict;
  assign is_overflow   = set_o && overflow_i;
  assign is_conflict   = wait_o && conflict_i;
  assign is_refused_d  = is_refused_q || is_conflict;
  assign has_faulted_d = has_faulted_q || fault_o.valid;
  always_comb begin
    fault_o       = fault_i;
    fault_o.valid = (fault_i.valid && !stop_i) || is_overflow || is_conflict;
    if (!fault_i.valid && is_overflow) begin
      fault_o.code   = cf_npu_pkg::FAULT_FLAG_OVERFLOW;
      fault_o.seq    = fires_in_flight ? seq_q[32'(oldest_d)*SeqW +: SeqW] : command_i.seq;
      fault_o.detail = 32'(set_flag_o);
      fault_o.extra  = '0;
    end else if (!fault_i.valid && is_conflict) begin
      fault_o.code   = cf_npu_pkg::FAULT_FLAG_WAITER;
      fault_o.seq    = command_i.seq;
      fault_o.detail = 32'(wait_flag_o);
      fault_o.extra  = '0;
    end
  end

  // Stall. A head that waits because the unit still works on the one before says nothing by itself.
  logic is_head_held;
  logic [3:0] stall;
  always_comb begin
    is_head_held = valid_i && !has_slot;
    if (is_own && gate_i != cf_npu_pkg::GATE_BUSY) begin
      is_head_held = !has_slot || is_overlap_hold || gate_i == cf_npu_pkg::GATE_HAZARD;
    end
    stall = cf_npu_pkg::STALL_EMPTY;
    if (work_i.is_busy)       stall = cf_npu_pkg::STALL_BUSY;
    else if (has_faulted_d)   stall = cf_npu_pkg::STALL_FAULT;
    else if (is_wait)         stall = cf_npu_pkg::STALL_FLAG;
    else if (is_head_held)    stall = cf_npu_pkg::STALL_HAZARD;
    else if (work_i.is_held)  stall = cf_npu_pkg::STALL_HAZARD;
    else if (work_i.is_lost)  stall = cf_npu_pkg::STALL_BANK;
    else if (work_i.is_dram)  stall = cf_npu_pkg::STALL_DRAM;
  end

  always_comb begin
    trace_o.started     = pop_o;
    trace_o.started_seq = command_i.seq;
    trace_o.done_count  = retired_count;
    trace_o.stall       = stall;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= '0;
      finished_q    <= '0;
      oldest_q      <= '0;
      free_q        <= '0;
      is_refused_q  <= 1'b0;
      has_faulted_q <= 1'b0;
      done_count_q  <= '0;
    end else begin
      valid_q       <= valid_d;
      finished_q    <= finished_d;
      oldest_q      <= oldest_d;
      free_q        <= free_d;
      is_refused_q  <= is_refused_d;
      has_faulted_q <= has_faulted_d;
      done_count_q  <= done_count_d;
    end
  end
  // Read only where valid_q says so.
  always_ff @(posedge clk_i) begin
    is_set_q <= is_set_d;
    is_own_q <= is_own_d;
    flag_q   <= flag_d;
    seq_q    <= seq_d;
  end

`ifndef YOSYS
  // Immediate ones: Verilator 5.006 cannot sample a structure as wide as the command.
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_end:  assert (!end_i || (open_o[end_slot_i] && is_own_q[end_slot_i]));
      a_unit: assert (!valid_i || cf_isa_pkg::unit_of(instr) == Unit);
    end
  end
`endif
endmodule
