#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "agent/generator/llm/chat.h"

namespace coldforge::agent {

/// What a run may spend on a model, all its sittings together but for time. 0: no cap.
struct Caps {
  std::int64_t calls = 0;   ///< questions; a provider's own repetitions of one are not counted
  std::int64_t tokens = 0;  ///< of questions and answers
  double cost_usd = 0;
  double minutes = 0;  ///< of this sitting
};

/// US dollars per million tokens; 0 where nothing is known or nothing is charged.
struct TokenPrice {
  double prompt = 0;
  double completion = 0;
};

struct Spending {
  std::int64_t calls = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;

  std::int64_t tokens() const { return prompt_tokens + completion_tokens; }
  void add(const Spending& other);
};
double cost_usd(const Spending& spending, const TokenPrice& price);

/// The most that a question can take.
Spending worst_case(const llm::ChatRequest& request);
/// What one exchange took: as the provider counts it, else as we do.
Spending spending_of(const llm::ChatRequest& request, const llm::ChatAnswer& answer);

/// Watches over the caps of a run. A question is only asked if its worst case fits beside the worst
/// cases of those under way; what it took in fact is settled afterwards. Decides when a run stops,
/// and nothing else. Thread-safe.
class Budget {
 public:
  /// Seconds, from any start; for tests another than the machine's.
  using Clock = std::function<double()>;
  static double machine_clock();

  /// `before`: what earlier sittings of the run spent.
  Budget(const Caps& caps, const TokenPrice& price, const Spending& before,
         Clock clock = machine_clock);

  /// Sets the worst case of a question aside and returns it. Where only what is under way stands in
  /// the way, waits for it. Throws RunStopped if a cap would be passed; its text names the cap and
  /// how to go on.
  Spending reserve(const Spending& worst);
  /// Ends a reservation: what was asked in fact took `spent`.
  void settle(const Spending& reserved, const Spending& spent);

  Spending spent() const;
  double spent_usd() const;

 private:
  /// The cap that a further worst case would pass, as a sentence; empty: none.
  std::string obstacle(const Spending& worst) const;

  const Caps caps_;
  const TokenPrice price_;
  const Clock clock_;
  const double start_s_;
  mutable std::mutex mutex_;
  std::condition_variable settled_;
  Spending spent_;
  Spending reserved_;
  int under_way_ = 0;
};

/// A reservation that is settled in any case.
class Reservation {
 public:
  Reservation(Budget& budget, const Spending& worst)
      : budget_(budget), worst_(budget.reserve(worst)) {}
  ~Reservation() { budget_.settle(worst_, spent); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;

  Spending spent;  ///< to be set; nothing if the question failed

 private:
  Budget& budget_;
  const Spending worst_;
};

}  // namespace coldforge::agent
