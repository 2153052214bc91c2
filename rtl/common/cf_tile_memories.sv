/// The four tile memories and who gets their bank ports: vector > matrix > move > store > load.
///
/// A grant answers in the cycle of the request: everything that the engine asks for happens, or nothing. It looks only
/// at what higher engines ask for, so a request that loses blocks lower ones all the same; without a request it is 1.
/// Vector and matrix cannot lose. A line that was read in t stands at the port's data_o from t + 1 on, until its next
/// granted read; a write of t is read from t + 1 on. Source: sim/README.md, "Tile memories"; sim/mem/port_arbiter.h.
module cf_tile_memories (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Vector, by operand: Vec.
  input  cf_npu_pkg::line_read_t         vector_read0_i,
  input  cf_npu_pkg::line_read_t         vector_read1_i,
  input  cf_npu_pkg::line_read_t         vector_read2_i,
  input  cf_npu_pkg::line_read_t         vector_read3_i,
  output logic [cf_npu_pkg::LINE_W-1:0]  vector_data0_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  vector_data1_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  vector_data2_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  vector_data3_o,
  input  cf_npu_pkg::line_write_t        vector_write0_i,
  input  cf_npu_pkg::line_write_t        vector_write1_i,
  input  cf_npu_pkg::line_write_t        vector_write2_i,
  input  cf_npu_pkg::line_write_t        vector_write3_i,
  // Matrix.
  input  cf_npu_pkg::line_read_t         left_read_i,
  input  cf_npu_pkg::line_read_t         right_read_i,
  input  cf_npu_pkg::line_read_t         acc_read_i,
  output logic [cf_npu_pkg::LINE_W-1:0]  left_data_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  right_data_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  acc_data_o,
  input  cf_npu_pkg::line_write_t        acc_write_i,
  // Move, by operand: reads Vec and Acc, writes Vec, Left and Right.
  input  cf_npu_pkg::line_read_t         move_read0_i,
  input  cf_npu_pkg::line_read_t         move_read1_i,
  input  cf_npu_pkg::line_read_t         move_read2_i,
  input  cf_npu_pkg::line_read_t         move_read3_i,
  output logic [cf_npu_pkg::LINE_W-1:0]  move_data0_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  move_data1_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  move_data2_o,
  output logic [cf_npu_pkg::LINE_W-1:0]  move_data3_o,
  input  cf_npu_pkg::line_write_t        move_write_i,
  output logic                           move_grant_o,
  // Store: Vec and Acc.
  input  cf_npu_pkg::line_read_t         store_read_i,
  output logic [cf_npu_pkg::LINE_W-1:0]  store_data_o,
  output logic                           store_grant_o,
  // Load: Vec, Left and Right.
  input  cf_npu_pkg::line_write_t        load_write_i,
  output logic                           load_grant_o
);
  localparam int unsigned LineW     = cf_npu_pkg::LINE_W;
  localparam int unsigned LineBytes = cf_npu_pkg::LINE_BYTES;
  localparam int unsigned ReadW     = 35;  // of line_read_t
  // Readers of Vec and Acc by number; move and store have a port on both.
  localparam int unsigned Movers    = 4;
  localparam int unsigned Sharers   = Movers + 1;  // move by operand, then store
  localparam int unsigned Vectors   = 4;

  // A bank port that a request asks for.
  localparam int unsigned PortW = 9;
  function automatic logic [PortW-1:0] port_of(input logic valid, input logic [1:0] memory, input logic [31:0] line);
    port_of = {valid, memory, cf_npu_pkg::bank_of(memory, line)};
  endfunction
  function automatic logic is_same(input logic [PortW-1:0] a, input logic [PortW-1:0] b);
    is_same = a[PortW-1] && a == b;
  endfunction

  logic [Vectors*PortW-1:0] vector_reads, vector_writes;
  logic [Movers*PortW-1:0]  move_reads;
  logic [PortW-1:0]         acc_read, move_write, store_read, load_write;
  assign vector_reads  = {port_of(vector_read3_i.valid, vector_read3_i.memory, vector_read3_i.line),
                          port_of(vector_read2_i.valid, vector_read2_i.memory, vector_read2_i.line),
                          port_of(vector_read1_i.valid, vector_read1_i.memory, vector_read1_i.line),
                          port_of(vector_read0_i.valid, vector_read0_i.memory, vector_read0_i.line)};
  assign vector_writes = {port_of(vector_write3_i.valid, vector_write3_i.memory, vector_write3_i.line),
                          port_of(vector_write2_i.valid, vector_write2_i.memory, vector_write2_i.line),
                          port_of(vector_write1_i.valid, vector_write1_i.memory, vector_write1_i.line),
                          port_of(vector_write0_i.valid, vector_write0_i.memory, vector_write0_i.line)};
  assign move_reads    = {port_of(move_read3_i.valid, move_read3_i.memory, move_read3_i.line),
                          port_of(move_read2_i.valid, move_read2_i.memory, move_read2_i.line),
                          port_of(move_read1_i.valid, move_read1_i.memory, move_read1_i.line),
                          port_of(move_read0_i.valid, move_read0_i.memory, move_read0_i.line)};
  assign acc_read      = port_of(acc_read_i.valid, acc_read_i.memory, acc_read_i.line);
  assign move_write    = port_of(move_write_i.valid, move_write_i.memory, move_write_i.line);
  assign store_read    = port_of(store_read_i.valid, store_read_i.memory, store_read_i.line);
  assign load_write    = port_of(load_write_i.valid, load_write_i.memory, load_write_i.line);

  // Reads of matrix from Left and Right and its writes to Acc meet nobody.
  always_comb begin
    move_grant_o  = 1'b1;
    store_grant_o = !is_same(store_read, acc_read);
    load_grant_o  = !is_same(load_write, move_write);
    for (int unsigned i = 0; i < Movers; i++) begin
      if (is_same(move_reads[i*PortW +: PortW], acc_read)) move_grant_o  = 1'b0;
      if (is_same(store_read, move_reads[i*PortW +: PortW])) store_grant_o = 1'b0;
    end
    for (int unsigned v = 0; v < Vectors; v++) begin
      for (int unsigned i = 0; i < Movers; i++) begin
        if (is_same(move_reads[i*PortW +: PortW], vector_reads[v*PortW +: PortW])) move_grant_o = 1'b0;
      end
      if (is_same(move_write, vector_writes[v*PortW +: PortW])) move_grant_o  = 1'b0;
      if (is_same(store_read, vector_reads[v*PortW +: PortW]))  store_grant_o = 1'b0;
      if (is_same(load_write, vector_writes[v*PortW +: PortW])) load_grant_o  = 1'b0;
    end
  end

  // The requests that happen, as rows of one width. Of move and store: reader i, and the grant.
  logic [Sharers*ReadW-1:0] shared_reads;
  logic [Sharers-1:0]       shared_grants, from_vec, from_acc;
  logic [Sharers*32-1:0]    shared_lines;
  assign shared_reads  = {store_read_i, move_read3_i, move_read2_i, move_read1_i, move_read0_i};
  assign shared_grants = {store_grant_o, {Movers{move_grant_o}}};
  always_comb begin
    for (int unsigned i = 0; i < Sharers; i++) begin
      shared_lines[i*32 +: 32] = shared_reads[i*ReadW +: 32];
      from_vec[i] = shared_reads[i*ReadW+34] && shared_grants[i] &&
                    shared_reads[i*ReadW+32 +: 2] == cf_isa_pkg::MEM_VEC;
      from_acc[i] = shared_reads[i*ReadW+34] && shared_grants[i] &&
                    shared_reads[i*ReadW+32 +: 2] == cf_isa_pkg::MEM_ACC;
    end
  end

  // Of move (1) and load (0), which both write three of the memories.
  logic [1:0]             write_grants, to_vec, to_left, to_right;
  logic [2*32-1:0]        write_lines;
  logic [2*LineBytes-1:0] write_bytes;
  logic [2*LineW-1:0]     write_data;
  assign write_grants = {move_write_i.valid && move_grant_o, load_write_i.valid && load_grant_o};
  assign to_vec       = write_grants & {move_write_i.memory == cf_isa_pkg::MEM_VEC,
                                        load_write_i.memory == cf_isa_pkg::MEM_VEC};
  assign to_left      = write_grants & {move_write_i.memory == cf_isa_pkg::MEM_LEFT,
                                        load_write_i.memory == cf_isa_pkg::MEM_LEFT};
  assign to_right     = write_grants & {move_write_i.memory == cf_isa_pkg::MEM_RIGHT,
                                        load_write_i.memory == cf_isa_pkg::MEM_RIGHT};
  assign write_lines  = {move_write_i.line, load_write_i.line};
  assign write_bytes  = {move_write_i.bytes, load_write_i.bytes};
  assign write_data   = {move_write_i.data, load_write_i.data};

  logic [(Vectors+Sharers)*LineW-1:0] vec_data;
  cf_tile_memory #(
    .SizeBytes(cf_isa_pkg::VEC_SIZE_BYTES), .LineBytes(cf_isa_pkg::VEC_LINE_BYTES), .Banks(cf_isa_pkg::VEC_BANKS),
    .Readers(Vectors + Sharers), .Writers(Vectors + 2)
  ) u_vec (
    .clk_i, .rst_ni,
    .read_i({from_vec, vector_read3_i.valid, vector_read2_i.valid, vector_read1_i.valid, vector_read0_i.valid}),
    .read_line_i({shared_lines, vector_read3_i.line, vector_read2_i.line, vector_read1_i.line, vector_read0_i.line}),
    .data_o(vec_data),
    .write_i({to_vec, vector_write3_i.valid, vector_write2_i.valid, vector_write1_i.valid, vector_write0_i.valid}),
    .write_line_i({write_lines, vector_write3_i.line, vector_write2_i.line, vector_write1_i.line,
                   vector_write0_i.line}),
    .bytes_i({write_bytes, vector_write3_i.bytes, vector_write2_i.bytes, vector_write1_i.bytes,
              vector_write0_i.bytes}),
    .data_i({write_data, vector_write3_i.data, vector_write2_i.data, vector_write1_i.data, vector_write0_i.data})
  );
  cf_tile_memory #(
    .SizeBytes(cf_isa_pkg::LEFT_SIZE_BYTES), .LineBytes(cf_isa_pkg::LEFT_LINE_BYTES), .Banks(cf_isa_pkg::LEFT_BANKS),
    .Readers(1), .Writers(2)
  ) u_left (
    .clk_i, .rst_ni, .read_i(left_read_i.valid), .read_line_i(left_read_i.line), .data_o(left_data_o),
    .write_i(to_left), .write_line_i(write_lines), .bytes_i(write_bytes), .data_i(write_data)
  );
  cf_tile_memory #(
    .SizeBytes(cf_isa_pkg::RIGHT_SIZE_BYTES), .LineBytes(cf_isa_pkg::RIGHT_LINE_BYTES),
    .Banks(cf_isa_pkg::RIGHT_BANKS), .Readers(1), .Writers(2)
  ) u_right (
    .clk_i, .rst_ni, .read_i(right_read_i.valid), .read_line_i(right_read_i.line), .data_o(right_data_o),
    .write_i(to_right), .write_line_i(write_lines), .bytes_i(write_bytes), .data_i(write_data)
  );
  logic [Sharers*LineW-1:0] acc_data;
  cf_tile_memory #(
    .SizeBytes(cf_isa_pkg::ACC_SIZE_BYTES), .LineBytes(cf_isa_pkg::ACC_LINE_BYTES), .Banks(cf_isa_pkg::ACC_BANKS),
    .Readers(Sharers + 1), .Writers(1)
  ) u_acc (
    .clk_i, .rst_ni, .read_i({acc_read_i.valid, from_acc}), .read_line_i({acc_read_i.line, shared_lines}),
    .data_o({acc_data_o, acc_data}),
    .write_i(acc_write_i.valid), .write_line_i(acc_write_i.line), .bytes_i(acc_write_i.bytes),
    .data_i(acc_write_i.data)
  );

  // Move and store see the memory that they read last.
  logic [Sharers-1:0]       is_acc_d, is_acc_q;
  logic [Sharers*LineW-1:0] shared_data;
  assign is_acc_d = (is_acc_q | from_acc) & ~from_vec;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) is_acc_q <= '0;
    else         is_acc_q <= is_acc_d;
  end
  always_comb begin
    for (int unsigned i = 0; i < Sharers; i++) begin
      shared_data[i*LineW +: LineW] = is_acc_q[i] ? acc_data[i*LineW +: LineW]
                                                  : vec_data[(Vectors+i)*LineW +: LineW];
    end
  end
  assign vector_data0_o = vec_data[0 +: LineW];
  assign vector_data1_o = vec_data[LineW +: LineW];
  assign vector_data2_o = vec_data[2*LineW +: LineW];
  assign vector_data3_o = vec_data[3*LineW +: LineW];
  assign move_data0_o   = shared_data[0 +: LineW];
  assign move_data1_o   = shared_data[LineW +: LineW];
  assign move_data2_o   = shared_data[2*LineW +: LineW];
  assign move_data3_o   = shared_data[3*LineW +: LineW];
  assign store_data_o   = shared_data[Movers*LineW +: LineW];

`ifndef YOSYS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_left:  assert (!left_read_i.valid || left_read_i.memory == cf_isa_pkg::MEM_LEFT);
      a_right: assert (!right_read_i.valid || right_read_i.memory == cf_isa_pkg::MEM_RIGHT);
      a_acc:   assert (!acc_read_i.valid || acc_read_i.memory == cf_isa_pkg::MEM_ACC);
      a_write: assert (!acc_write_i.valid || acc_write_i.memory == cf_isa_pkg::MEM_ACC);
    end
  end
`endif
endmodule
