/// Picks one of several lanes; 0 while it is not used, so that what follows rests. Combinational.
module cf_lane_select #(
  /// Number of lanes to pick from, 1 or more.
  parameter int unsigned Sources = 1
) (
  input  logic [cf_lane_pkg::SELECT_W-1:0] select_i,  // below Sources
  input  logic                             used_i,
  input  logic [32*Sources-1:0]            from_i,    // number 0 in the low bits
  output logic [31:0]                      y_o
);
  always_comb begin
    y_o = 32'd0;
    for (int unsigned i = 0; i < Sources; i++) begin
      if (used_i && 32'(select_i) == i) y_o = from_i[i*32 +: 32];
    end
  end
endmodule
