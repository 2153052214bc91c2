#include "memory/verify.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::memory {
namespace {

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool same_bits(const QEntry& a, const QEntry& b) {
  return a.n == b.n && same_bits(a.q, b.q) && same_bits(a.q0, b.q0);
}

std::string name_of(const QRow& row) {
  return fmt::format("value of item {}, stage {}, key '{}'", short_digest(row.item), row.stage,
                     row.key);
}

class Verifier {
 public:
  explicit Verifier(const BankSlice& slice) : slice_(slice) {}

  std::vector<std::string> run() {
    check_items();
    for (std::size_t i = 0; i < slice_.rounds.size(); ++i) check_round(i);
    check_values();
    check_normalisers();
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void find(const char* format, const Args&... args) {
    findings_.push_back(fmt::format(fmt::runtime(format), args...));
  }

  void check_items() {
    std::int64_t expected = 1;
    for (const StoredItem& item : slice_.items) {
      const std::string name = short_digest(item.digest);
      if (item.sequence != expected)
        find("item {} has number {}, expected {}", name, item.sequence, expected);
      expected = item.sequence + 1;
      if (digest_of(item.content) != item.digest) find("item {} does not match its digest", name);
      check_vector(item, name);
      items_.insert(item.digest);
    }
  }

  void check_vector(const StoredItem& item, const std::string& name) {
    if (item.embedding.empty()) return find("item {} has no vector", name);
    try {
      if (embed(item_from_content(item.content, name)) != item.embedding) {
        find("the vector of item {} does not follow from it", name);
      }
    } catch (const UserError& error) {
      find("{}", error.what());
    }
  }

  void check_round(std::size_t position) {
    const StoredRound& round = slice_.rounds[position];
    const std::string name = short_digest(round.batch.round_id);
    const auto expected = static_cast<std::int64_t>(position) + 1;
    if (round.sequence != expected)
      find("round {} has number {}, expected {}", name, round.sequence, expected);
    for (const std::string& item : round.items) {
      if (items_.count(item) == 0)
        find("round {} lists item {}, which is not there", name, short_digest(item));
    }
    if (batch_digest(round.batch, round.items) != round.digest)
      find("round {} does not match its digest", name);
    for (std::size_t i = 0; i < round.batch.outcomes.size(); ++i) check_outcome(round, i);
  }

  void check_outcome(const StoredRound& round, std::size_t position) {
    const Outcome& outcome = round.batch.outcomes[position];
    const StoredFold& stored = round.folds[position];
    if (outcome.stage < 1 || outcome.stage > kStages) {
      return find("event {} belongs to unknown stage {}", outcome.event_id, outcome.stage);
    }
    const FoldedOutcome folded = replay_.apply(outcome, round.batch.config);
    if (!same_bits(folded.normalised, stored.normalised)) {
      find("event {}: normalised reward {}, replay gives {}", outcome.event_id, stored.normalised,
           folded.normalised);
    }
    if (folded.credits.size() != stored.credits.size()) {
      return find("event {}: {} credits, replay gives {}", outcome.event_id, stored.credits.size(),
                  folded.credits.size());
    }
    for (std::size_t i = 0; i < folded.credits.size(); ++i) {
      const Credit& a = folded.credits[i];
      const Credit& b = stored.credits[i];
      if (a.item != b.item || a.key != b.key || a.n != b.n || !same_bits(a.alpha, b.alpha)) {
        find("event {}: credit {} differs from the replay", outcome.event_id, i);
      }
    }
  }

  void check_values() {
    for (const QRow& row : slice_.values.rows()) {
      const QEntry replayed = replay_.entry(row.item, row.stage, row.key);
      if (!same_bits(row.entry, replayed)) {
        find("{}: {} after {} rewards, replay gives {} after {}", name_of(row), row.entry.q,
             row.entry.n, replayed.q, replayed.n);
      }
    }
    const std::size_t stored = slice_.values.rows().size(), replayed = replay_.rows().size();
    if (stored != replayed) find("{} values, replay gives {}", stored, replayed);
  }

  void check_normalisers() {
    for (int stage = 1; stage <= kStages; ++stage) {
      const NormaliserState& a = slice_.values.normaliser(stage);
      const NormaliserState& b = replay_.normaliser(stage);
      if (a.count != b.count || !same_bits(a.mean, b.mean) ||
          !same_bits(a.second_moment, b.second_moment)) {
        find("normaliser of stage {}: mean {} of {} rewards, replay gives {} of {}", stage, a.mean,
             a.count, b.mean, b.count);
      }
    }
  }

  const BankSlice& slice_;
  ValueState replay_;
  std::set<std::string> items_;
  std::vector<std::string> findings_;
};

/// Vectors of embedding models cannot be made again here, but their lengths can be checked.
void check_other_spaces(const Store& store, std::vector<std::string>& findings) {
  for (const StoredSpace& stored : store.spaces()) {
    if (stored.space.id == builtin_space().id) continue;
    ReadRequest request;
    request.rounds = false;
    request.space = stored.space.id;
    for (const StoredItem& item : store.read(request).items) {
      const std::size_t dims = item.embedding.size();
      if (dims != 0 && dims != static_cast<std::size_t>(stored.space.dims)) {
        findings.push_back(fmt::format("the vector of item {} in {} has {} dimensions, not {}",
                                       short_digest(item.digest), stored.space.id, dims,
                                       stored.space.dims));
      }
    }
  }
}

}  // namespace

VerifyReport verify(const Store& store) {
  VerifyReport report;
  report.findings = store.check_integrity();
  ReadRequest request;
  request.values = true;
  const BankSlice slice = store.read(request);
  report.rounds = static_cast<std::int64_t>(slice.rounds.size());
  report.items = static_cast<std::int64_t>(slice.items.size());
  for (const StoredRound& round : slice.rounds) {
    report.outcomes += static_cast<std::int64_t>(round.batch.outcomes.size());
  }
  report.values = static_cast<std::int64_t>(slice.values.rows().size());
  for (std::string& finding : Verifier(slice).run()) report.findings.push_back(std::move(finding));
  check_other_spaces(store, report.findings);
  return report;
}

}  // namespace coldforge::memory
