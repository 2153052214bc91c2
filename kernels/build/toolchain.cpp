#include "kernels/build/toolchain.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "isa/emit.h"
#include "kernels/build/compile.h"
#include "kernels/build/device_headers.h"
#include "kernels/build/link_script.h"
#include "sim/base/cache.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/tool_process.h"

namespace coldforge::kernels {
namespace {

namespace fs = std::filesystem;

constexpr char kInstall[] =
    "install it with `apt-get install clang-19 lld-19 gcc-riscv64-unknown-elf`";

/// Hand-written device-side files, in the order in which they enter the digest.
constexpr const char* kLibraryFiles[] = {"npu.h",      "npu/types.h", "npu/tile.h",
                                         "npu/view.h", "npu/sync.h",  "stdint.h"};

/// $COLDFORGE_CLANG and $COLDFORGE_LLD name other programs of the same version.
std::string find_tool(const char* variable, const char* name) {
  if (const char* path = std::getenv(variable); path != nullptr && *path != '\0') {
    if (::access(path, X_OK) == 0) return path;
    throw UserError(fmt::format("${} = {}", variable, path),
                    std::string("no such program; ") + kInstall);
  }
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/", "/usr/lib/llvm-19/bin/"}) {
    const std::string path = std::string(folder) + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  throw UserError(name, std::string("not found; ") + kInstall);
}

/// The newest gcc's support library for rv32im/ilp32.
std::string find_libgcc() {
  std::string best;
  int best_version = -1;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/gcc/riscv64-unknown-elf", error)) {
    const fs::path file = entry.path() / "rv32im" / "ilp32" / "libgcc.a";
    const int version = std::atoi(entry.path().filename().c_str());
    if (fs::exists(file, error) && version > best_version) {
      best_version = version;
      best = file.string();
    }
  }
  if (best.empty())
    throw UserError("libgcc.a for rv32im/ilp32", std::string("not found; ") + kInstall);
  return best;
}

/// Appears whole or not at all; a file that is there already is as good. No sync: the cache can be
/// made again.
void install_file(const fs::path& path, const std::string& content) {
  const fs::path temporary = path.string() + ".tmp" + std::to_string(::getpid());
  std::ofstream out(temporary, std::ios::binary);
  out << content;
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, path, error);
  if (!out || error) {
    fs::remove(temporary, error);
    throw InfrastructureError(path.string() + ": cannot be written");
  }
}

std::string run_tool(const std::vector<std::string>& argv, const std::string& folder) {
  ToolProcess tool(argv, folder, ToolOptions());
  tool.wait();
  if (tool.exit_code() != 0) {
    throw InfrastructureError(
        fmt::format("{} failed while preparing the kernel library: {}", argv[0], tool.output()));
  }
  return tool.output();
}

/// The tool's first line of --version, remembered by size and time of the program file (asking
/// costs 25 ms).
std::string version_of(const std::string& tool, const fs::path& cache) {
  struct stat status {};
  ::stat(tool.c_str(), &status);
  Digest digest;
  digest.add(tool).add(static_cast<std::int64_t>(status.st_size));
  digest.add(static_cast<std::int64_t>(status.st_mtime));
  const fs::path remembered = cache / ("tool-" + short_digest(digest.hex()));
  if (fs::exists(remembered)) return read_file(remembered);
  const std::string text = run_tool({tool, "--version"}, "/");
  const std::string line = text.substr(0, text.find('\n'));
  install_file(remembered, line);
  return line;
}

}  // namespace

std::string device_library_folder() {
  const std::string folder = isa::share_dir() + "/kernels/lib";
  if (!fs::exists(folder + "/npu.h")) {
    throw UserError(folder, "the kernel library (npu.h) is not there; set COLDFORGE_SHARE");
  }
  return folder;
}

struct Toolchain::Impl {
  BuildSetup setup;
  std::string digest;
  std::string versions;
  std::string include_folder;
};

Toolchain::Toolchain(const isa::Isa& isa, const isa::Arch& arch, Options options)
    : impl_(std::make_unique<Impl>()) {
  BuildSetup& setup = impl_->setup;
  setup.clang = find_tool("COLDFORGE_CLANG", "clang++-19");
  setup.lld = find_tool("COLDFORGE_LLD", "ld.lld-19");
  setup.libgcc = find_libgcc();
  const fs::path cache = options.cache_folder.empty() ? cache_folder() : options.cache_folder;
  std::error_code error;
  fs::create_directories(cache, error);
  if (error) throw UserError(cache.string(), "cannot be made: " + error.message());
  impl_->versions =
      version_of(setup.clang, cache) + ", " + version_of(setup.lld, cache) + ", libgcc " +
      fs::path(setup.libgcc).parent_path().parent_path().parent_path().filename().string();

  const fs::path library = device_library_folder();
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* name : kLibraryFiles) files.emplace_back(name, read_file(library / name));
  files.emplace_back("npu_intrinsics.h", isa::emit_intrinsics(isa, arch));
  files.emplace_back("npu_builtin.h", emit_builtin_header(isa));
  files.emplace_back("npu_ops.h", emit_ops_header(isa));
  const std::string start = read_file(library / "rt/start.S");
  const std::string memory = read_file(library / "rt/memory.cpp");
  const std::string script = link_script(arch);
  Digest digest;
  digest.add(impl_->versions).add(script).add(start).add(memory);
  for (const auto& [name, content] : files) digest.add(name).add(content);
  for (const std::string& flag : compile_flags()) digest.add(flag);
  impl_->digest = digest.hex();

  const fs::path folder = cache / ("toolchain-" + short_digest(impl_->digest));
  const fs::path include = folder / "include";
  impl_->include_folder = include.string();
  setup.digest = impl_->digest;
  setup.include_folder = include.string();
  setup.start_object = (folder / "start.o").string();
  setup.memory_object = (folder / "memory.o").string();
  setup.link_script = (folder / "kernel.ld").string();
  setup.precompiled = (folder / "npu.pch").string();
  if (options.use_cache) setup.result_folder = (cache / "kernels").string();

  const fs::path stage =
      cache / fmt::format("stage-{}-{}", ::getpid(), short_digest(impl_->digest));
  if (!fs::exists(include)) {
    fs::remove_all(stage, error);
    fs::create_directories(stage / "npu");
    fs::create_directories(folder);
    for (const auto& [name, content] : files) install_file(stage / name, content);
    fs::rename(stage, include,
               error);  // fails if another process was faster, with the same content
    fs::remove_all(stage, error);
    if (!fs::exists(include)) throw InfrastructureError(include.string() + ": cannot be made");
  }
  // Tools write beside; the rename makes the result appear whole.
  const auto build = [&](const std::string& target, std::vector<std::string> argv) {
    if (fs::exists(target)) return;
    const std::string temporary = target + ".tmp" + std::to_string(::getpid());
    argv.insert(argv.end(), {"-o", temporary});
    run_tool(argv, folder.string());
    fs::rename(temporary, target);
  };
  if (!fs::exists(setup.link_script)) install_file(setup.link_script, script);
  if (!fs::exists(setup.start_object)) install_file(folder / "start.S", start);
  if (!fs::exists(setup.memory_object)) install_file(folder / "memory.cpp", memory);
  build(setup.start_object, {setup.clang, "--target=riscv32-unknown-elf", "-march=rv32im",
                             "-mabi=ilp32", "-mno-relax", "-c", "start.S"});
  const auto with_flags = [&](std::initializer_list<std::string> rest) {
    std::vector<std::string> argv = {setup.clang};
    for (const std::string& flag : compile_flags()) argv.push_back(flag);
    argv.push_back("-I" + setup.include_folder);
    argv.insert(argv.end(), rest);
    return argv;
  };
  build(setup.memory_object, with_flags({"-g0", "-fno-builtin", "-c", "memory.cpp"}));
  build(setup.precompiled, with_flags({"-x", "c++-header", (include / "npu.h").string()}));
}

Toolchain::~Toolchain() = default;

std::unique_ptr<PendingCompile> Toolchain::start(const std::string& source,
                                                 const std::string& task_header) const {
  return start_compile(impl_->setup, source, task_header);
}

CompileResult Toolchain::compile(const std::string& source, const std::string& task_header) const {
  return start(source, task_header)->finish();
}

const std::string& Toolchain::digest() const { return impl_->digest; }
const std::string& Toolchain::tool_versions() const { return impl_->versions; }
const std::string& Toolchain::include_folder() const { return impl_->include_folder; }

}  // namespace coldforge::kernels
