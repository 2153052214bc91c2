/// What the view walkers pass to each other.
///
/// A view is walked in normal form: adjacent levels are one if each has an axis of its own, insertion 1, lies wholly
/// within its bounds, and their pitches nest (pitch of the outer = extent of the inner * pitch of the inner). What is
/// left stands right-aligned in four *outer* levels, 3 next to the innermost, and the *row*, the innermost one; outer
/// levels without use have extent 1.
///
/// A coordinate is not divided element by element. It is kept as quotient and rest by a modulus, and as a phase:
///   phase     coordinate mod insertion; 0: there is an element
///   quotient  coordinate / modulus, rest: its remainder. The modulus is the insertion, but on the row's axis it is the
///             size of the row's step (if elements lie on each of its steps), so that quotients give the row's bounds.
/// All are floored. What a level adds to them is divided once, in cf_view_plan.
package cf_view_pkg;

  localparam int unsigned OUTER = 4;
  localparam logic [2:0] NO_PARENT = 3'd7;
  // Elements of a row that a run takes at most if the row's axis has an insertion that does not divide its step.
  localparam int unsigned SCAN_ELEMS = 8;

  // A view in normal form. Vectors by outer level.
  typedef struct packed {
    logic [1:0]   size_shift;   // of an element, bytes
    logic [31:0]  base;         // byte address of index 0 of all levels
    logic [127:0] extent;
    logic [11:0]  parent;       // the next outer level that moves the same axis
    logic [3:0]   is_checked;   // the innermost that moves its axis, which the row does not: validity is decided here
    logic [127:0] modulus;
    logic [127:0] insertion;
    logic [255:0] step_quotient;
    logic [127:0] step_rest;
    logic [127:0] step_phase;
    logic [127:0] step_bytes;   // added to the address by a step, and once more
    logic [127:0] carry_bytes;  // this if the phase goes round
    logic [255:0] start_quotient;
    logic [127:0] start_rest;
    logic [127:0] start_phase;
    logic [127:0] size;
    logic [3:0]   is_bounded;
    // The row.
    logic [31:0]  row_extent;
    logic [2:0]   row_parent;
    logic         row_is_free;        // all of it is valid
    logic         row_is_scanned;     // insertion does not divide the step
    logic         row_is_still;       // step 0
    logic         row_is_down;        // step < 0
    logic         row_is_contiguous;  // neighbours are adjacent
    logic [31:0]  row_pitch;          // bytes, unless it is scanned
    logic [31:0]  row_insertion;
    logic [63:0]  row_step_quotient;
    logic [31:0]  row_step_phase;
    logic [31:0]  row_step_bytes;
    logic [31:0]  row_carry_bytes;
    logic [63:0]  row_start_quotient;
    logic [31:0]  row_start_rest;
    logic [31:0]  row_start_phase;
    logic [31:0]  row_size;
    logic         row_is_bounded;
    logic [63:0]  row_limit_quotient;  // of size * insertion (step > 0), (size - 1) * insertion (step < 0)
    logic [31:0]  row_limit_rest;
  } plan_t;

  // An element of a view: values of the outer levels with the inner ones at index 0, and the place in the row.
  typedef struct packed {
    logic         is_end;    // behind the last
    logic [127:0] index;
    logic [255:0] quotient;
    logic [127:0] rest;
    logic [127:0] phase;
    logic [127:0] address;
    logic [31:0]  column;
    logic [63:0]  scan_quotient;  // of the element, in scanned rows behind column 0
    logic [31:0]  scan_phase;
    logic [31:0]  scan_address;
  } place_t;

  // Elements that follow each other: all valid at adjacent addresses, or all invalid.
  typedef struct packed {
    logic        is_valid;
    logic [31:0] count;
    logic [31:0] address;  // bytes, of the first
  } run_t;

  // A part of a valid run, as one burst takes it.
  typedef struct packed {
    logic [31:0] address;     // of its first useful byte
    logic [15:0] bytes;
    logic [7:0]  len;         // beats - 1
    logic [34:0] left_bytes;  // of its run, from it on
  } burst_t;

  // An element of a tile, row by row.
  typedef struct packed {
    logic [15:0] column;
    logic [31:0] row_address;  // bytes: of column 0
    logic [31:0] address;
  } tile_place_t;

endpackage
