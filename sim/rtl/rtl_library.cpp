#include "sim/rtl/rtl_library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "sim/base/cache.h"
#include "sim/base/digest.h"
#include "sim/base/error.h"
#include "sim/rtl/rtl_build.h"

namespace coldforge::sim {
namespace {

namespace fs = std::filesystem;

/// Held by the one process that builds; the system gives it back whatever happens to the process.
class Lock {
 public:
  explicit Lock(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX) != 0) {
      throw InfrastructureError(path.string() + ": cannot be locked");
    }
  }
  ~Lock() { ::close(descriptor_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int descriptor_;
};

}  // namespace

std::string missing_rtl_tools() {
  try {
    find_rtl_tools();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

RtlLibrary::RtlLibrary(const isa::Isa& isa, const isa::Arch& arch, const Options& options) {
  const RtlTools tools = find_rtl_tools();
  const RtlSources sources = rtl_sources(isa, arch, options.rtl_folder);
  digest_ = rtl_digest(sources, tools, options.wave);
  const fs::path cache = cache_folder();
  std::error_code error;
  fs::create_directories(cache, error);
  if (error) throw UserError(cache.string(), "cannot be made: " + error.message());
  const fs::path folder = cache / ("rtl-" + short_digest(digest_));
  const fs::path library = folder / "libnpu.so";
  if (!fs::exists(library)) {
    const Lock lock(folder.string() + ".lock");
    if (!fs::exists(library)) {  // nobody else was faster
      const fs::path stage = folder.string() + ".building";
      fs::remove_all(stage, error);
      fs::create_directories(stage);
      const auto begin = std::chrono::steady_clock::now();
      build_rtl(sources, tools, options.wave, stage.string(), [&](const std::string& step) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                                 std::chrono::steady_clock::now() - begin)
                                 .count();
        if (options.progress) {
          options.progress(
              fmt::format("building the RTL of {}: {}, {} s", arch.name, step, seconds));
        }
      });
      fs::remove_all(folder, error);
      fs::rename(stage, folder);
    }
  }
  void* const handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    throw InfrastructureError(fmt::format("{}: {}", library.string(), ::dlerror()));
  const auto find = [&](auto& function, const char* name) {
    void* const symbol = ::dlsym(handle, name);
    if (symbol == nullptr)
      throw InfrastructureError(fmt::format("{}: has no {}", library.string(), name));
    function = reinterpret_cast<std::decay_t<decltype(function)>>(symbol);
  };
  find(create, "cf_rtl_create");
  find(destroy, "cf_rtl_destroy");
  find(eval, "cf_rtl_eval");
  find(command, "cf_rtl_command");
  find(clock, "cf_rtl_clock");
  find(peek, "cf_rtl_peek");
  find(poke, "cf_rtl_poke");
  find(open_wave, "cf_rtl_open_wave");
  find(close_wave, "cf_rtl_close_wave");
}

}  // namespace coldforge::sim
