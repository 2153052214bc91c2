#include "kernels/onnx_text.h"

#include <algorithm>
#include <string_view>

#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

constexpr std::string_view kRemarkMark = "coldforge:";

std::string trim(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(trim(text.substr(start, end - start)));
    start = end + 1;
  }
  return lines;
}

}  // namespace

std::string one_line(std::string message) {
  const std::size_t context = message.find("==> Context");
  if (context != std::string::npos) message.resize(context);
  std::string line;
  for (const char c : message) {
    const bool blank = c == '\n' || c == '\t' || c == '\r' || c == ' ';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

double exact_int64(std::int64_t value, const std::string& where) {
  constexpr auto kLargest = static_cast<std::int64_t>(kLargestExactInteger);
  constexpr std::int64_t kSentinel = std::int64_t{1} << 62;
  if (value >= kSentinel) return kLargestExactInteger;
  if (value <= -kSentinel) return -kLargestExactInteger;
  if (value > kLargest || value < -kLargest) {
    throw UserError(where, "the int64 value " + std::to_string(value) + " lies beyond +-2^53");
  }
  return static_cast<double>(value);
}

std::vector<Model::Remark> remarks_in_comments(const std::string& text) {
  std::vector<Model::Remark> remarks;
  int number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    if (line.empty() || line[0] != '#') continue;
    const std::string comment = trim(line.substr(1));
    if (comment.rfind(kRemarkMark, 0) != 0) continue;
    remarks.push_back({trim(comment.substr(kRemarkMark.size())), number});
  }
  return remarks;
}

std::vector<Model::Remark> remarks_in_lines(const std::string& text) {
  std::vector<Model::Remark> remarks;
  for (const std::string& line : lines_of(text)) {
    if (!line.empty()) remarks.push_back({line, 0});
  }
  return remarks;
}

}  // namespace coldforge::kernels
