/// The scalar core: RV32IM and Zicsr, machine mode, in order, one instruction at a time, with its memories,
/// the descriptor registers and the check of tile instructions at issue.
///
/// Timing: sim/README.md, "Scalar core". An instruction is carried out in its last cycle; one that ends in
///         cycle t has its effects in the registers that t + 1 sees. `tgets` retires when its queue accepts it;
///         the cycle in which the vector engine has drained already belongs to the next instruction, which
///         finds the element in `element_i`.
/// Ports:  rtl/README.md. `fault_o` is always 0: what other units report as a fault is a trap here.
/// Source: sim/scalar/{core,cpu,cpu_loop}.cpp.
module cf_scalar_core (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic                        start_i,
  input  logic [31:0]                 boot_address_i,
  input  logic                        stop_i,
  // Queues, by engine.
  output logic [4:0]                  push_o,
  output cf_npu_pkg::command_t        command_o,
  input  logic [4:0]                  accepts_i,
  // Flags.
  output logic                        set_o,
  output logic [7:0]                  set_flag_o,
  input  logic                        overflow_i,
  output logic                        wait_o,
  output logic [7:0]                  wait_flag_o,
  input  logic                        take_i,
  input  logic                        conflict_i,
  // Engines.
  input  logic [4:0]                  drained_i,
  input  logic [31:0]                 element_i,
  // DRAM: single beats, one access at a time.
  output logic                        ar_valid_o,
  output cf_npu_pkg::axi_request_t    ar_o,
  input  logic                        r_valid_i,
  input  cf_npu_pkg::axi_read_t       r_i,
  output logic                        aw_valid_o,
  output cf_npu_pkg::axi_request_t    aw_o,
  output logic                        w_valid_o,
  output cf_npu_pkg::axi_write_t      w_o,
  input  logic                        b_valid_i,
  input  logic [1:0]                  b_resp_i,
  // The host prints.
  output logic                        print_valid_o,
  output logic [31:0]                 print_address_o,
  output logic [31:0]                 print_bytes_o,
  input  logic                        print_ok_i,      // of this cycle: the bytes can be read
  // Counters, by unit, of the cycles before this one.
  input  logic [6*64-1:0]             busy_i,
  input  logic [6*64-1:0]             done_i,
  input  logic [63:0]                 read_bytes_i,
  input  logic [63:0]                 write_bytes_i,
  output cf_npu_pkg::core_trace_t     trace_o,
  output cf_npu_pkg::fault_t          fault_o,
  output cf_npu_pkg::core_end_t       end_o
);
  localparam int unsigned TILE_W     = cf_npu_pkg::TILE_W;
  localparam int unsigned VECTOR     = 4;  // as an engine: bit of the vectors "by engine"
  localparam logic [4:0]  A0         = 5'd10;  // takes the result of a call
  localparam logic [31:0] ITCM_BYTES = cf_isa_pkg::SCALAR_ITCM_BYTES;
  localparam logic [6:0]  MUL_LAST   = 7'(cf_isa_pkg::SCALAR_MUL_CYCLES - 1);
  localparam logic [6:0]  DIV_LAST   = 7'(cf_isa_pkg::SCALAR_DIV_CYCLES - 1);
  localparam logic [6:0]  JUMP_LAST  = 7'(cf_isa_pkg::SCALAR_TAKEN_BRANCH_CYCLES - 1);

  typedef enum logic [2:0] {
    ST_RUN  = 3'd0,  // an instruction is at the head
    ST_DRAM = 3'd1,  // it waits for the response of DRAM
    ST_GET  = 3'd2,  // the tgets at the head has retired and waits for its element
    ST_TRAP = 3'd3,  // on the way to the handler
    ST_END  = 3'd4
  } state_e;

  logic [2:0]                   state_d, state_q;
  logic                         started_q;
  logic [31:0]                  pc_d, pc_q;
  logic [4:0]                   getter_rd_d, getter_rd_q;  // where the element of the tgets at pc_q goes
  logic [6:0]                   spent_d, spent_q;          // cycles of the instruction, or of a trap, before this one
  logic [1023:0]                x_d, x_q;                  // 32 x 32
  logic [63:0]                  cycle_q, retired_d, retired_q;
  logic [cf_npu_pkg::SEQ_W-1:0] seq_d, seq_q;
  cf_npu_pkg::core_end_t        end_d, end_q;

  // The element of a tgets arrives in the cycle of the next instruction.
  logic          got, is_running;
  logic [31:0]   pc;
  logic [1023:0] x;
  assign got        = state_q == ST_GET && drained_i[VECTOR];
  assign is_running = (start_i || started_q) && !stop_i && (state_q == ST_RUN || got);
  assign pc         = !started_q ? boot_address_i : got ? pc_q + 32'd4 : pc_q;
  for (genvar i = 0; i < 32; i++) begin : gen_x
    assign x[32*i +: 32]   = got && i != 0 && getter_rd_q == 5'(i) ? element_i : x_q[32*i +: 32];
    assign x_d[32*i +: 32] = writes_x && i != 0 && written_x == 5'(i) ? x_value : x[32*i +: 32];
  end

  // Fetch and decode.
  logic                         can_fetch;
  logic [31:0]                  itcm_word, word, imm, rs1, rs2;
  logic [3:0]                   op_class, alu_op;
  logic [1:0]                   left;
  logic                         use_imm;
  logic [2:0]                   funct3;
  logic [4:0]                   rd;
  logic [cf_isa_pkg::INSTR_W-1:0] instr;
  assign can_fetch = pc < ITCM_BYTES;
  assign word      = can_fetch ? itcm_word : 32'd0;
  cf_scalar_decode u_decode (
    .word_i(word), .class_o(op_class), .left_o(left), .use_imm_o(use_imm), .alu_o(alu_op), .imm_o(imm), .instr_o(instr)
  );
  assign rd     = word[11:7];
  assign funct3 = word[14:12];
  assign rs1    = x[32*word[19:15] +: 32];
  assign rs2    = x[32*word[24:20] +: 32];

  // Arithmetic, branches, targets.
  logic [31:0] alu_left, alu_result, muldiv_result, target;
  logic        is_taken;
  assign alu_left = left == cf_scalar_pkg::LEFT_ZERO ? 32'd0 : left == cf_scalar_pkg::LEFT_PC ? pc : rs1;
  cf_scalar_alu u_alu (.op_i(alu_op), .a_i(alu_left), .b_i(use_imm ? imm : rs2), .result_o(alu_result));
  cf_scalar_muldiv u_muldiv (.funct3_i(funct3), .a_i(rs1), .b_i(rs2), .result_o(muldiv_result));
  assign target = {alu_result[31:1], alu_result[0] && op_class != cf_scalar_pkg::CLASS_JALR};
  always_comb begin
    case (funct3[2:1])
      2'd0:    is_taken = (rs1 == rs2) != funct3[0];
      2'd2:    is_taken = ($signed(rs1) < $signed(rs2)) != funct3[0];
      default: is_taken = (rs1 < rs2) != funct3[0];
    endcase
  end

  // Loads and stores.
  logic        is_misaligned, in_itcm, in_dtcm, in_dram, dtcm_store;
  logic [31:0] address, itcm_data, dtcm_data, load_value, store_word, unused_dtcm_fetch;
  logic [3:0]  store_bytes;
  assign address = alu_result;
  cf_scalar_tcm #(.Bytes(cf_isa_pkg::SCALAR_ITCM_BYTES)) u_itcm (
    .clk_i, .fetch_address_i(pc), .fetch_word_o(itcm_word), .address_i(address), .word_o(itcm_data), .write_i(4'd0),
    .data_i(32'd0)
  );
  cf_scalar_tcm #(.Bytes(cf_isa_pkg::SCALAR_DTCM_BYTES)) u_dtcm (
    .clk_i, .fetch_address_i(32'd0), .fetch_word_o(unused_dtcm_fetch), .address_i(address), .word_o(dtcm_data),
    .write_i(dtcm_store ? store_bytes : 4'd0), .data_i(store_word)
  );
  cf_scalar_access u_access (
    .address_i(address), .funct3_i(funct3), .rs2_i(rs2), .itcm_i(itcm_data), .dtcm_i(dtcm_data),
    .is_response_i(state_q == ST_DRAM), .beat_i(r_i.data), .is_misaligned_o(is_misaligned), .in_itcm_o(in_itcm),
    .in_dtcm_o(in_dtcm), .in_dram_o(in_dram), .load_o(load_value), .store_word_o(store_word),
    .store_bytes_o(store_bytes), .request_o(ar_o), .write_o(w_o)
  );
  assign aw_o = ar_o;

  // Operands of a tile instruction, as they are now.
  logic [127:0]                operand_x;
  logic [2:0]                  view_number;
  logic [4*TILE_W-1:0]         tiles, checked_tiles;
  cf_npu_pkg::view_t           view;
  logic                        is_view;          // it has one
  logic [19:0]                 fields;           // 4 x 5, by operand: register number
  cf_scalar_operands u_operands (
    .word_i(word), .instr_i(instr), .x_i(x), .fields_o(fields), .x_o(operand_x), .is_view_o(is_view),
    .view_number_o(view_number)
  );
  logic       tile_is_legal, configures;
  logic [4:0] exec;
  logic [2:0] unit;
  assign exec = cf_instr_pkg::exec_of(instr);
  assign unit = cf_isa_pkg::unit_of(instr);
  cf_scalar_descriptors u_descriptors (
    .clk_i, .rst_ni, .write_i(configures), .exec_i(exec), .x_i(operand_x), .tile_number_i(fields), .tiles_o(tiles),
    .view_number_i(view_number), .view_o(view)
  );
  cf_issue_check u_check (
    .instr_i(instr), .tiles_i(tiles), .view_i(view), .x_i(operand_x), .is_legal_o(tile_is_legal), .tiles_o(checked_tiles)
  );
  always_comb begin
    command_o       = '0;
    command_o.instr = instr;
    command_o.seq   = seq_q;
    command_o.tile3 = checked_tiles[3*TILE_W +: TILE_W];
    command_o.tile2 = checked_tiles[2*TILE_W +: TILE_W];
    command_o.tile1 = checked_tiles[1*TILE_W +: TILE_W];
    command_o.tile0 = checked_tiles[0 +: TILE_W];
    if (is_view) command_o.view = view;
    command_o.x     = operand_x;
  end
  assign set_flag_o  = operand_x[7:0];
  assign wait_flag_o = operand_x[7:0];

  // Registers of the mode, traps.
  logic        is_trap, is_handled, csr_commits, csr_is_legal, leaves_trap;
  logic [4:0]  cause;
  logic [31:0] trap_value, csr_value, handler, exception_pc;
  cf_scalar_csr u_csr (
    .clk_i, .rst_ni, .commit_i(csr_commits), .number_i(word[31:20]), .funct3_i(funct3), .rs1_i(word[19:15]),
    .rs1_value_i(rs1), .is_legal_o(csr_is_legal), .value_o(csr_value), .trap_i(is_trap && is_handled), .cause_i(cause),
    .pc_i(pc), .trap_value_i(trap_value), .leave_i(leaves_trap), .handler_o(handler), .exception_pc_o(exception_pc),
    .cycles_i(cycle_q), .retired_i(retired_q), .busy_i, .done_i, .read_bytes_i, .write_bytes_i
  );
  // A handler that cannot be fetched must not be entered for that.
  assign is_handled = handler != 32'd0 && !(cause == cf_scalar_pkg::CAUSE_FETCH_FAULT && pc == handler);

  logic [31:0] print_bytes, a0, a1, a2, a7;
  assign a0              = x[32*A0 +: 32];
  assign a1              = x[32*11 +: 32];
  assign a2              = x[32*12 +: 32];
  assign a7              = x[32*17 +: 32];
  assign print_bytes     = a2 < cf_scalar_pkg::LARGEST_PRINT_BYTES ? a2 : cf_scalar_pkg::LARGEST_PRINT_BYTES;
  assign print_address_o = a1;
  assign print_bytes_o   = print_bytes;

  // Tile instruction: where it goes, what it waits for. None of this depends on answers of the same cycle.
  logic       is_tile, is_sync, sets, waits, is_barrier, is_engines, synchronises, barrier_is_open,
              queue_accepts, issues;
  logic [4:0] engine;                            // one-hot
  assign is_tile         = is_running && can_fetch && op_class == cf_scalar_pkg::CLASS_TILE && tile_is_legal;
  assign is_sync         = unit == cf_isa_pkg::UNIT_SCALAR;
  assign sets            = is_sync && exec == cf_instr_pkg::EXEC_TSET;
  assign waits           = is_sync && exec == cf_instr_pkg::EXEC_TWAIT;
  assign is_barrier      = is_sync && exec == cf_instr_pkg::EXEC_TBARRIER;
  assign is_engines      = !is_sync;
  assign synchronises    = is_tile && (sets || waits || is_barrier);
  assign set_o           = is_tile && sets;
  assign wait_o          = is_tile && waits;
  assign barrier_is_open = (operand_x[5:1] & ~drained_i) == 5'd0;
  assign engine          = is_engines ? 5'd1 << (unit - 3'd1) : 5'd0;
  assign queue_accepts   = (engine & accepts_i) != 5'd0;
  assign issues          = is_tile && is_engines && queue_accepts;
  assign push_o          = issues ? engine : 5'd0;

  // What happens in this cycle.
  logic        retires, writes_rd, is_waiting, exits, writes_x;
  logic [4:0]  written_x;
  logic [31:0] x_value;
  logic [3:0]  wait_reason;
  logic [6:0]  last;                             // of the instruction's cycles, if it has a fixed number
  logic        is_jump, is_last;
  logic [31:0] rd_value, next_pc;
  assign is_jump = op_class == cf_scalar_pkg::CLASS_JAL || op_class == cf_scalar_pkg::CLASS_JALR ||
                   op_class == cf_scalar_pkg::CLASS_MRET || (op_class == cf_scalar_pkg::CLASS_BRANCH && is_taken);
  assign last    = op_class == cf_scalar_pkg::CLASS_MULDIV ? (funct3[2] ? DIV_LAST : MUL_LAST)
                 : is_jump ? JUMP_LAST : 7'd0;
  assign is_last = spent_q == last;

  always_comb begin
    retires       = 1'b0;
    writes_rd     = 1'b0;
    rd_value      = alu_result;
    next_pc       = pc + 32'd4;
    is_trap       = 1'b0;
    cause         = cf_scalar_pkg::CAUSE_ILLEGAL;
    trap_value    = word;
    is_waiting    = 1'b0;
    wait_reason   = cf_npu_pkg::STALL_RESULT;
    exits         = 1'b0;
    ar_valid_o    = 1'b0;
    aw_valid_o    = 1'b0;
    dtcm_store    = 1'b0;
    csr_commits   = 1'b0;
    leaves_trap   = 1'b0;
    configures    = 1'b0;
    print_valid_o = 1'b0;
    if (state_q == ST_DRAM && !stop_i) begin
      rd_value   = load_value;
      trap_value = address;
      if (op_class == cf_scalar_pkg::CLASS_LOAD) begin
        retires    = r_valid_i && r_i.resp == 2'd0;
        writes_rd  = 1'b1;
        is_trap    = r_valid_i && r_i.resp != 2'd0;
        cause      = cf_scalar_pkg::CAUSE_LOAD_FAULT;
        is_waiting = !r_valid_i;
      end else begin
        retires    = b_valid_i && b_resp_i == 2'd0;
        is_trap    = b_valid_i && b_resp_i != 2'd0;
        cause      = cf_scalar_pkg::CAUSE_STORE_FAULT;
        is_waiting = !b_valid_i;
      end
    end else if (is_running && !can_fetch) begin
      is_trap    = 1'b1;
      cause      = cf_scalar_pkg::CAUSE_FETCH_FAULT;
      trap_value = pc;
    end else if (is_running) begin
      case (op_class)
        cf_scalar_pkg::CLASS_ALU: begin
          retires   = 1'b1;
          writes_rd = 1'b1;
        end
        cf_scalar_pkg::CLASS_MULDIV: begin
          retires   = is_last;
          writes_rd = 1'b1;
          rd_value  = muldiv_result;
        end
        cf_scalar_pkg::CLASS_LOAD: begin
          trap_value = address;
          rd_value   = load_value;
          writes_rd  = 1'b1;
          if (is_misaligned) begin
            is_trap = 1'b1;
            cause   = cf_scalar_pkg::CAUSE_LOAD_MISALIGNED;
          end else if (in_dram) begin
            ar_valid_o = 1'b1;
            is_waiting = 1'b1;
          end else if (in_itcm || in_dtcm) begin
            retires = 1'b1;
          end else begin
            is_trap = 1'b1;
            cause   = cf_scalar_pkg::CAUSE_LOAD_FAULT;
          end
        end
        cf_scalar_pkg::CLASS_STORE: begin
          trap_value = address;
          if (is_misaligned) begin
            is_trap = 1'b1;
            cause   = cf_scalar_pkg::CAUSE_STORE_MISALIGNED;
          end else if (in_dram) begin
            aw_valid_o = 1'b1;
            is_waiting = 1'b1;
          end else if (in_dtcm) begin
            retires    = 1'b1;
            dtcm_store = 1'b1;
          end else begin
            is_trap = 1'b1;
            cause   = cf_scalar_pkg::CAUSE_STORE_FAULT;
          end
        end
        cf_scalar_pkg::CLASS_BRANCH, cf_scalar_pkg::CLASS_JAL, cf_scalar_pkg::CLASS_JALR: begin
          trap_value = target;
          cause      = cf_scalar_pkg::CAUSE_FETCH_MISALIGNED;
          rd_value   = pc + 32'd4;
          writes_rd  = op_class != cf_scalar_pkg::CLASS_BRANCH;
          is_trap    = is_jump && target[1:0] != 2'd0;
          retires    = !is_trap && is_last;
          if (is_jump) next_pc = target;
        end
        cf_scalar_pkg::CLASS_CSR: begin
          is_trap     = !csr_is_legal;
          retires     = csr_is_legal;
          csr_commits = csr_is_legal;
          writes_rd   = 1'b1;
          rd_value    = csr_value;
        end
        cf_scalar_pkg::CLASS_NOTHING: retires = 1'b1;
        cf_scalar_pkg::CLASS_MRET: begin
          retires     = is_last;
          leaves_trap = is_last;
          next_pc     = exception_pc;
        end
        cf_scalar_pkg::CLASS_EBREAK: begin
          is_trap    = 1'b1;
          cause      = cf_scalar_pkg::CAUSE_BREAKPOINT;
          trap_value = pc;
        end
        cf_scalar_pkg::CLASS_ECALL: begin
          cause      = cf_scalar_pkg::CAUSE_ECALL;
          trap_value = 32'd0;
          if (a7 == cf_scalar_pkg::CALL_EXIT) begin
            retires = 1'b1;
            exits   = 1'b1;
          end else if (a7 == cf_scalar_pkg::CALL_PRINT) begin
            print_valid_o = 1'b1;
            retires       = print_ok_i;
            is_trap       = !print_ok_i;
            cause         = cf_scalar_pkg::CAUSE_LOAD_FAULT;
            trap_value    = a1;
          end else begin
            is_trap = 1'b1;
          end
        end
        cf_scalar_pkg::CLASS_TILE: begin
          cause = cf_scalar_pkg::CAUSE_ILLEGAL_TILE;
          if (!tile_is_legal) begin
            is_trap = 1'b1;
          end else if (sets) begin
            is_trap = overflow_i;
            retires = !overflow_i;
          end else if (waits) begin
            is_trap     = conflict_i;
            retires     = take_i && !conflict_i;
            is_waiting  = !take_i && !conflict_i;
            wait_reason = cf_npu_pkg::STALL_FLAG;
          end else if (is_barrier) begin
            retires     = barrier_is_open;
            is_waiting  = !barrier_is_open;
            wait_reason = cf_npu_pkg::STALL_BARRIER;
          end else if (is_engines) begin
            retires     = queue_accepts;
            is_waiting  = !queue_accepts;
            wait_reason = cf_npu_pkg::STALL_QUEUE_FULL;
          end else begin
            retires    = 1'b1;
            configures = 1'b1;
          end
        end
        default: is_trap = 1'b1;
      endcase
    end
  end
  assign w_valid_o = aw_valid_o;
  assign writes_x  = retires && (writes_rd || print_valid_o);
  assign written_x = print_valid_o ? A0 : rd;
  assign x_value   = print_valid_o ? print_bytes : rd_value;

  logic gets;                                    // the tgets at the head has entered its queue
  assign gets = issues && exec == cf_instr_pkg::EXEC_TGETS;

  always_comb begin
    state_d     = state_q;
    pc_d        = pc;
    spent_d     = spent_q;
    retired_d   = retired_q;
    seq_d       = seq_q;
    end_d       = end_q;
    getter_rd_d = getter_rd_q;
    if (got && is_running) state_d = ST_RUN;
    if (ar_valid_o || aw_valid_o) state_d = ST_DRAM;
    if (is_running) spent_d = spent_q + 7'd1;
    if (state_q == ST_TRAP && !stop_i) begin
      spent_d = spent_q + 7'd1;
      if (spent_q == JUMP_LAST) begin
        spent_d = 7'd0;
        state_d = ST_RUN;
      end
    end
    if (is_waiting) spent_d = 7'd0;
    if (retires) begin
      state_d   = ST_RUN;
      spent_d   = 7'd0;
      pc_d      = next_pc;
      retired_d = retired_q + 64'd1;
      if (issues || synchronises) seq_d = seq_q + 1;
    end
    if (gets) begin
      state_d     = ST_GET;
      pc_d        = pc;
      getter_rd_d = rd;
    end
    if (start_i && !started_q) end_d.state = cf_npu_pkg::CORE_RUNS;
    if (exits) begin
      state_d         = ST_END;
      end_d.state     = cf_npu_pkg::CORE_EXITED;
      end_d.exit_code = a0;
      end_d.pc        = pc;
    end
    if (is_trap && is_handled) begin
      pc_d    = handler;
      spent_d = JUMP_LAST == 7'd0 ? 7'd0 : 7'd1;
      state_d = JUMP_LAST == 7'd0 ? ST_RUN : ST_TRAP;
    end else if (is_trap) begin
      state_d     = ST_END;
      end_d.state = cf_npu_pkg::CORE_TRAPPED;
      end_d.cause = {27'd0, cause};
      end_d.value = trap_value;
      end_d.pc    = pc;
    end
  end

  always_comb begin
    trace_o         = '0;
    trace_o.retired = retires;
    trace_o.pc      = pc;
    trace_o.issued  = issues;
    trace_o.unit    = unit;
    trace_o.instr   = instr;
    trace_o.seq     = seq_q;
    trace_o.synced  = retires && synchronises;
    trace_o.stall   = cf_npu_pkg::STALL_BUSY;
    if (is_waiting || (state_q == ST_GET && !got)) trace_o.stall = wait_reason;
    if ((!start_i && !started_q) || state_q == ST_END) trace_o.stall = cf_npu_pkg::STALL_EMPTY;
  end
  assign fault_o = '0;
  assign end_o   = end_q;

  logic unused_ok;
  assign unused_ok = &{1'b0, r_i, unused_dtcm_fetch};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= ST_RUN;
      started_q   <= 1'b0;
      pc_q        <= '0;
      spent_q     <= '0;
      x_q         <= '0;
      cycle_q     <= '0;
      retired_q   <= '0;
      seq_q       <= '0;
      getter_rd_q <= '0;
      end_q       <= {cf_npu_pkg::CORE_RESET, 128'd0};
    end else begin
      state_q     <= state_d;
      started_q   <= started_q || start_i;
      pc_q        <= pc_d;
      spent_q     <= spent_d;
      x_q         <= x_d;
      cycle_q     <= cycle_q + 64'd1;
      retired_q   <= retired_d;
      seq_q       <= seq_d;
      getter_rd_q <= getter_rd_d;
      end_q       <= end_d;
    end
  end

`ifndef YOSYS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      a_read:  assert (!r_valid_i || (state_q == ST_DRAM && op_class == cf_scalar_pkg::CLASS_LOAD));
      a_write: assert (!b_valid_i || (state_q == ST_DRAM && op_class == cf_scalar_pkg::CLASS_STORE));
      a_boot:  assert (boot_address_i[1:0] == 2'd0);
    end
  end
`endif
endmodule
