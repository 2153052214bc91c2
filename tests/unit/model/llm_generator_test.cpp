#include "agent/generator/model/llm_generator.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "agent/generator/model/mixed_generator.h"
#include "agent/generator/registry.h"
#include "sim/base/error.h"
#include "tests/unit/composer/choices.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;
using llm::ChatStatus;

namespace {

const std::string kCode = "void kernel(const task::Args& args) {}\n";
const std::string kGood = "```cpp\n" + kCode + "```";

struct Fixture {
  explicit Fixture(ScriptedModel::Script script, const ModelSettings& settings = {})
      : sitting(std::move(script)),
        generator(prompts, *sitting.conversation, "llm", "test/scripted", settings),
        context(coldforge::test::api_context(isa)) {
    for (std::uint64_t i = 0; i < 6; ++i) {
      requests.push_back(coldforge::test::request_for(task, arch, context));
      requests.back().candidate = i;
    }
  }
  GeneratedKernel one() { return generator.generate(requests[0]); }

  isa::Isa isa = isa::Isa::load();
  isa::Arch arch = isa::load_arch("edge");
  kernels::Task task = kernels::load_task(coldforge::test::basic_task("relu"));
  prompt::Prompts prompts;
  Sitting sitting;
  LlmGenerator generator;
  std::vector<ContextItem> context;
  std::vector<GenerationRequest> requests;
};

}  // namespace

TEST_CASE("a model's kernel comes with what was asked and who answered", "[llm]") {
  Fixture f([](const llm::ChatRequest& request) {
    CHECK(request.max_tokens == 8192);
    CHECK(request.messages.size() == 2);
    return answered(kGood);
  });
  const GeneratedKernel kernel = f.one();
  CHECK(kernel.source == kCode);
  CHECK(kernel.failure.empty());
  CHECK(kernel.fragments.empty());
  CHECK(kernel.pattern == task_pattern(f.task));
  REQUIRE(kernel.writing.has_value());
  CHECK(kernel.writing->model == "scripted-1");
  CHECK(kernel.writing->exchanges.size() == 1);
  CHECK(kernel.writing->prompt_tokens > 10000);
  CHECK(kernel.writing->dropped.empty());
}

TEST_CASE("an unusable answer is repaired once", "[llm]") {
  Fixture f([](const llm::ChatRequest& request) {
    if (request.messages.size() == 2) return answered("The kernel is easy.");
    REQUIRE(request.messages.size() == 4);
    CHECK(request.messages[2].role == "assistant");
    CHECK(request.messages[2].content == "The kernel is easy.");
    CHECK(request.messages[3].content.find("it holds no fenced block of C++") != std::string::npos);
    return answered(kGood);
  });
  const GeneratedKernel kernel = f.one();
  CHECK(kernel.source == kCode);
  CHECK(kernel.writing->exchanges.size() == 2);
}

TEST_CASE("an answer that cannot be repaired is a failure with both reasons", "[llm]") {
  Fixture f([](const llm::ChatRequest& request) {
    llm::ChatAnswer answer = answered(request.messages.size() == 2 ? "" : "```cpp\nint");
    answer.status = ChatStatus::Truncated;
    return answer;
  });
  const GeneratedKernel kernel = f.one();
  CHECK(kernel.source.empty());
  CHECK(kernel.failure ==
        "no usable answer: it was cut off before its block of C++ ended, nor after the repair: it "
        "was cut off before its block of C++ ended");
  CHECK(f.sitting.model.calls == 2);
}

TEST_CASE("wild answers are failures, and the run goes on", "[llm]") {
  const std::vector<std::string> wild = {std::string(20 << 20, '`'),
                                         std::string(5 << 20, '\0'),
                                         std::string(3 << 20, '\xFF'),
                                         "```cpp\n" + std::string(2 << 20, 'x') + "\n```",
                                         "",
                                         kGood};
  Fixture f(
      [&](const llm::ChatRequest& request) { return answered(wild[request.seed % wild.size()]); });
  std::size_t handed_over = 0;
  f.generator.generate_all(f.requests, [&](std::size_t, GeneratedKernel kernel) {
    CHECK(kernel.source.empty() != kernel.failure.empty());
    CHECK(kernel.failure.size() < 400);
    ++handed_over;
    return true;
  });
  CHECK(handed_over == f.requests.size());
}

TEST_CASE("a task that does not fit is a failure without a question", "[llm]") {
  ModelSettings settings;
  settings.prompt_tokens = 100;
  Fixture f([](const llm::ChatRequest&) { return answered(kGood); }, settings);
  CHECK(f.one().failure.find("the prompt does not fit: ") == 0);
  CHECK(f.sitting.model.calls == 0);
}

TEST_CASE("several questions are under way, each kernel is handed over at once", "[llm]") {
  std::atomic<int> under_way{0}, most{0};
  ModelSettings settings;
  settings.concurrency = 3;
  Fixture f(
      [&](const llm::ChatRequest&) {
        const int now = ++under_way;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        --under_way;
        return answered(kGood);
      },
      settings);
  std::vector<std::size_t> order;
  f.generator.generate_all(f.requests, [&](std::size_t i, GeneratedKernel kernel) {
    CHECK(kernel.source == kCode);
    order.push_back(i);
    return true;
  });
  CHECK(most == 3);
  std::sort(order.begin(), order.end());
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("who wants no more kernels gets no more questions asked", "[llm]") {
  ModelSettings settings;
  settings.concurrency = 1;
  Fixture f([](const llm::ChatRequest&) { return answered(kGood); }, settings);
  f.generator.generate_all(f.requests, [](std::size_t, GeneratedKernel) { return false; });
  CHECK(f.sitting.model.calls == 1);
}

TEST_CASE("one failure among answers is a failed candidate, failures only are an outage", "[llm]") {
  int left = 0;  // answers before the provider is gone
  std::mutex mutex;
  Fixture f([&](const llm::ChatRequest&) {
    const std::lock_guard<std::mutex> lock(mutex);
    return left-- > 0 ? answered(kGood) : failed(ChatStatus::Failed, "status 503");
  });
  const auto all = [&] {
    int failures = 0;
    f.generator.generate_all(f.requests, [&](std::size_t, GeneratedKernel kernel) {
      failures += kernel.failure == "no answer: status 503" ? 1 : 0;
      return true;
    });
    return failures;
  };
  CHECK_THROWS_WITH(all(),
                    "the model answers nothing: no answer: status 503; give the same "
                    "command again to go on");
  left = 2;
  CHECK(all() == 4);
  CHECK(all() == 4);  // asked for the third time, then settled
  const int calls = f.sitting.model.calls;
  CHECK(all() == 4);
  CHECK(f.sitting.model.calls == calls);
}

TEST_CASE("a model beyond help ends a round, a cap ends it after what is on record", "[llm]") {
  Fixture f([](const llm::ChatRequest&) { return failed(ChatStatus::Fatal, "bad key"); });
  const auto ignore = [](std::size_t, GeneratedKernel) { return true; };
  CHECK_THROWS_WITH(f.generator.generate_all(f.requests, ignore), "language model: bad key");

  Fixture g([](const llm::ChatRequest&) { return answered(kGood); });
  g.generator.generate({g.requests[5]});
  Caps caps;
  caps.calls = 1;
  g.sitting.sit(caps);
  LlmGenerator capped(g.prompts, *g.sitting.conversation, "llm", "test/scripted", {});
  std::vector<std::size_t> handed_over;
  CHECK_THROWS_AS(capped.generate_all(g.requests,
                                      [&](std::size_t i, GeneratedKernel) {
                                        handed_over.push_back(i);
                                        return true;
                                      }),
                  RunStopped);
  CHECK(handed_over == std::vector<std::size_t>{5});
  CHECK(g.sitting.model.calls == 1);
}

TEST_CASE("questions of different candidates, seeds and tasks differ", "[llm]") {
  Fixture f([](const llm::ChatRequest&) { return answered(kGood); });
  const auto digest = [&](const GenerationRequest& request) {
    const prompt::Prompt asked = f.prompts.write(request, 100000);
    return request_digest(f.generator.first_request(request, asked));
  };
  GenerationRequest other = f.requests[0];
  CHECK(digest(other) == digest(f.requests[0]));
  CHECK(digest(f.requests[0]) != digest(f.requests[1]));
  other.seed = 2;
  CHECK(digest(other) != digest(f.requests[0]));
}

TEST_CASE("what decides results is in the version, what does not is not", "[llm]") {
  Fixture f([](const llm::ChatRequest&) { return answered(kGood); });
  const auto version = [&](const ModelSettings& settings, const std::string& model = "m") {
    return LlmGenerator(f.prompts, *f.sitting.conversation, "llm", model, settings).version();
  };
  ModelSettings settings;
  const std::string base = version(settings);
  CHECK(version(settings, "n") != base);
  settings.concurrency = 3;
  CHECK(version(settings) == base);
  settings.temperature = 0;
  CHECK(version(settings) != base);
  CHECK(settings_from(settings_text(settings), "here").temperature == 0);
  CHECK_THROWS_WITH(settings_from("{}", "here"),
                    "here: does not say prompt_tokens, answer_tokens and temperature");
}

TEST_CASE("mixed: the composer drafts, the model refines", "[llm]") {
  Fixture f([](const llm::ChatRequest&) { return answered(kGood); });
  MixedGenerator mixed(f.generator);
  ContextItem start;
  start.id = "start";
  start.source = "void kernel(const task::Args&) {}\n";
  start.bottleneck = "dram";
  for (std::size_t i = 3; i < 6; ++i) {
    f.requests[i].stage = Stage::Refine;
    f.requests[i].start_point = &start;
  }
  std::vector<GeneratedKernel> kernels(6);
  mixed.generate_all(f.requests, [&](std::size_t i, GeneratedKernel kernel) {
    kernels[i] = std::move(kernel);
    return true;
  });
  const auto composer = make_generator("composer");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(kernels[i].source == composer->generate(f.requests[i]).source);
    CHECK_FALSE(kernels[i].writing.has_value());
  }
  for (std::size_t i = 3; i < 6; ++i) CHECK(kernels[i].source == kCode);
  CHECK(f.sitting.model.calls == 3);
  CHECK(mixed.blame({{"tile.rows", "1/4", ""}}, "run", "out of bounds") ==
        std::vector<std::string>{"tile.rows"});
}
