#include "agent/generator/model/budget.h"

#include <catch2/catch.hpp>
#include <thread>

#include "agent/generator/generator.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge::agent;
using namespace coldforge::agent::test;

namespace {

// Three letters a token, and eight around the message: 1 + 8, and 41 for the answer.
const coldforge::agent::llm::ChatRequest kQuestion = question("abc", 41);
const Spending kFifty = worst_case(kQuestion);

}  // namespace

TEST_CASE("a cap on calls lets exactly that many through", "[budget]") {
  Caps caps;
  caps.calls = 3;
  Budget budget(caps, {}, {1, 0, 0});  // one was asked in an earlier sitting
  for (int i = 0; i < 2; ++i) budget.settle(budget.reserve(kFifty), {1, 1, 1});
  CHECK_THROWS_WITH(budget.reserve(kFifty),
                    "--max-calls 3: 3 questions were asked; give the same command with a higher "
                    "cap to go on");
}

TEST_CASE("a cap on tokens counts the worst case before and the truth afterwards", "[budget]") {
  Caps caps;
  caps.tokens = 100;
  Budget budget(caps, {}, {});
  const Spending first = budget.reserve(kFifty);
  CHECK(first.tokens() == 50);
  budget.settle(first, {1, 9, 11});
  budget.settle(budget.reserve(kFifty), {1, 9, 22});  // 20 + 50 fit
  CHECK_THROWS_WITH(budget.reserve(kFifty),
                    "--max-tokens 100: 51 are used, the next question may take 50; give the same "
                    "command with a higher cap to go on");
  CHECK(budget.spent().calls == 2);
}

TEST_CASE("a cap on money uses the price table", "[budget]") {
  Caps caps;
  caps.cost_usd = 0.001;
  const TokenPrice price{10, 20};  // 9 x 10 + 41 x 20 = 910 millionths
  Budget budget(caps, price, {});
  budget.settle(budget.reserve(kFifty), {1, 9, 11});
  CHECK(budget.spent_usd() == Approx(0.00031));
  CHECK_THROWS_WITH(budget.reserve(kFifty),
                    "--max-cost 0.001: 0.0003 are spent, the next question may take 0.0009; give "
                    "the same command with a higher cap to go on");
}

TEST_CASE("a cap on time ends a sitting", "[budget]") {
  Caps caps;
  caps.minutes = 2;
  double now = 1000;
  Budget budget(caps, {}, {}, [&] { return now; });
  now += 119;
  budget.settle(budget.reserve(kFifty), {1, 1, 1});
  now += 1;
  CHECK_THROWS_WITH(
      budget.reserve(kFifty),
      "--max-minutes 2: they are over; give the same command with a higher cap to go on");
}

TEST_CASE("where only questions under way stand in the way, the budget waits for them",
          "[budget]") {
  Caps caps;
  caps.tokens = 60;
  Budget budget(caps, {}, {});
  const Spending first = budget.reserve(kFifty);
  Spending second;
  std::thread other([&] { second = budget.reserve(kFifty); });
  budget.settle(first, {1, 2, 3});  // 5 + 50 fit, 50 + 50 did not
  other.join();
  CHECK(second.tokens() == 50);
}

TEST_CASE("without caps nothing stops, and usage that a provider hides is counted", "[budget]") {
  Budget budget({}, {}, {});
  for (int i = 0; i < 1000; ++i) budget.settle(budget.reserve(kFifty), {1, 1000, 1000});
  CHECK(budget.spent().tokens() == 2'000'000);
  const Spending counted = spending_of(kQuestion, answered("abcdef", 0, 0));
  CHECK(counted.prompt_tokens == 9);
  CHECK(counted.completion_tokens == 2);
  CHECK(spending_of(kQuestion, failed(coldforge::agent::llm::ChatStatus::Failed, "x")).tokens() ==
        0);
}
