#include "agent/generator/composer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "agent/generator/emit/writer.h"
#include "agent/generator/plan/align.h"
#include "agent/generator/plan/effort.h"
#include "agent/generator/plan/planner.h"
#include "agent/generator/plan/split.h"
#include "agent/generator/reasons.h"
#include "kernels/build/device_headers.h"
#include "sim/base/digest.h"

namespace coldforge::agent {
namespace {

std::string stripped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c != '\\' && c != '\n') result += c;
  }
  return result;
}

/// How often a part's holes are filled before it is made shorter.
constexpr int kDraws = 3;

/// Refining: least share of a part in the start point's time that its questions are weighed with.
constexpr double kLeastShare = 0.02;

class Composition {
 public:
  Composition(const GenerationRequest& request, const ApiSet& apis, Chooser& chooser)
      : request_(request), apis_(apis), chooser_(chooser) {}

  /// False if there is no plan with these answers; problem() says why.
  bool plan() {
    program_ = lower(request_.task->graph, chooser_);
    if (!program_.problem.empty()) {
      problem_ = program_.problem;
      is_final_ = true;
      return false;
    }
    align_loops(program_, chooser_);
    cut_long_loops(program_, *request_.arch);
    split_reductions(program_, chooser_, *request_.arch);
    if (!plan_parts(problem_)) return false;
    if (!name_tensors()) problem_ = say(kNoScratch, "the scratch buffer is too small");
    return problem_.empty();
  }
  const std::string& problem() const { return problem_; }
  /// Whether no other answers will do better.
  bool is_final() const { return is_final_; }

  /// Of all parts, one after the other (plan/effort.h).
  double effort() const {
    double sum = 0;
    for (const GroupPlan& part : parts_) sum += effort_of(part, program_, *request_.arch).time;
    return sum;
  }

  std::string source() const {
    std::string constants, functions, words, calls;
    for (std::size_t g = 0; g < parts_.size(); ++g) {
      GroupWriter writer(parts_[g], names_, static_cast<int>(g));
      const std::string statements = writer.statements(g + 1 < parts_.size());
      constants += writer.constants() + "\n";
      if (parts_.size() > 1) words += fmt::format("// Part {}:\n", g + 1);
      for (const int s : parts_[g].group.stages) words += "//   " + describe(s) + "\n";
      for (const std::string& word : writer.words()) words += "//   - " + word + "\n";
      if (parts_.size() == 1) {
        calls = statements;
        continue;
      }
      functions +=
          fmt::format("void part{}(const task::Args& args) {{\n{}}}\n\n", g + 1, statements);
      if (g > 0) calls += "  npu::barrier();  // the next part reads what this one stored\n";
      calls += fmt::format("  part{}(args);\n", g + 1);
    }
    return fmt::format(
        "// {}: composed for {}.\n{}#include <npu.h>\n#include \"task.h\"\n\nnamespace "
        "{{\n\n{}{}}}  // namespace\n\n"
        "void kernel(const task::Args& args) {{\n{}}}\n",
        stripped(request_.task->name), request_.arch->name, words, constants, functions, calls);
  }

  /// Sets the share of questions about a part's plan to the share of time that the start point's
  /// parts with such answers take, by its verdict. Other questions concern all of it.
  void weigh_by_time(std::vector<HoleQuestion>& asked, const std::string& feedback) const {
    if (parts_.size() < 2) return;
    std::map<std::string, double> shares;  // by prefix
    for (std::size_t g = 0; g < parts_.size(); ++g) {
      const std::string name = fmt::format(" part{} ", g + 1);
      const std::size_t at = feedback.find(name);
      if (at != std::string::npos)
        shares[prefix_of_[g]] += std::strtod(feedback.c_str() + at + name.size(), nullptr) / 100;
    }
    if (shares.empty()) return;
    for (std::size_t q = 0; q < asked.size(); ++q) {
      const auto within = std::find_if(ranges_.begin(), ranges_.end(), [&](const auto& range) {
        return q >= range.first && q < range.second;
      });
      if (within == ranges_.end()) continue;
      const auto part = static_cast<std::size_t>(within - ranges_.begin());
      asked[q].share = std::max(kLeastShare, shares[prefix_of_[part]]);
    }
  }

 private:
  std::string describe(int s) const {
    return stripped(to_text(program_, program_.stages[static_cast<std::size_t>(s)]));
  }

  /// Cuts the stages into parts, each as long as fits on chip: holes that do not fit are filled
  /// anew a few times before a part is made shorter.
  bool plan_parts(std::string& problem) {
    const auto count = static_cast<int>(program_.stages.size());
    for (int first = 0; first < count;) {
      const int longest = longest_group(program_, first, chooser_);
      std::vector<std::string> lengths;
      for (int n = longest; n >= 1; --n) lengths.push_back(std::to_string(n));
      const std::string own = parts_.empty() ? "" : fmt::format("part{}:", parts_.size() + 1);
      const std::string hole = own + "stages";
      int length = std::stoi(
          chooser_.settle(hole, lengths, fmt::format("stages:{}", longest), lengths.front()));
      while (length >= 1 && !plan_part(first, length, own, problem)) --length;
      if (length == 0) return false;
      problem.clear();
      chooser_.amend(hole, std::to_string(length));
      first += length;
    }
    return true;
  }

  /// Parts of one kind share their holes: what is good for one is good for its like, and few holes
  /// are soon filled well. A part for which the shared answers are none has holes of its `own`.
  bool plan_part(int first, int length, const std::string& own, std::string& problem) {
    std::vector<int> stages(static_cast<std::size_t>(length));
    std::iota(stages.begin(), stages.end(), first);
    const char* const kind = kind_of_part(program_, stages);
    const bool is_first_of_kind = prefixes_.count(kind) == 0;
    const std::string shared =
        is_first_of_kind ? prefixes_.empty() ? "" : std::string(kind) + ":" : prefixes_.at(kind);
    for (int draw = 0; draw < kDraws; ++draw) {
      const std::string& prefix = draw == 0 || is_first_of_kind ? shared : own;
      const std::size_t before = chooser_.mark();
      problem.clear();
      Group group = make_group(program_, stages, chooser_, problem);
      if (problem.empty()) {
        GroupPlan plan =
            Planner(program_, std::move(group), *request_.arch, apis_, chooser_, prefix).run();
        problem = plan.problem.empty() ? problem_of(plan) : plan.problem;
        if (problem.empty()) {
          parts_.push_back(std::move(plan));
          prefixes_.emplace(kind, shared);
          prefix_of_.push_back(prefix);
          ranges_.emplace_back(before, chooser_.mark());
          return true;
        }
      }
      chooser_.retract(before);
    }
    return false;
  }

  /// Why a plan cannot be written down; empty if it can.
  std::string problem_of(const GroupPlan& plan) const {
    const std::vector<DramName> anywhere(program_.tensors.size());
    GroupWriter writer(plan, anywhere, 0);
    writer.statements(true);
    if (writer.problem().empty() && writer.flags() > request_.arch->flags)
      return fmt::format("{} flags, there are {}", writer.flags(), request_.arch->flags);
    return writer.problem();
  }

  /// Inputs and outputs by the names in task.h; what passes from part to part lies in the scratch
  /// buffer.
  bool name_tensors() {
    const std::vector<kernels::TaskArgument> arguments =
        kernels::task_arguments(request_.task->graph);
    std::int64_t scratch = 0, at = 0;
    for (const kernels::TaskArgument& a : arguments) {
      if (a.role == kernels::TaskArgument::Role::Scratch) scratch = a.bytes;
    }
    std::vector<int> group_of(program_.stages.size(), -1);
    for (std::size_t g = 0; g < parts_.size(); ++g) {
      for (const int s : parts_[g].group.stages)
        group_of[static_cast<std::size_t>(s)] = static_cast<int>(g);
    }
    for (std::size_t t = 0; t < program_.tensors.size(); ++t) {
      const TensorInfo& info = program_.tensors[t];
      DramName name;
      name.type = info.type;
      if (info.kind != TensorInfo::Kind::Intermediate) {
        using Role = kernels::TaskArgument::Role;
        const Role role = info.kind == TensorInfo::Kind::Input    ? Role::Input
                          : info.kind == TensorInfo::Kind::Output ? Role::Output
                                                                  : Role::Constant;
        for (const kernels::TaskArgument& a : arguments) {
          if (a.role == role && a.name == info.name) name.expression = "args." + a.identifier;
        }
        names_.push_back(name);
        continue;
      }
      int writer = -1;
      bool crosses = false;
      for (std::size_t s = 0; s < program_.stages.size(); ++s) {
        if (program_.stages[s].out.tensor == static_cast<int>(t)) writer = group_of[s];
      }
      for (std::size_t s = 0; s < program_.stages.size(); ++s) {
        for (const Access& load : program_.stages[s].loads) {
          crosses = crosses || (load.tensor == static_cast<int>(t) && group_of[s] != writer);
        }
      }
      name.type = info.integer ? ElementType::Int32 : ElementType::Fp32;
      if (crosses) {
        name.expression =
            fmt::format("(args.scratch + {}).as<{}>()", at, info.integer ? "npu::i32" : "npu::f32");
        at += (kernels::element_count(info.shape) * 4 + 63) / 64 * 64;
      }
      names_.push_back(name);
    }
    return at <= scratch;
  }

  const GenerationRequest& request_;
  const ApiSet& apis_;
  Chooser& chooser_;
  Program program_;
  std::vector<GroupPlan> parts_;
  std::map<std::string, std::string> prefixes_;  ///< of the holes of each kind of part
  std::vector<std::string> prefix_of_;           ///< by part
  std::vector<std::pair<std::size_t, std::size_t>>
      ranges_;  ///< by part: the questions that it was the first to ask
  std::vector<DramName> names_;
  std::string problem_;
  bool is_final_ = false;
};

/// A plan and the answers that made it.
struct Planned {
  Planned(const GenerationRequest& request, const ApiSet& apis, HoleSampler sampler)
      : holes(std::move(sampler)), composition(request, apis, holes) {}
  HoleSampler holes;
  Composition composition;
  double effort = 0;
};

}  // namespace

GeneratedKernel Composer::generate(const GenerationRequest& request) {
  GeneratedKernel result;
  result.pattern = task_pattern(*request.task);
  const std::shared_ptr<const ApiSet> api_set = api_sets_.of(request.context);
  const ApiSet& apis = *api_set;
  if (const std::string missing = apis.missing(); !missing.empty()) {
    result.failure = say(kNoInstruction, missing);
    return result;
  }
  std::string reason;
  std::vector<HoleQuestion> asked;
  int wanted = config_.drafts;
  if (request.stage == Stage::Refine && request.start_point != nullptr) {
    HoleSampler kept(request, config_);
    if (kept.keeps_start_point()) {
      Composition start(request, apis, kept);
      start.plan();
      asked = kept.asked();
      start.weigh_by_time(asked, request.start_point->feedback);
      wanted = config_.neighbours;
    }
  }
  const auto take = [&](const Planned& planned, std::string source) {
    result.source = std::move(source);
    result.fragments = planned.holes.fragments();
    result.reads = planned.holes.reads();
  };
  for (int round = 0, attempt = 0; attempt < config_.attempts; ++round) {
    // Of several plans the one that asks least of the machine, unless it was proposed before.
    std::vector<std::unique_ptr<Planned>> plans;
    const int end = std::min(config_.attempts, attempt + 2 * wanted);
    for (; attempt < end && static_cast<int>(plans.size()) < wanted; ++attempt) {
      auto planned = std::make_unique<Planned>(
          request, apis, HoleSampler(request, {round, attempt}, asked, config_));
      if (planned->composition.plan()) {
        planned->effort = planned->composition.effort();
        plans.push_back(std::move(planned));
        continue;
      }
      reason = planned->composition.problem();
      if (planned->composition.is_final()) {
        result.failure = reason;
        return result;
      }
    }
    std::stable_sort(plans.begin(), plans.end(),
                     [](const auto& a, const auto& b) { return a->effort < b->effort; });
    for (const auto& planned : plans) {
      std::string source = planned->composition.source();
      const bool is_new =
          request.proposed == nullptr || request.proposed->count(digest_of(source)) == 0;
      if (is_new || result.source.empty()) take(*planned, std::move(source));
      if (is_new) return result;
    }
  }
  if (!result.source.empty()) return result;
  const bool coverage = reason.rfind("no instruction", 0) == 0;
  result.failure =
      reason_id(reason).empty() ? say(coverage ? kNoInstruction : kNoPlan, reason) : reason;
  return result;
}

namespace {

bool contains(const std::string& text, std::initializer_list<const char*> pieces) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const char* p) { return text.find(p) != std::string::npos; });
}

}  // namespace

std::vector<std::string> Composer::blame(const std::vector<Fragment>& fragments,
                                         const std::string& gate, const std::string& reason) const {
  // Gate and wording to families of holes; a family is a piece of the hole's name.
  std::vector<const char*> families;
  if (gate == "compile") {
    families = {"select.", "product.", "operand."};
  } else if (gate == "run") {
    if (contains(reason, {"deadlock", "waits for"})) families = {"ahead", "depth."};
    if (contains(reason, {"race"})) families = {"depth.", "ahead", "stagger"};
    if (contains(reason, {"bounds", "outside", "memory"})) families = {"tile.", "depth.", "cols"};
    if (contains(reason, {"cycle limit", "cycle_limit"}))
      families = {"tile.", "cols", "operand.", "gather"};
  } else if (gate == "correct") {
    families = {"algebra.", "exp.", "variance", "product.type", "select.fma"};
    if (contains(reason, {"tail", "last rows", "last columns"})) families = {"tile.", "cols"};
  }
  std::vector<std::string> blamed;
  for (const Fragment& fragment : fragments) {
    for (const char* family : families) {
      if (fragment.hole.find(family) != std::string::npos) {
        blamed.push_back(fragment.hole);
        break;
      }
    }
  }
  return blamed;
}

}  // namespace coldforge::agent
