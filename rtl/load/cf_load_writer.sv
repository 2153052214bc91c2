/// The write stream of the load engine: all loads in order, each step one line of its tile. Beats wait in a buffer
/// until their turn; a beat's elements are those whose last byte it carries. Invalid elements are written in groups of
/// lanes, from the cycle after the start of their load on.
///
/// It walks each view on its own, run by run, so that a request stage that is far ahead needs no room for what it has
/// found. Source: sim/README.md, "Load engine".
module cf_load_writer #(
  /// Loads started and not ended, at most.
  parameter int unsigned Loads = cf_npu_pkg::IN_FLIGHT
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          stop_i,
  // A load starts.
  input  logic                          start_i,
  input  cf_view_pkg::plan_t            plan_i,
  input  cf_npu_pkg::tile_t             tile_i,
  input  logic [3:0]                    view_type_i,
  input  logic [31:0]                   pad_i,
  input  logic [cf_npu_pkg::SLOT_W-1:0] slot_i,
  // Beats, in the order of requests.
  input  logic                          beat_valid_i,
  input  logic [cf_npu_pkg::BEAT_W-1:0] beat_i,
  input  logic                          beat_last_i,  // of its burst
  output logic                          pops_beat_o,
  // The tile memories.
  output cf_npu_pkg::line_write_t       write_o,
  input  logic                          grant_i,
  // What happened in this cycle.
  output logic                          advances_o,    // a step
  output logic                          loses_o,       // a step lost its port
  output logic                          ends_burst_o,  // the last step of a burst
  output logic                          ends_load_o,   // the last step of a load
  output logic [cf_npu_pkg::SLOT_W-1:0] end_slot_o,
  output logic                          is_idle_o      // no load has started in a cycle before and not ended
);
  localparam int unsigned BeatBytes = cf_npu_pkg::BEAT_BYTES;
  localparam int unsigned BeatW     = cf_npu_pkg::BEAT_W;
  localparam int unsigned LineBytes = cf_npu_pkg::LINE_BYTES;
  localparam int unsigned Lanes     = cf_npu_pkg::LANES;
  localparam int unsigned Elems     = BeatBytes > Lanes ? BeatBytes : Lanes;  // of a beat or a group, at most
  localparam int unsigned ElemsW    = $clog2(Elems + 1);
  localparam int unsigned ByteW     = $clog2(BeatBytes);
  localparam int unsigned SlotW     = cf_npu_pkg::SLOT_W;
  localparam int unsigned CountW    = $clog2(Loads + 1);
  localparam int unsigned PlaceW    = Loads > 1 ? $clog2(Loads) : 1;

  // Loads, from the one that is written on.
  cf_view_pkg::plan_t plans_q [Loads];
  cf_npu_pkg::tile_t  tiles_q [Loads];
  logic [3:0]         types_q [Loads];
  logic [31:0]        pads_q  [Loads];
  logic [SlotW-1:0]   slots_q [Loads];
  logic [CountW-1:0]  count_d, count_q;
  logic [PlaceW-1:0]  head_d, head_q, tail_d, tail_q, next;
  function automatic logic [PlaceW-1:0] following(input logic [PlaceW-1:0] place);
    following = place == PlaceW'(Loads - 1) ? '0 : place + 1'b1;
  endfunction
  assign next      = following(head_q);
  assign is_idle_o = count_q == '0;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      plans_q[tail_q] <= plan_i;
      tiles_q[tail_q] <= tile_i;
      types_q[tail_q] <= view_type_i;
      pads_q[tail_q]  <= pad_i;
      slots_q[tail_q] <= slot_i;
    end
  end

  // The run that is written.
  logic                     is_valid_d, is_valid_q;  // its elements are
  logic [34:0]              left_d, left_q;          // valid: bytes behind those of earlier beats, else elements
  logic [ByteW-1:0]         byte_d, byte_q;          // place of the first of these bytes in its beat
  logic [ElemsW-1:0]        done_d, done_q;          // elements of the beat or group that are written
  logic [55:0]              carry_d, carry_q;        // bytes of an element that earlier beats have brought, at the bottom
  cf_view_pkg::place_t      place_d, place_q;        // of the next run
  cf_view_pkg::tile_place_t tile_place_d, tile_place_q;

  cf_npu_pkg::tile_t tile;
  logic [3:0]        view_type;
  logic [1:0]        view_shift;
  assign tile       = tiles_q[head_q];
  assign view_type  = types_q[head_q];
  assign view_shift = cf_npu_pkg::size_shift(view_type);

  // The beat or group.
  logic [2:0]           phase;  // bytes of the first element in earlier beats
  logic [ByteW:0]       useful;
  logic [BeatW+56-1:0]  bytes;  // from the first byte of the first element on
  logic [ElemsW-1:0]    elems, to_go;
  logic [ByteW+3:0]     available;
  always_comb begin
    phase     = (3'd0 - left_q[2:0]) & 3'((4'd1 << view_shift) - 4'd1);
    useful    = (ByteW+1)'(BeatBytes) - {1'b0, byte_q};
    if (left_q < 35'(useful)) useful = (ByteW+1)'(left_q);
    available = (ByteW+4)'(phase) + (ByteW+4)'(useful);
    bytes     = ({56'd0, beat_i >> {byte_q, 3'd0}} << {phase, 3'd0}) | {{BeatW{1'b0}}, carry_q};
    elems     = ElemsW'(available >> view_shift);
    if (!is_valid_q) elems = left_q < 35'(Lanes) ? ElemsW'(left_q) : ElemsW'(Lanes);
    to_go     = elems - done_q;
  end

  // The step.
  logic [31:0]              line;
  logic [ElemsW-1:0]        taken;
  logic [Elems*16-1:0]      offsets;
  cf_view_pkg::tile_place_t behind_step;
  cf_tile_walker #(.MaxElems(Elems)) u_walker (
    .tile_i(tile), .place_i(tile_place_q), .count_i(to_go), .line_o(line), .taken_o(taken), .offsets_o(offsets),
    .place_o(behind_step));

  logic is_ready, ends_group, ends_run;
  // By itself: what it asks for does not depend on the grant.
  assign is_ready = !is_idle_o && !stop_i && (!is_valid_q || beat_valid_i);
  always_comb begin
    advances_o   = is_ready && grant_i;
    loses_o      = is_ready && !grant_i;
    ends_group   = advances_o && taken == to_go;
    ends_run     = ends_group && left_q == (is_valid_q ? 35'(useful) : 35'(elems));
    pops_beat_o  = ends_group && is_valid_q;
    ends_burst_o = ends_group && is_valid_q && beat_last_i;
    ends_load_o  = ends_run && place_q.is_end;
    end_slot_o   = slots_q[head_q];
  end

  // Elements.
  logic [31:0]         pad_element;
  logic [Elems*32-1:0] elements;
  logic [31:0]         pad_upper;
  assign {pad_upper, pad_element} =
      cf_convert_pkg::narrow(tile.elem_type, cf_npu_pkg::is_float(view_type), pads_q[head_q]);
  for (genvar k = 0; k < Elems; k++) begin : gen_element
    logic [63:0] raw, narrow;
    assign raw = 64'(bytes >> ((32'(done_q) + 32'(k)) << (3'd3 + 3'(view_shift))));
    always_comb begin
      narrow = cf_convert_pkg::narrow(tile.elem_type, cf_npu_pkg::is_float(view_type),
                                      cf_convert_pkg::widen(view_type, raw));
      elements[k*32 +: 32] = view_type == tile.elem_type ? raw[31:0] : narrow[31:0];
      if (!is_valid_q) elements[k*32 +: 32] = pad_element;
    end
    logic unused_element_ok;
    assign unused_element_ok = &{1'b0, narrow[63:32]};
  end

  logic [1:0]                tile_shift;
  logic [3:0]                enables;
  logic [LineBytes-1:0]      line_enables;
  logic [LineBytes*8-1:0]    line_data;
  logic [31:0]               mask;
  always_comb begin
    tile_shift   = cf_npu_pkg::size_shift(tile.elem_type);
    enables      = 4'((5'd1 << (3'd1 << tile_shift)) - 5'd1);
    mask         = {{8{enables[3]}}, {8{enables[2]}}, {8{enables[1]}}, {8{enables[0]}}};
    line_enables = '0;
    line_data    = '0;
    for (int unsigned k = 0; k < Elems; k++) begin
      if (ElemsW'(k) < taken) begin
        line_enables = line_enables | (LineBytes'(enables) << offsets[k*16 +: 16]);
        line_data    = (line_data & ~((LineBytes*8)'(mask) << {offsets[k*16 +: 16], 3'd0})) |
                       (((LineBytes*8)'(elements[k*32 +: 32]) & (LineBytes*8)'(mask)) << {offsets[k*16 +: 16], 3'd0});
      end
    end
    write_o.valid  = is_ready && to_go != '0;
    write_o.memory = tile.memory;
    write_o.line   = line;
    write_o.bytes  = line_enables;
    write_o.data   = line_data;
  end

  // The next run: of this load, or the first one of the next load, which may start in this very cycle.
  logic                is_next_load;
  cf_view_pkg::plan_t  next_plan, run_plan;
  cf_view_pkg::place_t next_first, run_place, behind_run;
  cf_view_pkg::run_t   run;
  cf_npu_pkg::tile_t   next_tile;
  assign is_next_load = is_idle_o || ends_load_o;
  assign next_plan    = count_q > CountW'(1) ? plans_q[next] : plan_i;
  assign next_tile    = count_q > CountW'(1) ? tiles_q[next] : tile_i;
  assign run_plan     = is_next_load ? next_plan : plans_q[head_q];
  assign run_place    = is_next_load ? next_first : place_q;
  cf_view_start u_first (.plan_i(next_plan), .place_o(next_first));
  cf_view_run u_run (.plan_i(run_plan), .place_i(run_place), .run_o(run), .place_o(behind_run));

  always_comb begin
    is_valid_d   = is_valid_q;
    left_d       = left_q;
    byte_d       = byte_q;
    done_d       = done_q;
    carry_d      = carry_q;
    place_d      = place_q;
    tile_place_d = tile_place_q;
    if (advances_o) begin
      tile_place_d = behind_step;
      done_d       = done_q + taken;
    end
    if (ends_group) begin
      done_d  = '0;
      left_d  = left_q - (is_valid_q ? 35'(useful) : 35'(elems));
      byte_d  = '0;
      carry_d = 56'(bytes >> (32'(elems) << (3'd3 + 3'(view_shift))));
    end
    if (ends_run || is_idle_o) begin
      is_valid_d = run.is_valid;
      left_d     = run.is_valid ? 35'(run.count) << run_plan.size_shift : 35'(run.count);
      byte_d     = run.address[ByteW-1:0];
      done_d     = '0;
      carry_d    = '0;
      place_d    = behind_run;
    end
    if (is_next_load) begin
      tile_place_d.column      = 16'd0;
      tile_place_d.row_address = next_tile.base_bytes;
      tile_place_d.address     = next_tile.base_bytes;
    end
    count_d = count_q + CountW'(start_i) - CountW'(ends_load_o);
    head_d  = ends_load_o ? next : head_q;
    tail_d  = start_i ? following(tail_q) : tail_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      head_q  <= '0;
      tail_q  <= '0;
    end else begin
      count_q <= count_d;
      head_q  <= head_d;
      tail_q  <= tail_d;
    end
  end
  always_ff @(posedge clk_i) begin
    is_valid_q   <= is_valid_d;
    left_q       <= left_d;
    byte_q       <= byte_d;
    done_q       <= done_d;
    carry_q      <= carry_d;
    place_q      <= place_d;
    tile_place_q <= tile_place_d;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, pad_upper, run, next_tile, tile};
endmodule
