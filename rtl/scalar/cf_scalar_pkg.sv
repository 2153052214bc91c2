/// Names that the parts of the scalar core share. Numbers: RISC-V unprivileged and privileged manuals;
/// addresses: sim/run.h.
package cf_scalar_pkg;

  localparam logic [31:0] DTCM_BASE = 32'h1000_0000;  // the ITCM begins at 0
  localparam logic [31:0] DRAM_BASE = 32'h8000_0000;

  // What an instruction does to the core.
  typedef enum logic [3:0] {
    CLASS_ILLEGAL = 4'd0,
    CLASS_ALU     = 4'd1,   // lui, auipc, immediate and register operations
    CLASS_MULDIV  = 4'd2,
    CLASS_LOAD    = 4'd3,
    CLASS_STORE   = 4'd4,
    CLASS_BRANCH  = 4'd5,
    CLASS_JAL     = 4'd6,
    CLASS_JALR    = 4'd7,
    CLASS_CSR     = 4'd8,
    CLASS_NOTHING = 4'd9,   // fence, fence.i, wfi: accesses block, code stays as it is, there are no interrupts
    CLASS_ECALL   = 4'd10,
    CLASS_EBREAK  = 4'd11,
    CLASS_MRET    = 4'd12,
    CLASS_TILE    = 4'd13
  } class_e;

  // Operands of the ALU.
  typedef enum logic [1:0] {
    LEFT_RS1  = 2'd0,
    LEFT_PC   = 2'd1,
    LEFT_ZERO = 2'd2
  } left_e;

  // Causes of traps.
  localparam logic [4:0] CAUSE_FETCH_MISALIGNED = 5'd0;
  localparam logic [4:0] CAUSE_FETCH_FAULT      = 5'd1;
  localparam logic [4:0] CAUSE_ILLEGAL          = 5'd2;
  localparam logic [4:0] CAUSE_BREAKPOINT       = 5'd3;
  localparam logic [4:0] CAUSE_LOAD_MISALIGNED  = 5'd4;
  localparam logic [4:0] CAUSE_LOAD_FAULT       = 5'd5;
  localparam logic [4:0] CAUSE_STORE_MISALIGNED = 5'd6;
  localparam logic [4:0] CAUSE_STORE_FAULT      = 5'd7;
  localparam logic [4:0] CAUSE_ECALL            = 5'd11;
  localparam logic [4:0] CAUSE_ILLEGAL_TILE     = 5'd24;  // the first custom cause

  // Arithmetic of views at issue is exact, whatever the 32-bit fields say: coordinates are below 2^66 (five levels
  // of 2^63), offsets, in bytes, below 2^106.
  localparam int unsigned COORDINATE_W = 68;
  localparam int unsigned OFFSET_W     = 108;

  // ecall: number in a7.
  localparam logic [31:0] CALL_PRINT = 32'd64;
  localparam logic [31:0] CALL_EXIT  = 32'd93;
  // A print is cut here: a guest's length is not to be trusted.
  localparam logic [31:0] LARGEST_PRINT_BYTES = 32'h10_0000;

endpackage
