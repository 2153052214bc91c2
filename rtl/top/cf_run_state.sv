/// The run as a whole: the cycle it is, the first fault and the stop that it causes, the end, and the counters that the
/// core reads. Vectors have part u for unit u (cf_isa_pkg::unit_e).
/// Source: sim/README.md, "Faults, limits, end".
module cf_run_state (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  // The units, in this cycle.
  input  cf_npu_pkg::fault_t            scalar_fault_i,
  input  cf_npu_pkg::fault_t            load_fault_i,
  input  cf_npu_pkg::fault_t            store_fault_i,
  input  cf_npu_pkg::fault_t            move_fault_i,
  input  cf_npu_pkg::fault_t            matrix_fault_i,
  input  cf_npu_pkg::fault_t            vector_fault_i,
  input  logic [4*cf_npu_pkg::UNITS-1:0] stall_i,       // cf_npu_pkg::stall_e
  input  logic [4:0]                    drained_i,      // by engine
  input  cf_npu_pkg::core_end_t         end_i,
  input  logic                          retires_i,      // an instruction of the core
  input  logic [5*32-1:0]               done_count_i,   // by engine: done before this cycle
  // Requests to DRAM that it accepts in this cycle.
  input  logic                          scalar_ar_valid_i,
  input  cf_npu_pkg::axi_request_t      scalar_ar_i,
  input  logic                          load_ar_valid_i,
  input  cf_npu_pkg::axi_request_t      load_ar_i,
  input  logic                          scalar_aw_valid_i,
  input  cf_npu_pkg::axi_request_t      scalar_aw_i,
  input  logic                          store_aw_valid_i,
  input  cf_npu_pkg::axi_request_t      store_aw_i,
  // Everybody.
  output cf_npu_pkg::fault_t            fault_o,        // the first, from the cycle after it on
  output logic [2:0]                    fault_unit_o,
  output logic                          stop_o,
  output logic                          stopped_o,      // fault_stop_cycles after the first fault
  output logic                          is_idle_o,      // the core has exited and every engine has drained, without fault
  output logic [63:0]                   cycle_o,
  // Counters of the cycles before this one.
  output logic [64*cf_npu_pkg::UNITS-1:0] busy_o,
  output logic [64*cf_npu_pkg::UNITS-1:0] done_o,
  output logic [63:0]                   read_bytes_o,
  output logic [63:0]                   write_bytes_o
);
  localparam int unsigned Units = cf_npu_pkg::UNITS;
  localparam int unsigned StopW = $clog2(cf_isa_pkg::FAULT_STOP_CYCLES + 1);

  logic [63:0]         cycle_d, cycle_q;
  cf_npu_pkg::fault_t  fault_d, fault_q;
  logic [2:0]          fault_unit_d, fault_unit_q;
  logic [StopW-1:0]    stop_in_d, stop_in_q;  // cycles from this one to the stop; counts once there is a fault
  logic [64*Units-1:0] busy_d, busy_q;
  logic [63:0]         retired_d, retired_q, read_bytes_d, read_bytes_q, write_bytes_d, write_bytes_q;

  // Of several faults in one cycle the lowest unit's.
  always_comb begin
    fault_d      = fault_q;
    fault_unit_d = fault_unit_q;
    stop_in_d    = stop_in_q;
    if (fault_q.valid && stop_in_q != '0) stop_in_d = stop_in_q - 1'b1;
    if (!fault_q.valid) begin
      stop_in_d = StopW'(cf_isa_pkg::FAULT_STOP_CYCLES - 1);
      if (scalar_fault_i.valid) begin
        fault_d      = scalar_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_SCALAR;
      end else if (load_fault_i.valid) begin
        fault_d      = load_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_LOAD;
      end else if (store_fault_i.valid) begin
        fault_d      = store_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_STORE;
      end else if (move_fault_i.valid) begin
        fault_d      = move_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_MOVE;
      end else if (matrix_fault_i.valid) begin
        fault_d      = matrix_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_MATRIX;
      end else if (vector_fault_i.valid) begin
        fault_d      = vector_fault_i;
        fault_unit_d = cf_isa_pkg::UNIT_VECTOR;
      end
    end
  end
  assign fault_o      = fault_q;
  assign fault_unit_o = fault_unit_q;
  assign stopped_o    = fault_q.valid && stop_in_q == '0;
  // What is idle stays idle: only faults and traps stop something.
  assign stop_o       = stopped_o || end_i.state == cf_npu_pkg::CORE_TRAPPED;
  assign is_idle_o    = end_i.state == cf_npu_pkg::CORE_EXITED && (&drained_i) && !fault_q.valid;

  assign cycle_d = cycle_q + 64'd1;
  assign cycle_o = cycle_q;

  always_comb begin
    for (int unsigned u = 0; u < Units; u++) begin
      busy_d[u*64 +: 64] = busy_q[u*64 +: 64] + 64'(stall_i[u*4 +: 4] == cf_npu_pkg::STALL_BUSY);
    end
    retired_d     = retired_q + 64'(retires_i);
    read_bytes_d  = read_bytes_q + (scalar_ar_valid_i ? 64'(scalar_ar_i.bytes) : '0) +
                    (load_ar_valid_i ? 64'(load_ar_i.bytes) : '0);
    write_bytes_d = write_bytes_q + (scalar_aw_valid_i ? 64'(scalar_aw_i.bytes) : '0) +
                    (store_aw_valid_i ? 64'(store_aw_i.bytes) : '0);
  end
  assign busy_o        = busy_q;
  assign read_bytes_o  = read_bytes_q;
  assign write_bytes_o = write_bytes_q;
  always_comb begin
    done_o       = '0;
    done_o[63:0] = retired_q;
    for (int unsigned e = 0; e < Units - 1; e++) done_o[(e+1)*64 +: 64] = 64'(done_count_i[e*32 +: 32]);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycle_q       <= '0;
      fault_q       <= '0;
      fault_unit_q  <= '0;
      stop_in_q     <= '0;
      busy_q        <= '0;
      retired_q     <= '0;
      read_bytes_q  <= '0;
      write_bytes_q <= '0;
    end else begin
      cycle_q       <= cycle_d;
      fault_q       <= fault_d;
      fault_unit_q  <= fault_unit_d;
      stop_in_q     <= stop_in_d;
      busy_q        <= busy_d;
      retired_q     <= retired_d;
      read_bytes_q  <= read_bytes_d;
      write_bytes_q <= write_bytes_d;
    end
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, end_i, scalar_ar_i, load_ar_i, scalar_aw_i, store_aw_i};
endmodule
