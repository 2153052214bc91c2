#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace coldforge::testing {

/// Bytes that go out by one write, so that a client reads them apart.
struct Piece {
  std::string bytes;
  double pause_s = 0.0;   ///< before each write
  std::size_t times = 1;  ///< written that often
};

enum class End : std::uint8_t {
  Whole,  ///< as HTTP wants it
  Drop,   ///< the connection is closed before the answer is whole
  Stall,  ///< nothing more comes until the client leaves or the server stops
};

/// What the server answers, byte by byte. An event stream goes out in chunks, anything else with
/// its length.
struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<Piece> pieces;
  std::size_t length_bytes = 0;  ///< announced of what is no event stream; 0: as much as comes
  End end = End::Whole;
  double hold_s = 0.0;  ///< the slot is busy that long before the first byte
};

/// What a model counts; reasoning is part of completion.
struct ReplyUsage {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  std::int64_t reasoning = 0;
};

// The answers of the real protocol.
Reply chat_reply(const std::string& text, const ReplyUsage& usage = {},
                 const std::string& finish_reason = "stop");
/// The same as server-sent events: one of a few characters each, one with the finish reason, one
/// with the usage, [DONE].
Reply stream_reply(const std::string& text, const ReplyUsage& usage = {},
                   const std::string& finish_reason = "stop");
Reply error_reply(int status, const std::string& message, const std::string& code = "",
                  const std::string& param = "");
/// A vector for each input, in reversed order: a client has to look at "index".
Reply embeddings_reply(const std::vector<std::vector<double>>& vectors, std::int64_t tokens = 0);
/// Any body as it is.
Reply raw_reply(const std::string& body, const std::string& content_type = "application/json");

/// The same bytes cut into pieces of `bytes` (through events and characters).
Reply cut_into(Reply reply, std::size_t bytes);
/// Only the first `bytes`, then `end`.
Reply first_bytes(const Reply& reply, std::size_t bytes, End end);
/// All bytes of the body, in a row.
std::string body_of(const Reply& reply);

}  // namespace coldforge::testing
