#include "agent/generator/select/api.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/base/error.h"

namespace coldforge::agent {
namespace {

using nlohmann::ordered_json;

constexpr const char* kMemoryNames[] = {"Vec", "Left", "Right", "Acc"};

std::uint8_t memory_mask(const std::string& text) {
  if (text == "any") return 15;
  std::uint8_t mask = 0;
  for (int m = 0; m < 4; ++m) {
    if (("|" + text + "|").find(std::string("|") + kMemoryNames[m] + "|") != std::string::npos) {
      mask = static_cast<std::uint8_t>(mask | 1u << m);
    }
  }
  return mask;
}

std::uint8_t type_mask(const std::string& text) {
  if (text == "any") return 63;
  std::uint8_t mask = 0;
  for (int t = 0; t < kElementTypes; ++t) {
    const std::string name = "|" + std::string(name_of(static_cast<ElementType>(t))) + "|";
    if (("|" + text + "|").find(name) != std::string::npos)
      mask = static_cast<std::uint8_t>(mask | 1u << t);
  }
  return mask;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Reads the expression language of items: numbers, operands, operation(expression, ...).
struct Reader {
  const std::string& text;
  const Api& api;
  std::size_t at = 0;

  void blank() {
    while (at < text.size() && text[at] == ' ') ++at;
  }
  Pattern parse() {
    blank();
    Pattern pattern;
    if (std::isdigit(static_cast<unsigned char>(text[at])) != 0 || text[at] == '-' ||
        text[at] == '.') {
      char* end = nullptr;
      pattern.kind = Pattern::Kind::Constant;
      pattern.number = std::strtod(text.c_str() + at, &end);
      at = static_cast<std::size_t>(end - text.c_str());
      return pattern;
    }
    const std::size_t from = at;
    while (at < text.size() && is_word(text[at])) ++at;
    const std::string name = text.substr(from, at - from);
    blank();
    if (at >= text.size() || text[at] != '(') {
      pattern.kind = Pattern::Kind::Operand;
      pattern.operand = api.find(name);
      return pattern;
    }
    pattern.op = name;
    do {
      ++at;
      pattern.args.push_back(parse());
      blank();
    } while (at < text.size() && text[at] == ',');
    ++at;
    return pattern;
  }
};

/// A written operand in an expression stands for its own expression.
void substitute(Pattern& pattern, const Api& api, const std::vector<std::pair<int, Pattern>>& own) {
  if (pattern.kind == Pattern::Kind::Operand) {
    for (const auto& [operand, value] : own) {
      if (operand == pattern.operand && !api.operands[static_cast<std::size_t>(operand)].read) {
        pattern = value;
        return;
      }
    }
  }
  for (Pattern& arg : pattern.args) substitute(arg, api, own);
}

Api parse_api(const ContextItem& item) {
  const ordered_json json = ordered_json::parse(item.content);
  Api api;
  api.item = item.id;
  api.call = item.source;
  api.timing = json.value("timing", "");
  api.sfu_operations = json.value("sfu_operations", 0);
  const std::string unit = json.value("unit", "");
  for (int u = 0; u < isa::kUnits; ++u) {
    constexpr const char* kUnitNames[] = {"scalar", "load", "store", "move", "matrix", "vector"};
    if (unit == kUnitNames[u]) api.unit = static_cast<isa::Unit>(u);
  }
  for (const auto& [name, o] : json.at("operands").items()) {
    Api::Operand operand;
    operand.name = name;
    const std::string kind = o.value("kind", "x");
    operand.kind = kind == "tile"   ? isa::OperandKind::Tile
                   : kind == "view" ? isa::OperandKind::View
                                    : isa::OperandKind::X;
    const std::string access = o.value("access", "read");
    operand.read = access != "write";
    operand.written = access != "read";
    operand.memories = memory_mask(o.value("memory", ""));
    operand.types = type_mask(o.value("types", ""));
    operand.same_type_as = o.value("same_type_as", "");
    operand.broadcast = o.value("broadcast", false);
    api.operands.push_back(operand);
  }
  if (json.contains("legal")) {
    for (const auto& [name, rule] : json.at("legal").items())
      api.legal.push_back(rule.get<std::string>());
  }
  if (json.contains("results")) {
    std::vector<std::pair<int, Pattern>> own;
    for (const auto& [name, r] : json.at("results").items()) {
      const std::string text = r.at("expr").get<std::string>();
      Reader reader{text, api};
      own.emplace_back(api.find(name), reader.parse());
    }
    std::size_t i = 0;
    for (const auto& [name, r] : json.at("results").items()) {
      Api::Result result;
      result.operand = own[i].first;
      result.value = own[i].second;
      std::vector<std::pair<int, Pattern>> others = own;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      substitute(result.value, api, others);
      if (r.contains("reduce")) {
        result.reduce = r.at("reduce").value("op", "");
        result.along_row = r.at("reduce").value("axis", "") == "cols";
        result.scan = r.at("reduce").value("scan", false);
        result.exclusive = r.at("reduce").value("exclusive", false);
      }
      api.results.push_back(result);
      ++i;
    }
  }
  return api;
}

}  // namespace

int Api::find(const std::string& operand) const {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i].name == operand) return static_cast<int>(i);
  }
  return -1;
}

std::string Api::text(const std::vector<std::string>& arguments) const {
  const std::size_t open = call.find('(');
  std::string result = call.substr(0, open);
  std::size_t at = open;
  while (at < call.size()) {
    if (!is_word(call[at])) {
      result += call[at++];
      continue;
    }
    std::size_t end = at;
    while (end < call.size() && is_word(call[end])) ++end;
    const int operand = find(call.substr(at, end - at));
    result +=
        operand >= 0 ? arguments[static_cast<std::size_t>(operand)] : call.substr(at, end - at);
    at = end;
  }
  return result;
}

ApiSet::ApiSet(const std::vector<ContextItem>& context) {
  // By content: neither the order of a context nor a mnemonic may matter here.
  std::map<std::string, const ContextItem*> sorted;
  for (const ContextItem& item : context) {
    if (item.kind == "api" && !item.content.empty()) sorted.emplace(item.content, &item);
  }
  for (const auto& [content, item] : sorted) apis_.push_back(parse_api(*item));
}

const Api* ApiSet::find_timing(const char* timing) const {
  for (const Api& api : apis_) {
    if (api.timing == timing) return &api;
  }
  return nullptr;
}

const Api* ApiSet::load() const { return find_timing("load"); }
const Api* ApiSet::store() const { return find_timing("store"); }

namespace {

bool says(const Api& api, const char* piece) {
  return std::any_of(api.legal.begin(), api.legal.end(), [&](const std::string& rule) {
    return rule.find(piece) != std::string::npos;
  });
}

}  // namespace

const Api* ApiSet::copy(bool transposed) const {
  for (const Api& api : apis_) {
    if (api.unit != isa::Unit::Move || !api.results.empty() || api.operands.size() != 2) continue;
    if (says(api, transposed ? "dst.rows == src.cols" : "dst.rows == src.rows")) return &api;
  }
  return nullptr;
}

const Api* ApiSet::copy_view() const {
  for (const Api& api : apis_) {
    if (api.unit == isa::Unit::Move && api.results.empty() && api.operands.size() == 3 &&
        api.operands[2].kind == isa::OperandKind::View) {
      return &api;
    }
  }
  return nullptr;
}

const Api* ApiSet::multiply(bool accumulating) const {
  for (const Api& api : apis_) {
    if (api.unit != isa::Unit::Matrix || api.operands.size() != 3) continue;
    if (api.operands[0].written && api.operands[0].read == accumulating) return &api;
  }
  return nullptr;
}

const Api* ApiSet::transpose() const { return find_timing("transpose"); }

const Api* ApiSet::fill() const {
  for (const Api& api : apis_) {
    if (api.unit != isa::Unit::Vector || api.results.size() != 1 || !api.results[0].reduce.empty())
      continue;
    const Pattern& value = api.results[0].value;
    if (value.kind == Pattern::Kind::Operand && value.operand >= 0 && api.operands.size() == 2 &&
        api.operands[static_cast<std::size_t>(value.operand)].kind == isa::OperandKind::X) {
      return &api;
    }
  }
  return nullptr;
}

const Api* ApiSet::number() const {
  for (const Api& api : apis_) {
    if (api.timing == "fill" && api.results.empty() && api.operands.size() == 4) return &api;
  }
  return nullptr;
}

bool ApiSet::scans(const std::string& op, bool exclusive, bool along_row) const {
  return std::any_of(apis_.begin(), apis_.end(), [&](const Api& api) {
    return std::any_of(api.results.begin(), api.results.end(), [&](const Api::Result& result) {
      return result.scan && result.reduce == op && result.exclusive == exclusive &&
             result.along_row == along_row;
    });
  });
}

std::string ApiSet::missing() const {
  if (load() == nullptr) return "no instruction loads a tile";
  if (store() == nullptr) return "no instruction stores a tile";
  // The kernel library describes tiles and views and raises flags with these.
  const auto sync = [&](std::size_t operands, isa::OperandKind first) {
    return std::any_of(apis_.begin(), apis_.end(), [&](const Api& api) {
      return (api.timing == "config" || api.timing == "sync") && api.operands.size() >= operands &&
             api.operands[0].kind == first;
    });
  };
  if (!sync(4, isa::OperandKind::Tile)) return "no instruction describes a tile";
  if (!sync(4, isa::OperandKind::View)) return "no instruction describes a view";
  if (!sync(1, isa::OperandKind::X)) return "no instruction orders the engines";
  return "";
}

}  // namespace coldforge::agent
