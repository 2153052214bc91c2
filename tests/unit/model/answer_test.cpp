#include "agent/generator/model/answer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "agent/verify/source_rules.h"
#include "sim/base/random.h"

using namespace coldforge;
using namespace coldforge::agent;

namespace {

AnswerKernel read(const std::string& answer, bool is_truncated = false) {
  return kernel_of_answer(answer, is_truncated);
}

const std::string kCode = "void kernel(const task::Args& args) {}\n";

}  // namespace

TEST_CASE("one fenced block of C++ is the kernel, whatever stands around it", "[answer]") {
  for (const std::string info : {"", "cpp", "c++", "C++", "cc", "c", "cpp title=\"x\"", "cxx "}) {
    INFO(info);
    CHECK(read("Words.\n```" + info + "\n" + kCode + "```\nMore words.").source == kCode);
  }
  CHECK(read("```cpp\r\n" + kCode + "```\r\n").source == kCode);
  CHECK(read("~~~\n" + kCode + "~~~").source == kCode);
  CHECK(read("   ````cpp\n" + kCode + "```\n  ````").source == kCode + "```\n");
  CHECK(read("Use ``` for fences, `x` for names.\n```cpp\n" + kCode + "```").source == kCode);
}

TEST_CASE("of several blocks the only one that defines the kernel counts", "[answer]") {
  CHECK(read("```cpp\nint x;\n```\n```cpp\n" + kCode + "```\n").source == kCode);
  CHECK(read("```json\n{}\n```\n```cpp\nint x;\n```\n").source == "int x;\n");
  CHECK(read("```cpp\n" + kCode + "```\n```cpp\n" + kCode + "```\n").fault ==
        "it holds 2 blocks of C++, one is wanted");
  CHECK(read("```cpp\nint x;\n```\n```\nint y;\n```\n").fault ==
        "it holds 2 blocks of C++, one is wanted");
}

TEST_CASE("an answer without a kernel says what is wrong with it", "[answer]") {
  CHECK(read("").fault == "it holds no fenced block of C++");
  CHECK(read(kCode).fault == "it holds no fenced block of C++");
  CHECK(read("```python\nx = 1\n```").fault == "it holds no fenced block of C++");
  CHECK(read("```cpp\n```").fault == "its block of C++ is empty");
  CHECK(read("```cpp\n  \n\t\n```").fault == "its block of C++ is empty");
  CHECK(read("```cpp\n" + kCode).fault == "its block of C++ never ends");
  CHECK(read("```cpp").fault == "its block of C++ never ends");
  CHECK(read("```cpp\n" + std::string(kMostKernelBytes + 1, 'x') + "\n```").fault ==
        "its block of C++ has 131074 bytes, 131072 are allowed");
  CHECK(read(std::string(kMostAnswerBytes + 1, 'x')).fault == "it has more than 1048576 bytes");
}

TEST_CASE("a truncated answer counts if its block is whole", "[answer]") {
  CHECK(read("```cpp\n" + kCode + "```\nAnd fur", true).source == kCode);
  CHECK(read("```cpp\n" + kCode, true).fault == "it was cut off before its block of C++ ended");
  CHECK(read("Let me think", true).fault == "it was cut off before its block of C++ ended");
}

TEST_CASE("what may be taken for a kernel is what the verifier reads", "[answer]") {
  CHECK(kMostKernelBytes == kMostSourceBytes);
}

TEST_CASE("an answer is kept as valid UTF-8 and not longer than it is read", "[answer]") {
  CHECK(trimmed_answer("a\xE2\x82\xAC\n") == "a\xE2\x82\xAC\n");
  CHECK(trimmed_answer("\xFF") == "\xEF\xBF\xBD");
  CHECK(trimmed_answer("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(trimmed_answer("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");  // an overlong NUL
  CHECK(trimmed_answer("\xED\xA0\x80").size() == 9);                // a surrogate
  CHECK(trimmed_answer("\xF4\x90\x80\x80").size() == 12);           // beyond Unicode
  CHECK(trimmed_answer(std::string("a\0b", 3)) == std::string("a\0b", 3));
  for (const char* piece : {"x", "\xFF", "\xE2\x82\xAC"}) {
    std::string flood;
    while (flood.size() < 3 * kMostAnswerBytes) flood += piece;
    const std::string kept = trimmed_answer(flood);
    CHECK(kept.size() > kMostAnswerBytes);  // still shows that it was too long
    CHECK(kept.size() <= kMostAnswerBytes + 4);
    CHECK_FALSE(kernel_of_answer(kept, false).fault.empty());
  }
}

TEST_CASE("no bytes break the reading of an answer", "[answer]") {
  // Pieces that matter to the reader, and bytes that matter to nobody, at random.
  const std::vector<std::string> pieces = {"```",
                                           "````",
                                           "~~~",
                                           "```cpp\n",
                                           "\n",
                                           "\r\n",
                                           " ",
                                           "void kernel(",
                                           "`",
                                           "\t",
                                           std::string(1, '\0'),
                                           "\xFF",
                                           "\xE2\x82",
                                           "\xF0\x9F\x98\x80",
                                           "{}",
                                           "cpp",
                                           "#include <npu.h>\n",
                                           "\xEF\xBB\xBF",
                                           "```json\n",
                                           std::string(300, '`'),
                                           std::string(5000, 'a')};
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Random random(seed, stream_key("answer"));
    std::string answer;
    for (std::uint32_t n = random.below(40); n > 0; --n) {
      answer += random.below(4) == 0
                    ? std::string(1, static_cast<char>(random.below(256)))
                    : pieces[random.below(static_cast<std::uint32_t>(pieces.size()))];
    }
    INFO("seed " << seed);
    const std::string kept = trimmed_answer(answer);
    CHECK(trimmed_answer(kept) == kept);
    // Strict: throws on invalid UTF-8.
    CHECK(nlohmann::json::parse(nlohmann::json(kept).dump()).get<std::string>() == kept);
    for (const bool is_truncated : {false, true}) {
      const AnswerKernel found = kernel_of_answer(kept, is_truncated);
      CHECK(found.source.empty() != found.fault.empty());
      CHECK(kept.find(found.source) != std::string::npos);
    }
  }
}

TEST_CASE("megabytes of fences are read in no time", "[answer]") {
  std::string answer;
  while (answer.size() + 8 < kMostAnswerBytes) answer += "```\n~~~\n";
  CHECK_FALSE(kernel_of_answer(answer, false).fault.empty());
  answer.clear();
  while (answer.size() + 16 < kMostAnswerBytes) answer += "```cpp\nx\n```\n";
  CHECK(kernel_of_answer(answer, false).fault.find("blocks of C++") != std::string::npos);
}
