// coldforge_llm_load: how busy the client of language models keeps a server, and whether its memory
// grows. The server runs in a process of its own and samples its slots itself.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "agent/generator/llm/openai.h"
#include "agent/generator/llm/provider.h"
#include "tests/bench/llm/server_process.h"

namespace {

using namespace coldforge;

struct Options {
  int exchanges = 10000;
  int concurrency = 16;
  double hold_ms = 5.0;
  int answer_bytes = 4000;
  bool plain = false;
  bool json = false;
};

std::int64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total_pages = 0, resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * ::sysconf(_SC_PAGESIZE);
}

/// Peak of resident memory for each tenth of the exchanges.
class MemoryPeaks {
 public:
  explicit MemoryPeaks(int exchanges) : exchanges_(exchanges), peaks_(10, 0) {}
  void sample(int finished) {
    const std::int64_t bytes = resident_bytes();
    const std::lock_guard lock(mutex_);
    std::int64_t& peak = peaks_[static_cast<std::size_t>(finished) * 10 / exchanges_];
    peak = std::max(peak, bytes);
  }
  const std::vector<std::int64_t>& peaks() const { return peaks_; }

 private:
  const std::size_t exchanges_;
  std::mutex mutex_;
  std::vector<std::int64_t> peaks_;
};

int run(const Options& options) {
  bench::ServerProcess server(options.concurrency, options.hold_ms / 1000.0, options.answer_bytes);
  agent::llm::Provider provider;
  provider.base_url = server.base_url();
  provider.model = "test-model";
  provider.name = "test";
  provider.proxy = "none";
  provider.stream = !options.plain;
  provider.concurrency = options.concurrency;
  agent::llm::OpenAiModel model(agent::llm::make_endpoint(provider, ""));

  MemoryPeaks memory(options.exchanges);
  std::atomic<int> next{0}, finished{0}, failed{0};
  const auto work = [&] {
    for (int n = next++; n < options.exchanges; n = next++) {
      agent::llm::ChatRequest request;
      request.messages = {{"user", "Write kernel " + std::to_string(n) + "."}};
      const agent::llm::ChatAnswer answer = model.complete(request);
      const bool is_right = answer.status == agent::llm::ChatStatus::Answered &&
                            answer.text.size() == static_cast<std::size_t>(options.answer_bytes);
      if (!is_right) ++failed;
      memory.sample(finished++);
    }
  };
  server.start_sampling();
  std::vector<std::thread> threads;
  for (int i = 0; i < options.concurrency; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();

  const testing::Occupancy occupancy = server.occupancy();
  const double busy = occupancy.mean_busy / options.concurrency;
  const std::vector<std::int64_t>& peaks = memory.peaks();
  const double growth = static_cast<double>(peaks[9]) / static_cast<double>(peaks[1]);
  if (options.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"exchanges", options.exchanges},
                                              {"failed", failed.load()},
                                              {"concurrency", options.concurrency},
                                              {"seconds", occupancy.seconds},
                                              {"busy_share", busy},
                                              {"peak_busy", occupancy.peak_busy},
                                              {"peak_bytes_of_tenths", peaks},
                                              {"memory_growth", growth}}
                           .dump(2));
  } else {
    fmt::print(
        "{} exchanges, {} failed, {:.1f} s, {:.0f} a second\n"
        "slots busy: {:.1f} % of {}, at most {}\n"
        "peak memory of the second and of the last tenth: {:.2f} and {:.2f} MB, ratio {:.3f}\n",
        options.exchanges, failed.load(), occupancy.seconds,
        options.exchanges / std::max(occupancy.seconds, 1e-9), 100.0 * busy, options.concurrency,
        occupancy.peak_busy, static_cast<double>(peaks[1]) / 1e6,
        static_cast<double>(peaks[9]) / 1e6, growth);
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures the client of language models against the test server.",
               "coldforge_llm_load"};
  app.footer("Example:\n  coldforge_llm_load --exchanges 320 --hold-ms 1000\n");
  app.add_option("--exchanges", options.exchanges, "How many")
      ->check(CLI::Range(10, 10000000))
      ->capture_default_str();
  app.add_option("--concurrency", options.concurrency, "At a time; the server has as many slots")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  app.add_option("--hold-ms", options.hold_ms, "How long the server thinks over each answer")
      ->check(CLI::Range(0.0, 60000.0))
      ->capture_default_str();
  app.add_option("--answer-bytes", options.answer_bytes, "Length of an answer")
      ->check(CLI::Range(1, 1 << 22))
      ->capture_default_str();
  app.add_flag("--plain", options.plain, "Plain answers instead of streamed ones");
  app.add_flag("--json", options.json, "One JSON document");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
