#include "agent/generator/model/llm_generator.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "agent/generator/model/answer.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/random.h"

namespace coldforge::agent {
namespace {

using llm::ChatStatus;
using nlohmann::ordered_json;

/// Of an unusable answer, what the model is shown of it: enough to know it by.
constexpr std::size_t kShownOfAnswer = 4000;

Purpose purpose_of(const GenerationRequest& request) {
  return {request.task->name, request.candidate, request.stage == Stage::Draft ? "draft" : "refine",
          0};
}

bool is_answered(ChatStatus status) {
  return status == ChatStatus::Answered || status == ChatStatus::Truncated;
}

/// Runs `work(i)` for 0 to count - 1 on up to `width` threads. RunStopped does not keep the others
/// from being done (each may yet be on record); any other exception does. Throws the first of the
/// graver kind.
template <class Work>
void for_each_concurrently(std::size_t count, std::size_t width, const Work& work) {
  std::mutex mutex;
  std::size_t next = 0;
  std::exception_ptr stop, trouble;
  const auto serve = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (next == count || trouble) return;
        mine = next++;
      }
      try {
        if (!work(mine)) {
          const std::lock_guard<std::mutex> lock(mutex);
          next = count;
        }
      } catch (const RunStopped&) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!stop) stop = std::current_exception();
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!trouble) trouble = std::current_exception();
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(width, count); ++i) threads.emplace_back(serve);
  for (std::thread& thread : threads) thread.join();
  if (trouble) std::rethrow_exception(trouble);
  if (stop) std::rethrow_exception(stop);
}

}  // namespace

std::string settings_text(const ModelSettings& settings) {
  const ordered_json json = {{"prompt_tokens", settings.prompt_tokens},
                             {"answer_tokens", settings.answer_tokens},
                             {"temperature", settings.temperature}};
  return json.dump();
}

ModelSettings settings_from(const std::string& text, const std::string& where) {
  const ordered_json json = ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    ModelSettings settings;
    settings.prompt_tokens = json.at("prompt_tokens");
    settings.answer_tokens = json.at("answer_tokens");
    settings.temperature = json.at("temperature");
    return settings;
  } catch (const nlohmann::json::exception&) {
    throw UserError(where, "does not say prompt_tokens, answer_tokens and temperature");
  }
}

LlmGenerator::LlmGenerator(const prompt::Prompts& prompts, Conversation& conversation,
                           std::string name, std::string model, const ModelSettings& settings)
    : prompts_(prompts),
      conversation_(conversation),
      name_(std::move(name)),
      model_(std::move(model)),
      settings_(settings) {}

std::string LlmGenerator::version() const {
  return "1 prompts " + short_digest(prompts_.digest()) + " model " + model_ + " " +
         settings_text(settings_);
}

llm::ChatRequest LlmGenerator::first_request(const GenerationRequest& request,
                                             const prompt::Prompt& asked) const {
  llm::ChatRequest question;
  question.messages = asked.messages;
  question.max_tokens = settings_.answer_tokens;
  question.temperature = settings_.temperature;
  // Providers take signed 32-bit seeds.
  question.seed =
      stream_key(request.candidate, stream_key(request.seed, stream_key(request.task->digest))) &
      0x7fffffff;
  return question;
}

LlmGenerator::Written LlmGenerator::write(const GenerationRequest& request) {
  Written written;
  GeneratedKernel& kernel = written.kernel;
  kernel.pattern = task_pattern(*request.task);
  const prompt::Prompt asked = prompts_.write(request, settings_.prompt_tokens);
  if (!asked.problem.empty()) {
    kernel.failure = "the prompt does not fit: " + asked.problem;
    return written;
  }
  Writing& writing = kernel.writing.emplace();
  writing.prompt_tokens = asked.tokens;
  writing.dropped = asked.dropped;
  llm::ChatRequest question = first_request(request, asked);
  Purpose purpose = purpose_of(request);
  std::string fault;  // of the first answer
  for (;;) {
    Conversation::Reply reply = conversation_.ask(purpose, question);
    writing.exchanges.push_back(reply.digest);
    writing.model = reply.answer.model;
    if (!is_answered(reply.answer.status)) {
      kernel.failure = "no answer: " + reply.answer.reason;
      written.may_yet_be_answered = reply.may_yet_be_answered;
      return written;
    }
    AnswerKernel found =
        kernel_of_answer(reply.answer.text, reply.answer.status == ChatStatus::Truncated);
    if (found.fault.empty()) {
      kernel.source = std::move(found.source);
      return written;
    }
    if (purpose.step == "repair") {
      kernel.failure = "no usable answer: " + fault + ", nor after the repair: " + found.fault;
      return written;
    }
    fault = found.fault;
    purpose.step = "repair";
    const std::string shown = trimmed_answer(reply.answer.text.substr(0, kShownOfAnswer));
    question.messages.push_back({"assistant", shown.empty() ? "(nothing)" : shown});
    question.messages.push_back({"user", prompts_.repair(fault, settings_.answer_tokens)});
  }
}

GeneratedKernel LlmGenerator::generate(const GenerationRequest& request) {
  return write(request).kernel;
}

void LlmGenerator::generate_all(const std::vector<GenerationRequest>& requests,
                                const Ready& ready) {
  std::mutex mutex;
  // Candidates without an answer wait: whether all fail is known at the end only.
  std::vector<std::optional<GeneratedKernel>> unanswered(requests.size());
  std::size_t lasting = 0, answered = 0;  // failures for good, and the rest that came through
  for_each_concurrently(
      requests.size(), static_cast<std::size_t>(std::max(1, settings_.concurrency)),
      [&](std::size_t i) {
        Written written = write(requests[i]);
        const std::lock_guard<std::mutex> lock(mutex);
        if (written.may_yet_be_answered) {
          unanswered[i] = std::move(written.kernel);
          return true;
        }
        written.kernel.failure.rfind("no answer", 0) == 0 ? ++lasting : ++answered;
        return ready(i, std::move(written.kernel));
      });
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (!unanswered[i]) continue;
    if (answered + lasting == 0)
      throw InfrastructureError("the model answers nothing: " + unanswered[i]->failure +
                                "; give the same command again to go on");
    if (!ready(i, std::move(*unanswered[i]))) return;
  }
}

}  // namespace coldforge::agent
