/// The next burst of a valid run: up to a multiple of 4 KiB, the longest burst of the bus, or the end of the run.
/// Combinational.
module cf_view_burst (
  input  logic [31:0]         address_i,     // of what is left of the run
  input  logic [34:0]         left_bytes_i,  // 1 or more
  output cf_view_pkg::burst_t burst_o,
  output logic                is_last_o      // the run ends with it
);
  localparam logic [31:0] BeatBytes  = cf_isa_pkg::BUS_BEAT_BYTES;
  localparam logic [31:0] BurstBytes = BeatBytes * cf_isa_pkg::BUS_MAX_BURST_BEATS;
  localparam logic [31:0] PageBytes  = 32'd4096;

  logic [31:0] to_page, to_burst, bytes, beats;
  always_comb begin
    to_page  = PageBytes - (address_i & (PageBytes - 32'd1));
    to_burst = BurstBytes - (address_i & (BeatBytes - 32'd1));
    bytes    = to_page < to_burst ? to_page : to_burst;
    if (left_bytes_i < 35'(bytes)) bytes = left_bytes_i[31:0];
    beats = ((address_i & (BeatBytes - 32'd1)) + bytes + BeatBytes - 32'd1) >> $clog2(BeatBytes);
    burst_o.address    = address_i;
    burst_o.bytes      = bytes[15:0];
    burst_o.len        = 8'(beats - 32'd1);
    burst_o.left_bytes = left_bytes_i;
    is_last_o          = left_bytes_i == 35'(bytes);
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, bytes[31:16]};
endmodule
