#pragma once

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/base/file.h"
#include "tests/support/program.h"
#include "tests/support/scripted_author.h"

/// `coldforge synth` against the scripted author on the test server.
namespace coldforge::testing {

inline const std::vector<std::string> kFiveTasks = {"relu", "softmax", "sum_dim", "matmul_square",
                                                    "linear_bias_relu"};

/// A server, a provider's configuration for it, and verdicts that all runs of the test share (they
/// change no result).
struct Author {
  explicit Author(const std::vector<std::string>& tasks = kFiveTasks,
                  const LlmServerOptions& options = {}, double hold_s = 0.0)
      : server(
            [this, script = ScriptedAuthor(tasks, hold_s)](const Call& call) {
              return is_down ? error_reply(503, "too busy") : script(call);
            },
            options) {
    write_file_atomic(
        config(),
        nlohmann::json({{"base_url", server.base_url()},
                        {"model", "author-1"},
                        {"name", "test"},
                        {"concurrency", 16},
                        {"prices", {{"author-1", {{"prompt", 2.0}, {"completion", 8.0}}}}}})
            .dump());
  }
  std::string config() const { return folder / "llm.json"; }
  /// Its configuration names an embedding model from now on.
  void offer_embeddings() const {
    nlohmann::json json = nlohmann::json::parse(read_file(config()));
    json["embedding_model"] = "author-embedder";
    write_file_atomic(config(), json.dump());
  }

  ScratchFolder folder;
  std::atomic<bool> is_down{false};  ///< answers nothing but 503
  LlmServer server;
};

/// A run in a folder of its own with a bank of its own.
struct ScriptedRun {
  explicit ScriptedRun(const Author& of) : author(of) {}

  std::vector<std::string> command(const std::string& generator,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"synth"};
    words.insert(words.end(), tasks.begin(), tasks.end());
    const std::vector<std::string> rest = {
        "--generator", generator,      "--budget",   budget,
        "--slots",     slots,          "--memory",   folder / "bank.db",
        "--out",       folder / "run", "--verdicts", author.folder / "verdicts",
        "--json"};
    words.insert(words.end(), rest.begin(), rest.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// With the provider's configuration.
  Finished ask(const std::string& generator, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--llm-config", author.config()};
    all.insert(all.end(), more.begin(), more.end());
    return run_coldforge(command(generator, all));
  }
  std::string file(const std::string& name) const { return read_file(folder / ("run/" + name)); }
  std::vector<nlohmann::json> records() const {
    std::vector<nlohmann::json> list;
    const std::string text = file("records.jsonl");
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
      list.push_back(nlohmann::json::parse(text.substr(at, end - at)));
    return list;
  }
  bool bank_is_sound() const {
    return run_coldforge({"memory", "verify", "--bank", folder / "bank.db"}).exit_code == 0;
  }

  const Author& author;
  std::vector<std::string> tasks = kFiveTasks;
  std::string budget = "12", slots = "20";
  ScratchFolder folder;
};

}  // namespace coldforge::testing
