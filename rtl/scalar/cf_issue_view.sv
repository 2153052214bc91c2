/// What a view operand must keep at issue, and, if it walks a tile memory (tmov.view), the bytes of that memory that its
/// valid elements lie between. Views of DRAM are checked by the engine when it gets there. Combinational.
/// Source: sim/scalar/issue_check.cpp, view_problem; sim/exec/legality.cpp, span_of.
module cf_issue_view (
  input  cf_npu_pkg::view_t  view_i,
  input  logic [7:0]         types_i,      // in DRAM: what it may hold, by elem_type_e; 0: anything
  input  logic               is_on_chip_i, // it walks the memory of source_i
  input  cf_npu_pkg::tile_t  source_i,
  output logic               is_legal_o,   // but for the bounds of the memory
  output logic [63:0]        elems_o,      // that it enumerates, at most 2^62
  output logic               is_empty_o,   // no element is valid
  output logic signed [63:0] low_o,        // on chip: first byte and the one behind the last; meaningless if it is empty
  output logic signed [63:0] high_o
);
  localparam logic [95:0] MANY = 96'd1 << 62;

  localparam int unsigned OFFSET_W = cf_scalar_pkg::OFFSET_W;
  localparam logic signed [OFFSET_W-1:0] LIMIT = OFFSET_W'(1) << 62;

  logic [4:0]                 sound, empty;
  logic signed [OFFSET_W-1:0] low, high, low_bytes, high_bytes;
  logic [5*OFFSET_W-1:0]      lowest, highest;
  for (genvar a = 0; a < 5; a++) begin : gen_axis
    cf_issue_axis u_axis (
      .axis_i       (3'(a)),
      .levels_i     (view_i.levels),
      .extent_i     (view_i.extent),
      .level_axis_i (view_i.axis),
      .step_i       (view_i.step),
      .stride_i     (stride[32*a +: 32]),
      .low_i        (bound_low[32*a +: 32]),
      .size_i       (size[32*a +: 32]),
      .insertion_i  (insertion[32*a +: 32]),
      .is_sound_o   (sound[a]),
      .is_empty_o   (empty[a]),
      .lowest_o     (lowest[OFFSET_W*a +: OFFSET_W]),
      .highest_o    (highest[OFFSET_W*a +: OFFSET_W])
    );
  end
  logic [159:0] extent, stride, bound_low, size, insertion;
  assign extent    = view_i.extent;
  assign stride    = view_i.stride;
  assign bound_low = view_i.low;
  assign size      = view_i.size;
  assign insertion = view_i.insertion;

  // Extents, and the number of elements.
  logic        has_extents;
  logic [95:0] product;
  always_comb begin
    has_extents = view_i.levels != 3'd0;
    product     = 96'd1;
    for (int l = 0; l < 5; l++) begin
      if (3'(l) < view_i.levels) begin
        if (extent[32*l +: 32] == 32'd0) has_extents = 1'b0;
        product = product * {64'd0, extent[32*l +: 32]};
        if (product > MANY) product = MANY;
      end
    end
  end
  assign elems_o = product[63:0];

  logic [3:0] elem_type;
  logic [1:0] shift;
  logic [2:0] misaligned;
  assign elem_type  = is_on_chip_i ? source_i.elem_type : view_i.elem_type;
  assign shift      = cf_npu_pkg::size_shift(elem_type);
  assign misaligned = view_i.base[2:0] & ~(3'b111 << shift);
  assign is_legal_o = has_extents && sound == 5'b11111 && misaligned == 3'd0 &&
                      (is_on_chip_i || types_i == 8'd0 || (!elem_type[3] && types_i[elem_type[2:0]]));

  always_comb begin
    low  = '0;
    high = '0;
    for (int a = 0; a < 5; a++) begin
      low  = low + $signed(lowest[OFFSET_W*a +: OFFSET_W]);
      high = high + $signed(highest[OFFSET_W*a +: OFFSET_W]);
    end
    low_bytes  = low <<< shift;
    high_bytes = (high + 1) <<< shift;
    // Far outside of every memory stays far outside.
    if (low_bytes < -LIMIT) low_bytes = -LIMIT;
    if (low_bytes > LIMIT) low_bytes = LIMIT;
    if (high_bytes < -LIMIT) high_bytes = -LIMIT;
    if (high_bytes > LIMIT) high_bytes = LIMIT;
  end
  logic signed [63:0] base;
  assign base       = $signed({32'd0, source_i.base_bytes}) + $signed({{32{view_i.base[31]}}, view_i.base});
  assign is_empty_o = empty != 5'd0;
  assign low_o      = base + low_bytes[63:0];
  assign high_o     = base + high_bytes[63:0];

  logic unused_ok;
  assign unused_ok = &{1'b0, view_i.pad_bits, source_i, low_bytes, high_bytes};
endmodule
