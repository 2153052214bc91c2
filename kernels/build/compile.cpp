#include "kernels/build/compile.h"

#include <fmt/format.h>
#include <poll.h>

#include <filesystem>
#include <optional>

#include "kernels/build/elf_file.h"
#include "kernels/build/result_cache.h"
#include "kernels/build/sandbox_folder.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/tool_process.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLogBytes = 64 * 1024;

void write_plain(const fs::path& path, const std::string& content) {
  // No sync: the folder is gone in a moment.
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool ok =
      file != nullptr && std::fwrite(content.data(), 1, content.size(), file) == content.size();
  if (file != nullptr && (std::fclose(file) != 0 || !ok)) file = nullptr;
  if (file == nullptr) throw InfrastructureError(path.string() + ": cannot be written");
}

class RunningCompile final : public PendingCompile {
 public:
  RunningCompile(const BuildSetup& setup, const std::string& source, const std::string& task_header)
      : setup_(setup) {
    Digest digest;
    digest.add(setup.digest).add(source).add(task_header);
    result_.digest = digest.hex();
    if (!setup.result_folder.empty()) {
      if (std::optional<CompileResult> known = load_result(setup.result_folder, result_.digest)) {
        result_ = std::move(*known);
        stage_ = Stage::Done;
        return;
      }
    }
    folder_.emplace();
    write_plain(fs::path(folder_->path()) / "kernel.cpp", source);
    write_plain(fs::path(folder_->path()) / "task.h", task_header);
    std::vector<std::string> argv = {setup.clang};
    argv.insert(argv.end(), compile_flags().begin(), compile_flags().end());
    for (const std::string& argument :
         {"-I" + setup.include_folder, "-ffile-prefix-map=" + setup.include_folder + "=npu",
          std::string("-include-pch"), setup.precompiled, std::string("-c"),
          std::string("kernel.cpp"), std::string("-o"), std::string("kernel.o")}) {
      argv.push_back(argument);
    }
    tool_.emplace(argv, folder_->path(), ToolOptions());
  }

  int descriptor() const override { return tool_ ? tool_->descriptor() : -1; }

  bool ready() override {
    while (stage_ != Stage::Done) {
      if (!tool_->ready()) return false;
      result_.log += tool_->output();
      const bool ok = tool_->exit_code() == 0;
      tool_.reset();
      if (stage_ == Stage::Compiling && ok) {
        link();
      } else {
        finish_with(ok);
      }
    }
    return true;
  }

  CompileResult finish() override {
    while (!ready()) {
      pollfd watched{descriptor(), POLLIN, 0};
      ::poll(&watched, 1, 200);
    }
    return std::move(result_);
  }

 private:
  enum class Stage { Compiling, Linking, Done };

  std::string file(const char* name) const { return folder_->path() + "/" + name; }

  void link() {
    const std::vector<std::string> findings = scan_object(read_file(file("kernel.o")));
    if (!findings.empty()) return refuse(findings);
    stage_ = Stage::Linking;
    tool_.emplace(std::vector<std::string>{setup_.lld, "-T", setup_.link_script, "--gc-sections",
                                           "-nmagic", "--color-diagnostics=never", "-o",
                                           "kernel.elf", setup_.start_object, "kernel.o",
                                           setup_.memory_object, setup_.libgcc},
                  folder_->path(), ToolOptions());
  }

  void refuse(const std::vector<std::string>& findings) {
    for (const std::string& finding : findings) {
      result_.diagnostics.push_back({"kernel.cpp", 0, 0, "error", finding});
    }
    result_.forbidden = true;
    end();
  }

  void finish_with(bool ok) {
    result_.diagnostics = parse_diagnostics(result_.log);
    if (ok) {
      const std::string program = read_file(file("kernel.elf"));
      const std::vector<std::string> findings = scan_program(program);
      if (!findings.empty()) return refuse(findings);
      result_.elf.assign(program.begin(), program.end());
    }
    result_.ok = ok;
    end();
  }

  void end() {
    stage_ = Stage::Done;
    if (result_.log.size() > kMostLogBytes) result_.log.resize(kMostLogBytes);
    folder_.reset();
    if (!setup_.result_folder.empty()) store_result(setup_.result_folder, result_);
  }

  const BuildSetup& setup_;  // of the toolchain, which outlives its compilations
  std::optional<SandboxFolder> folder_;
  std::optional<ToolProcess> tool_;
  Stage stage_ = Stage::Compiling;
  CompileResult result_;
};

}  // namespace

const std::vector<std::string>& compile_flags() {
  static const std::vector<std::string> kFlags = {
      "--target=riscv32-unknown-elf", "-march=rv32im", "-mabi=ilp32", "-mno-relax", "-std=c++20",
      "-O2", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
      "-nostdlib", "-nostdinc", "-fno-addrsig", "-gline-tables-only", "-gdwarf-4",
      "-fdebug-compilation-dir=.", "-fno-caret-diagnostics", "-fno-color-diagnostics",
      "-ferror-limit=20",
      // Counted limits: what exceeds them does not compile, on any machine and under any load.
      "-ftemplate-depth=128", "-ftemplate-backtrace-limit=4", "-fconstexpr-depth=128",
      "-fconstexpr-steps=100000", "-fbracket-depth=128"};
  return kFlags;
}

std::unique_ptr<PendingCompile> start_compile(const BuildSetup& setup, const std::string& source,
                                              const std::string& task_header) {
  return std::make_unique<RunningCompile>(setup, source, task_header);
}

}  // namespace coldforge::kernels
