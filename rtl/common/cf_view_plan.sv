/// Brings a view into the normal form of cf_view_pkg. Combinational: what is divided here is divided once for an
/// instruction.
module cf_view_plan (
  input  cf_npu_pkg::view_t  view_i,
  output cf_view_pkg::plan_t plan_o
);
  localparam int unsigned Levels = 5;
  localparam int unsigned Slots  = cf_view_pkg::OUTER + 1;  // the last one is the row
  localparam int unsigned Row    = cf_view_pkg::OUTER;

  logic [1:0] size_shift;
  assign size_shift = cf_npu_pkg::size_shift(view_i.elem_type);

  // By level: what its axis says.
  logic [Levels*3-1:0]  axis;
  logic [Levels*32-1:0] extent, step, stride, low, size, insertion;
  logic [Levels-1:0]    is_used, is_bounded, is_simple;  // simple: may become one with a neighbour
  logic [Levels*64-1:0] pitch;                           // elements
  for (genvar l = 0; l < Levels; l++) begin : gen_level
    logic [2:0]         of;
    logic [Levels-1:0]  shares;
    logic signed [66:0] first, span, last, lowest, highest;
    assign of                    = view_i.axis[l*3 +: 3];
    assign axis[l*3 +: 3]        = of;
    assign is_used[l]            = view_i.levels > 3'(l);
    assign extent[l*32 +: 32]    = view_i.extent[l*32 +: 32];
    assign step[l*32 +: 32]      = view_i.step[l*32 +: 32];
    assign stride[l*32 +: 32]    = view_i.stride[32'(of)*32 +: 32];
    assign low[l*32 +: 32]       = view_i.low[32'(of)*32 +: 32];
    assign size[l*32 +: 32]      = view_i.size[32'(of)*32 +: 32];
    assign insertion[l*32 +: 32] = view_i.insertion[32'(of)*32 +: 32];
    assign is_bounded[l]         = size[l*32 +: 32] != cf_npu_pkg::UNBOUNDED;
    assign pitch[l*64 +: 64]     = 64'($signed(step[l*32 +: 32])) * 64'($signed(stride[l*32 +: 32]));
    for (genvar k = 0; k < Levels; k++) begin : gen_other
      assign shares[k] = k != l && view_i.levels > 3'(k) && view_i.axis[k*3 +: 3] == of;
    end
    assign first        = 67'sd0 - 67'($signed(low[l*32 +: 32]));
    assign span         = 67'($signed(step[l*32 +: 32])) * 67'($signed({35'd0, extent[l*32 +: 32]} - 67'd1));
    assign last         = first + span;
    assign lowest       = span < 67'sd0 ? last : first;
    assign highest      = span < 67'sd0 ? first : last;
    assign is_simple[l] = shares == '0 && insertion[l*32 +: 32] == 32'd1 && lowest >= 67'sd0 &&
                          (!is_bounded[l] || highest < 67'($signed({35'd0, size[l*32 +: 32]})));
  end

  // Levels to slots, from the row outwards.
  logic [Levels-1:0]   is_merged;  // into the slot of the level inside
  logic [Slots*3-1:0]  level_of;   // the innermost of a slot
  logic [Slots-1:0]    has_level;
  logic [Slots*32-1:0] slot_extent;
  logic [2:0]          slot;
  always_comb begin
    is_merged   = '0;
    level_of    = '0;
    has_level   = '0;
    slot_extent = {Slots{32'd1}};
    slot        = 3'(Row);
    for (int unsigned l = Levels; l > 0; l--) begin
      if (is_used[l-1]) begin
        if (l < Levels && is_used[l % Levels] && is_simple[l-1] && is_simple[l % Levels] &&
            pitch[(l-1)*64 +: 64] == {32'd0, extent[(l%Levels)*32 +: 32]} * pitch[(l%Levels)*64 +: 64]) begin
          is_merged[l-1] = 1'b1;
        end else if (has_level[Row]) begin
          slot = slot - 3'd1;
        end
        if (!is_merged[l-1]) level_of[32'(slot)*3 +: 3] = 3'(l - 1);
        has_level[slot] = 1'b1;
        slot_extent[32'(slot)*32 +: 32] = slot_extent[32'(slot)*32 +: 32] * extent[(l-1)*32 +: 32];
      end
    end
  end

  // The row decides the modulus of its axis.
  logic [2:0]  row_level, row_axis;
  logic [31:0] row_step, row_step_size, row_insertion, row_modulus;
  logic        row_is_scanned, row_has_axis;
  always_comb begin
    row_level      = level_of[Row*3 +: 3];
    row_has_axis   = has_level[Row];
    row_axis       = axis[32'(row_level)*3 +: 3];
    row_step       = row_has_axis ? step[32'(row_level)*32 +: 32] : 32'd1;
    row_insertion  = row_has_axis ? insertion[32'(row_level)*32 +: 32] : 32'd1;
    row_step_size     = row_step[31] ? -row_step : row_step;
    row_is_scanned = row_step_size % row_insertion != 32'd0;
    row_modulus    = row_is_scanned || row_step == 32'd0 ? row_insertion : row_step_size;
  end

  // By slot.
  logic [Slots*64-1:0] step_quotient, start_quotient;
  logic [Slots*32-1:0] modulus, slot_insertion, slot_size, step_rest, step_phase, step_bytes, carry_bytes;
  logic [Slots*32-1:0] start_rest, start_phase, start_bytes;
  logic [Slots*3-1:0]  parent;
  logic [Slots-1:0]    is_checked, slot_bounded;
  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic [2:0] level, of;
    logic       is_last;  // no outer level further in moves its axis
    assign level                     = level_of[s*3 +: 3];
    assign of                        = axis[32'(level)*3 +: 3];
    assign slot_insertion[s*32 +: 32] = has_level[s] ? insertion[32'(level)*32 +: 32] : 32'd1;
    assign slot_size[s*32 +: 32]      = size[32'(level)*32 +: 32];
    assign slot_bounded[s]            = is_bounded[level];
    assign modulus[s*32 +: 32]        = row_has_axis && of == row_axis ? row_modulus : slot_insertion[s*32 +: 32];
    always_comb begin
      parent[s*3 +: 3] = cf_view_pkg::NO_PARENT;
      is_last          = 1'b1;
      for (int unsigned k = 0; k < Slots; k++) begin
        if (has_level[k] && has_level[s] && axis[32'(level_of[k*3 +: 3])*3 +: 3] == of) begin
          if (k + 1 < s + 1) parent[s*3 +: 3] = 3'(k);
          if (k > s) is_last = 1'b0;
        end
      end
    end
    assign is_checked[s] = has_level[s] && is_last && !is_simple[level];
    cf_view_level u_level (
      .step_i         (step[32'(level)*32 +: 32] & {32{has_level[s]}}),
      .low_i          (low[32'(level)*32 +: 32] & {32{has_level[s]}}),
      .stride_i       (stride[32'(level)*32 +: 32]),
      .insertion_i    (slot_insertion[s*32 +: 32]),
      .modulus_i      (modulus[s*32 +: 32]),
      .size_shift_i   (size_shift),
      .step_quotient_o(step_quotient[s*64 +: 64]),
      .step_rest_o    (step_rest[s*32 +: 32]),
      .step_phase_o   (step_phase[s*32 +: 32]),
      .step_bytes_o   (step_bytes[s*32 +: 32]),
      .carry_bytes_o  (carry_bytes[s*32 +: 32]),
      .start_quotient_o(start_quotient[s*64 +: 64]),
      .start_rest_o   (start_rest[s*32 +: 32]),
      .start_phase_o  (start_phase[s*32 +: 32]),
      .start_bytes_o  (start_bytes[s*32 +: 32]));
  end

  // Where all begins: each axis counts once, and merged levels have theirs (insertion 1).
  logic [31:0] base;
  always_comb begin
    base = view_i.base;
    for (int unsigned s = 0; s < Slots; s++) begin
      if (has_level[s] && parent[s*3 +: 3] == cf_view_pkg::NO_PARENT) base = base + start_bytes[s*32 +: 32];
    end
    for (int unsigned l = 0; l < Levels; l++) begin
      if (is_merged[l]) base = base - ((low[l*32 +: 32] * stride[l*32 +: 32]) << size_shift);
    end
  end

  // The row's bound, as a coordinate, divided.
  logic [63:0] limit, limit_sign, limit_quotient;
  always_comb begin
    limit = 64'(slot_size[Row*32 +: 32]);
    if (row_step[31]) limit = limit - 64'd1;
    limit          = limit * 64'(row_insertion);
    limit_sign     = {64{limit[63]}};
    limit_quotient = ((limit ^ limit_sign) / 64'(row_modulus)) ^ limit_sign;
  end

  always_comb begin
    plan_o.size_shift         = size_shift;
    plan_o.base               = base;
    plan_o.extent             = slot_extent[Row*32-1:0];
    plan_o.parent             = parent[Row*3-1:0];
    plan_o.is_checked         = is_checked[Row-1:0];
    plan_o.modulus            = modulus[Row*32-1:0];
    plan_o.insertion          = slot_insertion[Row*32-1:0];
    plan_o.step_quotient      = step_quotient[Row*64-1:0];
    plan_o.step_rest          = step_rest[Row*32-1:0];
    plan_o.step_phase         = step_phase[Row*32-1:0];
    plan_o.step_bytes         = step_bytes[Row*32-1:0];
    plan_o.carry_bytes        = carry_bytes[Row*32-1:0];
    plan_o.start_quotient     = start_quotient[Row*64-1:0];
    plan_o.start_rest         = start_rest[Row*32-1:0];
    plan_o.start_phase        = start_phase[Row*32-1:0];
    plan_o.size               = slot_size[Row*32-1:0];
    plan_o.is_bounded         = slot_bounded[Row-1:0];
    plan_o.row_extent         = slot_extent[Row*32 +: 32];
    plan_o.row_parent         = parent[Row*3 +: 3];
    plan_o.row_is_free        = !row_has_axis || is_simple[row_level];
    plan_o.row_is_scanned     = row_is_scanned;
    plan_o.row_is_still       = row_step == 32'd0;
    plan_o.row_is_down        = row_step[31];
    plan_o.row_pitch          = step_bytes[Row*32 +: 32];
    plan_o.row_is_contiguous  = plan_o.row_pitch == 32'd1 << size_shift;
    plan_o.row_insertion      = row_insertion;
    plan_o.row_step_quotient  = step_quotient[Row*64 +: 64];
    plan_o.row_step_phase     = step_phase[Row*32 +: 32];
    plan_o.row_step_bytes     = step_bytes[Row*32 +: 32];
    plan_o.row_carry_bytes    = carry_bytes[Row*32 +: 32];
    plan_o.row_start_quotient = start_quotient[Row*64 +: 64];
    plan_o.row_start_rest     = start_rest[Row*32 +: 32];
    plan_o.row_start_phase    = start_phase[Row*32 +: 32];
    plan_o.row_size           = slot_size[Row*32 +: 32];
    plan_o.row_is_bounded     = slot_bounded[Row];
    plan_o.row_limit_quotient = limit_quotient;
    plan_o.row_limit_rest     = limit[31:0] - limit_quotient[31:0] * row_modulus;
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, view_i, step_rest, is_checked};
endmodule
