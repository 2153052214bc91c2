#pragma once

#include <string>
#include <vector>

namespace coldforge::agent {

/// One way in which a task ends without a kernel. Identifiers never change their meaning: programs
/// and scripts compare them (`coldforge synth --json`, field `reason`). docs/reasons.md says what a
/// user can do about each.
struct Reason {
  const char* id;
  const char* meaning;
};

inline constexpr Reason kNoGrammar = {"no_grammar", "the grammar does not know an operator"};
inline constexpr Reason kUnsupportedForm = {
    "unsupported_form", "the grammar knows the operator, but not with these attributes or inputs"};
inline constexpr Reason kNoInstruction = {
    "no_instruction", "no instruction of the instruction set computes a value of the graph"};
inline constexpr Reason kNoPlan = {"no_plan",
                                   "no way was found to cut the work into tiles that fit on chip"};
inline constexpr Reason kNoScratch = {
    "no_scratch", "values between parts of the kernel need more memory than the task grants"};
inline constexpr Reason kNoCorrectCandidate = {
    "no_correct_candidate", "kernels were written, and none of them passed the gates"};
inline constexpr Reason kHiddenTrials = {
    "hidden_trials", "kernels were right on the trials they saw and wrong on others"};
inline constexpr Reason kRtlDiffers = {
    "rtl_differs", "model and RTL differ on every kernel that passed the gates"};

/// All of them, in the order of the work: grammar, selection, planning, verification.
const std::vector<Reason>& reasons();

/// "no_plan: 19 flags, there are 16": how a generator says why there is no kernel.
std::string say(const Reason& reason, const std::string& detail);
/// The identifier that a text made by say() begins with; "" if it begins with none.
std::string reason_id(const std::string& text);

}  // namespace coldforge::agent
