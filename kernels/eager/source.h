#pragma once

#include <fmt/format.h>

#include <string>

namespace coldforge::kernels::eager {

/// C++ text, a line at a time, indented.
class Source {
 public:
  explicit Source(int indent = 1) : indent_(indent) {}
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text(fmt::format(format, std::forward<Args>(args)...));
  }
  void text(const std::string& line) {
    out_ += std::string(static_cast<std::size_t>(2 * indent_), ' ') + line + "\n";
  }
  /// Opens a block: "for (...) {".
  void open(const std::string& head) {
    text(head + " {");
    ++indent_;
  }
  void close() {
    --indent_;
    text("}");
  }
  void dedent() { --indent_; }
  const std::string& str() const { return out_; }
  void append(const std::string& lines) { out_ += lines; }

 private:
  std::string out_;
  int indent_;
};

}  // namespace coldforge::kernels::eager
