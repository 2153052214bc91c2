/// What a step of a level adds to the coordinate of its axis, and where the coordinate begins, both divided.
/// Combinational.
module cf_view_level (
  input  logic [31:0] step_i,       // signed
  input  logic [31:0] low_i,        // signed: the coordinate begins at -low
  input  logic [31:0] stride_i,     // elements, signed
  input  logic [31:0] insertion_i,  // 1 or more
  input  logic [31:0] modulus_i,    // 1 or more
  input  logic [1:0]  size_shift_i,
  output logic [63:0] step_quotient_o,
  output logic [31:0] step_rest_o,
  output logic [31:0] step_phase_o,
  output logic [31:0] step_bytes_o,
  output logic [31:0] carry_bytes_o,
  output logic [63:0] start_quotient_o,
  output logic [31:0] start_rest_o,
  output logic [31:0] start_phase_o,
  output logic [31:0] start_bytes_o
);
  // Floored: a negative number is divided as its complement.
  function automatic logic [32:0] floor_quotient(input logic [32:0] a, input logic [31:0] b);
    logic [32:0] sign;
    sign           = {33{a[32]}};
    floor_quotient = ((a ^ sign) / {1'b0, b}) ^ sign;
  endfunction
  function automatic logic [31:0] rest_of(input logic [31:0] a, input logic [31:0] b, input logic [31:0] quotient);
    rest_of = a - quotient * b;
  endfunction

  logic [32:0] step, start, step_by_modulus, step_by_insertion, start_by_modulus, start_by_insertion;
  logic [31:0] element_bytes;
  always_comb begin
    step               = {step_i[31], step_i};
    start              = -{low_i[31], low_i};
    step_by_modulus    = floor_quotient(step, modulus_i);
    start_by_modulus   = floor_quotient(start, modulus_i);
    step_by_insertion  = floor_quotient(step, insertion_i);
    start_by_insertion = floor_quotient(start, insertion_i);
    element_bytes      = stride_i << size_shift_i;
    step_quotient_o    = {{31{step_by_modulus[32]}}, step_by_modulus};
    step_rest_o        = rest_of(step[31:0], modulus_i, step_by_modulus[31:0]);
    step_phase_o       = rest_of(step[31:0], insertion_i, step_by_insertion[31:0]);
    step_bytes_o       = element_bytes * step_by_insertion[31:0];
    carry_bytes_o      = element_bytes;
    start_quotient_o   = {{31{start_by_modulus[32]}}, start_by_modulus};
    start_rest_o       = rest_of(start[31:0], modulus_i, start_by_modulus[31:0]);
    start_phase_o      = rest_of(start[31:0], insertion_i, start_by_insertion[31:0]);
    start_bytes_o      = element_bytes * start_by_insertion[31:0];
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, step_by_insertion[32], start_by_insertion[32]};
endmodule
