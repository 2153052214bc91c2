#include "agent/verify/source_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace coldforge::agent {
namespace {

constexpr std::size_t kMostFindings = 20;

bool is_identifier_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// The source with comments (and, if wanted, the insides of literals) blanked; line feeds stay.
struct Blanked {
  std::string text;
  int unterminated_line = 0;  ///< where a comment or literal begins that never ends; 0 = none
  int raw_string_line = 0;
};

Blanked blank(const std::string& source, bool literals_too) {
  Blanked out;
  out.text = source;
  int line = 1;
  const auto erase = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < source.size(); ++i) {
      if (source[i] != '\n') out.text[i] = ' ';
    }
  };
  const auto lines_in = [&](std::size_t from, std::size_t to) {
    return static_cast<int>(std::count(source.begin() + static_cast<std::ptrdiff_t>(from),
                                       source.begin() + static_cast<std::ptrdiff_t>(to), '\n'));
  };
  for (std::size_t i = 0; i < source.size();) {
    const char c = source[i];
    const char next = i + 1 < source.size() ? source[i + 1] : '\0';
    if (c == '/' && (next == '/' || next == '*')) {
      // A line comment goes on over a spliced line, for the compiler as for us.
      std::size_t end = next == '*' ? source.find("*/", i + 2) : source.find('\n', i);
      while (next == '/' && end != std::string::npos && end > 0 && source[end - 1] == '\\') {
        end = source.find('\n', end + 1);
      }
      if (end == std::string::npos) {
        if (next == '*' && out.unterminated_line == 0) out.unterminated_line = line;
        end = source.size();
      } else if (next == '*') {
        end += 2;
      }
      erase(i, end);
      line += lines_in(i, end);
      i = end;
      continue;
    }
    const bool digit_separator = c == '\'' && i > 0 && is_identifier_char(source[i - 1]);
    if ((c == '"' || c == '\'') && !digit_separator) {
      if (c == '"' && i > 0 && source[i - 1] == 'R' && out.raw_string_line == 0)
        out.raw_string_line = line;
      std::size_t end = i + 1;
      while (end < source.size() && source[end] != c && source[end] != '\n')
        end += source[end] == '\\' ? 2 : 1;
      if (end >= source.size() || source[end] != c) {
        if (out.unterminated_line == 0) out.unterminated_line = line;
        end = std::min(end, source.size());
        erase(i, end);
      } else {
        if (literals_too) erase(i + 1, end);
        ++end;
      }
      i = end;
      continue;
    }
    if (c == '\n') ++line;
    ++i;
  }
  return out;
}

class Checker {
 public:
  explicit Checker(const std::string& source) : source_(source) {}

  std::vector<SourceFinding> run() {
    check_bytes();
    const Blanked code = blank(source_, /*literals_too=*/true);
    if (code.unterminated_line != 0)
      add(code.unterminated_line, "a comment or literal begins here and never ends");
    if (code.raw_string_line != 0) add(code.raw_string_line, "raw string literals are not allowed");
    const std::string with_literals = strip_comments(source_);
    std::size_t begin = 0;
    for (int line = 1; begin <= code.text.size() && findings_.size() < kMostFindings; ++line) {
      const std::size_t end = std::min(code.text.find('\n', begin), code.text.size());
      check_line(line, std::string_view(code.text).substr(begin, end - begin),
                 std::string_view(with_literals).substr(begin, end - begin));
      begin = end + 1;
    }
    check_attributes(code.text);
    std::stable_sort(
        findings_.begin(), findings_.end(),
        [](const SourceFinding& a, const SourceFinding& b) { return a.line < b.line; });
    if (findings_.size() > kMostFindings) findings_.resize(kMostFindings);
    return findings_;
  }

 private:
  void add(int line, std::string message) { findings_.push_back({line, std::move(message)}); }

  void check_bytes() {
    if (source_.size() > kMostSourceBytes) {
      add(0, fmt::format("{} bytes of source, {} are allowed", source_.size(), kMostSourceBytes));
    }
    int line = 1;
    for (const char c : source_) {
      if (c == '\n') ++line;
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 32 && c != '\n' && c != '\t' && c != '\r') || byte == 127) {
        add(line, fmt::format("control character {:#04x}", byte));
        return;
      }
    }
  }

  void check_line(int line, std::string_view code, std::string_view with_literals) {
    const std::size_t first = code.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return;
    if (code[first] == '#') return check_directive(line, with_literals.substr(first));
    if (code.find('#') != std::string_view::npos) add(line, "# outside a directive");
    if (code.find('\\') != std::string_view::npos) {
      add(line, "backslash outside a literal: no line splices, no universal character names");
    }
    for (const std::string_view digraph : {"%:", "<:", "<%", "??"}) {
      if (code.find(digraph) != std::string_view::npos) {
        add(line, fmt::format("{}: digraphs and trigraphs are not allowed", digraph));
      }
    }
    for (const char c : code) {
      if (static_cast<unsigned char>(c) < 128) continue;
      add(line, "characters other than ASCII are allowed in comments only");
      break;
    }
    for (std::size_t i = 0; i < code.size();) {
      if (!is_identifier_char(code[i])) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < code.size() && is_identifier_char(code[end])) ++end;
      if (std::isdigit(static_cast<unsigned char>(code[i])) == 0)
        check_word(line, code.substr(i, end - i));
      i = end;
    }
  }

  void check_directive(int line, std::string_view directive) {
    std::string text;
    for (const char c : directive) {
      if (c != ' ' && c != '\t' && c != '\r') text += c;
    }
    constexpr std::array<std::string_view, 5> kAllowed = {"#include<npu.h>", "#include\"npu.h\"",
                                                          "#include\"task.h\"", "#include<task.h>",
                                                          "#include<stdint.h>"};
    if (contains(kAllowed, text)) return;
    if (starts_with(text, "#include") || starts_with(text, "#embed") ||
        starts_with(text, "#import")) {
      return add(line, fmt::format("{}: kernels include only <npu.h>, \"task.h\" and <stdint.h>",
                                   trimmed(directive)));
    }
    if (starts_with(text, "#define")) {
      return add(line, fmt::format("{}: macros are not allowed, use constexpr or a function",
                                   trimmed(directive)));
    }
    add(line, fmt::format("{}: no directive but #include is allowed", trimmed(directive)));
  }

  static std::string trimmed(std::string_view text) {
    const std::size_t end = text.find_last_not_of(" \t\r");
    return std::string(text.substr(0, std::min<std::size_t>(end + 1, 60)));
  }

  void check_word(int line, std::string_view word) {
    constexpr std::array<std::string_view, 3> kHelpful = {"__builtin_bit_cast", "__builtin_expect",
                                                          "__builtin_unreachable"};
    constexpr std::array<std::string_view, 3> kAssembly = {"asm", "__asm", "__asm__"};
    constexpr std::array<std::string_view, 9> kRuntime = {
        "main",   "memcpy",          "memmove",       "memset", "memcmp",
        "malloc", "begin_signature", "end_signature", "ecall"};
    if (contains(kAssembly, word)) {
      return add(
          line,
          fmt::format("{}: assembly is not allowed in a kernel; every instruction has a function, "
                      "see `coldforge isa list`",
                      word));
    }
    if (word == "_Pragma") return add(line, "_Pragma: pragmas are not allowed");
    if (word == "__attribute__" || word == "__attribute" || word == "__declspec") {
      return add(line, fmt::format("{}: attributes are not allowed", word));
    }
    if (word == "extern" || word == "import" || word == "module" || word == "export") {
      return add(line, fmt::format("{}: a kernel is one source and links with nothing else", word));
    }
    if (contains(kRuntime, word) || word == "_start") {
      return add(line, fmt::format("{}: the name belongs to the start-up code", word));
    }
    const bool reserved =
        starts_with(word, "__") || (word.size() > 1 && word[0] == '_' &&
                                    std::isupper(static_cast<unsigned char>(word[1])) != 0);
    if (reserved && !contains(kHelpful, word)) {
      add(line, fmt::format(
                    "{}: names that begin with __ or _ and a capital are reserved to the compiler",
                    word));
    }
  }

  /// [[...]] may hold the standard hints only. "[[" also begins a lambda in a subscript, which no
  /// kernel needs.
  void check_attributes(const std::string& code) {
    constexpr std::array<std::string_view, 6> kHints = {"maybe_unused", "nodiscard",   "likely",
                                                        "unlikely",     "fallthrough", "noreturn"};
    int line = 1;
    for (std::size_t i = 0; i < code.size(); ++i) {
      if (code[i] == '\n') ++line;
      if (code[i] != '[') continue;
      const std::size_t next = code.find_first_not_of(" \t\r\n", i + 1);
      if (next == std::string::npos || code[next] != '[') continue;
      std::string word;
      for (std::size_t at = next + 1; at < code.size() && code[at] != ']'; ++at) {
        if (std::isspace(static_cast<unsigned char>(code[at])) == 0) word += code[at];
      }
      if (!contains(kHints, word))
        add(line, fmt::format("[[{}]]: attributes are not allowed", word.substr(0, 40)));
    }
  }

  const std::string& source_;
  std::vector<SourceFinding> findings_;
};

}  // namespace

std::vector<SourceFinding> check_source(const std::string& source) { return Checker(source).run(); }

std::string strip_comments(const std::string& source) {
  return blank(source, /*literals_too=*/false).text;
}

}  // namespace coldforge::agent
