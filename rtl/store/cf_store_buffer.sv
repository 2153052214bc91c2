/// The burst buffer of the store engine and its write channel: elements as they lie in the tile, put in as their lines
/// arrive, converted and packed into beats as they leave, one beat a cycle. Bursts leave in the order of places.
module cf_store_buffer #(
  /// Bursts that it holds.
  parameter int unsigned Places = cf_isa_pkg::BUS_MAX_OUTSTANDING,
  /// Elements of a burst at most.
  parameter int unsigned Elems  = cf_isa_pkg::BUS_BEAT_BYTES * cf_isa_pkg::BUS_MAX_BURST_BEATS,
  /// Follow from the others, not to be set.
  parameter int unsigned PlaceW = Places > 1 ? $clog2(Places) : 1,
  parameter int unsigned CountW = $clog2(Elems + 1)
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          stop_i,
  // A line that has arrived: elements first .. first + count - 1 of the burst at a place.
  input  logic [CountW-1:0]             line_count_i,  // 0: none
  input  logic [CountW-1:0]             line_first_i,
  input  logic [PlaceW-1:0]             line_place_i,
  input  logic [Elems*16-1:0]           line_offsets_i,  // byte of each in the line
  input  logic [cf_npu_pkg::LINE_W-1:0] line_i,
  // A burst, in the cycle of its last step.
  input  logic                          push_i,
  input  cf_view_pkg::burst_t           burst_i,
  input  logic [PlaceW-1:0]             place_i,
  input  logic [3:0]                    tile_type_i,
  input  logic [3:0]                    view_type_i,
  // Its beats, from the next cycle on.
  output logic                          w_valid_o,
  output cf_npu_pkg::axi_write_t        w_o
);
  localparam int unsigned BeatBytes = cf_npu_pkg::BEAT_BYTES;
  localparam int unsigned BeatW     = cf_npu_pkg::BEAT_W;
  localparam int unsigned ByteW     = $clog2(BeatBytes);
  localparam int unsigned BurstW    = 91;  // Yosys does not take $bits of these types

  // Bursts that leave.
  cf_view_pkg::burst_t burst;
  logic [PlaceW-1:0]   place;
  logic [3:0]          tile_type, view_type;
  logic                has_burst, has_room, pop;
  cf_fifo #(.Depth(Places), .Width(BurstW + PlaceW + 8)) u_bursts (
    .clk_i, .rst_ni, .push_i, .data_i({burst_i, place_i, tile_type_i, view_type_i}), .ready_o(has_room),
    .valid_o(has_burst), .data_o({burst, place, tile_type, view_type}), .pop_i(pop));

  // The beat: bytes that are left of an element in the beat before, then elements from next on.
  logic [15:0]         sent_d, sent_q;  // bytes of the burst
  logic [CountW-1:0]   next_d, next_q;
  logic [55:0]         carry_d, carry_q;
  logic [1:0]          view_shift;
  logic [2:0]          carried;
  logic [ByteW-1:0]    low;
  logic [ByteW:0]      useful, fresh;   // bytes of the beat, and of new elements among them
  logic [15:0]         left;
  logic [CountW-1:0]   elems;
  logic                is_last;
  always_comb begin
    view_shift = cf_npu_pkg::size_shift(view_type);
    low        = burst.address[ByteW-1:0] + sent_q[ByteW-1:0];
    left       = burst.bytes - sent_q;
    useful     = (ByteW+1)'(BeatBytes) - {1'b0, low};
    is_last    = left <= 16'(useful);
    if (is_last) useful = (ByteW+1)'(left);
    carried    = (burst.left_bytes[2:0] - sent_q[2:0]) & 3'((4'd1 << view_shift) - 4'd1);
    fresh      = 32'(useful) > 32'(carried) ? useful - (ByteW+1)'(carried) : '0;
    elems      = CountW'((32'(fresh) + (32'd1 << view_shift) - 32'd1) >> view_shift);
    w_valid_o  = has_burst && !stop_i;
    pop        = w_valid_o && is_last;
  end

  // Elements of a place, 32 bits each; what the line brings that has just arrived is there at once.
  logic [Elems*32-1:0]          elements_q [Places];
  logic [Elems*32-1:0]          held, filled, leaving;
  logic [cf_npu_pkg::LINE_W+31:0] line;  // an element may stand at its end
  assign line = {32'd0, line_i};
  assign held = elements_q[line_place_i];
  for (genvar e = 0; e < Elems; e++) begin : gen_filled
    logic [CountW-1:0] in_line;  // number among those of the line; large in front of its first
    logic [15:0]       offset;
    assign in_line = CountW'(e) - line_first_i;
    assign offset  = line_offsets_i[32'(in_line)*16 +: 16];
    assign filled[e*32 +: 32] = in_line < line_count_i ? line[32'(offset)*8 +: 32] : held[e*32 +: 32];
  end
  assign leaving = place == line_place_i ? filled : elements_q[place];
  always_ff @(posedge clk_i) begin
    if (line_count_i != '0) elements_q[line_place_i] <= filled;
  end

  logic [BeatBytes*64-1:0] elements;
  for (genvar k = 0; k < BeatBytes; k++) begin : gen_element
    logic [31:0] number, raw;
    logic [63:0] narrow;
    assign number = 32'(next_q) + 32'(k);
    assign raw    = number < Elems ? leaving[number*32 +: 32] : 32'd0;
    always_comb begin
      narrow = cf_convert_pkg::narrow(view_type, cf_npu_pkg::is_float(tile_type),
                                      cf_convert_pkg::widen(tile_type, {32'd0, raw}));
      elements[k*64 +: 64] = narrow;
      if (view_type == tile_type) begin
        unique case (view_shift)
          2'd0:    elements[k*64 +: 64] = {56'd0, raw[7:0]};
          2'd1:    elements[k*64 +: 64] = {48'd0, raw[15:0]};
          default: elements[k*64 +: 64] = {32'd0, raw};
        endcase
      end
    end
  end

  logic [BeatW+56-1:0] bytes;
  always_comb begin
    bytes = {{BeatW{1'b0}}, carry_q};
    for (int unsigned k = 0; k < BeatBytes; k++) begin
      if (CountW'(k) < elems)
        bytes = bytes | ((BeatW+56)'(elements[k*64 +: 64]) << (32'd8 * (32'(carried) + (k << view_shift))));
    end
    w_o.data = bytes[BeatW-1:0] << {low, 3'd0};
    w_o.strb = BeatBytes'((((BeatBytes+1)'(1) << useful) - (BeatBytes+1)'(1)) << low);
    w_o.last = is_last;
  end

  always_comb begin
    sent_d  = sent_q;
    next_d  = next_q;
    carry_d = carry_q;
    if (w_valid_o) begin
      sent_d  = is_last ? 16'd0 : sent_q + 16'(useful);
      next_d  = is_last ? '0 : next_q + elems;
      carry_d = 56'(bytes >> {useful, 3'd0});
      if (is_last && burst.left_bytes == 35'(burst.bytes)) carry_d = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sent_q  <= '0;
      next_q  <= '0;
      carry_q <= '0;
    end else begin
      sent_q  <= sent_d;
      next_q  <= next_d;
      carry_q <= carry_d;
    end
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, has_room, burst};
endmodule
