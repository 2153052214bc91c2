/// From any place of a row to the beginning of the next one. Combinational.
module cf_view_next_row (
  input  cf_view_pkg::plan_t  plan_i,
  input  cf_view_pkg::place_t place_i,
  output cf_view_pkg::place_t place_o
);
  localparam int unsigned Outer = cf_view_pkg::OUTER;

  // The innermost level that has not come to its end makes a step; those inside of it begin anew.
  logic [2:0] moves;
  always_comb begin
    moves = 3'(Outer);
    for (int unsigned l = 0; l < Outer; l++) begin
      if (place_i.index[l*32 +: 32] + 32'd1 != plan_i.extent[l*32 +: 32]) moves = 3'(l);
    end
  end

  logic [32:0] rest, phase;
  logic [2:0]  parent;
  always_comb begin
    place_o               = place_i;
    place_o.is_end        = moves == 3'(Outer);
    place_o.column        = 32'd0;
    place_o.scan_quotient = 64'd0;
    place_o.scan_phase    = 32'd0;
    place_o.scan_address  = 32'd0;
    rest                  = 33'd0;
    phase                 = 33'd0;
    parent                = 3'd0;
    for (int unsigned l = 0; l < Outer; l++) begin
      if (moves == 3'(l)) begin
        rest  = {1'b0, place_i.rest[l*32 +: 32]} + {1'b0, plan_i.step_rest[l*32 +: 32]};
        phase = {1'b0, place_i.phase[l*32 +: 32]} + {1'b0, plan_i.step_phase[l*32 +: 32]};
        place_o.index[l*32 +: 32]    = place_i.index[l*32 +: 32] + 32'd1;
        place_o.quotient[l*64 +: 64] = place_i.quotient[l*64 +: 64] + plan_i.step_quotient[l*64 +: 64];
        place_o.rest[l*32 +: 32]     = rest[31:0];
        place_o.phase[l*32 +: 32]    = phase[31:0];
        place_o.address[l*32 +: 32]  = place_i.address[l*32 +: 32] + plan_i.step_bytes[l*32 +: 32];
        if (rest >= {1'b0, plan_i.modulus[l*32 +: 32]}) begin
          place_o.rest[l*32 +: 32]     = rest[31:0] - plan_i.modulus[l*32 +: 32];
          place_o.quotient[l*64 +: 64] = place_o.quotient[l*64 +: 64] + 64'd1;
        end
        if (phase >= {1'b0, plan_i.insertion[l*32 +: 32]}) begin
          place_o.phase[l*32 +: 32]   = phase[31:0] - plan_i.insertion[l*32 +: 32];
          place_o.address[l*32 +: 32] = place_o.address[l*32 +: 32] + plan_i.carry_bytes[l*32 +: 32];
        end
      end else if (moves < 3'(l)) begin
        place_o.index[l*32 +: 32]    = 32'd0;
        place_o.quotient[l*64 +: 64] = plan_i.start_quotient[l*64 +: 64];
        place_o.rest[l*32 +: 32]     = plan_i.start_rest[l*32 +: 32];
        place_o.phase[l*32 +: 32]    = plan_i.start_phase[l*32 +: 32];
        place_o.address[l*32 +: 32]  = place_o.address[(l+Outer-1)%Outer*32 +: 32];
        parent = plan_i.parent[l*3 +: 3];
        for (int unsigned k = 0; k < l; k++) begin
          if (parent == 3'(k)) begin
            place_o.quotient[l*64 +: 64] = place_o.quotient[k*64 +: 64];
            place_o.rest[l*32 +: 32]     = place_o.rest[k*32 +: 32];
            place_o.phase[l*32 +: 32]    = place_o.phase[k*32 +: 32];
          end
        end
      end
    end
  end
  logic unused_ok;
  assign unused_ok = &{1'b0, plan_i};
endmodule
