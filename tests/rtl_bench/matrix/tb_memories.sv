/// The tile memories with their ports in arrays. A request is {valid, memory, line}.
module tb_memories (
  input  logic                              clk_i,
  input  logic                              rst_ni,
  input  logic [34:0]                       read_i [12],   // vector 0-3, move 4-7, left, right, acc, store
  output logic [cf_npu_pkg::LINE_W-1:0]     data_o [12],
  input  logic [34:0]                       write_i [7],   // vector 0-3, move, load, acc
  input  logic [cf_npu_pkg::LINE_BYTES-1:0] bytes_i [7],
  input  logic [cf_npu_pkg::LINE_W-1:0]     data_i [7],
  output logic                              move_grant_o,
  output logic                              store_grant_o,
  output logic                              load_grant_o
);
  cf_tile_memories u_memories (
    .clk_i, .rst_ni,
    .vector_read0_i(read_i[0]), .vector_read1_i(read_i[1]), .vector_read2_i(read_i[2]), .vector_read3_i(read_i[3]),
    .vector_data0_o(data_o[0]), .vector_data1_o(data_o[1]), .vector_data2_o(data_o[2]), .vector_data3_o(data_o[3]),
    .vector_write0_i({write_i[0], bytes_i[0], data_i[0]}), .vector_write1_i({write_i[1], bytes_i[1], data_i[1]}),
    .vector_write2_i({write_i[2], bytes_i[2], data_i[2]}), .vector_write3_i({write_i[3], bytes_i[3], data_i[3]}),
    .left_read_i(read_i[8]), .right_read_i(read_i[9]), .acc_read_i(read_i[10]), .left_data_o(data_o[8]),
    .right_data_o(data_o[9]), .acc_data_o(data_o[10]), .acc_write_i({write_i[6], bytes_i[6], data_i[6]}),
    .move_read0_i(read_i[4]), .move_read1_i(read_i[5]), .move_read2_i(read_i[6]), .move_read3_i(read_i[7]),
    .move_data0_o(data_o[4]), .move_data1_o(data_o[5]), .move_data2_o(data_o[6]), .move_data3_o(data_o[7]),
    .move_write_i({write_i[4], bytes_i[4], data_i[4]}), .move_grant_o,
    .store_read_i(read_i[11]), .store_data_o(data_o[11]), .store_grant_o,
    .load_write_i({write_i[5], bytes_i[5], data_i[5]}), .load_grant_o
  );
endmodule
