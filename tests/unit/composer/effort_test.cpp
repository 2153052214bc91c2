#include "agent/generator/plan/effort.h"

#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <utility>

#include "agent/generator/plan/group.h"
#include "agent/generator/plan/planner.h"
#include "tests/unit/composer/choices.h"

using namespace coldforge;

namespace {

/// Answers by name, else the first value.
class Answers : public agent::Chooser {
 public:
  explicit Answers(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {}
  std::string pick(const std::string& hole, const std::vector<std::string>& domain,
                   const std::string&) override {
    const auto found = answers_.find(hole);
    return found == answers_.end() ? domain.front() : found->second;
  }

 private:
  std::map<std::string, std::string> answers_;
};

/// Of a graph that is one part.
agent::Effort effort(const std::string& graph, const std::map<std::string, std::string>& answers) {
  const kernels::Task task = kernels::parse_task(
      "<ir_version: 8, opset_import: [\"\" : 17]>\ng " + graph + "\n", "effort");
  const isa::Arch arch = isa::load_arch("edge");
  const auto context = test::api_context(isa::Isa::load());
  const agent::ApiSet apis(context);
  Answers chooser(answers);
  const agent::Program program = agent::lower(task.graph, chooser);
  std::vector<int> stages(program.stages.size());
  std::iota(stages.begin(), stages.end(), 0);
  std::string problem;
  agent::Group group = agent::make_group(program, stages, chooser, problem);
  const agent::GroupPlan plan =
      agent::Planner(program, std::move(group), arch, apis, chooser, "").run();
  INFO(problem << plan.problem);
  REQUIRE((problem + plan.problem).empty());
  return agent::effort_of(plan, program, arch);
}

double steps(const agent::Effort& e, isa::Unit unit) {
  return e.steps[static_cast<std::size_t>(unit)];
}

const char kRelu[] = "(float[256,512] x) => (float[256,512] y) {\n  y = Relu (x)\n}";
const char kProduct[] =
    "(float16[64,128] a, float16[128,96] b) => (float16[64,96] y) {\n  y = MatMul (a, b)\n}";

}  // namespace

TEST_CASE("an elementwise sweep moves each element once", "[composer]") {
  const agent::Effort e = effort(kRelu, {{"tile.rows", "1/8"}, {"tile.cols", "1"}});
  CHECK(steps(e, isa::Unit::Vector) == 256 * 512 / 16);
  // 32 bytes a beat, there and back; a run may begin inside of one.
  CHECK(e.bus >= 2 * 256 * 512 * 4 / 32);
  CHECK(e.bus <= 1.01 * 2 * 256 * 512 * 4 / 32);
  CHECK(e.time >= e.bus);
}

TEST_CASE("the array takes one block after the other", "[composer]") {
  const agent::Effort e = effort(kProduct, {{"tile.inner", "1"}});
  CHECK(steps(e, isa::Unit::Matrix) == (128 / 16) * (96 / 16) * 64);
}

TEST_CASE("what costs more has more effort", "[composer]") {
  const std::map<std::string, std::string> good = {
      {"tile.rows", "1/8"}, {"tile.cols", "1"}, {"ahead", "1"}, {"depth.result", "2"}};
  auto one_by_one = good;
  one_by_one["ahead"] = "0";
  one_by_one["depth.result"] = "1";
  auto narrow = good;  // short runs from memory
  narrow["tile.cols"] = "1/32";
  narrow["tile.rows"] = "1";
  const double best = effort(kRelu, good).time;
  CHECK(best < effort(kRelu, one_by_one).time);
  CHECK(best < effort(kRelu, narrow).time);
}
