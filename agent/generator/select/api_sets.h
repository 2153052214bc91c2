#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agent/generator/select/api.h"

namespace coldforge::agent {

/// Instruction sets of contexts, read once: most candidates of a run see the same API items, and
/// reading them takes about as long as planning a kernel. Several threads may ask.
class ApiSets {
 public:
  /// The same as ApiSet(context).
  std::shared_ptr<const ApiSet> of(const std::vector<ContextItem>& context);

 private:
  /// What an ApiSet is made of.
  struct Source {
    std::string id, content, call;
  };
  struct Entry {
    std::vector<Source> items;  ///< in the context's order
    std::shared_ptr<const ApiSet> set;
  };
  static bool is_made_of(const Entry& entry, const std::vector<const ContextItem*>& items);

  std::mutex mutex_;
  std::list<Entry> entries_;  ///< wanted last: first
};

}  // namespace coldforge::agent
