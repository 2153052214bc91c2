#include "sim/base/file.h"

#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "sim/base/error.h"

namespace fs = std::filesystem;

namespace {

fs::path scratch(const std::string& name) {
  const fs::path folder =
      fs::temp_directory_path() / ("coldforge-" + name + "-" + std::to_string(::getpid()));
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

/// A full disk for this process: no file may grow beyond `bytes`.
void limit_file_size(rlim_t bytes) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, RLIM_INFINITY};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

}  // namespace

TEST_CASE("a file is written whole, in folders that are made as needed", "[base]") {
  const fs::path folder = scratch("write");
  coldforge::write_file_atomic(folder / "a/b.txt", "one");
  coldforge::write_file_atomic(folder / "a/b.txt", "two");
  CHECK(coldforge::read_file(folder / "a/b.txt") == "two");
  CHECK(std::distance(fs::directory_iterator(folder / "a"), {}) == 1);
}

TEST_CASE("a full disk leaves the old file and nothing beside it", "[base]") {
  const fs::path folder = scratch("full");
  coldforge::write_file_atomic(folder / "f", "old");
  limit_file_size(1000);
  CHECK_THROWS_AS(coldforge::write_file_atomic(folder / "f", std::string(5000, 'x')),
                  coldforge::InfrastructureError);
  CHECK(coldforge::read_file(folder / "f") == "old");
  CHECK(std::distance(fs::directory_iterator(folder), {}) == 1);
}

TEST_CASE("a failed append cuts the file back to whole lines", "[base]") {
  const fs::path folder = scratch("append");
  coldforge::append_file(folder / "f", "line 1\n");
  limit_file_size(1000);
  CHECK_THROWS_AS(coldforge::append_file(folder / "f", std::string(5000, 'x') + "\n"),
                  coldforge::InfrastructureError);
  CHECK(coldforge::read_file(folder / "f") == "line 1\n");
}

TEST_CASE("a missing file is the user's error, and says so", "[base]") {
  CHECK_THROWS_WITH(coldforge::read_file("nowhere/at/all"), "nowhere/at/all: no such file");
  CHECK_THROWS_WITH(coldforge::read_file(fs::temp_directory_path()),
                    fs::temp_directory_path().string() + ": is a folder, not a file");
}
