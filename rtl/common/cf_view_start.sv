/// The first element of a view. Combinational.
module cf_view_start (
  input  cf_view_pkg::plan_t  plan_i,
  output cf_view_pkg::place_t place_o
);
  always_comb begin
    place_o               = '0;
    place_o.quotient      = plan_i.start_quotient;
    place_o.rest          = plan_i.start_rest;
    place_o.phase         = plan_i.start_phase;
    place_o.address       = {cf_view_pkg::OUTER{plan_i.base}};
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, plan_i};
endmodule
