/// The store engine: tiles of Vec and Acc into views of DRAM. The lines of a burst are read one a step, the first in
/// the cycle of the start; the burst is requested in the cycle after its last line was asked for, and its beats leave
/// from then on.
///
/// A burst has a place in the buffer from its first step to its response. Source: sim/README.md, "Store engine";
/// sim/store.
module cf_store_engine (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          stop_i,
  // The queue.
  input  logic                          valid_i,
  input  cf_npu_pkg::command_t          command_i,
  output logic                          pop_o,
  // The flags.
  output logic                          set_o,
  output logic [cf_npu_pkg::FLAG_W-1:0] set_flag_o,
  input  logic                          overflow_i,
  output logic                          wait_o,
  output logic [cf_npu_pkg::FLAG_W-1:0] wait_flag_o,
  input  logic                          take_i,
  input  logic                          conflict_i,
  // The tile memories.
  output cf_npu_pkg::line_read_t        read_o,
  input  logic [cf_npu_pkg::LINE_W-1:0] data_i,
  input  logic                          grant_i,
  // DRAM.
  output logic                          aw_valid_o,
  output cf_npu_pkg::axi_request_t      aw_o,
  output logic                          w_valid_o,
  output cf_npu_pkg::axi_write_t        w_o,
  input  logic                          b_valid_i,
  input  logic [1:0]                    b_resp_i,
  // Everybody.
  output cf_npu_pkg::fault_t            fault_o,
  output logic                          is_drained_o,
  output cf_npu_pkg::engine_trace_t     trace_o,
  output logic [31:0]                   done_count_o
);
  localparam int unsigned Slots   = cf_npu_pkg::IN_FLIGHT;
  localparam int unsigned SlotW   = cf_npu_pkg::SLOT_W;
  localparam int unsigned SeqW    = cf_npu_pkg::SEQ_W;
  localparam int unsigned Places  = cf_isa_pkg::BUS_MAX_OUTSTANDING;
  localparam int unsigned PlaceW  = Places > 1 ? $clog2(Places) : 1;
  localparam int unsigned PlacesW = $clog2(Places + 1);
  localparam int unsigned Elems   = cf_isa_pkg::BUS_BEAT_BYTES * cf_isa_pkg::BUS_MAX_BURST_BEATS;  // of a burst
  localparam int unsigned ElemsW  = $clog2(Elems + 1);

  cf_npu_pkg::command_t head;
  cf_npu_pkg::work_t    work;
  cf_npu_pkg::fault_t   fault;
  logic                 head_valid, start, ends, ends_at_once;
  logic [SlotW-1:0]     start_slot, end_slot;
  logic [1:0]           gate;
  logic [Slots-1:0]     open, result0_overlap;
  logic                 overlap;
  cf_engine_front #(.Unit(cf_isa_pkg::UNIT_STORE)) u_front (
    .clk_i, .rst_ni, .stop_i, .valid_i, .command_i, .pop_o, .set_o, .set_flag_o, .overflow_i, .wait_o, .wait_flag_o,
    .take_i, .conflict_i,
    .head_valid_o(head_valid), .head_o(head), .gate_i(gate), .start_o(start), .start_slot_o(start_slot),
    .end_i(ends), .end_slot_i(end_slot), .ends_at_once_i(ends_at_once), .open_o(open), .overlap_o(overlap),
    .result0_overlap_o(result0_overlap), .work_i(work), .fault_i(fault),
    .fault_o, .is_drained_o, .trace_o, .done_count_o);

  // Bursts, in order.
  cf_view_pkg::plan_t  plan;
  cf_view_pkg::burst_t burst;
  logic                is_walking, has_item, is_burst, is_last, nears_end, takes;
  logic [31:0]         skipped;
  cf_view_plan u_plan (.view_i(head.view), .plan_o(plan));
  cf_view_walker u_walker (
    .clk_i, .rst_ni, .start_i(start), .plan_i(plan), .is_busy_o(is_walking), .has_item_o(has_item),
    .is_burst_o(is_burst), .burst_o(burst), .skipped_o(skipped), .is_last_o(is_last),
    .nears_end_o(nears_end), .take_i(takes));
  assign gate         = is_walking ? cf_npu_pkg::GATE_BUSY : cf_npu_pkg::GATE_START;

  // The store whose tile is read.
  cf_npu_pkg::tile_t tile_q, tile;
  logic [3:0]        view_type_q, view_type;
  logic [SlotW-1:0]  slot_q, slot;
  logic [SeqW-1:0]   seq_q, seq;
  assign tile      = start ? head.tile1 : tile_q;
  assign view_type = start ? head.view.elem_type : view_type_q;
  assign slot      = start ? start_slot : slot_q;
  assign seq       = start ? head.seq : seq_q;
  always_ff @(posedge clk_i) begin
    tile_q      <= tile;
    view_type_q <= view_type;
    slot_q      <= slot;
    seq_q       <= seq;
  end

  // The step: elements whose first byte the burst carries.
  cf_view_pkg::tile_place_t place_d, place_q, origin, sought, from, behind;
  logic                     begun_d, begun_q;  // the burst has had a step
  logic [ElemsW-1:0]        done_d, done_q;    // elements of it that have been read
  logic [1:0]               view_shift;
  logic [2:0]               phase;             // bytes of its first element in the burst before
  logic [ElemsW-1:0]        elems;
  logic [ElemsW-1:0]        to_go, taken;
  logic [31:0]              line;
  logic [Elems*16-1:0]      offsets;
  always_comb begin
    origin = place_q;
    if (start) begin
      origin.column      = 16'd0;
      origin.row_address = tile.base_bytes;
      origin.address     = tile.base_bytes;
    end
    from       = begun_q ? place_q : sought;
    view_shift = cf_npu_pkg::size_shift(view_type);
    phase      = (3'd0 - burst.left_bytes[2:0]) & 3'((4'd1 << view_shift) - 4'd1);
    elems      = ElemsW'(((32'(phase) + 32'(burst.bytes) + (32'd1 << view_shift) - 32'd1) >> view_shift) - 32'(phase != 3'd0));
    to_go      = is_burst ? elems - done_q : '0;
  end
  cf_tile_seek u_seek (.tile_i(tile), .place_i(origin), .count_i(skipped), .place_o(sought));
  cf_tile_walker #(.MaxElems(Elems)) u_tile_walker (
    .tile_i(tile), .place_i(from), .count_i(to_go), .line_o(line), .taken_o(taken), .offsets_o(offsets),
    .place_o(behind));

  logic [PlacesW-1:0] used_d, used_q;
  logic               can_step, advances, sends;
  assign can_step      = has_item && !stop_i && (!is_burst || begun_q || used_q != PlacesW'(Places));
  assign read_o.valid  = can_step && to_go != '0;
  assign read_o.memory = tile.memory;
  assign read_o.line   = line;
  assign advances      = can_step && grant_i;
  assign takes         = advances && taken == to_go;
  assign sends         = takes && is_burst;
  always_comb begin
    begun_d = begun_q;
    done_d  = done_q;
    place_d = start ? origin : place_q;
    if (advances && is_burst) begin
      begun_d = !takes;
      done_d  = takes ? '0 : done_q + taken;
      place_d = behind;
    end
    used_d = used_q + PlacesW'(advances && is_burst && !begun_q) - PlacesW'(b_valid_i);
  end

  // The burst's place, its line in the next cycle, its request after the last step.
  function automatic logic [PlaceW-1:0] following(input logic [PlaceW-1:0] place);
    following = place == PlaceW'(Places - 1) ? '0 : place + 1'b1;
  endfunction
  logic [PlaceW-1:0]        fill_d, fill_q;      // of the burst that is read
  logic [PlaceW-1:0]        answer_d, answer_q;  // of the next response
  logic [ElemsW-1:0]        line_count_d, line_count_q, line_first_q;
  logic [PlaceW-1:0]        line_place_q;
  logic [Elems*16-1:0]      line_offsets_q;
  logic                     request_q;
  cf_npu_pkg::axi_request_t request_d_bits, request_q_bits;
  logic [31:0]              addresses_q [Places];
  logic [SeqW-1:0]          seqs_q      [Places];
  logic [SlotW-1:0]         slots_q     [Places];
  assign fill_d               = sends ? following(fill_q) : fill_q;
  assign answer_d             = b_valid_i ? following(answer_q) : answer_q;
  assign line_count_d         = advances ? taken : '0;
  assign request_d_bits.addr  = burst.address;
  assign request_d_bits.len   = burst.len;
  assign request_d_bits.bytes = burst.bytes;
  assign aw_valid_o           = request_q && !stop_i;
  assign aw_o                 = request_q_bits;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      begun_q      <= 1'b0;
      done_q       <= '0;
      used_q       <= '0;
      fill_q       <= '0;
      answer_q     <= '0;
      line_count_q <= '0;
      request_q    <= 1'b0;
    end else begin
      begun_q      <= begun_d;
      done_q       <= done_d;
      used_q       <= used_d;
      fill_q       <= fill_d;
      answer_q     <= answer_d;
      line_count_q <= line_count_d;
      request_q    <= sends;
    end
  end
  always_ff @(posedge clk_i) begin
    place_q        <= place_d;
    line_first_q   <= done_q;
    line_place_q   <= fill_q;
    line_offsets_q <= offsets;
    request_q_bits <= request_d_bits;
    if (sends) begin
      addresses_q[fill_q] <= burst.address;
      seqs_q[fill_q]      <= seq;
      slots_q[fill_q]     <= slot;
    end
  end
  cf_store_buffer u_buffer (
    .clk_i, .rst_ni, .stop_i,
    .line_count_i(line_count_q), .line_first_i(line_first_q), .line_place_i(line_place_q),
    .line_offsets_i(line_offsets_q), .line_i(data_i),
    .push_i(sends), .burst_i(burst), .place_i(fill_q), .tile_type_i(tile.elem_type), .view_type_i(view_type),
    .w_valid_o, .w_o);

  // Ends: with the last response, or with the last step if that is no burst's and nothing is left to be answered.
  // Only one store can be said to end in a cycle, and a store of padding may end in that of a response. So its end is
  // told a cycle ahead while stores before it wait for responses: they retire first. Should even that meet a response
  // that ends a store, it is told later.
  logic [Slots*PlacesW-1:0] unanswered_d, unanswered_q;  // bursts, by slot
  logic [Slots-1:0]         walked_d, walked_q;          // by slot: all steps have advanced
  logic [SlotW-1:0]         answered;                    // slot of the response
  logic                     ends_by_answer, ends_by_step, ends_ahead;
  logic                     is_told_d, is_told_q;        // the end of the store that is read
  logic [Slots-1:0]         late_d, late_q;              // by slot: its end has not been told yet
  logic [Slots-1:0]         is_store_d, is_store_q;      // by slot: a store is in flight there, no flag operation
  always_comb begin
    answered     = slots_q[answer_q];
    unanswered_d = unanswered_q;
    walked_d     = walked_q;
    if (start) walked_d[start_slot] = 1'b0;
    if (takes && is_last) walked_d[slot] = 1'b1;
    if (sends) unanswered_d[32'(slot)*PlacesW +: PlacesW] = unanswered_d[32'(slot)*PlacesW +: PlacesW] + 1'b1;
    if (b_valid_i)
      unanswered_d[32'(answered)*PlacesW +: PlacesW] = unanswered_d[32'(answered)*PlacesW +: PlacesW] - 1'b1;
    ends_by_answer = b_valid_i && walked_d[answered] && unanswered_d[32'(answered)*PlacesW +: PlacesW] == '0;
    ends_by_step   = takes && is_last && !is_burst && unanswered_q[32'(slot)*PlacesW +: PlacesW] == '0 &&
                     (start || !is_told_q);
    ends_ahead     = takes && nears_end && unanswered_q[32'(slot)*PlacesW +: PlacesW] == '0 && unanswered_d != '0 &&
                     (start || !ends_by_answer);
    ends_at_once   = start && (!has_item || ends_by_step || ends_ahead);
    is_told_d      = (is_told_q && !start) || ends_ahead;
    late_d         = late_q;
    end_slot       = '0;
    if ((ends_by_step || ends_ahead) && !start) late_d[slot] = 1'b1;
    ends           = ends_by_answer || late_d != '0;
    for (int unsigned i = 0; i < Slots; i++) begin
      if (late_d[i]) end_slot = SlotW'(i);
    end
    if (ends_by_answer) end_slot = answered;
    late_d[end_slot] = 1'b0;
    is_store_d = is_store_q & open;
    if (start) is_store_d[start_slot] = 1'b1;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      unanswered_q <= '0;
      walked_q     <= '0;
      late_q       <= '0;
      is_told_q    <= 1'b0;
      is_store_q   <= '0;
    end else begin
      unanswered_q <= unanswered_d;
      walked_q     <= walked_d;
      late_q       <= late_d;
      is_told_q    <= is_told_d;
      is_store_q   <= is_store_d;
    end
  end
  always_comb begin
    fault        = '0;
    fault.valid  = b_valid_i && b_resp_i != 2'd0;
    fault.code   = cf_npu_pkg::FAULT_STORE_ACCESS;
    fault.seq    = seqs_q[answer_q];
    fault.detail = addresses_q[answer_q];
    work.is_busy = advances || aw_valid_o;
    work.is_held = 1'b0;
    work.is_lost = can_step && !grant_i;
    work.is_dram = is_store_d != '0;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, head_valid, head, overlap, result0_overlap};
endmodule
