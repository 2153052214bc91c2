#include "memory/api_retrieval.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "memory/tokens.h"

namespace coldforge::memory {

std::vector<ApiChoice> retrieve_api(const Snapshot& snapshot, const ApiRequest& request) {
  const auto is_seen = [&](ItemId id) {
    const Item& item = snapshot.item(id);
    return item.kind == ItemKind::Api && (request.isa.empty() || item.isa == request.isa);
  };
  std::unordered_map<std::string_view, ItemId> id_of;
  std::size_t shortest = std::string::npos;
  for (const ItemId id : snapshot.of_kind(ItemKind::Api)) {
    if (!is_seen(id)) continue;
    const std::string& name = snapshot.item(id).name;
    id_of[name] = id;  // of several with one name, the newest
    shortest = std::min(shortest, name.size());
  }

  std::vector<ApiChoice> choices;
  std::set<ItemId> chosen;
  const auto add = [&](ItemId id, ApiReason reason) {
    if (chosen.insert(id).second) choices.push_back({id, reason});
  };
  const auto add_named = [&](std::string_view name, ApiReason reason) {
    if (name.size() < shortest) return;  // punctuation, most of a code
    if (const auto found = id_of.find(name); found != id_of.end()) add(found->second, reason);
  };
  for (const std::string& name : request.bundle) add_named(name, ApiReason::Bundle);
  for (const std::string& code : request.codes) {
    for (const std::string_view token : tokens_of(code)) add_named(token, ApiReason::NamedInCode);
  }
  if (request.similar_items <= 0) return choices;
  const auto is_new = [&](ItemId id) { return is_seen(id) && chosen.count(id) == 0; };
  const auto count = static_cast<std::size_t>(request.similar_items);
  for (const Neighbour& neighbour : snapshot.index().search(request.query, count, is_new)) {
    choices.push_back({neighbour.id, ApiReason::Similar});
  }
  return choices;
}

}  // namespace coldforge::memory
