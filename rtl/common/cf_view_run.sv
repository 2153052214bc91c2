/// The run at a place of a view, and the place behind it: as long as can be, but it ends with the fourth row that it
/// touches. Combinational; means nothing at the end of the view.
/// Source: sim/README.md, "Runs and bursts"; sim/exec/view_walk.h.
module cf_view_run (
  input  cf_view_pkg::plan_t  plan_i,
  input  cf_view_pkg::place_t place_i,
  output cf_view_pkg::run_t   run_o,
  output cf_view_pkg::place_t place_o
);
  // Each row as if the run got there: its beginning, its part of the run, and the place behind that in the row.
  cf_view_pkg::place_t row1, row2, row3, row4, behind0, behind1, behind2, behind3;
  cf_view_pkg::run_t   part0, part1, part2, part3;
  logic                ends0, ends1, ends2, ends3;
  cf_view_row u_row0 (.plan_i(plan_i), .place_i(place_i), .part_o(part0), .ends_row_o(ends0), .place_o(behind0));
  cf_view_row u_row1 (.plan_i(plan_i), .place_i(row1), .part_o(part1), .ends_row_o(ends1), .place_o(behind1));
  cf_view_row u_row2 (.plan_i(plan_i), .place_i(row2), .part_o(part2), .ends_row_o(ends2), .place_o(behind2));
  cf_view_row u_row3 (.plan_i(plan_i), .place_i(row3), .part_o(part3), .ends_row_o(ends3), .place_o(behind3));
  cf_view_next_row u_next0 (.plan_i(plan_i), .place_i(place_i), .place_o(row1));
  cf_view_next_row u_next1 (.plan_i(plan_i), .place_i(row1), .place_o(row2));
  cf_view_next_row u_next2 (.plan_i(plan_i), .place_i(row2), .place_o(row3));
  cf_view_next_row u_next3 (.plan_i(plan_i), .place_i(row3), .place_o(row4));

  // The run goes on into row k. Addresses follow if the parts before are taken as they are.
  logic        joins1, joins2, joins3;
  logic [31:0] count1, count2, count3;  // with the parts up to row k
  always_comb begin
    count1 = part0.count + part1.count;
    count2 = count1 + part2.count;
    count3 = count2 + part3.count;
    joins1 = ends0 && !row1.is_end && part1.is_valid == part0.is_valid &&
             (!part0.is_valid || part1.address == part0.address + (part0.count << plan_i.size_shift));
    joins2 = joins1 && ends1 && !row2.is_end && part2.is_valid == part0.is_valid &&
             (!part0.is_valid || part2.address == part0.address + (count1 << plan_i.size_shift));
    joins3 = joins2 && ends2 && !row3.is_end && part3.is_valid == part0.is_valid &&
             (!part0.is_valid || part3.address == part0.address + (count2 << plan_i.size_shift));
    run_o   = part0;
    place_o = ends0 ? row1 : behind0;
    if (joins3) begin
      run_o.count = count3;
      place_o     = ends3 ? row4 : behind3;
    end else if (joins2) begin
      run_o.count = count2;
      place_o     = ends2 ? row3 : behind2;
    end else if (joins1) begin
      run_o.count = count1;
      place_o     = ends1 ? row2 : behind1;
    end
  end
endmodule
