#include "sim/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "sim/base/error.h"

namespace coldforge {
namespace {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const char* what, int reason) {
  throw InfrastructureError(path.string() + ": " + what + ": " + std::strerror(reason));
}

/// 0, or the errno of the failed write.
int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

void make_folder_of(const std::filesystem::path& path) {
  if (!path.has_parent_path()) return;
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) throw InfrastructureError(path.parent_path().string() + ": " + error.message());
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw UserError(path.string(), "no such file");
  if (std::filesystem::is_directory(path, error))
    throw UserError(path.string(), "is a folder, not a file");
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  if (stream) content << stream.rdbuf();
  if (!stream && !stream.eof()) throw UserError(path.string(), "cannot be read: permission denied");
  return content.str();
}

void write_file_atomic(const std::filesystem::path& path, std::string_view content) {
  make_folder_of(path);
  const std::filesystem::path beside = path.string() + ".part." + std::to_string(::getpid());
  int reason = 0;
  {
    Descriptor file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.get() < 0) fail(beside, "cannot be written", errno);
    reason = write_all(file.get(), content);
    if (reason == 0 && ::fsync(file.get()) != 0) reason = errno;
  }
  if (reason == 0 && ::rename(beside.c_str(), path.c_str()) != 0) reason = errno;
  if (reason != 0) {
    ::unlink(beside.c_str());
    fail(path, "cannot be written", reason);
  }
}

void append_file(const std::filesystem::path& path, std::string_view content) {
  make_folder_of(path);
  Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (file.get() < 0) fail(path, "cannot be written", errno);
  struct stat before {};
  if (::fstat(file.get(), &before) != 0) fail(path, "cannot be read", errno);
  int reason = write_all(file.get(), content);
  if (reason == 0 && ::fdatasync(file.get()) != 0) reason = errno;
  if (reason != 0) {
    if (::ftruncate(file.get(), before.st_size) != 0) reason = errno;
    fail(path, "cannot be written", reason);
  }
}

}  // namespace coldforge
