/// What crosses the borders of units. Enumerations of cf_isa_pkg stand here as vectors of their width:
/// Yosys takes no type of another package inside a structure, and a port of an enumeration takes a vector.
package cf_npu_pkg;

`include "cf_sizes.svh"

  // Tile operands of an instruction at most; operand i of the description is number i everywhere.
  localparam int unsigned OPERANDS = 4;
  localparam int unsigned UNITS    = 6;   // cf_isa_pkg::unit_e
  localparam int unsigned ENGINES  = 5;   // engine e is unit e + 1
  // Order of issue, from 0.
  localparam int unsigned SEQ_W    = 32;
  localparam int unsigned FLAG_W   = 8;   // number of a flag: a machine has at most 256
  localparam int unsigned LINE_W   = 8 * LINE_BYTES;
  localparam int unsigned BEAT_W   = 8 * BEAT_BYTES;

  // A tile register, as captured at issue. `low` and `high`: first byte and the one behind the last that it
  // covers in its memory (bounds are checked at issue, so both fit).
  typedef struct packed {
    logic [1:0]  memory;      // cf_isa_pkg::memory_e
    logic [3:0]  elem_type;   // cf_isa_pkg::elem_type_e
    logic [31:0] base_bytes;
    logic [15:0] rows;        // 0 at reset: no extents
    logic [15:0] cols;
    logic [31:0] row_stride;  // elements, signed
    logic [31:0] col_stride;
    logic [31:0] low;
    logic [31:0] high;
  } tile_t;

  // A view register (sim/exec/command.h, ViewDesc). Level or axis i has the i-th part of a vector.
  typedef struct packed {
    logic [31:0]  base;
    logic [3:0]   elem_type;
    logic [31:0]  pad_bits;
    logic [2:0]   levels;
    logic [159:0] extent;     // 5 x 32, by level
    logic [14:0]  axis;       // 5 x 3, by level
    logic [159:0] step;       // 5 x 32 signed, by level
    logic [159:0] stride;     // 5 x 32 signed, by axis: elements
    logic [159:0] low;        // by axis, signed
    logic [159:0] size;       // by axis; UNBOUNDED = no bound
    logic [159:0] insertion;  // by axis
  } view_t;
  localparam logic [31:0] UNBOUNDED = 32'h7fff_ffff;

  // An instruction as it enters a queue.
  typedef struct packed {
    logic [INSTR_W-1:0] instr;
    logic [SEQ_W-1:0]   seq;
    tile_t              tile3;  // of operand 3; what is no tile is 0
    tile_t              tile2;
    tile_t              tile1;
    tile_t              tile0;
    view_t              view;
    logic [127:0]       x;      // 4 x 32, by operand: x-registers
  } command_t;
  localparam int unsigned TILE_W    = 198;  // Yosys does not take $bits of these types
  localparam int unsigned VIEW_W    = 1046;
  localparam int unsigned COMMAND_W = INSTR_W + SEQ_W + 4 * TILE_W + VIEW_W + 128;

  // One line of a tile memory. `line` counts lines from the memory's start: bank = line mod banks.
  typedef struct packed {
    logic        valid;
    logic [1:0]  memory;
    logic [31:0] line;
  } line_read_t;
  typedef struct packed {
    logic                  valid;
    logic [1:0]            memory;
    logic [31:0]           line;
    logic [LINE_BYTES-1:0] bytes;  // enables; all 0 asks for the port and writes nothing
    logic [LINE_W-1:0]     data;
  } line_write_t;

  // Why a unit did nothing, in the order in which a cycle is charged (sim/run.h, Stall).
  typedef enum logic [3:0] {
    STALL_BUSY       = 4'd0,
    STALL_FAULT      = 4'd1,
    STALL_FLAG       = 4'd2,
    STALL_HAZARD     = 4'd3,
    STALL_BANK       = 4'd4,
    STALL_DRAM       = 4'd5,
    STALL_QUEUE_FULL = 4'd6,
    STALL_BARRIER    = 4'd7,
    STALL_RESULT     = 4'd8,
    STALL_EMPTY      = 4'd9
  } stall_e;

  // What an engine reports in the cycle of a fault.
  typedef enum logic [2:0] {
    FAULT_NONE          = 3'd0,
    FAULT_FLAG_OVERFLOW = 3'd1,  // detail: flag
    FAULT_FLAG_WAITER   = 3'd2,  // detail: flag
    FAULT_GATHER        = 3'd3,  // detail: index, extra: number of the element in the result
    FAULT_LOAD_ACCESS   = 3'd4,  // detail: address of the burst's first useful byte
    FAULT_STORE_ACCESS  = 3'd5
  } fault_e;
  typedef struct packed {
    logic             valid;
    logic [2:0]       code;    // fault_e
    logic [SEQ_W-1:0] seq;
    logic [31:0]      detail;
    logic [31:0]      extra;
  } fault_t;

  // How the head of a queue may proceed, said by the unit in each cycle in which it holds an instruction of its
  // own (no flag operation). GATE_START: it may start in this cycle.
  typedef enum logic [1:0] {
    GATE_START  = 2'd0,
    GATE_BUSY   = 2'd1,  // the fetch stage, request stage or weights are taken
    GATE_HAZARD = 2'd2   // order of writes; overlap is the front's business
  } gate_e;

  // What an engine did in a cycle, for the statistics. Of several, the first that stall_e lists counts.
  typedef struct packed {
    logic is_busy;  // a step, beat, row or request advanced
    logic is_held;  // its own pipeline's order held it (matrix)
    logic is_lost;  // a step asked for a port and lost
    logic is_dram;  // something waits for data, a response or a free burst
  } work_t;

  // Commit trace of an engine, a cycle: the instruction that started, and how many became done in this cycle (`done`
  // cycle of the oldest that are not done yet), all in the order of the queue. What was issued, core_trace_t says.
  typedef struct packed {
    logic             started;
    logic [SEQ_W-1:0] started_seq;
    logic [COUNT_W-1:0] done_count;
    logic [3:0]       stall;  // stall_e of this cycle
  } engine_trace_t;

  // Commit trace of the core. `retired`: an instruction retires in this cycle (its last). `sync_*`: an own
  // synchronisation (tset, twait, tbarrier) ends in this cycle and takes the number `sync_seq`.
  typedef struct packed {
    logic             retired;
    logic [31:0]      pc;       // of the instruction that is at the head
    logic             issued;   // it goes into the queue of `unit`
    logic [2:0]       unit;
    logic [INSTR_W-1:0] instr;
    logic [SEQ_W-1:0] seq;      // of the issued instruction, or of the synchronisation
    logic             synced;
    logic [3:0]       stall;
  } core_trace_t;

  // How the core ended; it stays.
  typedef enum logic [1:0] {
    CORE_RUNS    = 2'd0,
    CORE_EXITED  = 2'd1,
    CORE_TRAPPED = 2'd2,  // without handler
    CORE_RESET   = 2'd3   // not started
  } core_state_e;
  typedef struct packed {
    logic [1:0]  state;      // core_state_e: as of this cycle, registered
    logic [31:0] exit_code;
    logic [31:0] cause;      // mcause, 24 = illegal tile instruction
    logic [31:0] value;      // mtval
    logic [31:0] pc;
  } core_end_t;

  // An AXI4 burst of a master: ID 0, INCR, the size of the bus. `addr` is the first useful byte, `bytes`
  // (AxUSER) the number of useful ones: DRAM counts them, and checks them against the buffers.
  typedef struct packed {
    logic [31:0] addr;
    logic [7:0]  len;    // beats - 1
    logic [15:0] bytes;
  } axi_request_t;
  typedef struct packed {
    logic [BEAT_W-1:0]     data;
    logic [BEAT_BYTES-1:0] strb;
    logic                  last;
  } axi_write_t;
  typedef struct packed {
    logic [BEAT_W-1:0] data;
    logic [1:0]        resp;  // 0 OKAY, 2 SLVERR: the burst is not inside one buffer with the right
    logic              last;
  } axi_read_t;

  // Bytes of an element, as a shift: 0 to 3.
  function automatic logic [1:0] size_shift(input logic [3:0] elem_type);
    case (elem_type)
      cf_isa_pkg::TYPE_FP32, cf_isa_pkg::TYPE_INT32: size_shift = 2'd2;
      cf_isa_pkg::TYPE_FP16, cf_isa_pkg::TYPE_BF16:  size_shift = 2'd1;
      cf_isa_pkg::TYPE_INT64:                        size_shift = 2'd3;
      default:                                       size_shift = 2'd0;
    endcase
  endfunction

  // The lane of an element of this type is fp32, else int32.
  function automatic logic is_float(input logic [3:0] elem_type);
    is_float = elem_type <= cf_isa_pkg::TYPE_BF16;
  endfunction

  // Line of a byte of a memory.
  function automatic logic [31:0] line_of(input logic [1:0] memory, input logic [31:0] byte_address);
    case (memory)
      cf_isa_pkg::MEM_LEFT:  line_of = byte_address >> $clog2(cf_isa_pkg::LEFT_LINE_BYTES);
      cf_isa_pkg::MEM_RIGHT: line_of = byte_address >> $clog2(cf_isa_pkg::RIGHT_LINE_BYTES);
      cf_isa_pkg::MEM_ACC:   line_of = byte_address >> $clog2(cf_isa_pkg::ACC_LINE_BYTES);
      default:               line_of = byte_address >> $clog2(cf_isa_pkg::VEC_LINE_BYTES);
    endcase
  endfunction

  // Bank of a line of a memory.
  function automatic logic [5:0] bank_of(input logic [1:0] memory, input logic [31:0] line);
    case (memory)
      cf_isa_pkg::MEM_LEFT:  bank_of = line[5:0] & 6'(cf_isa_pkg::LEFT_BANKS - 1);
      cf_isa_pkg::MEM_RIGHT: bank_of = line[5:0] & 6'(cf_isa_pkg::RIGHT_BANKS - 1);
      cf_isa_pkg::MEM_ACC:   bank_of = line[5:0] & 6'(cf_isa_pkg::ACC_BANKS - 1);
      default:               bank_of = line[5:0] & 6'(cf_isa_pkg::VEC_BANKS - 1);
    endcase
  endfunction

endpackage
