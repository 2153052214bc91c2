/// The load engine: views of DRAM into Vec, Left and Right. Requests leave one a cycle, the first in the cycle of the
/// start; what comes back is converted and written by cf_load_writer.
///
/// A burst is outstanding from its request to the last step of its elements; the beat buffer has room for all of them,
/// so RREADY is 1. Source: sim/README.md, "Load engine"; sim/load.
module cf_load_engine (
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
  output cf_npu_pkg::line_write_t       write_o,
  input  logic                          grant_i,
  // DRAM.
  output logic                          ar_valid_o,
  output cf_npu_pkg::axi_request_t      ar_o,
  input  logic                          r_valid_i,
  input  cf_npu_pkg::axi_read_t         r_i,
  // Everybody.
  output cf_npu_pkg::fault_t            fault_o,
  output logic                          is_drained_o,
  output cf_npu_pkg::engine_trace_t     trace_o,
  output logic [31:0]                   done_count_o
);
  localparam int unsigned BeatW       = cf_npu_pkg::BEAT_W;
  localparam int unsigned SeqW        = cf_npu_pkg::SEQ_W;
  localparam int unsigned SlotW       = cf_npu_pkg::SLOT_W;
  localparam int unsigned Outstanding = cf_isa_pkg::BUS_MAX_OUTSTANDING;
  localparam int unsigned Beats       = Outstanding * cf_isa_pkg::BUS_MAX_BURST_BEATS;
  localparam int unsigned CountW      = $clog2(Outstanding + 1);

  cf_npu_pkg::command_t head;
  cf_npu_pkg::work_t    work;
  cf_npu_pkg::fault_t   fault;
  logic                 head_valid, start, ends_load;
  logic [SlotW-1:0]     start_slot, end_slot;
  logic [1:0]           gate;
  logic [cf_npu_pkg::IN_FLIGHT-1:0] open, result0_overlap;
  logic                 overlap;
  cf_engine_front #(.Unit(cf_isa_pkg::UNIT_LOAD)) u_front (
    .clk_i, .rst_ni, .stop_i, .valid_i, .command_i, .pop_o, .set_o, .set_flag_o, .overflow_i, .wait_o, .wait_flag_o,
    .take_i, .conflict_i,
    .head_valid_o(head_valid), .head_o(head), .gate_i(gate), .start_o(start), .start_slot_o(start_slot),
    .end_i(ends_load), .end_slot_i(end_slot), .ends_at_once_i(1'b0), .open_o(open), .overlap_o(overlap),
    .result0_overlap_o(result0_overlap), .work_i(work), .fault_i(fault),
    .fault_o, .is_drained_o, .trace_o, .done_count_o);

  // Requests.
  cf_view_pkg::plan_t  plan;
  cf_view_pkg::burst_t burst;
  logic                is_walking, has_item, is_burst, is_last, nears_end, takes, has_room;
  logic [31:0]         skipped;
  logic [CountW-1:0]   outstanding_d, outstanding_q;
  logic                ends_burst;
  cf_view_plan u_plan (.view_i(head.view), .plan_o(plan));
  cf_view_walker u_walker (
    .clk_i, .rst_ni, .start_i(start), .plan_i(plan), .is_busy_o(is_walking), .has_item_o(has_item),
    .is_burst_o(is_burst), .burst_o(burst), .skipped_o(skipped), .is_last_o(is_last),
    .nears_end_o(nears_end), .take_i(takes));
  assign gate       = is_walking ? cf_npu_pkg::GATE_BUSY : cf_npu_pkg::GATE_START;
  assign has_room   = outstanding_q != CountW'(Outstanding);
  assign takes      = has_item && !stop_i && (!is_burst || has_room);
  assign ar_valid_o = takes && is_burst;
  assign ar_o.addr  = burst.address;
  assign ar_o.len   = burst.len;
  assign ar_o.bytes = burst.bytes;
  assign outstanding_d = outstanding_q + CountW'(ar_valid_o) - CountW'(ends_burst);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) outstanding_q <= '0;
    else         outstanding_q <= outstanding_d;
  end

  // Bursts that have been asked for, for the report of a fault, and their beats.
  logic [SeqW-1:0] seq_q, request_seq, answer_seq;
  logic [31:0]     answer_address;
  logic            answer_valid, ready_for_request, ready_for_beat, is_first_d, is_first_q;
  always_ff @(posedge clk_i) begin
    if (start) seq_q <= head.seq;
  end
  assign request_seq = start ? head.seq : seq_q;
  cf_fifo #(.Depth(Outstanding), .Width(SeqW + 32)) u_requests (
    .clk_i, .rst_ni, .push_i(ar_valid_o), .data_i({request_seq, burst.address}), .ready_o(ready_for_request),
    .valid_o(answer_valid), .data_o({answer_seq, answer_address}), .pop_i(r_valid_i && r_i.last));

  logic             beat_valid, beat_last;
  logic [BeatW-1:0] beat;
  logic             pops_beat;
  cf_fifo #(.Depth(Beats), .Width(BeatW + 1)) u_beats (
    .clk_i, .rst_ni, .push_i(r_valid_i), .data_i({r_i.last, r_i.data}), .ready_o(ready_for_beat),
    .valid_o(beat_valid), .data_o({beat_last, beat}), .pop_i(pops_beat));

  assign is_first_d = r_valid_i ? r_i.last : is_first_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) is_first_q <= 1'b1;
    else         is_first_q <= is_first_d;
  end
  always_comb begin
    fault        = '0;
    fault.valid  = r_valid_i && is_first_q && r_i.resp != 2'd0;
    fault.code   = cf_npu_pkg::FAULT_LOAD_ACCESS;
    fault.seq    = answer_seq;
    fault.detail = answer_address;
  end

  logic advances, loses, is_idle;
  cf_load_writer u_writer (
    .clk_i, .rst_ni, .stop_i, .start_i(start), .plan_i(plan), .tile_i(head.tile0), .view_type_i(head.view.elem_type),
    .pad_i(head.view.pad_bits), .slot_i(start_slot),
    .beat_valid_i(beat_valid), .beat_i(beat), .beat_last_i(beat_last), .pops_beat_o(pops_beat),
    .write_o, .grant_i, .advances_o(advances), .loses_o(loses), .ends_burst_o(ends_burst), .ends_load_o(ends_load),
    .end_slot_o(end_slot), .is_idle_o(is_idle));

  always_comb begin
    work.is_busy = advances || ar_valid_o;
    work.is_held = 1'b0;
    work.is_lost = loses;
    work.is_dram = !is_idle || start;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, head_valid, head, open, overlap, result0_overlap, skipped, is_last, nears_end, ready_for_request,
                       ready_for_beat, answer_valid, burst};
endmodule
