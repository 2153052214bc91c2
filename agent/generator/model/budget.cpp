#include "agent/generator/model/budget.h"

#include <fmt/format.h>

#include <chrono>

#include "agent/generator/generator.h"
#include "agent/prompt/prompt.h"
#include "agent/prompt/tokens.h"

namespace coldforge::agent {
namespace {

constexpr double kMillion = 1e6;

}  // namespace

void Spending::add(const Spending& other) {
  calls += other.calls;
  prompt_tokens += other.prompt_tokens;
  completion_tokens += other.completion_tokens;
}

double cost_usd(const Spending& spending, const TokenPrice& price) {
  return (static_cast<double>(spending.prompt_tokens) * price.prompt +
          static_cast<double>(spending.completion_tokens) * price.completion) /
         kMillion;
}

Spending worst_case(const llm::ChatRequest& request) {
  return {1, prompt::most_tokens_of(request.messages), request.max_tokens};
}

Spending spending_of(const llm::ChatRequest& request, const llm::ChatAnswer& answer) {
  const llm::Usage& usage = answer.usage;
  if (usage.prompt_tokens > 0 || usage.completion_tokens > 0)
    return {1, usage.prompt_tokens, usage.completion_tokens};
  const bool is_answered =
      answer.status == llm::ChatStatus::Answered || answer.status == llm::ChatStatus::Truncated;
  if (!is_answered) return {1, 0, 0};
  return {1, prompt::most_tokens_of(request.messages), prompt::most_tokens(answer.text)};
}

double Budget::machine_clock() {
  using Steady = std::chrono::steady_clock;
  return std::chrono::duration<double>(Steady::now().time_since_epoch()).count();
}

Budget::Budget(const Caps& caps, const TokenPrice& price, const Spending& before, Clock clock)
    : caps_(caps), price_(price), clock_(std::move(clock)), start_s_(clock_()), spent_(before) {}

std::string Budget::obstacle(const Spending& worst) const {
  Spending then = spent_;
  then.add(reserved_);
  then.add(worst);
  if (caps_.calls > 0 && then.calls > caps_.calls)
    return fmt::format("--max-calls {}: {} questions were asked", caps_.calls, spent_.calls);
  if (caps_.tokens > 0 && then.tokens() > caps_.tokens)
    return fmt::format("--max-tokens {}: {} are used, the next question may take {}", caps_.tokens,
                       spent_.tokens(), worst.tokens());
  if (caps_.cost_usd > 0 && cost_usd(then, price_) > caps_.cost_usd)
    return fmt::format("--max-cost {}: {:.4f} are spent, the next question may take {:.4f}",
                       caps_.cost_usd, cost_usd(spent_, price_), cost_usd(worst, price_));
  if (caps_.minutes > 0 && clock_() - start_s_ >= 60 * caps_.minutes)
    return fmt::format("--max-minutes {}: they are over", caps_.minutes);
  return "";
}

Spending Budget::reserve(const Spending& worst) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    const std::string why_not = obstacle(worst);
    if (why_not.empty()) break;
    if (under_way_ == 0)
      throw RunStopped(why_not + "; give the same command with a higher cap to go on");
    settled_.wait(lock);
  }
  reserved_.add(worst);
  ++under_way_;
  return worst;
}

void Budget::settle(const Spending& reserved, const Spending& spent) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    reserved_.add({-reserved.calls, -reserved.prompt_tokens, -reserved.completion_tokens});
    spent_.add(spent);
    --under_way_;
  }
  settled_.notify_all();
}

Spending Budget::spent() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return spent_;
}

double Budget::spent_usd() const { return cost_usd(spent(), price_); }

}  // namespace coldforge::agent
