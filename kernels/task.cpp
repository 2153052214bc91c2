#include "kernels/task.h"

#include <algorithm>
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

/// One word of an input's rule, e.g. "range=0.5..2".
void read_rule(const std::string& word, const std::string& where, InputRule& rule) {
  using Kind = InputRule::Kind;
  using Structure = InputRule::Structure;
  constexpr std::pair<const char*, Kind> kKinds[] = {{"probabilities", Kind::Probabilities},
                                                     {"signs", Kind::Signs}};
  constexpr std::pair<const char*, Structure> kStructures[] = {{"upper", Structure::Upper},
                                                               {"lower", Structure::Lower},
                                                               {"symmetric", Structure::Symmetric}};
  for (const auto& [name, kind] : kKinds) {
    if (word != name) continue;
    rule.kind = kind;
    return;
  }
  for (const auto& [name, structure] : kStructures) {
    if (word != name) continue;
    rule.structure = structure;
    return;
  }
  const auto [key, text] = key_value(word, where);
  if (key == "scale" || key == "spread") {
    double& value = key == "scale" ? rule.scale : rule.spread;
    value = number_of(text, where, key);
    if (value <= 0) throw UserError(where, "coldforge: " + key + " must be positive");
    return;
  }
  const std::size_t dots = text.find("..");
  if (key != "range" || dots == std::string::npos) {
    throw UserError(where, "coldforge: input: unknown rule '" + word +
                               "': range=LOW..HIGH, scale=S, spread=E, upper, lower, symmetric, "
                               "probabilities or signs");
  }
  rule.kind = Kind::Range;
  rule.least = number_of(text.substr(0, dots), where, key);
  rule.most = number_of(text.substr(dots + 2), where, key);
  if (rule.least > rule.most)
    throw UserError(where, "coldforge: range: the first bound exceeds the second");
}

/// "input NAME rule rule ...": the rule that follows from the graph gives way.
void read_input(std::istringstream& words, const std::string& where, Task& task) {
  std::string name, word;
  std::vector<std::string> rules;
  words >> name;
  while (words >> word) rules.push_back(word);
  if (rules.empty()) {
    throw UserError(where, "coldforge: input needs a name and a rule, e.g. 'input x range=0.1..4'");
  }
  const auto entry = task.input_rules.find(name);
  if (entry == task.input_rules.end())
    throw UserError(where, "coldforge: input: there is no input '" + name + "'");
  InputRule rule;
  for (const std::string& text : rules) read_rule(text, where, rule);
  const bool alone = rule.kind == InputRule::Kind::Range || rule.kind == InputRule::Kind::Signs;
  if (alone && rules.size() > 1)
    throw UserError(where, "coldforge: input: range and signs stand alone");
  const Shape& shape = task.graph.value(name).shape;
  const bool square = shape.size() >= 2 && shape.back() == shape[shape.size() - 2];
  if (rule.structure != InputRule::Structure::Full && !square) {
    throw UserError(where, "coldforge: input: '" + name + "' is not square");
  }
  entry->second = rule;
}

/// "scale x.0 weight.1": extents that --scale multiplies.
void read_scale(std::istringstream& words, const std::string& where, Task& task) {
  for (std::string word; words >> word;) {
    const std::size_t dot = word.rfind('.');
    const std::string name = word.substr(0, dot);
    const auto input = std::find_if(task.graph.inputs.begin(), task.graph.inputs.end(),
                                    [&](const Value& value) { return value.name == name; });
    std::int64_t axis = -1;
    if (dot != std::string::npos)
      std::from_chars(word.data() + dot + 1, word.data() + word.size(), axis);
    if (input == task.graph.inputs.end() || axis < 0 ||
        axis >= static_cast<std::int64_t>(input->shape.size())) {
      throw UserError(where, "coldforge: scale: '" + word + "' must be INPUT.AXIS, e.g. x.0");
    }
    task.scaled.push_back({name, axis});
  }
}

/// "idle NAME ...": values whose nodes change nothing, inputs on which nothing depends; patterns
/// with '*' and '?' for steps of an iteration, of which the later ones change nothing any more.
void read_idle(std::istringstream& words, const std::string& where, Task& task) {
  for (std::string name; words >> name;) {
    const bool known =
        std::any_of(task.graph.values.begin(), task.graph.values.end(),
                    [&](const auto& entry) { return matches_glob(name, entry.first); });
    if (!known) {
      throw UserError(where, "coldforge: idle: there is no input or value '" + name + "'");
    }
    task.idle.insert(name);
  }
}

void read_remark(const Model::Remark& remark, const std::string& source, Task& task) {
  const std::string where = where_of(source, remark);
  std::istringstream words(remark.text);
  std::string kind;
  words >> kind;
  if (kind == "tolerance") {
    read_tolerance(words, where, task.tolerance);
  } else if (kind == "input") {
    read_input(words, where, task);
  } else if (kind == "scale") {
    read_scale(words, where, task);
  } else if (kind == "idle") {
    read_idle(words, where, task);
  } else {
    throw UserError(where,
                    "coldforge: unknown remark '" + kind + "': tolerance, input, scale or idle");
  }
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
    if (rule.spread > 0) digest.add("spread").add(exact(rule.spread));
    if (rule.structure != InputRule::Structure::Full)
      digest.add("structure").add(static_cast<std::int64_t>(rule.structure));
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

/// The options that make a task `options.scale` times as large: extents given by --shape stay.
ReadOptions scaled_options(const Task& task, ReadOptions options, const std::string& source) {
  if (task.scaled.empty()) {
    throw UserError(source, "--scale " + std::to_string(options.scale) +
                                ": the task has no remark 'scale' that names its free extents");
  }
  std::map<std::string, Shape> shapes;
  for (const ScaledExtent& extent : task.scaled) {
    const Shape& written = task.graph.value(extent.input).shape;
    Shape& shape = shapes.emplace(extent.input, written).first->second;
    shape[static_cast<std::size_t>(extent.axis)] *= options.scale;
  }
  options.shapes.insert(shapes.begin(), shapes.end());
  return options;
}

/// `read` reads the model with given options; what is to be scaled is known after a first reading.
template <typename Read>
Task task_in_size(const ReadOptions& options, const std::string& name, const std::string& source,
                  Read read) {
  Task task = task_of(read(options), name, source);
  if (options.scale == 1) return task;
  return task_of(read(scaled_options(task, options, source)), name, source);
}

}  // namespace

Task load_task(const std::filesystem::path& path, const ReadOptions& options) {
  Task task = task_in_size(options, path.stem().string(), path.string(),
                           [&](const ReadOptions& chosen) { return read_onnx(path, chosen); });
  task.path = path;
  return task;
}

Task parse_task(const std::string& text, const std::string& name, const ReadOptions& options) {
  return task_in_size(options, name, name, [&](const ReadOptions& chosen) {
    return parse_onnx_text(text, name, chosen);
  });
}

}  // namespace coldforge::kernels
