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
  std::string id;            ///< what makes the vectors, with its version
  int dims = 0;              ///< a multiple of 64
  std::string probe_digest;  ///< digest of the embedding of a fixed text: notices a change that
                             ///< forgot the version
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

/// Integer dot product; about 127^2 times the cosine.
std::int32_t similarity(const Embedding& a, const Embedding& b);

/// The dot product of a vector of length 1 with itself, before rounding.
inline constexpr double kFullSimilarity = 127.0 * 127.0;

}  // namespace coldforge::memory
