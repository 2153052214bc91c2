#pragma once

#include <map>
#include <string>

namespace coldforge::agent::prompt {

/// A text with named places:
///   {{name}}                 the value
///   {{#name}} ... {{/name}}  kept if the value is not empty; may be nested
/// A line that holds nothing but a section's begin or end leaves no line behind. Values are taken
/// as they are: places in them are text.
class Template {
 public:
  /// `where` names the file in errors.
  Template(std::string text, std::string where);

  /// Throws UserError if the text names a place that has no value, or a section never ends.
  std::string fill(const std::map<std::string, std::string>& values) const;

 private:
  std::string text_;
  std::string where_;
};

/// `code` as a fenced block of Markdown, the fence longer than any run of backticks in it.
std::string fenced(const std::string& code, const std::string& language);

}  // namespace coldforge::agent::prompt
