/// Walks a view in bursts, one item a cycle, the first in the cycle in which it starts. An item is a burst, or an
/// invalid run directly behind another one, which takes its cycle as well. Other invalid runs take none: one at the
/// beginning shares its cycle with the first item, one behind a valid run that of the run's last burst.
module cf_view_walker (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,     // only while !is_busy_o
  input  cf_view_pkg::plan_t  plan_i,      // with start_i
  output logic                is_busy_o,   // in a cycle behind the start: an item is left
  output logic                has_item_o,  // an item is there in this cycle
  output logic                is_burst_o,  // and is a burst
  output cf_view_pkg::burst_t burst_o,
  output logic [31:0]         skipped_o,   // invalid elements between the burst before (the beginning) and this one
  output logic                is_last_o,   // no item follows it; with start_i and no item: there is none at all
  output logic                nears_end_o, // neither this item nor the next is a burst, and the next is the last
  input  logic                take_i       // only with has_item_o: the next item comes in the next cycle
);
  cf_view_pkg::plan_t  plan_q, plan;
  cf_view_pkg::place_t place_d, place_q, place, first;
  logic                busy_d, busy_q;
  logic [31:0]         address_d, address_q;  // of what is left of a valid run
  logic [34:0]         left_d, left_q;        // 0: at the beginning of a run
  logic [31:0]         skipped_d, skipped_q;

  cf_view_start u_start (.plan_i(plan_i), .place_o(first));
  assign plan      = start_i ? plan_i : plan_q;
  assign place     = start_i ? first : place_q;
  assign is_busy_o = busy_q;

  // The run at the place; the one behind it, if that is an invalid one at the beginning; the one behind the item.
  cf_view_pkg::run_t   run, second, third, item;
  cf_view_pkg::place_t behind_run, behind_second, behind_third, behind_item;
  cf_view_run u_run    (.plan_i(plan), .place_i(place),       .run_o(run),    .place_o(behind_run));
  cf_view_run u_second (.plan_i(plan), .place_i(behind_run),  .run_o(second), .place_o(behind_second));
  cf_view_run u_third  (.plan_i(plan), .place_i(behind_item), .run_o(third),  .place_o(behind_third));

  logic        leads, is_in_run, is_run_end;
  logic [34:0] left;
  logic [31:0] address, skipped;
  always_comb begin
    leads       = start_i && !run.is_valid;
    is_in_run   = !start_i && left_q != 35'd0;
    item        = leads ? second : run;
    behind_item = leads ? behind_second : behind_run;
    if (is_in_run) behind_item = place_q;
    has_item_o  = (start_i && !(leads && behind_run.is_end)) || busy_q;
    is_burst_o  = has_item_o && (is_in_run || item.is_valid);
    address     = is_in_run ? address_q : item.address;
    left        = is_in_run ? left_q : 35'(item.count) << plan.size_shift;
    skipped     = (start_i ? 32'd0 : skipped_q) + (leads ? run.count : 32'd0);
    skipped_o   = skipped;
  end
  cf_view_burst u_burst (.address_i(address), .left_bytes_i(left), .burst_o(burst_o), .is_last_o(is_run_end));

  logic absorbs;
  always_comb begin
    absorbs     = is_burst_o && is_run_end && !behind_item.is_end && !third.is_valid;
    nears_end_o = has_item_o && !is_burst_o && !behind_item.is_end && !third.is_valid && behind_third.is_end;
    is_last_o   = 1'b0;
    if (!has_item_o)      is_last_o = 1'b1;
    else if (!is_burst_o) is_last_o = behind_item.is_end;
    else if (is_run_end)  is_last_o = absorbs ? behind_third.is_end : behind_item.is_end;

    busy_d    = busy_q;
    place_d   = place_q;
    address_d = address_q;
    left_d    = left_q;
    skipped_d = skipped_q;
    if (has_item_o) begin
      busy_d    = 1'b1;
      place_d   = behind_item;
      address_d = address;
      left_d    = left;
      skipped_d = skipped;
      if (!is_burst_o && !take_i) begin
        place_d   = leads ? behind_run : place;
        left_d    = 35'd0;
      end else if (!is_burst_o) begin
        busy_d    = !behind_item.is_end;
        left_d    = 35'd0;
        skipped_d = skipped + item.count;
      end else if (take_i) begin
        busy_d    = !is_last_o;
        address_d = address + 32'(burst_o.bytes);
        left_d    = left - 35'(burst_o.bytes);
        skipped_d = absorbs ? third.count : 32'd0;
        if (absorbs) place_d = behind_third;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_q <= 1'b0;
    else         busy_q <= busy_d;
  end
  always_ff @(posedge clk_i) begin
    if (start_i) plan_q <= plan_i;
    place_q   <= place_d;
    address_q <= address_d;
    left_q    <= left_d;
    skipped_q <= skipped_d;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, third.address};

`ifndef YOSYS
  a_start: assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> !busy_q);
  a_take:  assert property (@(posedge clk_i) disable iff (!rst_ni) take_i |-> has_item_o);
`endif
endmodule
