#include "kernels/task.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "kernels/bounds.h"
#include "kernels/inputs.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"

namespace coldforge::kernels {
namespace {

std::string where_of(const std::string& source, const Model::Remark& remark) {
  return remark.line > 0 ? source + ":" + std::to_string(remark.line) : source;
}

double number_of(const std::string& text, const std::string& where, const std::string& what) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw UserError(where, "coldforge: " + what + ": '" + text + "' is not a number");
  }
  return value;
}

/// "key=value" cut in two; UserError if there is no '='.
std::pair<std::string, std::string> key_value(const std::string& word, const std::string& where) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos)
    throw UserError(where, "coldforge: '" + word + "' must be key=value");
  return {word.substr(0, equals), word.substr(equals + 1)};
}

void read_tolerance(std::istringstream& words, const std::string& where, Tolerance& tolerance) {
  for (std::string word; words >> word;) {
    const auto [key, text] = key_value(word, where);
    if (key != "rtol" && key != "atol") {
      throw UserError(where, "coldforge: tolerance: unknown '" + key + "': rtol or atol");
    }
    const double value = number_of(text, where, key);
    if (value < 0 || value >= 1)
      throw UserError(where, "coldforge: " + key + " must be at least 0 and below 1");
    (key == "rtol" ? tolerance.rtol : tolerance.atol) = value;
  }
}

InputRule read_rule(const std::string& word, const std::string& where) {
  InputRule rule;
  if (word == "probabilities") {
    rule.kind = InputRule::Kind::Probabilities;
    return rule;
  }
  if (word == "signs") {
    rule.kind = InputRule::Kind::Signs;
    return rule;
  }
  const auto [key, text] = key_value(word, where);
  if (key == "scale") {
    rule.scale = number_of(text, where, key);
    if (rule.scale <= 0) throw UserError(where, "coldforge: scale must be positive");
    return rule;
  }
  const std::size_t dots = text.find("..");
  if (key != "range" || dots == std::string::npos) {
    throw UserError(where, "coldforge: input: unknown rule '" + word +
                               "': range=LOW..HIGH, scale=S, probabilities or signs");
  }
  rule.kind = InputRule::Kind::Range;
  rule.least = number_of(text.substr(0, dots), where, key);
  rule.most = number_of(text.substr(dots + 2), where, key);
  if (rule.least > rule.most)
    throw UserError(where, "coldforge: range: the first bound exceeds the second");
  return rule;
}

void read_remark(const Model::Remark& remark, const std::string& source, Task& task) {
  const std::string where = where_of(source, remark);
  std::istringstream words(remark.text);
  std::string kind, name, word, rest;
  words >> kind;
  if (kind == "tolerance") {
    read_tolerance(words, where, task.tolerance);
    return;
  }
  if (kind != "input")
    throw UserError(where, "coldforge: unknown remark '" + kind + "': tolerance or input");
  if (!(words >> name >> word) || words >> rest) {
    throw UserError(where,
                    "coldforge: input needs a name and one rule, e.g. 'input x range=0.1..4'");
  }
  const auto rule = task.input_rules.find(name);
  if (rule == task.input_rules.end())
    throw UserError(where, "coldforge: input: there is no input '" + name + "'");
  rule->second = read_rule(word, where);
}

std::string digest_of_task(const Task& task) {
  Digest digest;
  const auto exact = [](double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%a", value);
    return std::string(text);
  };
  digest.add("coldforge task 1").add(canonical_text(task.graph));
  digest.add(exact(task.tolerance.rtol)).add(exact(task.tolerance.atol));
  for (const auto& [name, rule] : task.input_rules) {
    digest.add(name).add(static_cast<std::int64_t>(rule.kind));
    digest.add(exact(rule.least))
        .add(exact(rule.most))
        .add(exact(rule.scale))
        .add(exact(rule.offset));
  }
  return digest.hex();
}

/// A kernel needs something to do.
void require_elements(const Value& value, const char* role, const std::string& source) {
  if (value.size() == 0) {
    throw UserError(source, std::string(role) + " '" + value.name + "': shape " +
                                shape_text(value.shape) + " has no elements");
  }
}

Task task_of(Model model, const std::string& name, const std::string& source) {
  Task task;
  task.name = name;
  task.graph = std::move(model.graph);
  for (const Value& input : task.graph.inputs)
    task.input_rules[input.name] = default_rule(task.graph, input);
  for (const Value& input : task.graph.inputs) require_elements(input, "input", source);
  for (const Value& output : task.graph.outputs) require_elements(output, "output", source);
  for (const Model::Remark& remark : model.remarks) read_remark(remark, source, task);
  const OpCounts work = graph_counts(task.graph);
  task.work.matrix = work.total_macs() > 0;
  task.work.vector = work.vector_ops + work.sfu_ops > 0;
  task.digest = digest_of_task(task);
  return task;
}

}  // namespace

Task load_task(const std::filesystem::path& path, const ReadOptions& options) {
  Task task = task_of(read_onnx(path, options), path.stem().string(), path.string());
  task.path = path;
  return task;
}

Task parse_task(const std::string& text, const std::string& name, const ReadOptions& options) {
  return task_of(parse_onnx_text(text, name, options), name, name);
}

}  // namespace coldforge::kernels
