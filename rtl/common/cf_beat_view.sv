/// The elements of a beat of `tmov.view`: where they lie and which are padding. The caller keeps the indices of the
/// levels of the beat's first element. Combinational. Source: sim/exec/command.h, ViewDesc.
module cf_beat_view (
  input  cf_npu_pkg::view_t               view_i,
  input  logic [31:0]                     base_i,     // bytes: of the view's element 0 in the tile memory
  input  logic [1:0]                      shift_i,    // log2 of the element's bytes
  input  logic [159:0]                    index_i,    // 5 x 32, by level
  input  logic [15:0]                     count_i,    // elements of the beat, 1 to LANES
  output logic [32*cf_npu_pkg::LANES-1:0] address_o,  // by lane; of padding it means nothing
  output logic [cf_npu_pkg::LANES-1:0]    valid_o,    // the lane has an element of the memory
  output logic [159:0]                    index_o     // of the element behind the beat
);
  localparam int unsigned Lanes  = cf_npu_pkg::LANES;
  localparam int unsigned Levels = 5;

  // Indices of each lane and of the element behind the last one; the innermost level counts first.
  logic [(Lanes+1)*160-1:0] index;
  logic                     carry;
  always_comb begin
    index        = '0;
    index[159:0] = index_i;
    carry        = 1'b0;
    for (int unsigned i = 1; i <= Lanes; i++) begin
      index[i*160 +: 160] = index[(i-1)*160 +: 160];
      carry               = i <= 32'(count_i);
      for (int unsigned l = Levels; l > 0; l--) begin
        if (carry && l <= 32'(view_i.levels)) begin
          if (index[i*160 + (l-1)*32 +: 32] + 32'd1 == view_i.extent[(l-1)*32 +: 32]) begin
            index[i*160 + (l-1)*32 +: 32] = 32'd0;
          end else begin
            index[i*160 + (l-1)*32 +: 32] = index[i*160 + (l-1)*32 +: 32] + 32'd1;
            carry                         = 1'b0;
          end
        end
      end
    end
  end
  assign index_o = index[Lanes*160 +: 160];

  // A coordinate needs more than 32 bits: extent, step and low are 32 bits wide, and what is padding has no bounds.
  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [31:0]        address;
    logic               is_valid;
    logic signed [63:0] coordinate;
    logic               is_used;
    logic [63:0]        insertion, quotient;
    always_comb begin
      address    = base_i;
      is_valid   = 1'b1;
      coordinate = '0;
      is_used    = 1'b0;
      insertion  = '0;
      quotient   = '0;
      for (int unsigned a = 0; a < Levels; a++) begin
        coordinate = 64'sd0 - 64'($signed(view_i.low[a*32 +: 32]));
        is_used    = 1'b0;
        for (int unsigned l = 0; l < Levels; l++) begin
          if (l < 32'(view_i.levels) && 32'(view_i.axis[l*3 +: 3]) == a) begin
            is_used    = 1'b1;
            coordinate = coordinate + 64'($signed(view_i.step[l*32 +: 32])) * $signed({32'd0, index[i*160 + l*32 +: 32]});
          end
        end
        insertion = {32'd0, view_i.insertion[a*32 +: 32]};
        if (is_used && coordinate >= 0 && insertion != 64'd0) begin
          quotient = $unsigned(coordinate) / insertion;
          address  = address + ((quotient[31:0] * view_i.stride[a*32 +: 32]) << shift_i);
          if (quotient * insertion != $unsigned(coordinate) ||
              (view_i.size[a*32 +: 32] != cf_npu_pkg::UNBOUNDED && quotient >= {32'd0, view_i.size[a*32 +: 32]}))
            is_valid = 1'b0;
        end else if (is_used) begin
          is_valid = 1'b0;
        end
      end
    end
    assign address_o[i*32 +: 32] = address;
    assign valid_o[i]            = is_valid && i < 32'(count_i);
  end

  logic unused_ok;
  assign unused_ok = &{1'b0, view_i};
endmodule
