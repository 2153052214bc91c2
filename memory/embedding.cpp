#include "memory/embedding.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "memory/tokens.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::memory {
namespace {

constexpr int kDims = 512;

/// Blocks and their weights. Facts say what is computed and weigh most; n-grams see layout, which
/// varies freely.
struct Block {
  const char* name;
  double weight;
};
constexpr Block kFacts{"fact", 1.0};
constexpr Block kSubWords{"word", 0.5};
constexpr Block kNGrams{"gram", 0.35};

/// Weight of each hashed feature. Those of one dimension are ordered by hash: the order of
/// additions is fixed.
using Features = std::vector<std::pair<std::uint64_t, double>>;

int dimension_of(std::uint64_t hash) { return static_cast<int>(hash % kDims); }

/// FNV-1a leaves its high bits poorly mixed; splitmix64's finaliser mends that.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
  return hash ^ (hash >> 31);
}

/// The features of a block in the order in which they are met.
class Collector {
 public:
  explicit Collector(const Block& block) : block_key_(stream_key(block.name)) {}

  void add(std::string_view name, double weight) {
    met_.emplace_back(mixed(stream_key(name, block_key_)), weight);
  }

  /// Each once, with the sum of its weights in the order of meeting.
  Features features() const {
    // Dimension by dimension: sorting many short lists is quicker than sorting a long one.
    std::vector<std::size_t> ends(kDims + 1, 0);
    for (const auto& [hash, weight] : met_) ++ends[dimension_of(hash) + 1];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    Features sorted(met_.size());
    for (const auto& one : met_) sorted[ends[dimension_of(one.first)]++] = one;
    Features features;
    for (std::size_t begin = 0, d = 0; d < kDims; begin = ends[d++]) {
      std::stable_sort(sorted.begin() + static_cast<std::ptrdiff_t>(begin),
                       sorted.begin() + static_cast<std::ptrdiff_t>(ends[d]),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    for (const auto& [hash, weight] : sorted) {
      if (features.empty() || features.back().first != hash) features.emplace_back(hash, 0.0);
      features.back().second += weight;
    }
    return features;
  }

 private:
  std::uint64_t block_key_;
  Features met_;
};

/// A word that occurs a hundred times says little more than one that occurs ten times.
Features dampened(Features counts) {
  for (auto& [hash, count] : counts) count = std::sqrt(count);
  return counts;
}

void add_block(const Features& features, const Block& block, std::vector<double>& sum) {
  std::vector<double> part(kDims, 0.0);
  for (const auto& [hash, weight] : features)
    part[dimension_of(hash)] += (hash >> 63) != 0 ? -weight : weight;
  double square = 0.0;
  for (const double value : part) square += value * value;
  if (square == 0.0) return;
  const double scale = block.weight / std::sqrt(square);
  for (int i = 0; i < kDims; ++i) sum[i] += scale * part[i];
}

}  // namespace

Embedding embed(const EmbeddingInput& input) {
  std::vector<double> sum(kDims, 0.0);
  Collector facts(kFacts);
  for (const auto& [name, value] : input.facts) {
    CF_CHECK(std::isfinite(value), "a fact's value must be finite");
    facts.add(name, value);
  }
  add_block(facts.features(), kFacts, sum);

  const std::vector<std::string_view> code = tokens_of(input.code);
  Collector words(kSubWords);
  for (const std::vector<std::string_view>& tokens : {code, tokens_of(input.text)}) {
    for (const std::string_view token : tokens) {
      for (const std::string& word : sub_words_of(token)) words.add(word, 1.0);
    }
  }
  add_block(dampened(words.features()), kSubWords, sum);

  Collector grams(kNGrams);
  for (std::size_t at = 0; at < code.size(); ++at) {
    std::string gram;
    for (std::size_t n = 0; n < 3 && at + n < code.size(); ++n) {
      (gram += code[at + n]) += '\n';
      grams.add(gram, 1.0);
    }
  }
  add_block(dampened(grams.features()), kNGrams, sum);
  return quantised(sum);
}

Embedding quantised(const std::vector<double>& vector) {
  double square = 0.0;
  for (const double value : vector) {
    CF_CHECK(std::isfinite(value), "a vector's values must be finite");
    square += value * value;
  }
  constexpr std::size_t kStep = 64;
  Embedding result((vector.size() + kStep - 1) / kStep * kStep, 0);
  if (square == 0.0) return result;
  const double norm = std::sqrt(square);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    // Halves go away from zero; |value| <= 127, so nothing saturates.
    const double scaled = vector[i] / norm * 127.0;
    result[i] = static_cast<std::int8_t>(static_cast<int>(scaled + (scaled < 0.0 ? -0.5 : 0.5)));
  }
  return result;
}

Embedding embed(const Item& item) {
  return embed(EmbeddingInput{item.facts, item.source, item.text});
}

std::string embedding_text(const EmbeddingInput& input, std::size_t bytes_max) {
  auto facts = input.facts;
  std::stable_sort(facts.begin(), facts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, weight] : facts) text += name + "\n";
  text += input.text + "\n" + input.code;
  text = utf8_text(text.substr(0, bytes_max));
  // What was cut within a character is now U+FFFD, which is longer.
  while (text.size() > bytes_max) {
    while ((static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    text.pop_back();
  }
  return text;
}

std::string embedding_text(const Item& item) {
  return embedding_text(EmbeddingInput{item.facts, item.source, item.name + "\n" + item.text});
}

std::string to_text(const Embedding& embedding) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const std::int8_t value : embedding) {
    const auto byte = static_cast<std::uint8_t>(value);
    text += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

Embedding embedding_from_text(const std::string& text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  Embedding embedding;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return {};
    embedding.push_back(static_cast<std::int8_t>(high * 16 + low));
  }
  return text.size() % 2 == 0 ? embedding : Embedding{};
}

std::int32_t similarity(const Embedding& a, const Embedding& b) {
  CF_CHECK(a.size() == b.size(), "vectors of different spaces are never compared");
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

const Space& builtin_space() {
  static const Space space = [] {
    const Embedding probe =
        embed(EmbeddingInput{{{"op:Softmax", 1.0}, {"log2_extent:8", 0.5}},
                             "void kernel() { loadTile(vec_0, 4 * n); /* wait */ sync_flag(1); }",
                             "The row maximum is reduced first."});
    const std::string bytes(probe.begin(), probe.end());
    return Space{"coldforge-hash-1/512", kDims, digest_of(bytes)};
  }();
  return space;
}

}  // namespace coldforge::memory
