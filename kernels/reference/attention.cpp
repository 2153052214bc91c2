// Scaled dot-product attention, two heads of 128 x 64 halves: softmax(q k^T / 8) v.
//
// Plan: blocks of 32 queries in three stages, a block in each. The array computes scores of one
// block while the vector engine turns those of the block before into weights; then it multiplies
// these by v. The scale is applied on the way from Acc to Vec, the division by the row sums on the
// way of the result (64 columns instead of 128). The weights go to Left as halves. k is transposed
// into Right once a head.
#include <npu.h>

#include "task.h"

using npu::Engine;
using npu::f16;

constexpr int kHeads = task::q_shape[1], kLength = task::q_shape[2], kDepth = task::q_shape[3];
constexpr int kRows = 32;
constexpr int kBlocks = kLength / kRows;  // of a head
constexpr int kHead = kLength * kDepth;   // elements
constexpr int kHeadBytes = kHead * sizeof(f16);
constexpr float kScale = 0.125f;

// Right: k^T of one head, v of one head (16 KiB each). Left: two blocks of q, then two of weights.
constexpr int kRightV = kHeadBytes;
constexpr int kQueryBytes = kRows * kDepth * sizeof(f16),
              kWeightBytes = kRows * kLength * sizeof(f16);
constexpr int kLeftWeights = 2 * kQueryBytes;
// Acc: two blocks of scores, then two of results.
constexpr int kScoreBytes = kRows * kLength * sizeof(float),
              kResultBytes = kRows * kDepth * sizeof(float);
constexpr int kAccResults = 2 * kScoreBytes;
// Vec: k as it comes; two blocks of scores, of row statistics, of results.
constexpr int kVecScores = kHeadBytes, kVecSums = kVecScores + 2 * kScoreBytes;
constexpr int kSumBytes = 256, kSums = 4;  // row sums live until their block leaves
constexpr int kVecMost = kVecSums + kSums * kSumBytes, kVecOut = kVecMost + kSumBytes;
constexpr int kOutBytes = kRows * kDepth * sizeof(f16);

enum Flag {
  kKeyLoaded,
  kKeyFree,
  kKeyTurned,
  kValueLoaded,
  kValueFree,
  kQueryLoaded,
  kQueryFree,
  kScored,
  kScoreFree,
  kScoresMoved,
  kWeighed,
  kWeightsMoved,
  kWeightsFree,
  kSummed,
  kResultFree,
  kOutReady,
  kOutFree,
};

void kernel(const task::Args& args) {
  npu::View<f16, 0> k_view(args.k);
  k_view.level(0, kHead, 1);
  npu::View<f16, 1> v_view(args.v);
  v_view.level(0, kHead, 1);
  npu::View<f16, 2> q_view(args.q);
  q_view.level(0, kRows * kDepth, 1);
  npu::View<f16, 3> y_view(args.y);
  y_view.level(0, kRows * kDepth, 1);

  npu::VecTile<f16, 0> k(kLength, kDepth, 0);
  npu::RightTile<f16, 1> k_turned(kDepth, kLength, 0);
  npu::RightTile<f16, 2> v(kLength, kDepth, kRightV);
  npu::LeftTile<f16, 3> q(kRows, kDepth, 0);
  npu::AccTile<float, 4> scores(kRows, kLength, 0);
  npu::VecTile<float, 5> weights(kRows, kLength, kVecScores);
  npu::VecTile<float, 6> sums(kRows, 1, kVecSums);
  npu::VecTile<float, 7> most(kRows, 1, kVecMost);
  npu::LeftTile<f16, 8> left_weights(kRows, kLength, kLeftWeights);
  npu::AccTile<float, 9> result(kRows, kDepth, kAccResults);
  npu::VecTile<f16, 10> y(kRows, kDepth, kVecOut);

  npu::Channel<Engine::Load, Engine::Matrix, kQueryLoaded, kQueryFree> queries(2);
  npu::Channel<Engine::Matrix, Engine::Move, kScored, kScoreFree> scored(2);
  npu::Channel<Engine::Move, Engine::Matrix, kWeightsMoved, kWeightsFree> weighted(2);
  npu::Channel<Engine::Matrix, Engine::Move, kSummed, kResultFree> results(2);
  npu::Channel<Engine::Move, Engine::Store, kOutReady, kOutFree> outs(2);

  // Step t brings in block t, finishes the weights of block t - 1, and sends out block t - 2.
  constexpr int kAll = kHeads * kBlocks;
  for (int t = 0; t < kAll + 2; ++t) {
    if (t < kAll) {
      const int b = t & 1, head = t / kBlocks;
      const bool first_of_head = t % kBlocks == 0;
      queries.reserve();
      npu::tload(q.rebase(b * kQueryBytes), q_view.rebase(args.q + t * kRows * kDepth));
      queries.publish();
      if (first_of_head) {
        if (t > 0) npu::wait<Engine::Load>(kKeyFree);
        npu::tload(k, k_view.rebase(args.k + head * kHead));
        npu::set<Engine::Load>(kKeyLoaded);
        npu::wait<Engine::Move>(kKeyLoaded);
        npu::tmov_t(k_turned, k);  // the scores of the head before have been moved: Right is free
        npu::set<Engine::Move>(kKeyFree);
        npu::set<Engine::Move>(kKeyTurned);
        npu::wait<Engine::Matrix>(kKeyTurned);
      }
      queries.acquire();
      scored.reserve();
      npu::tmatmul(scores.rebase(b * kScoreBytes), q, k_turned);
      queries.release();
      scored.publish();

      weights.rebase(kVecScores + b * kScoreBytes);
      scored.acquire();
      npu::tmov_scales(weights, scores,
                       kScale);  // the move engine itself has emptied this buffer before
      scored.release();
      npu::set<Engine::Move>(kScoresMoved);
    }
    if (t >= 1 && t <= kAll) {
      const int i = t - 1, b = i & 1, head = i / kBlocks;
      const bool first_of_head = i % kBlocks == 0;
      if (first_of_head) {
        // Values of the head, once the last product of the head before has read its own.
        if (i > 0) npu::wait<Engine::Load>(kValueFree);
        npu::tload(v, v_view.rebase(args.v + head * kHead));
        npu::set<Engine::Load>(kValueLoaded);
        npu::wait<Engine::Matrix>(kValueLoaded);
      }
      weights.rebase(kVecScores + b * kScoreBytes);
      left_weights.rebase(kLeftWeights + b * kWeightBytes);
      npu::wait<Engine::Move>(kWeighed);
      weighted.reserve();
      npu::tmov(left_weights, weights);
      weighted.publish();

      weighted.acquire();
      results.reserve();
      npu::tmatmul(result.rebase(kAccResults + b * kResultBytes), left_weights, v);
      weighted.release();
      results.publish();
      if ((i + 1) % kBlocks == 0 && i + 1 < kAll) npu::set<Engine::Matrix>(kValueFree);
    }
    if (t < kAll) {
      weights.rebase(kVecScores + (t & 1) * kScoreBytes);
      sums.rebase(kVecSums + t % kSums * kSumBytes);
      npu::wait<Engine::Vector>(kScoresMoved);
      npu::trowmax(most, weights);
      npu::tsub(weights, weights, most);
      npu::texp(weights, weights);
      npu::trowsum(sums, weights);
      npu::trecip(sums, sums);
      npu::set<Engine::Vector>(kWeighed);
    }
    if (t >= 2) {
      const int i = t - 2, b = i & 1;
      sums.rebase(kVecSums + i % kSums * kSumBytes);
      y.rebase(kVecOut + b * kOutBytes);
      results.acquire();
      outs.reserve();
      npu::tmov_scale(y, result.rebase(kAccResults + b * kResultBytes), sums);
      results.release();
      outs.publish();

      outs.acquire();
      npu::tstore(y_view.rebase(args.y + i * kRows * kDepth), y);
      outs.release();
    }
  }
}
