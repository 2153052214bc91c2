/// A queue of words between two parts of one unit. Both sides are registered: a push in cycle t shows at the
/// head from t + 1, a pop in cycle t makes room from t + 1. With Depth 1 it runs at half rate.
module cf_fifo #(
  /// Words, 1 or more.
  parameter int unsigned Depth = 2,
  /// Width of a word in bits.
  parameter int unsigned Width = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,   // only while ready_o
  input  logic [Width-1:0] data_i,
  output logic             ready_o,  // there is room
  output logic             valid_o,  // there is a head
  output logic [Width-1:0] data_o,   // the head
  input  logic             pop_i     // only while valid_o
);
  localparam int unsigned CountW = $clog2(Depth + 1);
  localparam int unsigned PlaceW = Depth > 1 ? $clog2(Depth) : 1;
  localparam logic [PlaceW-1:0] Last = PlaceW'(Depth - 1);

  logic [Width-1:0]  words_q [Depth];
  logic [CountW-1:0] count_d, count_q;
  logic [PlaceW-1:0] head_d, head_q, tail_d, tail_q;

  assign ready_o = count_q != CountW'(Depth);
  assign valid_o = count_q != '0;
  assign data_o  = words_q[head_q];

  always_comb begin
    count_d = count_q + CountW'(push_i) - CountW'(pop_i);
    head_d  = head_q;
    tail_d  = tail_q;
    if (pop_i)  head_d = head_q == Last ? '0 : head_q + 1'b1;
    if (push_i) tail_d = tail_q == Last ? '0 : tail_q + 1'b1;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q <= '0;
      head_q  <= '0;
      tail_q  <= '0;
    end else begin
      count_q <= count_d;
      head_q  <= head_d;
      tail_q  <= tail_d;
    end
  end
  always_ff @(posedge clk_i) begin
    if (push_i) words_q[tail_q] <= data_i;
  end

`ifndef YOSYS
  a_push: assert property (@(posedge clk_i) disable iff (!rst_ni) push_i |-> ready_o);
  a_pop:  assert property (@(posedge clk_i) disable iff (!rst_ni) pop_i |-> valid_o);
`endif
endmodule
