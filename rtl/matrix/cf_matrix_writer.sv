/// The results: a row that entered in cycle e and touches n lines of Acc is written in e + Depth - n + 1 .. e + Depth, a
/// line a cycle. Rows enter at least n cycles apart, so no two of them write in one cycle. The sums come from the array
/// column by column, each in time for its line, and wait here for it.
/// Source: sim/README.md, "Matrix engine".
module cf_matrix_writer (
  input  logic                                  clk_i,
  input  logic                                  rst_ni,
  input  logic                                  stop_i,
  input  cf_matrix_pkg::row_t                   row_i,    // valid: it enters in this cycle
  input  logic [32*cf_isa_pkg::MATRIX_COLS-1:0] sums_i,   // sum n of a row: in e + 2 + matrix.rows + n
  output cf_npu_pkg::line_write_t               write_o,
  output logic                                  end_o,    // the last write of a product
  output logic [cf_npu_pkg::SLOT_W-1:0]         end_slot_o
);
  localparam int unsigned Rows      = cf_isa_pkg::MATRIX_ROWS;
  localparam int unsigned Cols      = cf_isa_pkg::MATRIX_COLS;
  localparam int unsigned Depth     = Rows + Cols + 2;  // from the cycle in which a row enters to its last write
  localparam int unsigned RowW      = cf_matrix_pkg::ROW_W;
  localparam int unsigned LineBytes = cf_isa_pkg::ACC_LINE_BYTES;
  localparam int unsigned OffsetW   = $clog2(LineBytes);

  // Part i: the row that entered i + 1 cycles ago.
  logic [Depth*RowW-1:0] rows_d, rows_q;
  assign rows_d = {rows_q[(Depth-1)*RowW-1:0], row_i};

  // Sum n of the row that entered `age` cycles ago is number age - 2 - Rows - n of those that column n gave.
  logic [Cols*(Cols+1)*32-1:0] given;  // column n in part n: the newest first
  for (genvar n = 0; n < Cols; n++) begin : gen_column
    logic [Cols*32-1:0] given_q;  // those before the newest
    always_ff @(posedge clk_i) given_q <= {given_q[(Cols-1)*32-1:0], sums_i[n*32 +: 32]};
    assign given[n*(Cols+1)*32 +: (Cols+1)*32] = {given_q, sums_i[n*32 +: 32]};
  end

  // The row that is being written, if there is one: it entered at least Youngest cycles ago.
  localparam int unsigned Youngest = Depth - Cols + 1;
  logic [Cols-1:0] is_written, is_begun;  // by age, from Youngest on
  always_comb begin
    for (int unsigned i = 0; i < Cols; i++) begin
      logic        valid;
      logic [15:0] lines;
      valid = rows_q[(Youngest+i-1)*RowW + cf_matrix_pkg::ROW_VALID];
      lines = rows_q[(Youngest+i-1)*RowW + cf_matrix_pkg::ROW_LINES +: cf_matrix_pkg::ROW_LINES_W];
      is_written[i] = valid && Youngest + i + 32'(lines) > Depth;
      is_begun[i]   = valid && Youngest + i + 32'(lines) == Depth + 1;
    end
  end

  cf_matrix_pkg::row_t row;
  logic                is_first_line;
  logic [32*Cols-1:0]  sums;
  assign is_first_line = |is_begun;
  always_comb begin
    row  = '0;
    sums = '0;
    for (int unsigned i = 0; i < Cols; i++) begin
      if (is_written[i]) begin
        row = rows_q[(Youngest+i-1)*RowW +: RowW];
        for (int unsigned n = 0; n <= i + 1 && n < Cols; n++) begin
          sums[n*32 +: 32] = given[(n*(Cols+1) + i + 1 - n)*32 +: 32];
        end
      end
    end
  end

  logic [Cols-1:0]         had, had_d, had_q, here;
  logic [Cols*OffsetW-1:0] offset;
  logic [31:0]             line;
  logic                    is_last_line;
  assign had   = is_first_line ? '0 : had_q;
  assign had_d = had | here;
  cf_matrix_segment #(.Elements(Cols), .LineBytes(LineBytes)) u_segment (
    .address_i(row.address), .step_i(row.step), .count_i(row.width), .done_i(had),
    .line_o(line), .here_o(here), .offset_o(offset), .is_last_o(is_last_line)
  );
  always_comb begin
    write_o        = '0;
    write_o.valid  = row.valid && !stop_i;
    write_o.memory = cf_isa_pkg::MEM_ACC;
    write_o.line   = line;
    for (int unsigned n = 0; n < Cols; n++) begin
      if (here[n]) begin
        write_o.bytes[32'(offset[n*OffsetW +: OffsetW]) +: 4]    = 4'b1111;
        write_o.data[8*32'(offset[n*OffsetW +: OffsetW]) +: 32] = sums[n*32 +: 32];
      end
    end
  end

  cf_matrix_pkg::row_t oldest;
  assign oldest     = rows_q[(Depth-1)*RowW +: RowW];
  assign end_o      = oldest.valid && oldest.is_last;
  assign end_slot_o = oldest.slot;

  logic unused_ok;
  assign unused_ok = &{1'b0, row, oldest};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      rows_q <= '0;
      had_q  <= '0;
    end else begin
      rows_q <= rows_d;
      had_q  <= had_d;
    end
  end

`ifndef YOSYS
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_last: assert (!write_o.valid || is_last_line == oldest.valid);
  end
`endif
endmodule
