#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "isa/emit.h"
#include "isa/emit/sv_files.h"
#include "sim/base/error.h"
#include "sim/base/file.h"

namespace coldforge::cli {
namespace {

using nlohmann::ordered_json;

struct Options {
  std::string name;                ///< doc: instruction
  std::vector<std::string> texts;  ///< encode: instructions; decode: words; check: overlays
  std::string output;              ///< emit: what
  std::string file;                ///< emit: where
  std::string folder;              ///< emit rtl: where
};

std::string syntax_of(const isa::Instruction& instruction) {
  std::string text = instruction.name;
  for (std::size_t i = 0; i < instruction.operands.size(); ++i) {
    text += (i == 0 ? " " : ", ") + instruction.operands[i].name;
  }
  return text;
}

void list(const Context& context) {
  const isa::Isa isa = context.load_isa();
  ordered_json instructions = ordered_json::array();
  for (const isa::Instruction& instruction : isa.instructions()) {
    instructions.push_back({{"name", instruction.name},
                            {"group", instruction.group},
                            {"unit", isa::name_of(instruction.unit)},
                            {"syntax", syntax_of(instruction)},
                            {"match", fmt::format("0x{:08x}", instruction.match)},
                            {"mask", fmt::format("0x{:08x}", instruction.mask)},
                            {"timing", instruction.timing},
                            {"summary", instruction.summary}});
    context.print(fmt::format("{:<8} {:<36} {}\n", isa::name_of(instruction.unit),
                              syntax_of(instruction), instruction.summary));
  }
  context.print_json({{"digest", isa.digest()}, {"instructions", instructions}});
}

/// Names that contain what was asked for, or begin with its first three letters: for a message.
std::string similar_names(const isa::Isa& isa, const std::string& name) {
  std::string names;
  for (const isa::Instruction& instruction : isa.instructions()) {
    const bool alike = instruction.name.find(name) != std::string::npos ||
                       instruction.name.compare(0, 3, name, 0, 3) == 0;
    if (alike) names += (names.empty() ? "" : ", ") + instruction.name;
  }
  return names.empty() ? "`coldforge isa list` shows all" : "similar are " + names;
}

void doc(const Options& options, const Context& context) {
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  std::string text;
  if (options.name.empty()) {
    text = isa::emit_manual(isa, arch);
  } else {
    const isa::Instruction* instruction = isa.find(options.name);
    if (instruction == nullptr) {
      throw UserError(options.name, "no such instruction; " + similar_names(isa, options.name));
    }
    text = isa::emit_manual_entry(isa, *instruction, arch);
  }
  context.print(text);
  if (!context.json) return;
  ordered_json instructions = ordered_json::array();
  for (const isa::ApiItem& item : isa::emit_api_items(isa)) {
    if (!options.name.empty() && item.name != options.name) continue;
    ordered_json entry = {{"name", item.name}, {"call", item.call}};
    entry.update(ordered_json::parse(item.content));
    instructions.push_back(std::move(entry));
  }
  context.print_json(
      {{"digest", isa.digest()}, {"arch", arch.name}, {"instructions", instructions}});
}

void encode(const Options& options, const Context& context) {
  const isa::Isa isa = context.load_isa();
  ordered_json words = ordered_json::array();
  for (const std::string& text : options.texts) {
    const std::string word = fmt::format("0x{:08x}", isa::assemble(isa, text));
    words.push_back({{"text", text}, {"word", word}});
    context.print(word + "\n");
  }
  context.print_json(words);
}

std::uint32_t word_of(const std::string& text) {
  std::size_t used = 0;
  unsigned long long value = 0;
  try {
    value = std::stoull(text, &used, 0);
  } catch (const std::logic_error&) {
    used = 0;  // not a number, or too large for one
  }
  if (used == 0 || used != text.size() || !std::isdigit(static_cast<unsigned char>(text[0])) ||
      value > 0xffffffff) {
    throw UserError(text, "must be a 32-bit word, like 0x0020b18b");
  }
  return static_cast<std::uint32_t>(value);
}

void decode(const Options& options, Context& context) {
  const isa::Isa isa = context.load_isa();
  ordered_json words = ordered_json::array();
  for (const std::string& text : options.texts) {
    const std::uint32_t word = word_of(text);
    const isa::Instruction* instruction = isa.decode(word);
    const std::string assembly = isa::disassemble(isa, word);
    ordered_json entry = {{"word", fmt::format("0x{:08x}", word)}, {"text", assembly}};
    if (instruction != nullptr) {
      entry["name"] = instruction->name;
      entry["unit"] = isa::name_of(instruction->unit);
      for (const isa::Operand& operand : instruction->operands) {
        entry["operands"][operand.name] = isa::field_value(word, operand.field);
      }
    }
    if (assembly.rfind(".word", 0) == 0) context.exit_code = 1;
    words.push_back(std::move(entry));
    context.print(assembly + "\n");
  }
  context.print_json(words);
}

/// Each overlay over those of --isa; several together as well, for they may clash.
void check(const Options& options, const Context& context) {
  ordered_json checked = ordered_json::array();
  std::vector<std::vector<std::string>> stacks;
  for (const std::string& file : options.texts) stacks.push_back({file});
  if (stacks.empty()) stacks.push_back({});
  if (options.texts.size() > 1) stacks.push_back(options.texts);
  for (const auto& stack : stacks) {
    std::vector<std::string> overlays = context.overlays;
    overlays.insert(overlays.end(), stack.begin(), stack.end());
    const isa::Isa isa = isa::Isa::load(overlays);
    std::string name;
    for (const std::string& file : stack) name += (name.empty() ? "" : " + ") + file;
    if (name.empty()) name = "built-in description";
    checked.push_back({{"overlays", overlays},
                       {"instructions", isa.instructions().size()},
                       {"digest", isa.digest()}});
    context.print(fmt::format("{}: sound, {} instructions, digest {:.12}\n", name,
                              isa.instructions().size(), isa.digest()));
  }
  context.print_json(checked);
}

/// All files of the RTL that follow from description, machine and tables, into one folder.
void emit_rtl(const Options& options, const Context& context) {
  if (options.folder.empty())
    throw UserError("isa emit rtl", "writes several files: say where with --dir FOLDER");
  const std::vector<isa::SvFile> files =
      isa::emit_rtl_files(context.load_isa(), context.load_arch());
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) throw UserError(options.folder, "cannot be made: " + error.message());
  ordered_json written = ordered_json::array();
  for (const isa::SvFile& file : files) {
    const std::string path = options.folder + "/" + file.name;
    // An unchanged file stays as old as it is, so that nothing is rebuilt for it.
    if (!std::filesystem::exists(path) || read_file(path) != file.text)
      write_file_atomic(path, file.text);
    context.print(path + "\n");
    written.push_back(path);
  }
  context.print_json({{"output", "rtl"}, {"files", written}});
}

void emit(const Options& options, const Context& context) {
  if (options.output == "rtl") return emit_rtl(options, context);
  const isa::Isa isa = context.load_isa();
  const isa::Arch arch = context.load_arch();
  std::string text;
  if (options.output == "intrinsics") text = isa::emit_intrinsics(isa, arch);
  if (options.output == "sv") text = isa::emit_sv_package(isa, arch);
  if (options.output == "manual") text = isa::emit_manual(isa, arch);
  if (options.file.empty()) {
    context.print(text);
    context.print_json({{"output", options.output}, {"text", text}});
    return;
  }
  write_file_atomic(options.file, text);
  context.print(options.file + "\n");
  context.print_json({{"output", options.output}, {"file", options.file}});
}

}  // namespace

void add_isa_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("isa", "The instruction set as data");
  command->require_subcommand(1);
  command->footer(
      "Examples:\n"
      "  coldforge isa list\n"
      "  coldforge isa doc tadd --arch tiny\n"
      "  coldforge isa encode \"tadd t3, t1, t2\"\n"
      "  coldforge isa check my_overlay.json\n"
      "  coldforge isa emit sv --isa my_overlay.json --out cf_isa_pkg.sv\n");

  CLI::App* action = command->add_subcommand("list", "All instructions");
  add_machine_options(*action, context);
  action->callback([&context] { list(context); });

  action =
      command->add_subcommand("doc", "Manual, with latency and interval on the chosen machine");
  action->add_option("NAME", options->name, "One instruction; none: the whole manual");
  add_machine_options(*action, context);
  action->callback([options, &context] { doc(*options, context); });

  action = command->add_subcommand("encode", "Words of tile instructions");
  action->add_option("TEXT", options->texts, "\"tadd t3, t1, t2\"")->required();
  add_machine_options(*action, context);
  action->callback([options, &context] { encode(*options, context); });

  action =
      command->add_subcommand("decode", "Disassemble words; exit code 1 if one is no instruction");
  action->add_option("WORD", options->texts, "0x0020b18b")->required();
  add_machine_options(*action, context);
  action->callback([options, &context] { decode(*options, context); });

  action = command->add_subcommand("check",
                                   "Prove that overlays are sound, each alone and all together");
  action->add_option("FILE", options->texts,
                     "Overlay (JSON Merge Patch); none: the built-in description");
  add_machine_options(*action, context);
  action->callback([options, &context] { check(*options, context); });

  action = command->add_subcommand("emit", "Write a generated file");
  action
      ->add_option("WHAT", options->output,
                   "intrinsics, sv, rtl (all generated SystemVerilog) or manual")
      ->required()
      ->check(CLI::IsMember({"intrinsics", "sv", "rtl", "manual"}));
  action->add_option("--out", options->file, "File; standard output if not given");
  action->add_option("--dir", options->folder, "rtl: folder for the files");
  add_machine_options(*action, context);
  action->callback([options, &context] { emit(*options, context); });
}

}  // namespace coldforge::cli
