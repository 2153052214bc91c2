#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace coldforge::agent::llm {

/// Server-sent events (WHATWG HTML, 9.2), as far as answers use them: lines end in LF, CR or CRLF;
/// `data` lines of one event are joined by LF; an empty line ends the event; comments (": ...") and
/// other fields are skipped; a byte order mark at the start is too.
///
/// Works on bytes: how they are cut into pieces, within a UTF-8 character or a CRLF too, changes
/// nothing.
class SseParser {
 public:
  using OnData = std::function<void(std::string_view data)>;
  /// `on_data` is called with the data of each whole event that has some. An event larger than
  /// `event_bytes_max` is an error.
  SseParser(OnData on_data, std::size_t event_bytes_max);

  /// False once an event was too large; nothing is read from then on.
  bool feed(std::string_view bytes);
  /// True if an event has begun and has not ended: the stream was cut.
  bool is_inside_event() const { return !line_.empty() || has_data_; }

 private:
  void end_line();

  OnData on_data_;
  const std::size_t event_bytes_max_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool is_first_line_ = true;
  bool is_too_large_ = false;
};

}  // namespace coldforge::agent::llm
