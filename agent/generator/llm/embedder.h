#pragma once

#include <string>
#include <vector>

#include "agent/generator/llm/chat.h"

namespace coldforge::agent::llm {

struct EmbedAnswer {
  ChatStatus status = ChatStatus::Failed;    ///< Answered, Failed or Fatal
  std::vector<std::vector<double>> vectors;  ///< one a text, finite, of one length; if answered
  std::string reason;                        ///< as in ChatAnswer
  std::string model;
  Usage usage;  ///< of all attempts
  int attempts = 0;
};

/// Turns texts into vectors: a provider over the network, or a recording.
class Embedder {
 public:
  virtual ~Embedder() = default;
  /// Names what makes the vectors ("provider/model"): vectors of two names are never compared.
  virtual std::string name() const = 0;
  /// May be called from several threads at a time; at least one text. Throws nothing that a
  /// provider causes.
  virtual EmbedAnswer embed(const std::vector<std::string>& texts) = 0;
};

}  // namespace coldforge::agent::llm
