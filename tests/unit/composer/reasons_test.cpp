#include "agent/generator/reasons.h"

#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "sim/base/file.h"

using namespace coldforge;

TEST_CASE("the published list of reasons is the one in the code", "[composer]") {
  std::istringstream page(read_file(std::string(COLDFORGE_SOURCE_DIR) + "/docs/reasons.md"));
  std::vector<std::string> published;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("| `", 0) == 0) published.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  std::vector<std::string> known;
  for (const agent::Reason& reason : agent::reasons()) known.emplace_back(reason.id);
  CHECK(published == known);
  CHECK(std::set<std::string>(known.begin(), known.end()).size() == known.size());
}

TEST_CASE("what a generator says begins with the reason", "[composer]") {
  CHECK(agent::say(agent::kNoPlan, "19 flags, there are 16") == "no_plan: 19 flags, there are 16");
  CHECK(agent::reason_id("no_plan: 19 flags, there are 16") == "no_plan");
  CHECK(agent::reason_id("19 flags, there are 16").empty());
  CHECK(agent::reason_id("no_planning: x").empty());
}
