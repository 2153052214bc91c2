/// The descriptor registers t0..t31 and v0..v7. Reading is combinational; a descriptor instruction is seen by the next
/// instruction. At reset no descriptor has extents. Source: isa/spec/descriptor.json, sim/scalar/descriptors.cpp.
module cf_scalar_descriptors (
  input  logic                            clk_i,
  input  logic                            rst_ni,
  // A descriptor instruction that passed its checks. Operand 0 is the register written, operand 1 (tsubview) the one read.
  input  logic                            write_i,
  input  logic [4:0]                      exec_i,         // cf_instr_pkg::exec_e
  input  logic [127:0]                    x_i,            // 4 x 32, by operand
  // Registers by operand, `low` and `high` as 0, and the one view.
  input  logic [19:0]                     tile_number_i,  // 4 x 5
  output logic [4*cf_npu_pkg::TILE_W-1:0] tiles_o,
  input  logic [2:0]                      view_number_i,
  output cf_npu_pkg::view_t               view_o
);
  localparam int unsigned STORED_W = cf_npu_pkg::TILE_W - 64;  // without low and high
  localparam int unsigned VIEW_W   = cf_npu_pkg::VIEW_W;
  // Vec, fp32, no extents, column stride 1.
  localparam logic [STORED_W-1:0] TILE_RESET = {2'd0, 4'd0, 32'd0, 16'd0, 16'd0, 32'd0, 32'd1};
  // No levels; each that is skipped later has extent 1, axis 0, step 1; axes without bound, insertion 1.
  localparam logic [VIEW_W-1:0]   VIEW_RESET = {32'd0, 4'd0, 32'd0, 3'd0, {5{32'd1}}, 15'd0, {5{32'd1}}, 160'd0, 160'd0,
                                                {5{cf_npu_pkg::UNBOUNDED}}, {5{32'd1}}};

  logic [32*STORED_W-1:0] tiles_q;
  logic [8*VIEW_W-1:0]    views_q;

  for (genvar i = 0; i < 4; i++) begin : gen_operand
    assign tiles_o[cf_npu_pkg::TILE_W*i +: cf_npu_pkg::TILE_W] =
        {tiles_q[STORED_W*tile_number_i[5*i +: 5] +: STORED_W], 64'd0};
  end
  assign view_o = views_q[VIEW_W*view_number_i +: VIEW_W];

  logic [31:0] x1, x2, x3;
  assign x1 = x_i[32 +: 32];
  assign x2 = x_i[64 +: 32];
  assign x3 = x_i[96 +: 32];

  // Tiles. A base that wraps around is out of bounds in every memory.
  cf_npu_pkg::tile_t old_tile, source, tile;
  logic [31:0]       moved_elems;
  assign old_tile    = tiles_o[0 +: cf_npu_pkg::TILE_W];
  assign source      = tiles_o[cf_npu_pkg::TILE_W +: cf_npu_pkg::TILE_W];
  assign moved_elems = x2 * source.row_stride + x3 * source.col_stride;
  always_comb begin
    tile = old_tile;
    case (exec_i)
      cf_instr_pkg::EXEC_TNEW: begin
        tile.memory     = x1[1:0];
        tile.elem_type  = x1[7:4];
        tile.base_bytes = 32'd0;
        tile.rows       = x2[15:0];
        tile.cols       = x3[15:0];
        tile.row_stride = x3;
        tile.col_stride = 32'd1;
      end
      cf_instr_pkg::EXEC_TBASE: tile.base_bytes = x1;
      cf_instr_pkg::EXEC_TSTRIDE: begin
        tile.row_stride = x1;
        tile.col_stride = x2;
      end
      cf_instr_pkg::EXEC_TSHAPE: begin
        tile.rows = x1[15:0];
        tile.cols = x2[15:0];
      end
      default: begin  // tsubview
        tile            = source;
        tile.base_bytes = source.base_bytes + (moved_elems << cf_npu_pkg::size_shift(source.elem_type));
      end
    endcase
  end

  // Views. Levels and axes are 0 to 4; rules of the description keep them there, and without the rules nothing happens.
  cf_npu_pkg::view_t old_view, view;
  logic [159:0]      extent, step, stride, low, size, insertion;
  logic [14:0]       axis;
  assign old_view = view_o;
  always_comb begin
    view      = old_view;
    extent    = old_view.extent;
    axis      = old_view.axis;
    step      = old_view.step;
    stride    = old_view.stride;
    low       = old_view.low;
    size      = old_view.size;
    insertion = old_view.insertion;
    for (int i = 0; i < 5; i++) begin
      if (x1 == 32'(i)) begin
        case (exec_i)
          cf_instr_pkg::EXEC_VINSERT: insertion[32*i +: 32] = x2;
          cf_instr_pkg::EXEC_VSTRIDE: stride[32*i +: 32]    = x2;
          cf_instr_pkg::EXEC_VLEVEL: begin
            extent[32*i +: 32]    = x2;
            axis[3*i +: 3]        = 3'(i);
            step[32*i +: 32]      = 32'd1;
            stride[32*i +: 32]    = x3;
            low[32*i +: 32]       = 32'd0;
            size[32*i +: 32]      = cf_npu_pkg::UNBOUNDED;
            insertion[32*i +: 32] = 32'd1;
          end
          cf_instr_pkg::EXEC_VWINDOW: if (x2 < 32'd5) begin
            axis[3*i +: 3]    = x2[2:0];
            step[32*i +: 32]  = x3;
          end
          cf_instr_pkg::EXEC_VBOUND: begin
            low[32*i +: 32]   = x2;
            size[32*i +: 32]  = x3;
          end
          default: ;
        endcase
      end
    end
    if (exec_i == cf_instr_pkg::EXEC_VBASE) view.base = x1;
    if (exec_i == cf_instr_pkg::EXEC_VLEVEL && x1 < 32'd5 && old_view.levels <= x1[2:0]) view.levels = x1[2:0] + 3'd1;
    view.extent    = extent;
    view.axis      = axis;
    view.step      = step;
    view.stride    = stride;
    view.low       = low;
    view.size      = size;
    view.insertion = insertion;
    if (exec_i == cf_instr_pkg::EXEC_VNEW) begin
      view           = VIEW_RESET;
      view.elem_type = x1[3:0];
      view.pad_bits  = x2;
    end
  end

  logic                          writes_view;
  logic [cf_npu_pkg::TILE_W-1:0] tile_bits;
  logic [VIEW_W-1:0]             view_bits;
  assign writes_view = exec_i >= cf_instr_pkg::EXEC_VNEW;
  assign tile_bits   = tile;
  assign view_bits   = view;
  for (genvar i = 0; i < 32; i++) begin : gen_tile
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                                                    tiles_q[STORED_W*i +: STORED_W] <= TILE_RESET;
      else if (write_i && !writes_view && tile_number_i[4:0] == 5'(i)) tiles_q[STORED_W*i +: STORED_W] <= tile_bits[64 +: STORED_W];
    end
  end
  for (genvar i = 0; i < 8; i++) begin : gen_view
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                                               views_q[VIEW_W*i +: VIEW_W] <= VIEW_RESET;
      else if (write_i && writes_view && view_number_i == 3'(i)) views_q[VIEW_W*i +: VIEW_W] <= view_bits;
    end
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, x_i[31:0], tile_bits[63:0]};
endmodule
