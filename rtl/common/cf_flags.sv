/// The flags: counters 0 to 15 that one unit sets and another waits for. A set or a take in cycle t shows from
/// t + 1 on; all outputs answer in the cycle of their inputs. Vectors have bit u, or the u-th byte, for unit u.
///
/// Sets: those of a cycle count in the order of the units; one that finds 15 is a fault of its unit.
/// Waits: a flag has one waiter, from the first cycle of its wait to the one in which it takes, both included. Of two
/// that begin in one cycle it is the lower unit; the wait of another one is a fault of that unit.
/// A set or wait that is a fault changes nothing. Source: sim/README.md, "Life of an engine instruction".
module cf_flags (
  input  logic                                              clk_i,
  input  logic                                              rst_ni,
  input  logic [cf_npu_pkg::UNITS-1:0]                      set_i,
  input  logic [cf_npu_pkg::UNITS*cf_npu_pkg::FLAG_W-1:0]   set_flag_i,
  output logic [cf_npu_pkg::UNITS-1:0]                      overflow_o,   // the set is a fault
  input  logic [cf_npu_pkg::UNITS-1:0]                      wait_i,       // without a gap until it takes
  input  logic [cf_npu_pkg::UNITS*cf_npu_pkg::FLAG_W-1:0]   wait_flag_i,
  output logic [cf_npu_pkg::UNITS-1:0]                      take_o,       // the flag shows > 0: it takes one now
  output logic [cf_npu_pkg::UNITS-1:0]                      conflict_o    // the wait is a fault
);
  localparam int unsigned Units  = cf_npu_pkg::UNITS;
  localparam int unsigned FlagW  = cf_npu_pkg::FLAG_W;
  localparam int unsigned ValueW = 4;
  localparam logic [ValueW-1:0] Largest = '1;

  logic [ValueW*cf_isa_pkg::FLAGS-1:0] values_d, values_q;  // flag f in part f
  logic [Units-1:0] waits_d, waits_q;  // waited in the cycle before, without fault, and did not take

  // What the units see of the flags they name.
  logic [Units*ValueW-1:0] set_value, wait_value;
  always_comb begin
    for (int unsigned u = 0; u < Units; u++) begin
      set_value[u*ValueW +: ValueW]  = values_q[ValueW*32'(set_flag_i[u*FlagW +: FlagW]) +: ValueW];
      wait_value[u*ValueW +: ValueW] = values_q[ValueW*32'(wait_flag_i[u*FlagW +: FlagW]) +: ValueW];
    end
  end

  always_comb begin
    overflow_o = '0;
    for (int unsigned u = 0; u < Units; u++) begin
      logic [ValueW:0] seen;  // the flag with the sets of lower units
      seen = (ValueW + 1)'(set_value[u*ValueW +: ValueW]);
      for (int unsigned lower = 0; lower < u; lower++) begin
        if (set_i[lower] && set_flag_i[lower*FlagW +: FlagW] == set_flag_i[u*FlagW +: FlagW]) seen = seen + 1'b1;
      end
      overflow_o[u] = set_i[u] && seen >= (ValueW + 1)'(Largest);
    end
  end

  always_comb begin
    conflict_o = '0;
    for (int unsigned u = 0; u < Units; u++) begin
      for (int unsigned other = 0; other < Units; other++) begin
        if (other != u && wait_i[u] && wait_i[other] &&
            wait_flag_i[other*FlagW +: FlagW] == wait_flag_i[u*FlagW +: FlagW] &&
            (waits_q[other] || (!waits_q[u] && other < u))) begin
          conflict_o[u] = 1'b1;
        end
      end
    end
  end

  always_comb begin
    for (int unsigned u = 0; u < Units; u++) begin
      take_o[u]  = wait_i[u] && !conflict_o[u] && wait_value[u*ValueW +: ValueW] != '0;
      waits_d[u] = wait_i[u] && !conflict_o[u] && !take_o[u];
    end
  end

  always_comb begin
    values_d = values_q;
    for (int unsigned u = 0; u < Units; u++) begin
      if (set_i[u] && !overflow_o[u]) begin
        values_d[ValueW*32'(set_flag_i[u*FlagW +: FlagW]) +: ValueW] =
            values_d[ValueW*32'(set_flag_i[u*FlagW +: FlagW]) +: ValueW] + 1'b1;
      end
    end
    for (int unsigned u = 0; u < Units; u++) begin
      if (take_o[u]) begin
        values_d[ValueW*32'(wait_flag_i[u*FlagW +: FlagW]) +: ValueW] =
            values_d[ValueW*32'(wait_flag_i[u*FlagW +: FlagW]) +: ValueW] - 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      values_q <= '0;
      waits_q  <= '0;
    end else begin
      values_q <= values_d;
      waits_q  <= waits_d;
    end
  end
endmodule
