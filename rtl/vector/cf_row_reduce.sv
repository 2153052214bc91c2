/// Reduces the lanes of a row to one: 32 partial values over the columns i mod 32, ascending, then a tree over i + 16,
/// 8, 4, 2, 1, whatever the number of lanes. The partial values are kept from beat to beat; the result is there in the
/// step of the row's last beat. Source: sim/exec/numerics/reduce.h, row_reduce.
module cf_row_reduce (
  input  logic                            clk_i,
  input  logic                            advance_i,
  input  logic                            valid_i,     // there is a beat of a row in this step
  input  logic [2:0]                      op_i,        // cf_instr_pkg::reduce_e
  input  logic                            is_float_i,
  input  logic [31:0]                     identity_i,
  input  logic [15:0]                     col_i,       // of lane 0: a multiple of LANES
  input  logic [15:0]                     count_i,     // lanes of the beat
  input  logic [32*cf_npu_pkg::LANES-1:0] lanes_i,
  output logic [31:0]                     y_o
);
  localparam int unsigned Lanes    = cf_npu_pkg::LANES;
  localparam int unsigned Partials = 32;

  logic [Partials*32-1:0] prior, partial_d, partial_q;
  assign prior = col_i == 16'd0 ? {Partials{identity_i}} : partial_q;

  // A beat touches a partial value once, or in a chain if there are more lanes than partial values.
  logic [Lanes*32-1:0] merged;
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [31:0] old, sum, merged_here;
    logic        is_first;
    if (i < Partials) begin : gen_old
      logic [4:0] place;
      assign place = col_i[4:0] + 5'(i);
      assign old   = prior[32'(place)*32 +: 32];
    end else begin : gen_chain
      assign old = gen_lane[i-Partials].merged_here;
    end
    assign is_first = 32'(col_i) + i < Partials;  // the element itself, not combined with the identity
    cf_reduce_step u_step (.op_i, .is_float_i, .a_i(old), .b_i(lanes_i[i*32 +: 32]), .y_o(sum));
    assign merged_here        = i >= 32'(count_i) ? old : is_first ? lanes_i[i*32 +: 32] : sum;
    assign merged[i*32 +: 32] = merged_here;
  end
  logic [4:0] target;
  always_comb begin
    partial_d = prior;
    target    = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      target = col_i[4:0] + 5'(i);
      partial_d[32'(target)*32 +: 32] = merged[i*32 +: 32];
    end
  end
  always_ff @(posedge clk_i) begin
    if (advance_i && valid_i) partial_q <= partial_d;
  end

  // The tree: node n combines nodes 2 * level apart; level s has s results.
  logic [2*Partials*32-1:0] node;  // [32, 64) the partial values, [s, 2 s) the level of s results
  assign node[Partials*32 +: Partials*32] = partial_d;
  assign node[31:0]                       = '0;
  for (genvar s = Partials / 2; s >= 1; s = s / 2) begin : gen_level
    for (genvar j = 0; j < s; j++) begin : gen_node
      cf_reduce_step u_step (
        .op_i, .is_float_i, .a_i(node[(2*s + j)*32 +: 32]), .b_i(node[(3*s + j)*32 +: 32]), .y_o(node[(s + j)*32 +: 32])
      );
    end
  end
  assign y_o = node[63:32];

  logic unused_ok;
  assign unused_ok = &{1'b0, node[31:0]};
endmodule
