/// The part of one row that a run takes from a place on: its valid elements or its invalid ones, up to where they
/// change, and the place behind it in the row. Combinational.
module cf_view_row (
  input  cf_view_pkg::plan_t  plan_i,
  input  cf_view_pkg::place_t place_i,
  output cf_view_pkg::run_t   part_o,
  output logic                ends_row_o,  // the row ends with the part
  output cf_view_pkg::place_t place_o      // in the row, behind the part; means nothing if the row ends
);
  localparam int unsigned Outer = cf_view_pkg::OUTER;

  // Is there anything in the row, and where does it begin?
  logic        row_is_valid, is_in_bounds;
  logic [63:0] quotient;
  logic [31:0] rest, phase, address;
  always_comb begin
    row_is_valid = 1'b1;
    quotient     = plan_i.row_start_quotient;
    rest         = plan_i.row_start_rest;
    phase        = plan_i.row_start_phase;
    address      = place_i.address[(Outer-1)*32 +: 32];
    for (int unsigned l = 0; l < Outer; l++) begin
      if (plan_i.is_checked[l] &&
          (place_i.phase[l*32 +: 32] != 32'd0 || place_i.quotient[l*64 + 63] ||
           (plan_i.is_bounded[l] && place_i.quotient[l*64 +: 64] >= 64'(plan_i.size[l*32 +: 32])))) row_is_valid = 1'b0;
      if (plan_i.row_parent == 3'(l)) begin
        quotient = place_i.quotient[l*64 +: 64];
        rest     = place_i.rest[l*32 +: 32];
        phase    = place_i.phase[l*32 +: 32];
      end
    end
    is_in_bounds = !quotient[63] && (!plan_i.row_is_bounded || quotient < 64'(plan_i.row_size));
  end

  // Valid are the columns in [low, high).
  logic signed [63:0] from, to;
  logic [31:0]        low, high;
  always_comb begin
    from = 64'sd0;
    to   = 64'($signed({32'd0, plan_i.row_extent}));
    if (!row_is_valid) begin
      to = 64'sd0;
    end else if (plan_i.row_is_free) begin
      from = 64'sd0;
    end else if (phase != 32'd0 || (plan_i.row_is_still && !is_in_bounds)) begin
      to = 64'sd0;
    end else if (plan_i.row_is_still) begin
      from = 64'sd0;
    end else if (plan_i.row_is_down) begin
      to = $signed(quotient) + 64'sd1;
      if (plan_i.row_is_bounded)
        from = $signed(quotient) - $signed(plan_i.row_limit_quotient) + 64'(rest > plan_i.row_limit_rest);
    end else begin
      from = -$signed(quotient);
      if (plan_i.row_is_bounded)
        to = $signed(plan_i.row_limit_quotient) - $signed(quotient) + 64'(plan_i.row_limit_rest > rest);
    end
    // Clamped to the row.
    low  = from[31:0];
    high = to[31:0];
    if (from < 64'sd0) low = 32'd0;
    else if (from > 64'($signed({32'd0, plan_i.row_extent}))) low = plan_i.row_extent;
    if (to < 64'sd0) high = 32'd0;
    else if (to > 64'($signed({32'd0, plan_i.row_extent}))) high = plan_i.row_extent;
    if (high <= low) begin
      low  = plan_i.row_extent;  // nothing is valid: the invalid part at the start is all
      high = plan_i.row_extent;
    end
  end

  // A scanned row: the element at the place, then one by one.
  logic [63:0] scan_quotient;
  logic [31:0] scan_phase, scan_address, scan_count;
  logic        scan_is_valid, scan_goes_on, is_valid_here;
  logic [32:0] next_phase;
  always_comb begin
    scan_quotient = place_i.column == 32'd0 ? quotient : place_i.scan_quotient;
    scan_phase    = place_i.column == 32'd0 ? phase : place_i.scan_phase;
    scan_address  = place_i.column == 32'd0 ? address : place_i.scan_address;
    scan_is_valid = 1'b0;
    scan_count    = 32'd0;
    scan_goes_on  = 1'b1;
    part_o.address = address + place_i.column * plan_i.row_pitch;
    if (plan_i.row_is_scanned && !plan_i.row_is_free) part_o.address = scan_address;
    for (int unsigned k = 0; k < cf_view_pkg::SCAN_ELEMS; k++) begin
      is_valid_here = row_is_valid && scan_phase == 32'd0 && !scan_quotient[63] &&
                      (!plan_i.row_is_bounded || scan_quotient < 64'(plan_i.row_size));
      if (k == 0) scan_is_valid = is_valid_here;
      else if (scan_is_valid || is_valid_here || place_i.column + scan_count == plan_i.row_extent) scan_goes_on = 1'b0;
      next_phase = {1'b0, scan_phase} + {1'b0, plan_i.row_step_phase};
      if (scan_goes_on) begin
        scan_count    = scan_count + 32'd1;
        scan_quotient = scan_quotient + plan_i.row_step_quotient;
        scan_phase    = next_phase[31:0];
        scan_address  = scan_address + plan_i.row_step_bytes;
        if (next_phase >= {1'b0, plan_i.row_insertion}) begin
          scan_quotient = scan_quotient + 64'd1;
          scan_phase    = next_phase[31:0] - plan_i.row_insertion;
          scan_address  = scan_address + plan_i.row_carry_bytes;
        end
      end
    end
  end

  logic [31:0] behind;  // column
  always_comb begin
    part_o.is_valid = place_i.column >= low && place_i.column < high;
    if (place_i.column < low) behind = low;
    else if (!part_o.is_valid) behind = plan_i.row_extent;
    else behind = plan_i.row_is_contiguous ? high : place_i.column + 32'd1;
    if (plan_i.row_is_scanned && !plan_i.row_is_free && row_is_valid) begin
      part_o.is_valid = scan_is_valid;
      behind          = place_i.column + scan_count;
    end
    part_o.count          = behind - place_i.column;
    ends_row_o            = behind == plan_i.row_extent;
    place_o               = place_i;
    place_o.column        = behind;
    place_o.scan_quotient = scan_quotient;
    place_o.scan_phase    = scan_phase;
    place_o.scan_address  = scan_address;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, plan_i, from[63:32], to[63:32]};
endmodule
