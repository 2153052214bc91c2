#include "agent/loop/context.h"

#include <algorithm>
#include <set>

#include "agent/loop/experience.h"
#include "memory/api_retrieval.h"
#include "memory/embedding.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

using memory::ItemId;
using memory::ItemKind;

/// Builds one slot's context; the snapshot and the request outlive it.
class ContextBuilder {
 public:
  ContextBuilder(const memory::Snapshot& snapshot, const ContextRequest& request,
                 const LoopSettings& settings)
      : snapshot_(snapshot),
        request_(request),
        settings_(settings),
        random_(settings.seed,
                stream_key(request.candidate,
                           stream_key("context", stream_key(request.task->digest)))) {
    query_ = request.query != nullptr
                 ? *request.query
                 : memory::embed(embedding_input(*request.task, *request.arch));
  }

  SlotContext build() {
    if (request_.stage == Stage::Refine) choose_start_point();
    context_.key = settings_.key_is_stage ? "" : state_key();
    retrieve();
    if (request_.stage == Stage::Refine) {
      add_children();
      add_matched_practices();
    } else {
      add_draft_practices();
    }
    add_api();
    return std::move(context_);
  }

 private:
  std::string state_key() const {
    return request_.stage == Stage::Draft ? task_family(*request_.task)
                                          : context_.start_point->bottleneck;
  }

  void choose_start_point() {
    std::vector<ItemId> candidates;
    std::string key;
    for (const std::string& digest : request_.feasible) {
      const auto id = snapshot_.find(digest);
      CF_CHECK(id.has_value(), "a feasible kernel of this run is not in the bank");
      candidates.push_back(*id);
    }
    CF_CHECK(!candidates.empty(), "refining needs a feasible kernel");
    memory::StartPointConfig config = settings_.start_point;
    config.use_key = false;  // the key of refining is the bottleneck of the start point, not known
                             // before the choice
    const memory::Choice choice =
        memory::choose_start_point(snapshot_, candidates, key, config, random_);
    start_ = choice.id;
    const std::string& digest = snapshot_.digest(choice.id);
    context_.start_point = context_item(snapshot_.item(choice.id), digest);
    context_.credited.push_back(digest);
    memory::RetrievalRecord record;
    record.slot = request_.slot;
    record.task = request_.task->digest;
    record.stage = memory::kRefine;
    record.purpose = "start_point";
    record.policy = config.policy;
    record.pool_size = static_cast<int>(candidates.size());
    record.epsilon = config.epsilon;
    record.chosen = {{digest, choice.propensity}};
    context_.records.push_back(record);
  }

  void retrieve() {
    memory::RetrievalRequest request;
    request.stage = request_.stage == Stage::Draft ? memory::kDraft : memory::kRefine;
    request.key = context_.key;
    request.task = request_.task->digest;
    request.query = query_;
    const std::string own = context_.start_point ? context_.start_point->id : "";
    request.filter = [this, own](const memory::Item& item) {
      return item.kind != ItemKind::Api && (own.empty() || &item != &snapshot_.item(start_));
    };
    memory::RetrievalConfig config = settings_.retrieval;
    config.use_key = !settings_.key_is_stage;
    const memory::Retrieval retrieval = memory::retrieve(snapshot_, request, config, random_);
    for (const memory::Choice& choice : retrieval.choices) add_credited(choice.id);
    memory::RetrievalRecord record = memory::to_record(snapshot_, request, config, retrieval);
    record.slot = request_.slot;
    record.task = request_.task->digest;
    if (!record.chosen.empty()) context_.records.push_back(record);
  }

  /// The newest children of the start point, whatever became of them.
  void add_children() {
    const std::string& parent = context_.start_point->id;
    int shown = 0;
    for (std::size_t i = snapshot_.size(); i-- > 0 && shown < settings_.child_items;) {
      const auto id = static_cast<ItemId>(i);
      if (snapshot_.item(id).parent == parent && add_credited(id)) ++shown;
    }
  }

  /// Best practices that speak of the start point's bottleneck, in the bank's order.
  void add_matched_practices() {
    int shown = 0;
    for (const ItemId id : snapshot_.of_kind(ItemKind::BestPractice)) {
      if (shown >= settings_.matched_practices) break;
      const bool matches = snapshot_.item(id).bottleneck == context_.start_point->bottleneck;
      if (matches && add_credited(id)) ++shown;
    }
  }

  /// The first draft has no bottleneck yet: all best practices, in the bank's order. What is always
  /// shown takes no credit.
  void add_draft_practices() {
    int shown = 0;
    for (const ItemId id : snapshot_.of_kind(ItemKind::BestPractice)) {
      if (shown >= settings_.draft_practices) break;
      if (add(id)) ++shown;
    }
  }

  /// Everything that the engines of this task can do; exact names of the codes shown; what is
  /// similar.
  void add_api() {
    memory::ApiRequest request;
    request.isa = request_.isa->digest();
    for (const isa::Instruction& instruction : request_.isa->instructions()) {
      const bool needed = (instruction.unit != isa::Unit::Matrix || request_.task->work.matrix);
      if (needed) request.bundle.push_back(instruction.name);
    }
    for (const ContextItem& item : context_.items) request.codes.push_back(item.source);
    request.query = query_;
    request.similar_items = settings_.similar_api_items;
    for (const memory::ApiChoice& choice : memory::retrieve_api(snapshot_, request)) {
      const memory::Item& item = snapshot_.item(choice.id);
      ContextItem shown = context_item(item, snapshot_.digest(choice.id));
      shown.content = item.pattern;
      shown.pattern.clear();
      context_.items.push_back(std::move(shown));
    }
  }

  bool add_credited(ItemId id) {
    if (!add(id)) return false;
    context_.credited.push_back(snapshot_.digest(id));
    return true;
  }

  /// False if it is shown already.
  bool add(ItemId id) {
    const std::string& digest = snapshot_.digest(id);
    if (!shown_.insert(digest).second ||
        (context_.start_point && digest == context_.start_point->id))
      return false;
    const memory::Item& item = snapshot_.item(id);
    ContextItem shown = context_item(item, digest);
    if (item.kind == ItemKind::BestPractice) shown.content = item.text;
    if (settings_.permute_contents) exchange_contents(shown, item.kind);
    context_.items.push_back(std::move(shown));
    return true;
  }

  /// Gives the item the contents of another of its kind; always the same other for one snapshot.
  void exchange_contents(ContextItem& shown, ItemKind kind) const {
    std::vector<ItemId> others;
    for (const ItemId id : snapshot_.of_kind(kind)) {
      if (snapshot_.digest(id) != shown.id) others.push_back(id);
    }
    if (others.empty()) return;
    Random random(settings_.seed, stream_key("permuted", stream_key(shown.id)));
    const memory::Item& other =
        snapshot_.item(others[random.below(static_cast<std::uint32_t>(others.size()))]);
    const ContextItem contents = context_item(other, shown.id);
    shown.pattern = contents.pattern;
    shown.fragments = contents.fragments;
    shown.source = contents.source;
    if (kind == ItemKind::BestPractice) shown.content = other.text;
  }

  const memory::Snapshot& snapshot_;
  const ContextRequest& request_;
  const LoopSettings& settings_;
  Random random_;
  memory::Embedding query_;
  ItemId start_ = 0;
  std::set<std::string> shown_;
  SlotContext context_;
};

}  // namespace

memory::EmbeddingInput embedding_input(const kernels::Task& task, const isa::Arch& arch) {
  memory::EmbeddingInput input;
  input.facts = task_facts(task, arch);
  return input;
}

SlotContext make_context(const memory::Snapshot& snapshot, const ContextRequest& request,
                         const LoopSettings& settings) {
  return ContextBuilder(snapshot, request, settings).build();
}

}  // namespace coldforge::agent
