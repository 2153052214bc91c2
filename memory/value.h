#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coldforge::memory {

/// The two stages of the method; each has its own values and its own normaliser.
inline constexpr int kDraft = 1;
inline constexpr int kRefine = 2;
inline constexpr int kStages = 2;

enum class StepSize : std::uint8_t {
  Constant,  ///< alpha, always: follows a changing generator, leaves variance alpha / (2 - alpha) *
             ///< sigma^2
  VisitCount,  ///< alpha_n = max(alpha_min, 1 / (n + 1)): an average that counts Q0 as one sample
};

/// Every constant of the value update, in one place. EvoKernel (arXiv 2603.10846) prints no alpha,
/// epsilon or N; values without another source are those of published neighbours.
struct ValueConfig {
  StepSize step_size = StepSize::Constant;
  double alpha = 0.2;       ///< 0..1; neighbours use 0.1 to 0.3
  double alpha_min = 0.02;  ///< floor of the visit-count schedule, so that no value freezes
  /// Weight, in visits, of the value over all keys when it is blended with a key's own.
  double blend_visits = 4.0;
  /// Forgetting of the normaliser's running statistics, 0..1: the newest sample counts at least
  /// this much.
  double normaliser_rate = 0.02;
  /// The statistics begin as this many samples of mean 0 and second moment 1, or the second reward
  /// ever would be divided by next to nothing.
  double normaliser_prior = 4.0;
  double sigma_min = 0.1;  ///< floor of the deviation: rewards lie in [-1, 1]
  double clip = 3.0;  ///< normalised rewards are clipped to +-clip. Never the error: that diverges
  /// Which stages are normalised. Drafting rewards are +-1 and are used as they are.
  std::array<bool, kStages> normalise_stage{false, true};
};

/// One line of JSON; stored with each round, so that a log can be replayed with the constants of
/// its day.
std::string config_text(const ValueConfig& config);
/// Throws UserError(where, ...).
ValueConfig config_from_text(std::string_view text, std::string_view where);

/// r of a drafting candidate: +1 feasible, -1 not.
constexpr double draft_reward(bool is_feasible) { return is_feasible ? 1.0 : -1.0; }
/// r of a feasible refining candidate: tanh(log best - log cycles), computed as (b^2 - l^2) / (b^2
/// + l^2), the same number without a logarithm (the host's differs between machines). An infeasible
/// one gets -1. Both > 0.
double refine_reward(std::int64_t best_cycles, std::int64_t cycles);

/// Running mean and second moment of one stage's raw rewards.
struct NormaliserState {
  std::int64_t count = 0;
  double mean = 0.0;
  double second_moment = 1.0;
};

/// R = clip((r - mean) / max(sigma, sigma_min)), with the statistics before this sample. The mean
/// of nothing is 0 and its deviation 1.
double normalise(const NormaliserState& before, double reward, const ValueConfig& config);
/// The statistics after this sample (PopArt's update; the rate begins at 1 / (prior + 1) and falls
/// to its floor).
NormaliserState advance(const NormaliserState& before, double reward, const ValueConfig& config);

/// One verified candidate, as far as values are concerned. Infrastructure failures are none.
struct Outcome {
  std::string event_id;  ///< unique in a bank: run, round and slot
  int slot = 0;
  std::string task;  ///< task digest
  int stage = kDraft;
  std::string key;      ///< operator family or bottleneck class; empty: none
  double reward = 0.0;  ///< raw r, finite
  /// Leave-one-out credit: the raw reward that the same candidate had without the one item that is
  /// credited. Its credit is the difference, and the normaliser, which has the candidate's reward
  /// already or gets it elsewhere, stays as it is.
  std::optional<double> without;
  /// Digests of all items to be credited, each once: the context, and in refining the start point.
  /// Items that are always shown (API bundles) stay out, they would only soak up reward.
  std::vector<std::string> used;
  /// Digest of the start point that this outcome created, if any: its Q of the refining stage
  /// begins at this outcome's normalised reward, or at 0 after drafting. At 0 a slow newcomer would
  /// outrank the best one known.
  std::string new_start_point;
};

/// The value of one item for a stage and key. The key "" stands for all keys together.
struct QEntry {
  double q0 = 0.0;  ///< where it began
  double q = 0.0;
  std::int64_t n = 0;  ///< rewards folded in
};

struct QRow {
  std::string item;
  int stage = 0;
  std::string key;
  QEntry entry;
};

/// One step of one value, as it is logged: the n-th update of (item, stage, key) took alpha of the
/// error.
struct Credit {
  std::string item;
  std::string key;
  std::int64_t n = 0;
  double alpha = 0.0;
};

/// What folding in one outcome did. `rows` are the values afterwards: of each credit, then that of
/// a new start point.
struct FoldedOutcome {
  double normalised = 0.0;
  std::vector<Credit> credits;
  std::vector<QRow> rows;
};

/// All values and normalisers of a bank: a fold over its log of outcomes, in order.
///
/// There is one way to get here, apply(); stores, snapshots and verification all go through it, and
/// therefore agree to the bit. Constant-alpha steps do not commute: the order is part of the
/// result.
class ValueState {
 public:
  /// Q += alpha (R - Q) for each used item, for the outcome's key and for all keys. R is the
  /// normalised reward, or the difference of both normalised rewards, clipped alike.
  FoldedOutcome apply(const Outcome& outcome, const ValueConfig& config);

  /// Q0 of the item if it was never rewarded under this key.
  QEntry entry(const std::string& item, int stage, const std::string& key) const;
  /// (n_key Q_key + w Q_all) / (n_key + w), w = blend_visits; Q_all when the key is empty.
  double blended(const std::string& item, int stage, const std::string& key,
                 const ValueConfig& config) const;
  /// How often the item was used in a verified candidate, over all stages.
  std::int64_t uses(const std::string& item) const;

  /// Sorted by item, stage, key.
  std::vector<QRow> rows() const;
  const NormaliserState& normaliser(int stage) const { return normalisers_.at(stage - 1); }

  void set(const QRow& row);
  void set_normaliser(int stage, const NormaliserState& state) {
    normalisers_.at(stage - 1) = state;
  }

 private:
  using StageAndKey = std::pair<int, std::string>;
  std::map<std::string, std::map<StageAndKey, QEntry>> entries_;
  std::array<NormaliserState, kStages> normalisers_;
};

}  // namespace coldforge::memory
