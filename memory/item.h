#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coldforge::memory {

/// What an item is. The text names ("trace_draft") stand in files; adding a kind is appending one.
enum class ItemKind : std::uint8_t {
  Api,          ///< one instruction or library function, generated from the machine's description
  TraceDraft,   ///< a candidate of the drafting stage with its verdict
  TraceRefine,  ///< a candidate of the refining stage with its verdict
  SummarySuccess,  ///< what made a candidate work
  SummaryFailure,  ///< what made a candidate fail
  BestPractice,    ///< a rule that names holes and conditions, never tasks
};
inline constexpr int kItemKinds = 6;

std::string_view name_of(ItemKind kind);
/// Throws UserError(where, "unknown item kind 'x': known are ...").
ItemKind item_kind_from(std::string_view name, std::string_view where);

/// One decision of a candidate: which value stood in which hole, and under which condition that was
/// so.
struct Fragment {
  std::string hole;
  std::string value;
  std::string condition;
};

/// One experience. This folder gives no meaning to its texts; whoever writes items does.
///
/// Two items with the same fields are the same item: identity is the digest over all fields but
/// `seed`, which only tells how the item was found.
struct Item {
  ItemKind kind = ItemKind::TraceDraft;
  std::string name;     ///< for people; of an Api item also the exact name that kernel code uses
  std::string pattern;  ///< JSON text: operator sub-graph, axis, type and extent classes
  std::vector<Fragment> fragments;
  std::vector<std::pair<std::string, double>>
      facts;  ///< what the embedding sees beside text and source
  std::string
      source;  ///< code; may hold any bytes, those that are not UTF-8 are replaced when stored
  std::string text;     ///< prose: feedback, summary, description
  std::string verdict;  ///< "pass" or a word for what failed; empty: not verified
  std::string failing_gate;
  std::vector<std::string> blamed_holes;
  std::int64_t cycles = 0;         ///< exact cycles; 0: not measured
  double roofline_fraction = 0.0;  ///< lower bound / cycles, 0..1; 0: not measured
  std::string bottleneck;
  std::string task_digest;
  std::string task_name;
  std::string parent;  ///< digest of the item this one was refined from; empty: none
  std::string isa;     ///< digest of the instruction set that it was verified on
  std::string arch;    ///< digest of the machine that it was verified on
  int stage = 0;       ///< kDraft, kRefine, or 0 for seed knowledge
  std::uint64_t seed = 0;
};

/// The canonical JSON of an item: sorted keys, no blanks, shortest round-trip numbers, without
/// `seed`. What a bank stores and what the digest is taken of; it must never change for the same
/// item.
std::string item_content(const Item& item);

/// SHA-256 of item_content(): the item's identity.
std::string item_digest(const Item& item);

/// Throws UserError(where, ...) when the text is no item.
Item item_from_content(std::string_view content, std::string_view where);

/// The same as JSON values, for pages and exports; `seed` is the caller's.
nlohmann::json item_to_json(const Item& item);
Item item_from_json(const nlohmann::json& json, std::string_view where);

/// JSON whose texts may hold any bytes, as valid UTF-8: what is not becomes U+FFFD.
std::string json_text(const nlohmann::json& json);
/// The same of a text alone.
std::string utf8_text(const std::string& bytes);

}  // namespace coldforge::memory
