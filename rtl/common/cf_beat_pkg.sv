/// What the parts of a beat pipe tell each other (rtl/README.md; sim/README.md, "Beats").
package cf_beat_pkg;
  // Results of an instruction at most; result 0 is the one in the lowest operand.
  localparam int unsigned RESULTS = 2;
  // Steps from an instruction's last fetch step to its first write: width of such a number, and of sums of a few.
  localparam int unsigned STEPS_W = 32;

  // Where one result of a beat goes: `rows` x `cols` elements from `base` on, in bytes.
  typedef struct packed {
    logic        valid;      // the beat writes this result
    logic [1:0]  operand;
    logic [1:0]  memory;     // cf_isa_pkg::memory_e
    logic [3:0]  elem_type;  // cf_isa_pkg::elem_type_e
    logic        is_float;   // its lanes are fp32, else int32
    logic [31:0] base;
    logic [31:0] row_pitch;
    logic [31:0] col_pitch;
    logic [15:0] rows;       // 1 but for a transpose
    logic [15:0] cols;       // 1 to LANES
  } target_t;
  localparam int unsigned TARGET_W = 138;  // Yosys does not take $bits of this

  // Place of a byte in its line.
  function automatic logic [15:0] offset_of(input logic [1:0] memory, input logic [31:0] byte_address);
    case (memory)
      cf_isa_pkg::MEM_LEFT:  offset_of = byte_address[15:0] & 16'(cf_isa_pkg::LEFT_LINE_BYTES - 1);
      cf_isa_pkg::MEM_RIGHT: offset_of = byte_address[15:0] & 16'(cf_isa_pkg::RIGHT_LINE_BYTES - 1);
      cf_isa_pkg::MEM_ACC:   offset_of = byte_address[15:0] & 16'(cf_isa_pkg::ACC_LINE_BYTES - 1);
      default:               offset_of = byte_address[15:0] & 16'(cf_isa_pkg::VEC_LINE_BYTES - 1);
    endcase
  endfunction

  // Elements keep their bits if source and result have one type: no expression, no lane.
  function automatic logic copies(input logic [4:0] exec);
    copies = exec == cf_instr_pkg::EXEC_TMOV || exec == cf_instr_pkg::EXEC_TMOV_T ||
             exec == cf_instr_pkg::EXEC_TMOV_VIEW || exec == cf_instr_pkg::EXEC_TTRANS ||
             exec == cf_instr_pkg::EXEC_TGATHER;
  endfunction

  // Operand of result 0, and of result 1 (0 if there is none): bit o of `results` is operand o.
  function automatic logic [1:0] result0(input logic [3:0] results);
    result0 = results[0] ? 2'd0 : results[1] ? 2'd1 : results[2] ? 2'd2 : 2'd3;
  endfunction
  function automatic logic [1:0] result1(input logic [3:0] results);
    result1 = 2'd0;
    if ((results & (results - 4'd1)) != 4'd0) result1 = result0(results & (results - 4'd1));
  endfunction

  function automatic logic is_arg(input logic [2:0] op);
    is_arg = op == cf_instr_pkg::REDUCE_ARGMAX || op == cf_instr_pkg::REDUCE_ARGMIN;
  endfunction
endpackage
