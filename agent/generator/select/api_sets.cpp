#include "agent/generator/select/api_sets.h"

#include <algorithm>

namespace coldforge::agent {
namespace {

/// Tasks with and without products, each with the names that the shown codes add.
constexpr std::size_t kMostSets = 16;

}  // namespace

bool ApiSets::is_made_of(const Entry& entry, const std::vector<const ContextItem*>& items) {
  return std::equal(entry.items.begin(), entry.items.end(), items.begin(), items.end(),
                    [](const Source& a, const ContextItem* b) {
                      return a.id == b->id && a.call == b->source && a.content == b->content;
                    });
}

std::shared_ptr<const ApiSet> ApiSets::of(const std::vector<ContextItem>& context) {
  std::vector<const ContextItem*> items;
  for (const ContextItem& item : context) {
    if (item.kind == "api") items.push_back(&item);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (!is_made_of(*entry, items)) continue;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->set;
  }
  Entry& entry = entries_.emplace_front();
  for (const ContextItem* item : items)
    entry.items.push_back({item->id, item->content, item->source});
  entry.set = std::make_shared<const ApiSet>(context);
  if (entries_.size() > kMostSets) entries_.pop_back();
  return entry.set;
}

}  // namespace coldforge::agent
