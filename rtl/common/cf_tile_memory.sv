/// A tile memory: banks, and the ports of the engines on them. Who may use a bank has been decided before: in one
/// cycle all reads of a bank name one line, and all writes of a bank name one line (whose bytes they share out).
///
/// A port's line of a read in t stands at its part of data_o from t + 1 on, until its next read.
module cf_tile_memory #(
  /// Extents of the memory; powers of two.
  parameter int unsigned SizeBytes = 4096,
  parameter int unsigned LineBytes = 16,
  parameter int unsigned Banks     = 16,
  /// Ports of engines, 1 or more each.
  parameter int unsigned Readers   = 1,
  parameter int unsigned Writers   = 1,
  /// Width of a port's line, at least that of the memory's; the bits above are 0.
  parameter int unsigned PortBytes = cf_npu_pkg::LINE_BYTES
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  // Part i belongs to port i.
  input  logic [Readers-1:0]             read_i,
  input  logic [Readers*32-1:0]          read_line_i,
  output logic [Readers*8*PortBytes-1:0] data_o,
  input  logic [Writers-1:0]             write_i,
  input  logic [Writers*32-1:0]          write_line_i,
  input  logic [Writers*PortBytes-1:0]   bytes_i,
  input  logic [Writers*8*PortBytes-1:0] data_i
);
  /*verilator inline_module*/  // the harness fills mem_q under one name, whatever the memories' sizes
  localparam int unsigned Rows  = SizeBytes / LineBytes / Banks;
  localparam int unsigned RowW  = Rows > 1 ? $clog2(Rows) : 1;
  localparam int unsigned BankW = Banks > 1 ? $clog2(Banks) : 1;
  localparam int unsigned LineW = 8 * LineBytes;
  localparam int unsigned PortW = 8 * PortBytes;

  logic [Banks*LineW-1:0] bank_data;
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic                 reads, writes;
    logic [RowW-1:0]      read_row, write_row;
    logic [LineBytes-1:0] bytes;
    logic [LineW-1:0]     data;
    always_comb begin
      reads    = 1'b0;
      read_row = '0;
      for (int unsigned i = 0; i < Readers; i++) begin
        if (read_i[i] && (read_line_i[i*32 +: 32] & 32'(Banks - 1)) == 32'(b)) begin
          reads    = 1'b1;
          read_row = RowW'(read_line_i[i*32 +: 32] / Banks);
        end
      end
    end
    always_comb begin
      writes    = 1'b0;
      write_row = '0;
      bytes     = '0;
      data      = '0;
      for (int unsigned i = 0; i < Writers; i++) begin
        if (write_i[i] && (write_line_i[i*32 +: 32] & 32'(Banks - 1)) == 32'(b)) begin
          writes    = 1'b1;
          write_row = RowW'(write_line_i[i*32 +: 32] / Banks);
          bytes     = bytes | bytes_i[i*PortBytes +: LineBytes];
          for (int unsigned k = 0; k < LineBytes; k++) begin
            if (bytes_i[i*PortBytes + k]) data[8*k +: 8] = data_i[i*PortW + 8*k +: 8];
          end
        end
      end
    end
    cf_tile_bank #(.Rows(Rows), .LineBytes(LineBytes)) u_bank (
      .clk_i, .read_i(reads), .read_row_i(read_row), .data_o(bank_data[b*LineW +: LineW]),
      .write_i(writes), .write_row_i(write_row), .bytes_i(bytes), .data_i(data)
    );
  end

  // The bank's line is there in the cycle after the read; then the port keeps it.
  for (genvar i = 0; i < Readers; i++) begin : gen_reader
    logic             is_fresh_q;
    logic [BankW-1:0] bank_q;
    logic [LineW-1:0] line, line_q;
    assign line = is_fresh_q ? bank_data[32'(bank_q)*LineW +: LineW] : line_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        is_fresh_q <= 1'b0;
        bank_q     <= '0;
        line_q     <= '0;
      end else begin
        is_fresh_q <= read_i[i];
        bank_q     <= BankW'(read_line_i[i*32 +: 32] & 32'(Banks - 1));
        line_q     <= line;
      end
    end
    assign data_o[i*PortW +: PortW] = PortW'(line);
  end

`ifndef YOSYS
  // Two ports on one bank name the same line.
  logic is_shared_badly;
  always_comb begin
    is_shared_badly = 1'b0;
    for (int unsigned i = 0; i < Readers; i++) begin
      for (int unsigned j = 0; j < i; j++) begin
        if (read_i[i] && read_i[j] && read_line_i[i*32 +: 32] != read_line_i[j*32 +: 32] &&
            ((read_line_i[i*32 +: 32] ^ read_line_i[j*32 +: 32]) & 32'(Banks - 1)) == '0) is_shared_badly = 1'b1;
      end
    end
    for (int unsigned i = 0; i < Writers; i++) begin
      for (int unsigned j = 0; j < i; j++) begin
        if (write_i[i] && write_i[j] && write_line_i[i*32 +: 32] != write_line_i[j*32 +: 32] &&
            ((write_line_i[i*32 +: 32] ^ write_line_i[j*32 +: 32]) & 32'(Banks - 1)) == '0) is_shared_badly = 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    if (rst_ni) a_ports: assert (!is_shared_badly);
  end
`endif

  logic unused_ok;
  assign unused_ok = &{1'b0, read_line_i, write_line_i, bytes_i, data_i};
endmodule
