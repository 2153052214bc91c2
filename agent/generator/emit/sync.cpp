#include "agent/generator/emit/sync.h"

#include <algorithm>

#include "agent/generator/plan/planner.h"

namespace coldforge::agent {
namespace {

void add(std::vector<Token>& tokens, const Token& token) {
  for (const Token& have : tokens) {
    if (have.body == token.body && have.from == token.from && have.to == token.to &&
        have.after == token.after && have.before == token.before && have.credits == token.credits) {
      return;
    }
  }
  tokens.push_back(token);
}

void of_buffer(const Body& body, const Buffer& buffer, int index, bool repeated,
               std::vector<Token>& tokens) {
  const std::vector<Touch> all = touches(body, index);
  for (std::size_t y = 0; y < all.size(); ++y) {
    // The latest touch of each other engine that conflicts, back to the write that orders
    // everything before it.
    for (std::size_t x = y; x-- > 0;) {
      const bool conflict = all[x].write || all[y].write;
      if (conflict && all[x].unit != all[y].unit) {
        add(tokens, {body.id, all[x].unit, all[y].unit, all[x].item, all[y].item, 0, -1});
      }
      if (all[x].write) break;
    }
  }
  if (!repeated || all.empty()) return;
  const auto first = std::find_if(all.begin(), all.end(), [](const Touch& t) { return t.write; });
  if (first == all.end()) return;
  for (int u = 0; u < isa::kUnits; ++u) {
    const auto unit = static_cast<isa::Unit>(u);
    if (unit == first->unit) continue;
    int last = -1;
    for (const Touch& touch : all) {
      if (touch.unit == unit) last = std::max(last, touch.item);
    }
    if (last >= 0) add(tokens, {body.id, unit, first->unit, last, first->item, buffer.depth, -1});
  }
}

void of_body(const GroupPlan& plan, const Body& body, bool repeated, std::vector<Token>& tokens) {
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    if (plan.buffers[b].body == body.id)
      of_buffer(body, plan.buffers[b], static_cast<int>(b), repeated, tokens);
  }
  for (const Item& item : body.items) {
    if (item.loop != nullptr) of_body(plan, *item.loop, true, tokens);
  }
}

/// b orders at least what a orders.
bool implies(const Token& b, const Token& a) {
  if (a.body != b.body || a.from != b.from || a.to != b.to) return false;
  const bool same_kind = (a.credits == 0) == (b.credits == 0);
  return same_kind && b.after >= a.after && b.before <= a.before &&
         (a.credits == 0 || b.credits <= a.credits);
}

}  // namespace

std::vector<Token> make_tokens(const GroupPlan& plan) {
  std::vector<Token> all, kept;
  of_body(plan, plan.root, false, all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool needless = false;
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (i == j || !implies(all[j], all[i])) continue;
      if (implies(all[i], all[j]) && j > i) continue;  // equal: the first stays
      needless = true;
    }
    if (!needless) kept.push_back(all[i]);
  }
  int flag = 0;
  for (Token& token : kept) token.flag = flag++;
  return kept;
}

}  // namespace coldforge::agent
