#include "cli/context.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace coldforge::cli {

isa::Isa Context::load_isa() const { return isa::Isa::load(overlays); }
isa::Arch Context::load_arch() const { return isa::load_arch(arch, sets); }

void Context::print(std::string_view text) const {
  if (!json) fmt::print("{}", text);
}

void Context::print_json(const nlohmann::ordered_json& document) const {
  if (json)
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void add_output_options(CLI::App& command, Context& context) {
  command.add_flag("--json", context.json, "Print one JSON document on standard output");
}

void add_machine_options(CLI::App& command, Context& context) {
  command.add_option("--arch", context.arch, "Machine: a built-in name or an architecture file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      .add_option("--isa", context.overlays,
                  "Instruction-set overlay (JSON Merge Patch), repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--set", context.sets, "Change one value of the machine, e.g. vector.lanes=32")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  add_output_options(command, context);
}

ProgressLine::ProgressLine(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) != 0) {}
ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(const std::string& text) {
  if (quiet_) return;
  using Clock = std::chrono::steady_clock;
  const std::int64_t now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())
          .count();
  if (now_ms - last_ms_ < (terminal_ ? 100 : 1000)) return;
  last_ms_ = now_ms;
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", text.substr(0, 110));
    shown_ = true;
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

void ProgressLine::line(const std::string& text) {
  if (quiet_) return;
  clear();
  fmt::print(stderr, "{}\n", text);
}

void ProgressLine::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace coldforge::cli
