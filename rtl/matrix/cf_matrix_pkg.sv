/// What the parts of the matrix engine hand each other. Addresses are bytes in the tile's memory, modulo 2^32.
package cf_matrix_pkg;

`include "cf_sizes.svh"

  // A block of a product whose weights stand in the array: up to matrix.rows of k and matrix.cols of n.
  typedef struct packed {
    logic [31:0]       left_address;   // element (0, k)
    logic [31:0]       left_row_step;
    logic [31:0]       left_step;      // to the next k
    logic [15:0]       depth;          // of k in the block
    logic [31:0]       acc_address;    // element (0, n)
    logic [31:0]       acc_row_step;
    logic [31:0]       acc_step;       // to the next n
    logic [15:0]       width;          // of n in the block
    logic [15:0]       rows;           // m
    logic [31:0]       pass_rows;      // rows that enter in all blocks of one k: rows x n-blocks
    logic [3:0]        elem_type;      // of Left and Right: cf_isa_pkg::elem_type_e
    logic              is_partial;     // adds to what stands in Acc
    logic              is_later;       // not the first k: waits for partial sums of this product
    logic              is_first;       // of the product
    logic              is_last;
    logic              weight_set;
    logic [SLOT_W-1:0] slot;           // of the product
  } block_t;

  // A row on its way through the array: where it goes in Acc.
  typedef struct packed {
    logic [31:0]       address;        // of its first element
    logic [31:0]       step;
    logic [15:0]       width;
    logic              is_last;        // of its product
    logic [SLOT_W-1:0] slot;
    logic [15:0]       lines;          // that it touches, 1 to matrix.cols; its place is known below
    logic              valid;
  } row_t;
  localparam int unsigned ROW_W       = 32 + 32 + 16 + 1 + SLOT_W + 16 + 1;
  localparam int unsigned ROW_VALID   = 0;  // bit of row_t
  localparam int unsigned ROW_LINES   = 1;
  localparam int unsigned ROW_LINES_W = 16;

  // What an array's row takes with an element of Left.
  localparam int unsigned OPERAND_W = 19;  // of cf_convert_pkg::pe_operand
  localparam int unsigned WORD_W    = OPERAND_W + 3;  // operand, is_float, weight set, is_active

endpackage
