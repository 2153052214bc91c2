#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "memory/vector_maker.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::testing {

/// A "model" whose vectors depend on the text's bytes and on its own seed.
class FakeVectorMaker final : public memory::VectorMaker {
 public:
  explicit FakeVectorMaker(std::string id = "test/model", int dims = 128, std::uint64_t seed = 1)
      : seed_(seed) {
    space_ = {std::move(id), dims, ""};
    space_.probe = memory::to_text(vector_of(memory::probe_text()));
  }
  const memory::Space& space() const override { return space_; }
  std::vector<memory::Embedding> make(const std::vector<std::string>& texts) override {
    if (calls_left == 0) throw InfrastructureError("the model is away");
    --calls_left;
    std::vector<memory::Embedding> made;
    for (const std::string& text : texts) made.push_back(vector_of(text));
    texts_made += static_cast<int>(texts.size());
    return made;
  }
  memory::Embedding vector_of(const std::string& text) const {
    Random random(seed_, stream_key(text));
    std::vector<double> vector;
    for (int i = 0; i < space_.dims; ++i) vector.push_back(random.uniform() - 0.5);
    return memory::quantised(vector);
  }

  int calls_left = -1;  ///< until it fails; -1: never
  int texts_made = 0;

 private:
  std::uint64_t seed_;
  memory::Space space_;
};

}  // namespace coldforge::testing
