#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "agent/generator/llm/model_vectors.h"
#include "agent/generator/llm/openai.h"
#include "cli/context.h"
#include "memory/report.h"
#include "memory/store.h"
#include "memory/transfer.h"
#include "memory/verify.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct MemoryOptions {
  std::string bank = ".coldforge/bank.db";
  std::string item;
  std::string file;
  bool items_only = false;
  bool again = false;
  std::optional<std::string> llm_config;
};

std::unique_ptr<memory::Store> open_bank(const MemoryOptions& options, memory::OpenMode mode) {
  memory::StoreOptions store;
  store.mode = mode;
  return memory::open_store(options.bank, store);
}

void stats(const MemoryOptions& options, const Context& context) {
  const memory::BankStats stats = memory::bank_stats(*open_bank(options, memory::OpenMode::Read));
  context.print_json(memory::to_json(stats));
  context.print(fmt::format("{}: {} rounds, {} items, {} values, {} retrievals\n", stats.name,
                            stats.sequence, stats.items, stats.values, stats.retrievals));
  for (int kind = 0; kind < memory::kItemKinds; ++kind) {
    context.print(fmt::format("  {:<18}{:>7}\n",
                              memory::name_of(static_cast<memory::ItemKind>(kind)),
                              stats.items_of_kind[kind]));
  }
  for (int stage = 0; stage < memory::kStages; ++stage) {
    context.print(fmt::format("  {:<18}{:>7} outcomes, mean reward {:+.3f}\n",
                              stage == 0 ? "drafting" : "refining", stats.stages[stage].outcomes,
                              stats.stages[stage].mean_reward));
  }
  for (const memory::StoredSpace& stored : stats.spaces) {
    context.print(fmt::format("  {:>7} vectors of {} ({} dimensions)\n", stored.vectors,
                              stored.space.id, stored.space.dims));
  }
  if (stats.tasks.empty()) return;
  context.print(
      fmt::format("\n  {:<32}{:>7}{:>9}{:>13}\n", "task", "items", "passing", "best cycles"));
  for (const auto& task : stats.tasks) {
    context.print(fmt::format("  {:<32}{:>7}{:>9}{:>13}\n", task.name, task.items, task.passing,
                              task.best_cycles));
  }
}

void show(const MemoryOptions& options, const Context& context) {
  const auto store = open_bank(options, memory::OpenMode::Read);
  if (!options.item.empty()) {
    const nlohmann::json item = memory::show_item(*store, options.item);
    context.print_json(item);
    context.print(item.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return;
  }
  ordered_json list = ordered_json::array();
  context.print(fmt::format("{:<14}{:<16}{:<24}{:<24}{:<9}{:>10}{:>8}{:>8}{:>6}\n", "item", "kind",
                            "name", "task", "verdict", "cycles", "Q1", "Q2", "uses"));
  for (const memory::ItemSummary& item : memory::list_items(*store)) {
    list.push_back(ordered_json(memory::to_json(item)));
    context.print(fmt::format("{:<14}{:<16}{:<24}{:<24}{:<9}{:>10}{:>8.3f}{:>8.3f}{:>6}\n",
                              item.digest.substr(0, 12), memory::name_of(item.kind),
                              item.name.substr(0, 23), item.task_name.substr(0, 23), item.verdict,
                              item.cycles, item.q_draft, item.q_refine, item.uses));
  }
  context.print_json(list);
}

void export_to(const MemoryOptions& options, const Context& context) {
  const auto store = open_bank(options, memory::OpenMode::Read);
  std::ostringstream lines;
  memory::export_bank(*store, lines);
  if (options.file == "-") {
    fmt::print("{}", lines.str());
    return;
  }
  write_file_atomic(options.file, lines.str());
  context.print(
      fmt::format("{}: {} rounds written to {}\n", store->name(), store->sequence(), options.file));
  context.print_json(
      {{"bank", store->name()}, {"rounds", store->sequence()}, {"file", options.file}});
}

void import_from(const MemoryOptions& options, const Context& context) {
  std::istringstream lines(read_file(options.file));
  const auto store = open_bank(options, memory::OpenMode::Create);
  memory::ImportOptions import;
  import.with_values = !options.items_only;
  const memory::ImportReport report = memory::import_bank(*store, lines, options.file, import);
  context.print(fmt::format("{}: {} new rounds ({} known), {} new items ({} known)\n",
                            store->name(), report.new_rounds, report.known_rounds, report.new_items,
                            report.known_items));
  context.print_json({{"bank", store->name()},
                      {"new_rounds", report.new_rounds},
                      {"known_rounds", report.known_rounds},
                      {"new_items", report.new_items},
                      {"known_items", report.known_items}});
}

/// Vectors of an embedding model for all items that have none of it.
void embed(const MemoryOptions& options, const Context& context) {
  namespace llm = agent::llm;
  const auto store = open_bank(options, memory::OpenMode::Write);
  const llm::Environment environment = llm::process_environment();
  const llm::Provider provider = llm::load_provider(options.llm_config, environment);
  llm::OpenAiEmbedder embedder(llm::make_endpoint(provider, llm::read_key(provider, environment)));
  llm::ModelVectors vectors(embedder);
  const memory::Space& space = vectors.space();
  if (options.again) store->drop_space(space.id);
  ProgressLine progress;
  const memory::CompletionReport report = memory::add_missing_vectors(
      *store, vectors, std::nullopt, [&](const memory::CompletionReport& so_far) {
        progress.update(fmt::format("{} vectors", so_far.added));
      });
  progress.clear();
  context.print(fmt::format("{}: {} items, {} new vectors of {} ({} dimensions)\n", store->name(),
                            report.items, report.added, space.id, space.dims));
  context.print_json({{"bank", store->name()},
                      {"space", space.id},
                      {"dims", space.dims},
                      {"items", report.items},
                      {"added", report.added}});
}

void verify(const MemoryOptions& options, Context& context) {
  const memory::VerifyReport report = memory::verify(*open_bank(options, memory::OpenMode::Read));
  context.print_json({{"bank", options.bank},
                      {"clean", report.is_clean()},
                      {"rounds", report.rounds},
                      {"items", report.items},
                      {"outcomes", report.outcomes},
                      {"values", report.values},
                      {"findings", report.findings}});
  for (const std::string& finding : report.findings) context.print(finding + "\n");
  context.print(fmt::format(
      "{}: {} rounds, {} items, {} outcomes, {} values replayed: {}\n", options.bank, report.rounds,
      report.items, report.outcomes, report.values,
      report.is_clean() ? "clean" : fmt::format("{} findings", report.findings.size())));
  context.exit_code = report.is_clean() ? 0 : 1;
}

}  // namespace

void add_memory_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<MemoryOptions>();
  CLI::App* command = app.add_subcommand("memory", "Look into and move a memory bank");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  coldforge memory stats\n"
      "  coldforge memory show 3f2a90\n"
      "  coldforge memory export bank.jsonl && coldforge memory --bank other.db import "
      "bank.jsonl\n"
      "  coldforge memory embed --llm-config llm.json\n");
  command->add_option("--bank,--memory", options->bank, "The bank")
      ->type_name("FILE")
      ->capture_default_str();
  // Options of `memory` may stand behind the action's name too.
  command->fallthrough();

  const auto add = [&](const char* name, const char* help) {
    CLI::App* action = command->add_subcommand(name, help);
    action->fallthrough();
    add_output_options(*action, context);
    return action;
  };
  CLI::App* action = add("stats", "Items, values and rewards in numbers");
  action->callback([options, &context] { stats(*options, context); });

  action = add("show", "All items a line each, or one item whole");
  action->add_option("ITEM", options->item, "Digest of an item, or the beginning of it");
  action->callback([options, &context] { show(*options, context); });

  action = add("export", "Write the bank as lines of JSON, the same bytes for the same bank");
  action->add_option("FILE", options->file, "Where to; - for standard output")->required();
  action->callback([options, &context] { export_to(*options, context); });

  action = add("import", "Add an export to a bank; importing twice changes nothing");
  action->add_option("FILE", options->file, "An export")->required();
  action->add_flag("--items-only", options->items_only, "Without rewards: values are learnt anew");
  action->callback([options, &context] { import_from(*options, context); });

  action = add("embed", "Give every item a vector of the configured embedding model");
  action
      ->add_option("--llm-config", options->llm_config,
                   "The model's configuration; else COLDFORGE_LLM_CONFIG or .coldforge/llm.json")
      ->type_name("FILE");
  action->add_flag("--again", options->again, "Make all vectors of that model anew");
  action->callback([options, &context] { embed(*options, context); });

  action = add("verify", "Recompute every value from the reward log and compare bit for bit");
  action->callback([options, &context] { verify(*options, context); });
}

}  // namespace coldforge::cli
