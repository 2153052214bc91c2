/// Every rule that an instruction's operands must keep at issue: what its operands state, the rules of its description,
/// shapes, overlap of sources and results. Descriptor instructions have the rules of the description only. Combinational.
/// Source: sim/README.md, "Engine instructions"; sim/scalar/issue_check.cpp.
module cf_issue_check (
  input  logic [cf_isa_pkg::INSTR_W-1:0]  instr_i,
  input  logic [4*cf_npu_pkg::TILE_W-1:0] tiles_i,        // by operand; low and high are not looked at
  input  cf_npu_pkg::view_t               view_i,
  input  logic [127:0]                    x_i,            // 4 x 32, by operand
  output logic                            is_legal_o,
  output logic [4*cf_npu_pkg::TILE_W-1:0] tiles_o         // with low and high; 0 for an operand that is no tile
);
  localparam int unsigned TILE_W = cf_npu_pkg::TILE_W;

  logic [4:0] exec;
  logic       is_config, is_view_move, has_view;
  logic [3:0] tiles, sources, results, view_sources;
  assign exec         = cf_instr_pkg::exec_of(instr_i);
  assign is_config    = exec >= cf_instr_pkg::EXEC_TNEW && exec <= cf_instr_pkg::EXEC_VBOUND;
  assign tiles        = cf_instr_pkg::tiles_of(instr_i);
  assign sources      = cf_instr_pkg::sources_of(instr_i) & ~results;
  assign results      = cf_instr_pkg::results_of(instr_i);
  assign is_view_move = exec == cf_instr_pkg::EXEC_TMOV_VIEW;
  assign view_sources = is_view_move ? sources : 4'd0;

  // Operands one by one.
  logic [3:0]   legal, is_view, broadcast, reduced, down_rows;
  logic [63:0]  rows, cols;
  logic [127:0] row_stride, col_stride;
  logic [255:0] elems;
  logic [15:0]  elem_type;
  logic [7:0]   memory;
  logic [31:0]  types;       // that it may hold
  logic [7:0]   view_types;
  logic [63:0]  view_elems;
  for (genvar i = 0; i < 4; i++) begin : gen_operand
    logic [TILE_W-1:0] tile;
    logic [3:0]        memories;
    logic [2:0]        same_type;
    logic              fits;
    logic [1:0]        unused_field;
    logic              unused_is_x;
    cf_scalar_operand u_operand (
      .instr_i,
      .number_i       (2'(i)),
      .field_o        (unused_field),
      .is_view_o      (is_view[i]),
      .is_x_o         (unused_is_x),
      .is_broadcast_o (broadcast[i]),
      .memories_o     (memories),
      .types_o        (types[8*i +: 8]),
      .same_type_o    (same_type),
      .is_reduced_o   (reduced[i]),
      .down_rows_o    (down_rows[i])
    );
    cf_issue_tile u_tile (
      .tile_i         (tiles_i[TILE_W*i +: TILE_W]),
      .memories_i     (memories),
      .types_i        (types[8*i +: 8]),
      .is_written_i   (results[i]),
      .is_unbounded_i (view_sources[i]),
      .is_legal_o     (fits),
      .tile_o         (tile)
    );
    assign tiles_o[TILE_W*i +: TILE_W] = tiles[i] ? tile : '0;
    assign legal[i] = !tiles[i] || (fits && (same_type == cf_instr_pkg::NO_OPERAND ||
                                             elem_type[4*same_type[1:0] +: 4] == elem_type[4*i +: 4]));
    cf_issue_attributes u_attributes (
      .tile_i       (tiles_i[TILE_W*i +: TILE_W]),
      .is_view_i    (is_view[i]),
      .view_type_i  (view_i.elem_type),
      .view_elems_i (view_elems),
      .rows_o       (rows[16*i +: 16]),
      .cols_o       (cols[16*i +: 16]),
      .row_stride_o (row_stride[32*i +: 32]),
      .col_stride_o (col_stride[32*i +: 32]),
      .elem_type_o  (elem_type[4*i +: 4]),
      .memory_o     (memory[2*i +: 2]),
      .elems_o      (elems[64*i +: 64])
    );

    logic unused_ok;
    assign unused_ok = &{1'b0, unused_field, unused_is_x};
  end

  // The view, and the tile whose memory it walks if it is not one of DRAM.
  cf_npu_pkg::tile_t  view_source;
  logic               view_is_legal, view_is_empty, view_is_inside, view_clashes;
  logic signed [63:0] view_low, view_high;
  always_comb begin
    view_source = '0;
    view_types  = 8'd0;
    for (int i = 0; i < 4; i++) begin
      if (view_sources[i]) view_source = tiles_o[TILE_W*i +: TILE_W];
      if (is_view[i]) view_types = types[8*i +: 8];
    end
  end
  assign has_view = is_view != 4'd0;

  cf_issue_view u_view (
    .view_i, .types_i(view_types), .is_on_chip_i(is_view_move), .source_i(view_source), .is_legal_o(view_is_legal),
    .elems_o(view_elems), .is_empty_o(view_is_empty), .low_o(view_low), .high_o(view_high)
  );
  logic signed [63:0] view_memory_bytes;
  always_comb begin
    case (view_source.memory)
      cf_isa_pkg::MEM_LEFT:  view_memory_bytes = {32'd0, cf_isa_pkg::LEFT_SIZE_BYTES};
      cf_isa_pkg::MEM_RIGHT: view_memory_bytes = {32'd0, cf_isa_pkg::RIGHT_SIZE_BYTES};
      cf_isa_pkg::MEM_ACC:   view_memory_bytes = {32'd0, cf_isa_pkg::ACC_SIZE_BYTES};
      default:               view_memory_bytes = {32'd0, cf_isa_pkg::VEC_SIZE_BYTES};
    endcase
  end
  assign view_is_inside = !is_view_move || view_is_empty || (view_low >= 64'sd0 && view_high <= view_memory_bytes);
  logic [3:0] clashes_with_view;
  for (genvar i = 0; i < 4; i++) begin : gen_range
    logic [31:0] low, high;  // the last members of tile_t
    assign high                 = tiles_o[TILE_W*i +: 32];
    assign low                  = tiles_o[TILE_W*i + 32 +: 32];
    assign clashes_with_view[i] = results[i] && view_source.memory == memory[2*i +: 2] &&
                                  view_low < $signed({32'd0, high}) && view_high > $signed({32'd0, low});
  end
  assign view_clashes = is_view_move && !view_is_empty && clashes_with_view != 4'd0;

  // Results against the other tiles, a pair once. An elementwise instruction or a scan may write the very rectangle that it
  // reads; sources may share what they like.
  logic        in_place;
  logic [15:0] clashes;  // pair (i, j), i < j, has bit 4 i + j
  assign in_place = cf_instr_pkg::works_in_place(instr_i);
  for (genvar i = 0; i < 4; i++) begin : gen_first
    for (genvar j = 0; j < 4; j++) begin : gen_second
      if (i < j) begin : gen_pair
        logic shares, is_same, both_written, is_met;
        cf_issue_share u_share (
          .a_i(tiles_o[TILE_W*i +: TILE_W]), .b_i(tiles_o[TILE_W*j +: TILE_W]), .shares_o(shares), .is_same_o(is_same)
        );
        assign both_written       = results[i] && results[j];
        assign is_met             = (results[i] && tiles[j]) || (results[j] && tiles[i]);
        assign clashes[4*i + j]   = shares && is_met && (both_written || (!is_view_move && !(in_place && is_same)));
      end else begin : gen_no_pair
        assign clashes[4*i + j] = 1'b0;
      end
    end
  end

  logic rules_hold, shapes_fit, flag_exists, kind_exists;
  cf_legal_rules u_rules (
    .instr_i, .rows_i(rows), .cols_i(cols), .row_stride_i(row_stride), .col_stride_i(col_stride), .elem_type_i(elem_type),
    .memory_i(memory), .elems_i(elems), .value_i(x_i), .levels_i(view_i.levels), .is_legal_o(rules_hold)
  );
  cf_issue_shapes u_shapes (
    .instr_i, .rows_i(rows), .cols_i(cols), .broadcast_i(broadcast), .reduced_i(reduced),
    .down_rows_i(down_rows), .is_legal_o(shapes_fit)
  );
  assign flag_exists = !(exec == cf_instr_pkg::EXEC_TSET || exec == cf_instr_pkg::EXEC_TWAIT) ||
                       x_i[31:0] < cf_isa_pkg::FLAGS;
  // Memory (4) and element type (8) of a new tile.
  assign kind_exists = exec != cf_instr_pkg::EXEC_TNEW || (x_i[35:34] == 2'd0 && x_i[63:39] == 25'd0);

  assign is_legal_o = rules_hold && flag_exists && kind_exists &&
                      (is_config || (legal == 4'b1111 && (!has_view || (view_is_legal && view_is_inside)) &&
                                     (shapes_fit || !cf_instr_pkg::has_expression(instr_i)) &&
                                     clashes == 16'd0 && !view_clashes));
endmodule
