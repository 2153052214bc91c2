/// Data of a load or store: where its address lies, and how its bytes lie in words and beats. Combinational.
module cf_scalar_access (
  input  logic [31:0]                         address_i,
  input  logic [2:0]                          funct3_i,        // of the instruction: size, bit 2: without sign
  input  logic [31:0]                         rs2_i,           // what is stored
  input  logic [31:0]                         itcm_i,          // words at the address
  input  logic [31:0]                         dtcm_i,
  input  logic                                is_response_i,   // the load takes beat_i
  input  logic [8*cf_npu_pkg::BEAT_BYTES-1:0] beat_i,
  output logic                                is_misaligned_o,
  output logic                                in_itcm_o,
  output logic                                in_dtcm_o,
  output logic                                in_dram_o,
  output logic [31:0]                         load_o,          // extended
  output logic [31:0]                         store_word_o,    // for the DTCM
  output logic [3:0]                          store_bytes_o,
  output cf_npu_pkg::axi_request_t            request_o,       // for DRAM
  output cf_npu_pkg::axi_write_t              write_o
);
  localparam int unsigned BEAT_BYTES = cf_npu_pkg::BEAT_BYTES;
  localparam int unsigned OFFSET_W   = $clog2(BEAT_BYTES);
  localparam logic [31:0] ITCM_BYTES = cf_isa_pkg::SCALAR_ITCM_BYTES;
  localparam logic [31:0] DTCM_BYTES = cf_isa_pkg::SCALAR_DTCM_BYTES;

  logic [1:0] size;  // bytes, as a shift
  assign size            = funct3_i[1:0];
  assign is_misaligned_o = (size == 2'd1 && address_i[0]) || (size == 2'd2 && address_i[1:0] != 2'd0);
  assign in_itcm_o       = address_i < ITCM_BYTES;
  assign in_dtcm_o       = address_i >= cf_scalar_pkg::DTCM_BASE && address_i - cf_scalar_pkg::DTCM_BASE < DTCM_BYTES;
  assign in_dram_o       = address_i >= cf_scalar_pkg::DRAM_BASE;

  // Bytes of a beat lie where its address says.
  logic [OFFSET_W-1:0]     offset;
  logic [8*BEAT_BYTES-1:0] beat, store_beat;
  logic [31:0]             bits;
  assign offset = address_i[OFFSET_W-1:0];
  assign beat   = beat_i >> {offset, 3'd0};
  assign bits   = is_response_i ? beat[31:0] : (in_itcm_o ? itcm_i : dtcm_i) >> {address_i[1:0], 3'd0};
  always_comb begin
    case (funct3_i)
      3'd0:    load_o = {{24{bits[7]}}, bits[7:0]};
      3'd1:    load_o = {{16{bits[15]}}, bits[15:0]};
      3'd4:    load_o = {24'd0, bits[7:0]};
      3'd5:    load_o = {16'd0, bits[15:0]};
      default: load_o = bits;
    endcase
  end

  logic [3:0]            bytes;
  logic [BEAT_BYTES-1:0] strobes;
  assign bytes         = size == 2'd0 ? 4'b0001 : size == 2'd1 ? 4'b0011 : 4'b1111;
  assign store_word_o  = rs2_i << {address_i[1:0], 3'd0};
  assign store_bytes_o = bytes << address_i[1:0];
  assign strobes       = BEAT_BYTES'(bytes) << offset;
  assign store_beat    = (8*BEAT_BYTES)'(rs2_i) << {offset, 3'd0};
  assign request_o     = {address_i, 8'd0, 16'd1 << size};
  assign write_o       = {store_beat, strobes, 1'b1};

  logic unused_ok;
  assign unused_ok = &{1'b0, beat};
endmodule
