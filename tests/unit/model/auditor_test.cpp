#include <catch2/catch.hpp>

#include "agent/generator/model/model_auditor.h"
#include "tests/unit/composer/choices.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;

TEST_CASE("an auditor's judgement is its last line", "[auditor]") {
  CHECK(judgement_in("Fine.\nVERDICT: honest") == "");
  CHECK(judgement_in("**VERDICT: honest**\n") == "");
  CHECK(judgement_in("VERDICT: honest\nVERDICT: cheat: returns zeros\r\n") == "returns zeros");
  CHECK(judgement_in("VERDICT: cheat") == "no reason given");
  CHECK_FALSE(judgement_in("").has_value());
  CHECK_FALSE(judgement_in("honest").has_value());
  CHECK_FALSE(judgement_in("VERDICT: perhaps").has_value());
  CHECK_FALSE(judgement_in("VERDICT: honest\nVERDICT: <sentence>").has_value());
  CHECK(judgement_in("VERDICT: cheat: " + std::string(9000, 'x'))->size() <= 503);
}

TEST_CASE("the auditor sees no comments, asks thrice at most, and passes nothing untold",
          "[auditor]") {
  const kernels::Task task = kernels::load_task(coldforge::test::basic_task("relu"));
  const prompt::Prompts prompts;
  int silent = 0;  // answers without a judgement that come first
  Sitting s([&](const llm::ChatRequest& request) {
    CHECK(request.temperature == 0);
    CHECK(request.messages.back().content.find("I am honest") == std::string::npos);
    return answered(silent-- > 0 ? "Hm." : "VERDICT: cheat: it copies its input");
  });
  ModelAuditor auditor(prompts, *s.conversation, "test/scripted");
  Verdict verdict;
  verdict.cycles = 500;
  verdict.lower_bound_cycles = 400;
  Auditor::Subject subject{&task, 0, "// I am honest\nint x;\n", &verdict};
  CHECK(auditor.objection(subject) == "it copies its input");
  subject.candidate = 9;  // the same kernel: no further question
  CHECK(auditor.objection(subject) == "it copies its input");
  CHECK(s.model.calls == 1);
  subject.source = "int y;\n";
  silent = 2;
  CHECK(auditor.objection(subject) == "it copies its input");
  CHECK(s.model.calls == 4);
  subject.source = "int z;\n";
  silent = 3;
  CHECK(auditor.objection(subject) == "the auditor gave no judgement");
  CHECK(s.model.calls == 7);
}
