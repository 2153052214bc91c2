/// The coordinates that one axis of a view takes, by interval arithmetic: the sum of what each of its
/// levels reaches, clipped to the axis' bounds. Combinational. Source: sim/exec/legality.cpp, axis_range.
module cf_issue_axis (
  input  logic [2:0]                                axis_i,
  input  logic [2:0]                                levels_i,
  input  logic [159:0]                              extent_i,     // 5 x 32, by level; not 0
  input  logic [14:0]                               level_axis_i, // 5 x 3, by level
  input  logic [159:0]                              step_i,       // 5 x 32, by level
  input  logic [31:0]                               stride_i,     // of the axis
  input  logic [31:0]                               low_i,
  input  logic [31:0]                               size_i,
  input  logic [31:0]                               insertion_i,
  output logic                                      is_sound_o,   // not used, or insertion at least 1 and size not negative
  output logic                                      is_empty_o,   // used, and no coordinate is within bounds
  output logic signed [cf_scalar_pkg::OFFSET_W-1:0] lowest_o,     // elements relative to the base; 0 if not used
  output logic signed [cf_scalar_pkg::OFFSET_W-1:0] highest_o
);
  localparam int unsigned COORDINATE_W = cf_scalar_pkg::COORDINATE_W;
  localparam int unsigned OFFSET_W     = cf_scalar_pkg::OFFSET_W;

  // What a level adds to the coordinate at most.
  function automatic logic signed [COORDINATE_W-1:0] reach(input logic [31:0] step, input logic [31:0] extent);
    logic signed [63:0] product;
    product = $signed({{32{step[31]}}, step}) * ($signed({32'd0, extent}) - 64'sd1);
    reach   = {{(COORDINATE_W-64){product[63]}}, product};
  endfunction

  logic signed [COORDINATE_W-1:0] from, to, first, last, lowest, highest, bound, insertion;
  logic [4:0]                     moves;  // the axis, by level
  always_comb begin
    from = -$signed({{(COORDINATE_W-32){low_i[31]}}, low_i});
    to   = from;
    for (int l = 0; l < 5; l++) begin
      moves[l] = 3'(l) < levels_i && level_axis_i[3*l +: 3] == axis_i;
      if (moves[l]) begin
        if (step_i[32*l + 31]) from = from + reach(step_i[32*l +: 32], extent_i[32*l +: 32]);
        else                   to   = to + reach(step_i[32*l +: 32], extent_i[32*l +: 32]);
      end
    end
  end

  logic is_used, is_unbounded;
  assign is_used      = moves != 5'd0;
  assign is_unbounded = size_i == cf_npu_pkg::UNBOUNDED;
  assign insertion    = {{(COORDINATE_W-32){1'b0}}, insertion_i};
  assign bound        = {{(COORDINATE_W-32){1'b0}}, size_i} * insertion;
  assign first        = from[COORDINATE_W-1] ? '0 : from;
  assign last         = is_unbounded || to < bound ? to : bound - 1;
  assign is_sound_o   = !is_used || (insertion_i != 32'd0 && !insertion_i[31] && !size_i[31]);
  assign is_empty_o   = is_used && last < first;
  assign lowest       = first / insertion;
  assign highest      = last / insertion;

  logic signed [OFFSET_W-1:0] stride, at_lowest, at_highest;
  assign stride     = {{(OFFSET_W-32){stride_i[31]}}, stride_i};
  assign at_lowest  = {{(OFFSET_W-COORDINATE_W){lowest[COORDINATE_W-1]}}, lowest} * stride;
  assign at_highest = {{(OFFSET_W-COORDINATE_W){highest[COORDINATE_W-1]}}, highest} * stride;
  assign lowest_o   = !is_used ? '0 : stride_i[31] ? at_highest : at_lowest;
  assign highest_o  = !is_used ? '0 : stride_i[31] ? at_lowest : at_highest;
endmodule
