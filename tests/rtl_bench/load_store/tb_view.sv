/// cf_view_plan and cf_view_walker, as load and store engine connect them.
module tb_view (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               start_i,
  input  cf_npu_pkg::view_t  view_i,
  output logic               is_busy_o,
  output logic               has_item_o,
  output logic               is_burst_o,
  output logic [31:0]        address_o,
  output logic [15:0]        bytes_o,
  output logic [7:0]         len_o,
  output logic [31:0]        skipped_o,
  output logic               is_last_o,
  output logic               nears_end_o,
  input  logic               take_i
);
  cf_view_pkg::plan_t  plan;
  cf_view_pkg::burst_t burst;
  cf_view_plan u_plan (.view_i, .plan_o(plan));
  cf_view_walker u_walker (
    .clk_i, .rst_ni, .start_i, .plan_i(plan), .is_busy_o, .has_item_o, .is_burst_o, .burst_o(burst), .skipped_o,
    .is_last_o, .nears_end_o, .take_i(take_i && has_item_o));
  assign address_o = burst.address;
  assign bytes_o   = burst.bytes;
  assign len_o     = burst.len;
endmodule
