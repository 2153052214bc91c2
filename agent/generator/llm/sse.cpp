#include "agent/generator/llm/sse.h"

#include <algorithm>
#include <utility>

namespace coldforge::agent::llm {

SseParser::SseParser(OnData on_data, std::size_t event_bytes_max)
    : on_data_(std::move(on_data)), event_bytes_max_(event_bytes_max) {}

bool SseParser::feed(std::string_view bytes) {
  while (!bytes.empty() && !is_too_large_) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + data_.size() + part.size() > event_bytes_max_) {
      is_too_large_ = true;
      break;
    }
    line_.append(part);
    if (end == std::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line();
  }
  return !is_too_large_;
}

void SseParser::end_line() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF", kField = "data";
  std::string_view line = line_;
  if (std::exchange(is_first_line_, false) && line.substr(0, kMark.size()) == kMark)
    line.remove_prefix(kMark.size());
  if (line.empty()) {
    if (has_data_) on_data_(data_);
    data_.clear();
    has_data_ = false;
  } else if (line.substr(0, line.find(':')) == kField) {
    line.remove_prefix(std::min(line.size(), kField.size() + 1));
    if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_.append(line);
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace coldforge::agent::llm
