#include "memory/embedding.h"

#include <cmath>
#include <map>

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

/// Weight of each hashed feature, ordered by hash: the order of additions is fixed.
using Features = std::map<std::uint64_t, double>;

/// FNV-1a leaves its high bits poorly mixed; splitmix64's finaliser mends that.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9ull;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebull;
  return hash ^ (hash >> 31);
}

std::uint64_t feature(const Block& block, std::string_view name) {
  return mixed(stream_key(name, stream_key(block.name)));
}

/// A word that occurs a hundred times says little more than one that occurs ten times.
void dampen(Features& counts) {
  for (auto& [hash, count] : counts) count = std::sqrt(count);
}

void add_block(const Features& features, const Block& block, std::vector<double>& sum) {
  std::vector<double> part(kDims, 0.0);
  for (const auto& [hash, weight] : features)
    part[hash % kDims] += (hash >> 63) != 0 ? -weight : weight;
  double square = 0.0;
  for (const double value : part) square += value * value;
  if (square == 0.0) return;
  const double scale = block.weight / std::sqrt(square);
  for (int i = 0; i < kDims; ++i) sum[i] += scale * part[i];
}

Embedding quantised(const std::vector<double>& sum) {
  double square = 0.0;
  for (const double value : sum) square += value * value;
  Embedding result(kDims, 0);
  if (square == 0.0) return result;
  const double norm = std::sqrt(square);
  for (int i = 0; i < kDims; ++i) {
    // Halves go away from zero; |value| <= 127, so nothing saturates.
    const double scaled = sum[i] / norm * 127.0;
    result[i] = static_cast<std::int8_t>(static_cast<int>(scaled + (scaled < 0.0 ? -0.5 : 0.5)));
  }
  return result;
}

}  // namespace

Embedding embed(const EmbeddingInput& input) {
  std::vector<double> sum(kDims, 0.0);
  Features facts;
  for (const auto& [name, value] : input.facts) {
    CF_CHECK(std::isfinite(value), "a fact's value must be finite");
    facts[feature(kFacts, name)] += value;
  }
  add_block(facts, kFacts, sum);

  const std::vector<std::string> code = tokens_of(input.code);
  Features words;
  for (const std::vector<std::string>& tokens : {code, tokens_of(input.text)}) {
    for (const std::string& token : tokens) {
      for (const std::string& word : sub_words_of(token)) words[feature(kSubWords, word)] += 1.0;
    }
  }
  dampen(words);
  add_block(words, kSubWords, sum);

  Features grams;
  for (std::size_t at = 0; at < code.size(); ++at) {
    std::string gram;
    for (std::size_t n = 0; n < 3 && at + n < code.size(); ++n) {
      gram += code[at + n] + '\n';
      grams[feature(kNGrams, gram)] += 1.0;
    }
  }
  dampen(grams);
  add_block(grams, kNGrams, sum);
  return quantised(sum);
}

Embedding embed(const Item& item) {
  return embed(EmbeddingInput{item.facts, item.source, item.text});
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
