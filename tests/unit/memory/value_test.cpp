#include "memory/value.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "sim/base/error.h"
#include "sim/base/random.h"
#include "tests/unit/memory/bank_fixture.h"

using namespace coldforge;
using namespace coldforge::memory;
using namespace coldforge::memory::test;

namespace {

Outcome draft(double reward, std::vector<std::string> used, std::string key = "") {
  Outcome outcome;
  outcome.stage = kDraft;
  outcome.reward = reward;
  outcome.used = std::move(used);
  outcome.key = std::move(key);
  return outcome;
}

}  // namespace

TEST_CASE("a refining reward is tanh of the logarithm of the speed-up", "[memory][value]") {
  for (const auto& [best, cycles] : {std::pair{1000, 800}, {1000, 1000}, {1000, 4000}, {7, 3}}) {
    CHECK(refine_reward(best, cycles) ==
          Approx(std::tanh(std::log(double(best)) - std::log(double(cycles)))).margin(1e-15));
  }
  CHECK(refine_reward(1000, 1000) == 0.0);
  CHECK(refine_reward(2000, 1000) == 0.6);  // (4 - 1) / (4 + 1)
  CHECK(refine_reward(INT64_MAX, 1) == 1.0);
  CHECK(refine_reward(1, INT64_MAX) == -1.0);
}

TEST_CASE("each used item moves by alpha towards the reward", "[memory][value]") {
  ValueState values;
  ValueConfig config;
  config.alpha = 0.25;
  values.apply(draft(1.0, {"a", "b"}), config);
  values.apply(draft(-1.0, {"a"}), config);
  CHECK(values.entry("a", kDraft, "").q == 0.25 + 0.25 * (-1.0 - 0.25));
  CHECK(values.entry("a", kDraft, "").n == 2);
  CHECK(values.entry("b", kDraft, "").q == 0.25);
  CHECK(values.entry("c", kDraft, "").q == 0.0);
  CHECK(values.entry("a", kRefine, "").n == 0);  // stages do not mix
  CHECK(values.uses("a") == 2);
}

TEST_CASE("a difference of rewards credits one item and leaves the normaliser alone",
          "[memory][value]") {
  ValueState values;
  ValueConfig config;
  config.alpha = 0.25;
  Outcome outcome = draft(1.0, {"a"});
  outcome.without = -1.0;
  values.apply(outcome, config);
  CHECK(values.entry("a", kDraft, "").q == 0.25 * 2.0);  // 1 - (-1): it was the item's merit
  CHECK(values.normaliser(kDraft).count == 0);
  outcome.without = 1.0;
  values.apply(outcome, config);
  CHECK(values.entry("a", kDraft, "").q == 0.5 - 0.25 * 0.5);  // as good without it
  // Refining: in units of the deviation, of which the mean is no part.
  Outcome refined = outcome;
  refined.stage = kRefine;
  refined.reward = 0.5;
  refined.without = 0.25;
  CHECK(values.apply(refined, config).normalised == 0.25);
  refined.without = -1000;
  CHECK(values.apply(refined, config).normalised == config.clip);
}

TEST_CASE("the visit-count schedule averages, counting Q0 as one sample", "[memory][value]") {
  ValueState values;
  ValueConfig config;
  config.step_size = StepSize::VisitCount;
  for (const double reward : {1.0, 1.0, -1.0}) values.apply(draft(reward, {"a"}), config);
  CHECK(values.entry("a", kDraft, "").q == Approx((0.0 + 1.0 + 1.0 - 1.0) / 4.0));
  for (int i = 0; i < 200; ++i) values.apply(draft(1.0, {"a"}), config);
  // The step stops falling at alpha_min = 1/50.
  const double before = values.entry("a", kDraft, "").q;
  values.apply(draft(-1.0, {"a"}), config);
  CHECK(values.entry("a", kDraft, "").q == before + 0.02 * (-1.0 - before));
}

TEST_CASE("a key's own value gains weight with its visits", "[memory][value]") {
  ValueState values;
  ValueConfig config;
  config.alpha = 0.5;
  values.apply(draft(1.0, {"a"}, "conv"), config);     // Q_conv = .5, Q_all = .5
  values.apply(draft(-1.0, {"a"}, "reduce"), config);  // Q_reduce = -.5, Q_all = -.25
  CHECK(values.blended("a", kDraft, "conv", config) == (1 * 0.5 + 4 * -0.25) / 5);
  CHECK(values.blended("a", kDraft, "unseen", config) == -0.25);
  CHECK(values.blended("a", kDraft, "", config) == -0.25);
}

TEST_CASE("a new start point begins at the normalised reward of its creation", "[memory][value]") {
  ValueState values;
  const ValueConfig config;
  Outcome outcome;
  outcome.stage = kRefine;
  outcome.reward = -0.5;
  outcome.new_start_point = "slow";
  values.apply(outcome, config);
  CHECK(values.entry("slow", kRefine, "").q == -0.5);  // nothing seen: mean 0, deviation 1
  CHECK(values.entry("slow", kRefine, "").n == 0);
  CHECK(values.entry("slow", kRefine, "dram").q == -0.5);
  CHECK(values.entry("slow", kDraft, "").q == 0.0);

  SECTION("and keeps what was learnt when it is found again") {
    outcome.reward = 0.9;
    outcome.used = {"slow"};
    values.apply(outcome, config);
    const QEntry entry = values.entry("slow", kRefine, "");
    CHECK(entry.n == 1);
    CHECK(entry.q0 == -0.5);
    CHECK(entry.q > -0.5);
  }
}

TEST_CASE("rewards are normalised with the statistics before them", "[memory][value]") {
  const ValueConfig config;
  NormaliserState state;
  CHECK(normalise(state, 0.5, config) == 0.5);
  state = advance(state, 0.5, config);
  CHECK(state.count == 1);
  CHECK(state.mean == Approx(0.5 / 5));  // rate 1 / (1 + 4)
  CHECK(state.second_moment == Approx(1 + (0.25 - 1) / 5));
  const double sigma = std::sqrt(state.second_moment - state.mean * state.mean);
  CHECK(normalise(state, 0.3, config) == Approx((0.3 - state.mean) / sigma));
}

TEST_CASE("a normalised reward is clipped and its deviation has a floor", "[memory][value]") {
  const ValueConfig config;
  NormaliserState state;
  state.mean = 0.2;
  state.second_moment = 0.04;                            // no variance
  CHECK(normalise(state, 0.25, config) == Approx(0.5));  // 0.05 / sigma_min
  CHECK(normalise(state, 1.0, config) == 3.0);
  CHECK(normalise(state, -1.0, config) == -3.0);
  CHECK_FALSE(std::signbit(normalise(state, 0.2, config)));
}

TEST_CASE("the normaliser forgets at its rate and never diverges", "[memory][value]") {
  const ValueConfig config;
  NormaliserState state;
  Random random(1, 2);
  for (int i = 0; i < 5000; ++i) state = advance(state, 0.4 + 0.1 * random.normal(), config);
  CHECK(state.mean == Approx(0.4).margin(0.05));
  CHECK(std::sqrt(state.second_moment - state.mean * state.mean) == Approx(0.1).margin(0.03));
  for (int i = 0; i < 500; ++i) state = advance(state, -0.4, config);
  CHECK(state.mean == Approx(-0.4).margin(0.01));
}

TEST_CASE("value constants survive a round trip to the bit", "[memory][value]") {
  ValueConfig config;
  config.alpha = 0.1 + 0.2;
  config.step_size = StepSize::VisitCount;
  config.normalise_stage = {true, false};
  const ValueConfig back = config_from_text(config_text(config), "bank");
  CHECK(config_text(back) == config_text(config));
  CHECK(back.alpha == config.alpha);
  CHECK(message_of<UserError>([] { config_from_text(R"({"step_size":"linear"})", "bank"); }) ==
        "bank: step_size 'linear' is unknown: known are constant, visit_count");
}
