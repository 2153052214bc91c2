#include "isa/arch.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/context.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string name;
  std::vector<std::string> files;
  std::string left, right;
};

void list(const Context& context) {
  ordered_json machines = ordered_json::array();
  for (const std::string& name : isa::built_in_archs()) {
    const isa::Arch arch = isa::load_arch(name);
    machines.push_back({{"name", name}, {"digest", arch.digest}});
    context.print(
        fmt::format("{:<8} {}x{} array, {} lanes, Vec {} KiB, {} bytes a cycle from DRAM\n", name,
                    arch.matrix.rows, arch.matrix.cols, arch.vector.lanes,
                    arch.vec.size_bytes / 1024, arch.dram.shared_bytes_per_cycle));
  }
  context.print_json(machines);
}

void show(const Options& options, Context& context) {
  if (!options.name.empty()) context.arch = options.name;
  const isa::Arch arch = context.load_arch();
  const ordered_json document = isa::to_json(arch);
  context.print(document.dump(2) + "\n");
  context.print_json(document);
}

void check(const Options& options, const Context& context) {
  ordered_json checked = ordered_json::array();
  const std::vector<std::string> names =
      options.files.empty() ? std::vector<std::string>{context.arch} : options.files;
  for (const std::string& file : names) {
    const isa::Arch arch = isa::load_arch(file, context.sets);
    checked.push_back({{"file", file}, {"name", arch.name}, {"digest", arch.digest}});
    context.print(
        fmt::format("{}: sound, machine {}, digest {:.12}\n", file, arch.name, arch.digest));
  }
  context.print_json(checked);
}

void diff(const Options& options, Context& context) {
  const ordered_json left = isa::to_json(isa::load_arch(options.left, context.sets)).flatten();
  const ordered_json right = isa::to_json(isa::load_arch(options.right, context.sets)).flatten();
  ordered_json differences = ordered_json::object();
  for (const auto& [pointer, value] : left.items()) {
    const ordered_json& other = right.at(pointer);
    if (value == other) continue;
    std::string path = pointer.substr(1);
    for (char& c : path) c = c == '/' ? '.' : c;
    differences[path] = {value, other};
    context.print(fmt::format("{:<32} {} -> {}\n", path, value.dump(), other.dump()));
  }
  if (differences.empty()) context.print("no difference\n");
  context.print_json(differences);
}

}  // namespace

void add_arch_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("arch", "Machines as data");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  coldforge arch list\n"
      "  coldforge arch show edge --set vector.sfu_elems_per_cycle=8\n"
      "  coldforge arch check my_machine.json\n"
      "  coldforge arch diff edge tiny\n");

  CLI::App* action = command->add_subcommand("list", "The built-in machines");
  add_output_options(*action, context);
  action->callback([&context] { list(context); });

  action = command->add_subcommand("show", "Every value of a machine, patched and checked");
  action->add_option("NAME", options->name, "File or built-in name; none: that of --arch");
  add_machine_options(*action, context);
  action->callback([options, &context] { show(*options, context); });

  action = command->add_subcommand("check", "Whether architecture files are sound");
  action->add_option("FILE", options->files, "Files or built-in names; none: that of --arch");
  add_machine_options(*action, context);
  action->callback([options, &context] { check(*options, context); });

  action = command->add_subcommand("diff", "Values that differ between two machines");
  action->add_option("A", options->left, "File or built-in name")->required();
  action->add_option("B", options->right, "File or built-in name")->required();
  add_machine_options(*action, context);
  action->callback([options, &context] { diff(*options, context); });
}

}  // namespace coldforge::cli
