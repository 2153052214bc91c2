#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "memory/item.h"

namespace coldforge::memory {

/// A point of a space: one int8 a dimension. Two of the same space compare by their integer dot
/// product.
using Embedding = std::vector<std::int8_t>;

/// What a vector belongs to. A space never changes: another way to make vectors is another space,
/// and vectors of different spaces are never compared.
struct Space {
  std::string id;  ///< what makes the vectors, with its version
  int dims = 0;    ///< a multiple of 64
  /// What the embedding of a fixed text came to; notices vectors made otherwise under the same id.
  /// Of the built-in space a digest; of an embedding model, whose vectors differ a little from call
  /// to call, the vector itself (to_text()).
  std::string probe;
};

struct EmbeddingInput {
  std::vector<std::pair<std::string, double>>
      facts;  ///< name and weight, finite: operators, shapes, types
  std::string code;
  std::string text;
};

/// The built-in space: signed feature hashing, no model and no network. Same input, same bytes, on
/// any machine.
const Space& builtin_space();

/// Three blocks (facts, identifier sub-words, token 1- to 3-grams), each L2-normalised, weighted,
/// then L2 over all, then rounded to multiples of 1/127. Only +, *, / and sqrt in double, in a
/// fixed order. An input without any feature gives the zero vector. Identifiers are kept on
/// purpose: without them P@10 on real kernels fell from .61 to .33.
Embedding embed(const EmbeddingInput& input);
Embedding embed(const Item& item);

/// The vector of an embedding model as an int8 one: scaled to length 127, rounded, filled up with
/// zeros to a multiple of 64 dimensions. Finite values; none of them: the zero vector.
Embedding quantised(const std::vector<double>& vector);

/// What an embedding model reads of an item or a question: facts, one a line, heaviest first, then
/// prose, then code; valid UTF-8 of at most `bytes_max`, for models read some hundred tokens only.
std::string embedding_text(const EmbeddingInput& input, std::size_t bytes_max = 4000);
std::string embedding_text(const Item& item);

/// Hexadecimal, two digits a dimension, and back; other text gives an empty vector.
std::string to_text(const Embedding& embedding);
Embedding embedding_from_text(const std::string& text);

/// Integer dot product; about 127^2 times the cosine.
std::int32_t similarity(const Embedding& a, const Embedding& b);

/// The dot product of a vector of length 1 with itself, before rounding.
inline constexpr double kFullSimilarity = 127.0 * 127.0;

}  // namespace coldforge::memory
