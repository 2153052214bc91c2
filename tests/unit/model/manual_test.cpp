#include "agent/generator/model/manual.h"

#include <catch2/catch.hpp>

#include "agent/generator/generator.h"
#include "agent/generator/model/answer.h"
#include "sim/base/file.h"
#include "tests/unit/model/scripted_model.h"

using namespace coldforge;
using namespace coldforge::agent;
using namespace coldforge::agent::test;

TEST_CASE("a person's question waits in a file until the kernel lies beside it", "[manual]") {
  testing::ScratchFolder folder;
  ManualRespondent person(folder.path());
  const Purpose purpose = {"level1/023_softmax", 7, "draft", 0};
  const std::string stem = folder / "level1-023_softmax-007-draft";
  CHECK_THROWS_WITH(person.answer(purpose, question("Write a kernel.")),
                    "level1/023_softmax, candidate 7, draft: the question is in " + stem +
                        ".md; put the kernel into " + stem +
                        ".cpp and give the same command again");
  CHECK(read_file(stem + ".md") == "Write a kernel.\n\n");
  write_file_atomic(stem + ".cpp", " \n");
  CHECK_THROWS_AS(person.answer(purpose, question("Write a kernel.")), RunStopped);
  const std::string code = "// ```\nvoid kernel(const task::Args&) {}\n";
  write_file_atomic(stem + ".cpp", code);
  const llm::ChatAnswer answer = person.answer(purpose, question("Write a kernel."));
  CHECK(answer.status == llm::ChatStatus::Answered);
  CHECK(kernel_of_answer(answer.text, false).source == code);
}

TEST_CASE("a person judges in words", "[manual]") {
  testing::ScratchFolder folder;
  ManualRespondent person(folder.path());
  const Purpose purpose = {"softmax", 2, "audit", 1};
  CHECK_THROWS_AS(person.answer(purpose, question("Honest?")), RunStopped);
  write_file_atomic(folder / "softmax-002-audit-2.txt", "VERDICT: honest\n");
  CHECK(person.answer(purpose, question("Honest?")).text == "VERDICT: honest\n");
}
