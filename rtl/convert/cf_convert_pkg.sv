/// Elements of tiles, of DRAM and of the matrix array as 32-bit lanes, and back.
/// Source of the meaning: sim/exec/numerics/float_formats.h.
package cf_convert_pkg;

  function automatic logic [31:0] half_to_float(input logic [15:0] x);
    /*verilator no_inline_task*/
    logic [3:0] zeros;  // in front of the fraction of a subnormal
    logic [9:0] normal;
    zeros  = 4'(cf_fp_pkg::leading_zeros({x[9:0], 54'd0}));
    normal = x[9:0] << zeros;
    half_to_float[31] = x[15];
    if (x[14:10] == 5'h1f)     half_to_float = x[9:0] != 10'd0 ? cf_fp_pkg::NAN : {x[15], 31'h7f800000};
    else if (x[14:10] != 5'd0) half_to_float[30:0] = {8'd112 + 8'(x[14:10]), x[9:0], 13'd0};
    else if (x[9:0] != 10'd0)  half_to_float[30:0] = {8'd112 - 8'(zeros), normal[8:0], 14'd0};
    else                       half_to_float[30:0] = 31'd0;
  endfunction

  /// An element, from bit 0 on, as wide as its type (cf_isa_pkg::elem_type_e), as a lane: floats as fp32, integers and
  /// bool as int32 (int64 saturates).
  function automatic logic [31:0] widen(input logic [3:0] elem_type, input logic [63:0] element);
    /*verilator no_inline_task*/
    logic [31:0] brain;
    brain = cf_fp_pkg::flush({element[15:0], 16'd0});
    unique case (elem_type)
      cf_isa_pkg::TYPE_FP16:  widen = half_to_float(element[15:0]);
      cf_isa_pkg::TYPE_BF16:  widen = cf_fp_pkg::is_nan(brain) ? cf_fp_pkg::NAN : brain;
      cf_isa_pkg::TYPE_INT8:  widen = {{24{element[7]}}, element[7:0]};
      cf_isa_pkg::TYPE_UINT8: widen = {24'd0, element[7:0]};
      cf_isa_pkg::TYPE_INT64: begin
        widen = element[31:0];
        if (element[63:31] != {33{element[63]}}) widen = {element[63], {31{!element[63]}}};
      end
      cf_isa_pkg::TYPE_BOOL:  widen = 32'(element[7:0] != 8'd0);
      default:                widen = element[31:0];  // fp32, int32
    endcase
  endfunction

  /// An element of Left or Right as the array takes it: fp16 and bf16 as fp32 without its lowest 13 bits, which loses
  /// nothing; 8-bit integers as 9 signed bits.
  function automatic logic [18:0] pe_operand(input logic [3:0] elem_type, input logic [15:0] element);
    /*verilator no_inline_task*/
    logic [31:0] lane;
    lane       = widen(elem_type, {48'd0, element});
    pe_operand = elem_type == cf_isa_pkg::TYPE_FP16 || elem_type == cf_isa_pkg::TYPE_BF16 ? lane[31:13] : lane[18:0];
  endfunction

  /// fp32 to fp16, to the nearest even; subnormals are kept, what is too large becomes an infinity.
  function automatic logic [15:0] float_to_half(input logic [31:0] a);
    /*verilator no_inline_task*/
    // Below 2^-14 the last place is 2^-24, whatever the exponent: the significand goes down to it.
    logic        is_small;
    logic [7:0]  down;
    logic [35:0] shifted;  // significand, then what was shifted out of it
    logic        increment;
    logic [15:0] rounded;
    is_small = a[30:23] < 8'd113;
    down     = is_small ? 8'd113 - a[30:23] : 8'd0;
    shifted  = {cf_fp_pkg::significand(a), 12'd0} >> (down > 8'd12 ? 4'd12 : down[3:0]);
    // Bits [35:25] are the ten of the fraction and the hidden one, [24] is half of the last place. With an exponent of
    // 0 the hidden bit is not there, and its place is the exponent's lowest bit.
    increment = shifted[24] && (shifted[25] || (|shifted[23:0]));
    if (is_small) rounded = {5'd0, shifted[35:25]} + 16'(increment);
    else          rounded = {1'b0, 5'(a[30:23] - 8'd112), a[22:13]} + 16'(increment);
    float_to_half = {a[31], rounded[14:0]};
    if (cf_fp_pkg::is_nan(a))                              float_to_half = 16'h7e00;
    else if (a[30:23] > 8'd142 || rounded[14:10] == 5'h1f) float_to_half = {a[31], 15'h7c00};
  endfunction

  function automatic logic [15:0] float_to_brain(input logic [31:0] a);
    /*verilator no_inline_task*/
    float_to_brain = a[31:16] + 16'(a[15] && (a[16] || a[14:0] != 15'd0));
    if (cf_fp_pkg::is_zero(a)) float_to_brain = {a[31], 15'd0};
    if (cf_fp_pkg::is_nan(a))  float_to_brain = 16'h7fc0;
  endfunction

  // An int32 on its way to a float is fp32 first; to bf16 it is rounded once, because its magnitude's lowest bits are
  // folded into one that both roundings only see as "more".
  function automatic logic [31:0] float_of(input logic [3:0] elem_type, input logic is_float, input logic [31:0] lane);
    /*verilator no_inline_task*/
    logic [31:0] magnitude, folded;
    magnitude = lane[31] ? -lane : lane;
    folded    = magnitude;
    if (elem_type == cf_isa_pkg::TYPE_BF16 && magnitude[31:24] != 8'd0)
      folded = {magnitude[31:9], magnitude[8:0] != 9'd0, 8'd0};
    if (is_float) float_of = lane;
    else          float_of = cf_fp_pkg::round(lane[31], 12'sd158, {folded, 32'd0});
  endfunction

  function automatic logic [31:0] integer_of(input logic is_float, input logic [31:0] lane);
    /*verilator no_inline_task*/
    if (is_float) integer_of = cf_op_pkg::to_int(cf_fn_pkg::FN_RNE_I32_F32, lane);
    else          integer_of = lane;
  endfunction

  /// fp32 to int64, to the nearest even; saturates, NaN gives 0.
  function automatic logic [63:0] float_to_long(input logic [31:0] a);
    /*verilator no_inline_task*/
    logic [7:0]  up;
    logic [31:0] nearest;  // right as long as there is a fraction to round
    logic [63:0] magnitude;
    up            = a[30:23] - 8'd150;  // 127 + 23: the significand is an integer
    nearest       = cf_op_pkg::to_int(cf_fn_pkg::FN_RNE_I32_F32, a);
    magnitude     = 64'(cf_fp_pkg::significand(a)) << up[5:0];
    float_to_long = {{32{nearest[31]}}, nearest};
    if (cf_fp_pkg::is_nan(a))     float_to_long = 64'd0;
    else if (a[30:23] >= 8'd190)  float_to_long = {a[31], {63{!a[31]}}};  // from 2^63 up; -2^63 is right, too
    else if (a[30:23] >= 8'd150)  float_to_long = a[31] ? -magnitude : magnitude;
  endfunction

  /// A lane, fp32 or int32, as an element, zeros above the type's width: to the nearest even, to integers saturating.
  function automatic logic [63:0] narrow(input logic [3:0] elem_type, input logic is_float, input logic [31:0] lane);
    /*verilator no_inline_task*/
    logic [31:0] integer_lane;
    narrow       = 64'd0;
    integer_lane = 32'd0;
    unique case (elem_type)
      cf_isa_pkg::TYPE_FP32: narrow[31:0] = float_of(elem_type, is_float, lane);
      cf_isa_pkg::TYPE_FP16: narrow[15:0] = float_to_half(float_of(elem_type, is_float, lane));
      cf_isa_pkg::TYPE_BF16: narrow[15:0] = float_to_brain(float_of(elem_type, is_float, lane));
      cf_isa_pkg::TYPE_INT8: begin
        integer_lane = integer_of(is_float, lane);
        narrow[7:0]  = integer_lane[7:0];
        if (integer_lane[31:7] != {25{integer_lane[31]}}) narrow[7:0] = {integer_lane[31], {7{!integer_lane[31]}}};
      end
      cf_isa_pkg::TYPE_UINT8: begin
        integer_lane = integer_of(is_float, lane);
        narrow[7:0]  = integer_lane[7:0];
        if (integer_lane[31:8] != 24'd0) narrow[7:0] = {8{!integer_lane[31]}};
      end
      cf_isa_pkg::TYPE_INT64: narrow = is_float ? float_to_long(lane) : {{32{lane[31]}}, lane};
      cf_isa_pkg::TYPE_BOOL:  narrow[0] = is_float ? !cf_fp_pkg::is_zero(lane) : lane != 32'd0;
      default:                narrow[31:0] = integer_of(is_float, lane);  // int32
    endcase
  endfunction
endpackage
