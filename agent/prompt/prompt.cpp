#include "agent/prompt/prompt.h"

#include <fmt/format.h>

#include <deque>
#include <sstream>

#include "agent/prompt/sections.h"
#include "agent/prompt/tokens.h"
#include "kernels/build/device_headers.h"
#include "sim/base/digest.h"
#include "sim/base/file.h"

namespace coldforge::agent::prompt {

namespace {

/// Of the verifier's words about a kernel that was retrieved.
constexpr std::size_t kWordsOfOthers = 600;
constexpr std::size_t kShortVerdict = 1000;
/// Role and separators of a message, as chat templates write them.
constexpr std::int64_t kTokensOfMessage = 8;

/// The paragraphs of advice.md by their heading.
std::map<std::string, std::string> advice_by_bottleneck(const std::string& text) {
  std::map<std::string, std::string> advice;
  std::istringstream lines(text);
  std::string line, heading;
  while (std::getline(lines, line)) {
    if (line.rfind("## ", 0) == 0) {
      heading = line.substr(3);
    } else if (!line.empty()) {
      std::string& paragraph = advice[heading];
      paragraph += (paragraph.empty() ? "" : "\n") + line;
    }
  }
  return advice;
}

std::string without_last_feed(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

/// One prompt on its way: its parts, and what may be left out in which order.
class PromptWriter {
 public:
  PromptWriter(const Prompts& prompts, const GenerationRequest& request)
      : prompts_(prompts),
        request_(request),
        own_pattern_(task_pattern(*request.task)),
        task_(prompts.task_text(*request.task)) {
    for (const ContextItem& item : request.context) sort_in(item);
    plan_drops();
  }

  Prompt fit(std::int64_t budget) {
    Prompt prompt = render();
    while (prompt.tokens > budget) {
      // What a part takes is known without writing the whole anew; the whole is counted once it
      // should fit.
      std::int64_t left = prompt.tokens;
      while (left > budget && !drops_.empty()) {
        const Drop drop = drops_.front();
        drops_.pop_front();
        if (!*drop.part) continue;
        left -= most_tokens(drop.text);
        *drop.part = false;
        dropped_.push_back(drop.name);
      }
      const bool is_last = drops_.empty();
      prompt = render();
      if (is_last && prompt.tokens > budget) {
        prompt.problem = fmt::format("the prompt takes {} tokens at least, {} are allowed",
                                     prompt.tokens, budget);
        break;
      }
    }
    prompt.dropped = dropped_;
    return prompt;
  }

 private:
  /// A retrieved kernel and what of it is shown.
  struct Shown {
    const ContextItem* item;
    int number;
    bool is_kept = true, has_code = true, has_words = true;
  };
  /// An instruction or a practice.
  struct Entry {
    std::string name, text;
    bool is_kept = true;
  };
  struct Drop {
    std::string name;
    bool* part;        ///< whether it is in
    std::string text;  ///< what it takes
  };

  void sort_in(const ContextItem& item) {
    if (item.kind == "api") {
      api_.push_back({api_name(item), api_text(item)});
    } else if (item.kind == "best_practice") {
      practices_.push_back(
          {fmt::format("practice {}", practices_.size() + 1), "- " + item.content + "\n"});
    } else if (!is_shown_elsewhere(item)) {
      kernels_.push_back({&item, static_cast<int>(kernels_.size()) + 1});
    }
  }

  bool is_shown_elsewhere(const ContextItem& item) const {
    return (request_.start_point != nullptr && item.id == request_.start_point->id) ||
           (request_.last_attempt != nullptr && item.id == request_.last_attempt->id);
  }

  bool last_is_start() const {
    return request_.start_point != nullptr && request_.last_attempt != nullptr &&
           request_.start_point->id == request_.last_attempt->id;
  }

  /// All code that cannot be dropped, or that is dropped after the instructions that it needs.
  bool is_called(const std::string& name) const {
    return (request_.start_point != nullptr && calls(request_.start_point->source, name)) ||
           (request_.last_attempt != nullptr && calls(request_.last_attempt->source, name));
  }

  void drop_kernels(bool feasible) {
    const auto each = [&](const auto& plan) {
      for (auto shown = kernels_.rbegin(); shown != kernels_.rend(); ++shown) {
        if (shown->item->feasible == feasible) plan(*shown);
      }
    };
    if (feasible) {
      each([&](Shown& shown) {
        drops_.push_back(
            {fmt::format("verdict of kernel {}", shown.number), &shown.has_words, words_of(shown)});
      });
      plan_advice();
      each([&](Shown& shown) {
        drops_.push_back(
            {fmt::format("code of kernel {}", shown.number), &shown.has_code, shown.item->source});
        drops_.push_back({fmt::format("kernel {}", shown.number), &shown.is_kept, ""});
      });
      return;
    }
    each([&](Shown& shown) {
      drops_.push_back(
          {fmt::format("code of kernel {}", shown.number), &shown.has_code, shown.item->source});
    });
    each([&](Shown& shown) {
      drops_.push_back({fmt::format("kernel {}", shown.number), &shown.is_kept, words_of(shown)});
    });
  }

  void plan_advice() {
    for (auto practice = practices_.rbegin(); practice != practices_.rend(); ++practice)
      drops_.push_back({practice->name, &practice->is_kept, practice->text});
    if (!advice().empty()) drops_.push_back({"advice", &has_advice_, advice()});
  }

  /// The order that Prompts::write() promises.
  void plan_drops() {
    drop_kernels(/*feasible=*/false);
    drop_kernels(/*feasible=*/true);
    if (request_.last_attempt != nullptr && !last_is_start())
      drops_.push_back(
          {"code of the last attempt", &has_last_code_, request_.last_attempt->source});
    for (auto entry = api_.rbegin(); entry != api_.rend(); ++entry) {
      if (!is_called(entry->name)) drops_.push_back({entry->name, &entry->is_kept, entry->text});
    }
    if (request_.start_point != nullptr)
      drops_.push_back({"profile", &has_profile_, request_.start_point->feedback});
    if (request_.last_feedback.size() > kShortVerdict)
      drops_.push_back({"end of the last verdict", &has_whole_verdict_,
                        request_.last_feedback.substr(kShortVerdict)});
  }

  static std::string words_of(const Shown& shown) {
    return shown.item->feedback.empty()
               ? ""
               : "The verifier: " + beginning_of(shown.item->feedback, kWordsOfOthers) + "\n";
  }

  std::string kernel_text(const Shown& shown) const {
    const ContextItem& item = *shown.item;
    std::string text = fmt::format("## Kernel {}, of {}: {}\n\n", shown.number,
                                   origin_words(item, own_pattern_), verdict_words(item));
    if (shown.has_code && !item.source.empty()) text += fenced(item.source, "cpp") + "\n\n";
    if (shown.has_words) text += words_of(shown) + "\n";
    return text;
  }

  std::string advice() const {
    if (request_.start_point == nullptr) return "";
    const auto found = prompts_.advice_.find(request_.start_point->bottleneck);
    return found == prompts_.advice_.end() ? "" : found->second;
  }

  std::string last_attempt_text() const {
    if (request_.last_attempt == nullptr) return "";
    if (last_is_start()) return "It is the kernel to start from, see below.";
    if (request_.last_attempt->source.empty()) return "It held no kernel.";
    return has_last_code_ ? fenced(request_.last_attempt->source, "cpp")
                          : "(left out for lack of room)";
  }

  static std::string kept(const std::deque<Entry>& entries) {
    std::string text;
    for (const Entry& entry : entries) text += entry.is_kept ? entry.text : "";
    return without_last_feed(text);
  }

  Prompt render() const {
    std::string experience, left_out;
    for (const Shown& shown : kernels_) experience += shown.is_kept ? kernel_text(shown) : "";
    while (!experience.empty() && experience.back() == '\n') experience.pop_back();
    for (const Entry& entry : api_)
      left_out += entry.is_kept ? "" : (left_out.empty() ? "" : ", ") + entry.name;
    const std::string verdict = has_whole_verdict_
                                    ? request_.last_feedback
                                    : beginning_of(request_.last_feedback, kShortVerdict);
    Prompt prompt;
    prompt.messages.push_back(
        {"system", prompts_.text("system").fill({{"machine", machine_text(*request_.arch)},
                                                 {"library", prompts_.library_},
                                                 {"left_out", left_out},
                                                 {"api", kept(api_)}})});
    std::map<std::string, std::string> values = {
        {"task", task_},
        {"practices", kept(practices_)},
        {"experience", experience},
        {"last_attempt", last_attempt_text()},
        {"last_verdict", verdict.empty() ? "" : fenced(verdict, "text")}};
    if (request_.stage == Stage::Refine && request_.start_point != nullptr) {
      const ContextItem& start = *request_.start_point;
      values["cycles"] = std::to_string(start.cycles);
      values["percent"] = fmt::format("{:.0f}", 100 * start.roofline_fraction);
      values["bottleneck"] = start.bottleneck;
      values["start_point"] = fenced(start.source, "cpp");
      const bool is_shown = has_profile_ && !start.feedback.empty() && !last_is_start();
      values["profile"] = is_shown ? fenced(start.feedback, "text") : "";
      values["advice"] = has_advice_ ? advice() : "";
      prompt.messages.push_back({"user", prompts_.text("refine").fill(values)});
    } else {
      prompt.messages.push_back({"user", prompts_.text("draft").fill(values)});
    }
    prompt.tokens = most_tokens_of(prompt.messages);
    return prompt;
  }

  const Prompts& prompts_;
  const GenerationRequest& request_;
  std::string own_pattern_;
  std::string task_;
  // Deques: drops_ points into them.
  std::deque<Entry> api_, practices_;
  std::deque<Shown> kernels_;
  bool has_last_code_ = true, has_profile_ = true, has_advice_ = true, has_whole_verdict_ = true;
  std::deque<Drop> drops_;
  std::vector<std::string> dropped_;
};

Prompts::Prompts() {
  const std::string folder = isa::share_dir() + "/agent/prompt/";
  Digest digest;
  for (const char* name : {"system", "task", "draft", "refine", "repair", "audit"}) {
    const std::string path = folder + name + ".md";
    const std::string content = read_file(path);
    digest.add(name).add(content);
    texts_.emplace(name, Template(without_last_feed(content), path));
  }
  const std::string advice = read_file(folder + "advice.md");
  advice_ = advice_by_bottleneck(advice);
  library_ = library_text();
  digest_ = digest.add(advice).add(library_).hex();
}

std::string Prompts::task_text(const kernels::Task& task) const {
  std::string work;
  if (task.work.matrix) work = "the matrix engine";
  if (task.work.vector) work += std::string(work.empty() ? "" : ", ") + "the vector engine";
  return text("task").fill({{"graph", fenced(kernels::pretty_text(task.graph), "text")},
                            {"atol", fmt::format("{}", task.tolerance.atol)},
                            {"rtol", fmt::format("{}", task.tolerance.rtol)},
                            {"work", work},
                            {"task_header", fenced(kernels::emit_task_header(task), "cpp")}});
}

Prompt Prompts::write(const GenerationRequest& request, std::int64_t token_budget) const {
  return PromptWriter(*this, request).fit(token_budget);
}

std::string Prompts::repair(const std::string& fault, std::int64_t answer_tokens) const {
  return text("repair").fill({{"fault", fault}, {"answer_tokens", std::to_string(answer_tokens)}});
}

std::vector<llm::Message> Prompts::audit(const AuditSubject& subject) const {
  return {{"user", text("audit").fill(
                       {{"task", task_text(*subject.task)},
                        {"kernel", fenced(subject.source, "cpp")},
                        {"cycles", std::to_string(subject.cycles)},
                        {"lower_bound_cycles", std::to_string(subject.lower_bound_cycles)}})}};
}

std::int64_t most_tokens_of(const std::vector<llm::Message>& messages) {
  std::int64_t tokens = 0;
  for (const llm::Message& message : messages)
    tokens += most_tokens(message.content) + kTokensOfMessage;
  return tokens;
}

std::int64_t likely_tokens_of(const std::vector<llm::Message>& messages) {
  std::int64_t tokens = 0;
  for (const llm::Message& message : messages)
    tokens += likely_tokens(message.content) + kTokensOfMessage / 2;
  return tokens;
}

}  // namespace coldforge::agent::prompt
