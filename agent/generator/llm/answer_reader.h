#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/generator/llm/endpoint.h"
#include "agent/generator/llm/wire.h"

namespace coldforge::agent::llm {

/// A body as a whole, up to a size.
class Body {
 public:
  explicit Body(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void clear() { bytes_.clear(), is_too_large_ = false; }
  bool add(std::string_view bytes);
  bool is_too_large() const { return is_too_large_; }
  const std::string& bytes() const { return bytes_; }

 private:
  const std::size_t bytes_max_;
  std::string bytes_;
  bool is_too_large_ = false;
};

/// A chat answer, plain or as events: whichever the server sends.
class ChatReader final : public AnswerReader {
 public:
  /// `endpoint` outlives the reader.
  explicit ChatReader(const Endpoint& endpoint);
  void begin() override;
  bool read(const HttpHead& head, std::string_view bytes) override;
  bool is_whole() const override { return stream_ != nullptr && stream_->is_done(); }
  std::optional<Failure> finish(const HttpHead& head) override;
  Usage usage() const override { return answer_.usage; }

  const WireAnswer& answer() const { return answer_; }
  bool is_streamed() const { return stream_ != nullptr; }
  bool is_truncated() const;

 private:
  const Endpoint& endpoint_;
  std::unique_ptr<ChatStream> stream_;
  Body body_;
  bool is_too_large_ = false;
  WireAnswer answer_;
};

class VectorReader final : public AnswerReader {
 public:
  /// `count` vectors are expected; `endpoint` outlives the reader.
  VectorReader(const Endpoint& endpoint, std::size_t count);
  void begin() override;
  bool read(const HttpHead& head, std::string_view bytes) override;
  std::optional<Failure> finish(const HttpHead& head) override;
  Usage usage() const override { return answer_.usage; }

  const WireVectors& answer() const { return answer_; }

 private:
  const Endpoint& endpoint_;
  const std::size_t count_;
  Body body_;
  WireVectors answer_;
};

}  // namespace coldforge::agent::llm
