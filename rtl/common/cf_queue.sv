/// The queue between the core and one engine. A word pushed in cycle t is at the head from t + 1 on, a pop in
/// t makes room from t + 1 on. Source: sim/README.md, "Life of an engine instruction".
module cf_queue (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // The core.
  input  logic                 push_i,     // only while accepts_o
  input  cf_npu_pkg::command_t command_i,
  output logic                 accepts_o,
  // The engine.
  output logic                 valid_o,
  output cf_npu_pkg::command_t command_o,
  input  logic                 pop_i,      // only while valid_o
  output logic                 is_empty_o  // no word of a cycle before this one is left
);
  cf_fifo #(.Depth(cf_isa_pkg::QUEUE_DEPTH), .Width(cf_npu_pkg::COMMAND_W)) u_words (
    .clk_i, .rst_ni, .push_i, .data_i(command_i), .ready_o(accepts_o), .valid_o, .data_o(command_o), .pop_i
  );
  assign is_empty_o = !valid_o;
endmodule
