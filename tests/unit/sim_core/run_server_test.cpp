#include "sim/run_server.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

#include "sim/base/error.h"

namespace coldforge::sim::test {
namespace {

std::string failure_of(RunServer& server, const std::string& order) {
  RunOptions options;
  options.wave = order;
  try {
    server.start({}, {}, options)->finish();
  } catch (const InfrastructureError& error) {
    return std::string("infrastructure: ") + error.what();
  } catch (const UserError& error) {
    return std::string("user: ") + error.what();
  }
  return "none";
}

RunResult obey(const Program&, const std::vector<Buffer>&, const RunOptions& options) {
  if (options.wave == "die") std::raise(SIGKILL);
  if (options.wave == "exit") ::_exit(7);
  if (options.wave == "refuse") throw UserError("buffer x", "overlaps y: move it");
  while (options.wave == "wait") ::pause();
  return {};
}

}  // namespace

TEST_CASE("a served run gets every member of its input", "[sim][child]") {
  Program program;
  program.segments.push_back({16, {1, 2, 3}, 8, true, true});
  program.entry = 20;
  program.symbols["main"] = 24;
  const std::vector<Buffer> buffers = {
      {"x", kDramBase, std::vector<std::uint8_t>(3'000'000, 7), false, true}, {"y", 5, {}, true}};
  RunOptions options;
  options.backend = Backend::Rtl;
  options.wave = "w";
  options.wave_from = 1;
  options.wave_to = 2;
  options.keep_memories = true;
  options.cycle_limit = Cycles(3);
  options.instruction_limit = 4;
  options.poison_seed = 5;
  options.commit_trace = true;
  options.race_check = false;
  options.critical_path = true;
  options.source_profile = true;
  options.print_limit_bytes = 6;

  // Checked in the run's process: what differs is named.
  RunServer server([&](const Program& p, const std::vector<Buffer>& b, const RunOptions& o) {
    RunResult result;
    const auto expect = [&](bool is_right, const char* what) {
      if (!is_right) result.message += std::string(what) + " ";
    };
    expect(p.segments.size() == 1 && p.segments[0].address == 16, "segment");
    expect(p.segments[0].bytes == program.segments[0].bytes, "segment.bytes");
    expect(p.segments[0].size_bytes == 8, "segment.size");
    expect(p.segments[0].writable && p.segments[0].executable, "segment.rights");
    expect(p.entry == 20 && p.symbols == program.symbols, "program");
    expect(b.size() == 2 && b[0].name == "x" && b[1].name == "y", "buffer.name");
    expect(b[0].address == kDramBase && b[1].address == 5, "buffer.address");
    expect(b[0].bytes == buffers[0].bytes && b[1].bytes.empty(), "buffer.bytes");
    expect(!b[0].readable && b[0].writable, "buffer 0 rights");
    expect(b[1].readable && !b[1].writable, "buffer 1 rights");
    expect(o.backend == Backend::Rtl && o.wave == "w", "backend");
    expect(o.wave_from == 1 && o.wave_to == 2 && o.keep_memories, "wave");
    expect(o.cycle_limit == Cycles(3) && o.instruction_limit == 4, "limits");
    expect(o.poison_seed == 5 && o.commit_trace && !o.race_check, "checks");
    expect(o.critical_path && o.source_profile && o.print_limit_bytes == 6, "profile");
    return result;
  });
  CHECK(server.start(program, buffers, options)->finish().message.empty());
}

TEST_CASE("what becomes of a served run is told as of any child", "[sim][child]") {
  RunServer server(obey);
  CHECK(failure_of(server, "die") == "infrastructure: the process of a run was killed by signal 9");
  CHECK(failure_of(server, "exit") == "infrastructure: the process of a run ended with code 7");
  CHECK(failure_of(server, "refuse") == "user: buffer x: overlaps y: move it");
  CHECK(failure_of(server, "") == "none");  // and the next run is well

  RunOptions options;
  options.wave = "wait";
  auto stuck = server.start({}, {}, options);
  CHECK_FALSE(stuck->ready());
  stuck->cancel();
  CHECK(stuck->ready());
}

TEST_CASE("a served run goes on when its server ends", "[sim][child]") {
  auto server = std::make_unique<RunServer>(obey);
  auto first = server->start({}, {}, {}), second = server->start({}, {}, {});
  server.reset();
  CHECK(first->finish().outcome == Outcome::Exited);
  CHECK(second->finish().outcome == Outcome::Exited);
}

TEST_CASE("a server keeps nothing open that its parent closes", "[sim][child]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  RunServer server(obey);
  ::close(ends[1]);
  char letter = 0;
  CHECK(::read(ends[0], &letter, 1) == 0);  // the end, at once
  ::close(ends[0]);
}

}  // namespace coldforge::sim::test
