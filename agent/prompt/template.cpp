#include "agent/prompt/template.h"

#include <algorithm>
#include <vector>

#include "sim/base/error.h"

namespace coldforge::agent::prompt {
namespace {

/// Whether the mark that ends before `end` and begins at `begin` has its line for itself.
bool is_alone(const std::string& text, std::size_t begin, std::size_t end) {
  return (begin == 0 || text[begin - 1] == '\n') && (end == text.size() || text[end] == '\n');
}

}  // namespace

Template::Template(std::string text, std::string where)
    : text_(std::move(text)), where_(std::move(where)) {}

std::string Template::fill(const std::map<std::string, std::string>& values) const {
  std::string result;
  std::vector<std::string> open;  // sections around this place
  std::size_t hidden = 0;         // of them, from the outside, those up to the first empty one
  std::size_t at = 0;
  const auto take = [&](std::size_t end) {
    if (hidden == 0) result.append(text_, at, end - at);
    at = end;
  };
  for (;;) {
    const std::size_t begin = text_.find("{{", at);
    const std::size_t close = begin == std::string::npos ? begin : text_.find("}}", begin);
    if (close == std::string::npos) break;
    take(begin);
    at = close + 2;
    std::string name = text_.substr(begin + 2, close - begin - 2);
    const char mark = name.empty() ? ' ' : name.front();
    const bool is_section = mark == '#' || mark == '/';
    if (is_section) name.erase(0, 1);
    const auto value = values.find(name);
    if (value == values.end()) {
      std::string known;
      for (const auto& [key, unused] : values) known += (known.empty() ? "" : ", ") + key;
      throw UserError(where_ + ": {{" + name + "}}", "no such place; known are " + known);
    }
    if (!is_section) {
      if (hidden == 0) result += value->second;
      continue;
    }
    if (is_alone(text_, begin, at) && at < text_.size()) ++at;
    if (mark == '#') {
      open.push_back(name);
      if (hidden == 0 && value->second.empty()) hidden = open.size();
      continue;
    }
    if (open.empty() || open.back() != name)
      throw UserError(where_ + ": {{/" + name + "}}", "ends a section that is not open here");
    if (hidden == open.size()) hidden = 0;
    open.pop_back();
  }
  if (!open.empty()) throw UserError(where_ + ": {{#" + open.back() + "}}", "never ends");
  take(text_.size());
  return result;
}

std::string fenced(const std::string& code, const std::string& language) {
  std::size_t longest = 2, run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + language + "\n" + code + (code.empty() || code.back() != '\n' ? "\n" : "") + fence;
}

}  // namespace coldforge::agent::prompt
