/// The systolic array, matrix.rows x matrix.cols processing elements with two sets of weights. Words of Left move right,
/// sums move down, one element a cycle; inputs are skewed here, sums leave skewed.
///
/// A row that stands at words_i and sums_i in cycle t passes the element (k, n) in t + k + n; its sum n is at sums_o in
/// t + matrix.rows + n. Rows of the array that a row does not use pass the sum on unchanged. Weights of column n that
/// stand at weights_i in t are used from t + n + 1 on.
module cf_matrix_array (
  input  logic                                                        clk_i,
  input  logic                                                        rst_ni,
  // By column: elements of one row of weights.
  input  logic [cf_isa_pkg::MATRIX_COLS-1:0]                          weight_valid_i,
  input  logic [15:0]                                                 weight_row_i,
  input  logic                                                        weight_set_i,
  input  logic [cf_isa_pkg::MATRIX_COLS*cf_matrix_pkg::OPERAND_W-1:0] weights_i,
  // Word k of cf_matrix_pkg::WORD_W bits: is_float, weight set, is_active, operand.
  input  logic [cf_isa_pkg::MATRIX_ROWS*cf_matrix_pkg::WORD_W-1:0]    words_i,
  input  logic [32*cf_isa_pkg::MATRIX_COLS-1:0]                       sums_i,
  output logic [32*cf_isa_pkg::MATRIX_COLS-1:0]                       sums_o
);
  localparam int unsigned Rows     = cf_isa_pkg::MATRIX_ROWS;
  localparam int unsigned Cols     = cf_isa_pkg::MATRIX_COLS;
  localparam int unsigned OperandW = cf_matrix_pkg::OPERAND_W;
  localparam int unsigned WordW    = cf_matrix_pkg::WORD_W;
  localparam int unsigned LoadW    = 1 + 16 + 1 + OperandW;

  // Weights, skewed by column.
  logic [Cols*LoadW-1:0] load;
  for (genvar n = 0; n < Cols; n++) begin : gen_load
    cf_pipe #(.Depth(n), .Width(LoadW)) u_skew (
      .clk_i, .rst_ni, .en_i(1'b1),
      .data_i({weight_valid_i[n], weight_row_i, weight_set_i, weights_i[n*OperandW +: OperandW]}),
      .data_o(load[n*LoadW +: LoadW])
    );
  end

  // Word n of row k stands left of the element (k, n), sum k of column n above it.
  logic [Rows*(Cols+1)*WordW-1:0] words;
  logic [(Rows+1)*Cols*32-1:0]    sums;
  for (genvar k = 0; k < Rows; k++) begin : gen_word
    cf_pipe #(.Depth(k), .Width(WordW)) u_skew (
      .clk_i, .rst_ni, .en_i(1'b1), .data_i(words_i[k*WordW +: WordW]), .data_o(words[k*(Cols+1)*WordW +: WordW])
    );
  end
  for (genvar n = 0; n < Cols; n++) begin : gen_sum
    cf_pipe #(.Depth(n), .Width(32)) u_skew (
      .clk_i, .rst_ni, .en_i(1'b1), .data_i(sums_i[n*32 +: 32]), .data_o(sums[n*32 +: 32])
    );
  end

  for (genvar k = 0; k < Rows; k++) begin : gen_row
    for (genvar n = 0; n < Cols; n++) begin : gen_pe
      logic [OperandW-1:0] weight0_q, weight1_q, weight;
      logic [LoadW-1:0]    new_weight;
      logic                takes;
      logic [WordW-1:0]    word;
      logic [31:0]         sum, sum_behind;
      logic                is_float, weight_set, is_active;
      assign new_weight = load[n*LoadW +: LoadW];
      assign takes      = new_weight[LoadW-1] && new_weight[OperandW+1 +: 16] == 16'(k);
      always_ff @(posedge clk_i) begin
        if (takes && !new_weight[OperandW]) weight0_q <= new_weight[OperandW-1:0];
        if (takes && new_weight[OperandW])  weight1_q <= new_weight[OperandW-1:0];
      end

      assign word = words[(k*(Cols+1)+n)*WordW +: WordW];
      assign sum  = sums[(k*Cols+n)*32 +: 32];
      assign {is_float, weight_set, is_active} = word[OperandW +: 3];
      assign weight = weight_set ? weight1_q : weight0_q;
      always_comb begin
        sum_behind = sum;
        if (is_active) sum_behind = cf_fma_pkg::mac(is_float, word[OperandW-1:0], weight, sum);
      end

      logic [WordW-1:0] word_q;
      logic [31:0]      sum_q;
      always_ff @(posedge clk_i) begin
        word_q <= word;
        sum_q  <= sum_behind;
      end
      assign words[(k*(Cols+1)+n+1)*WordW +: WordW] = word_q;
      assign sums[((k+1)*Cols+n)*32 +: 32]          = sum_q;
    end
  end
  assign sums_o = sums[Rows*Cols*32 +: 32*Cols];

  // The words that leave at the right.
  logic unused_ok;
  assign unused_ok = &{1'b0, words};
endmodule
