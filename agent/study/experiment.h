#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/loop/settings.h"
#include "agent/study/metrics.h"

namespace coldforge::agent::study {

/// One way to run the agent. Arms of a design differ in these factors and in nothing else.
struct Arm {
  std::string policy = "value";       ///< of the context: a name of arm_policies()
  std::string start_point = "value";  ///< a name of memory::start_point_policies()
  int lambda = 5;
  std::string q_key = "family";      ///< family and bottleneck, or "stage" as in the paper
  std::string credit = "whole";      ///< or "leave_one_out" (agent/loop/leave_one_out.h)
  std::string transfer = "scratch";  ///< what fills the bank: a name of transfers()
  std::string generator = "composer";
  std::string measured;  ///< prefix of the tasks that count: "level2/"; "": all
};

/// A folder's name: all factors, in a fixed order.
std::string folder_of(const Arm& arm);

/// Context policies of an arm: those of the memory, and
///   permuted  value retrieval, the contents of its items exchanged
///   (LoopSettings::permute_contents)
/// "none" also leaves out the children of the start point and the matched practices, which all
/// others see: the floor is a context of API items. "oracle" finds in its bank what a reference
/// run of the same tasks left there.
std::vector<std::string> arm_policies();

/// scratch    an empty bank
/// mixed      an empty bank; level 1 and level 2 together, level 2 is measured
/// l1-to-l2   level 1 first, with the same arm and seed; its bank goes on to level 2
std::vector<std::string> transfers();

/// What is compared: every combination of the factors is an arm, and every arm runs every seed.
struct Design {
  std::string name;    ///< "drafting"
  std::string metric;  ///< a name of metrics(): what the design is about, fixed beforehand
  std::vector<std::string> policies = {"value"};
  std::vector<std::string> start_points = {"value"};
  std::vector<int> lambdas = {5};
  std::vector<std::string> q_keys = {"family"};
  std::vector<std::string> credits = {"whole"};
  std::vector<std::string> transfers = {"scratch"};
  /// Plain search ("random_search", "evolution") has no use for the other factors: one arm each.
  std::vector<std::string> generators = {"composer"};

  /// In the order of the factors, the first value of each first.
  std::vector<Arm> arms() const;
};

/// Everything that decides the result of a study, besides tasks, machine and versions.
struct Experiment {
  std::vector<std::string> suite;  ///< task arguments; "level1/*"
  int draw = 0;                    ///< take so many tasks of the suite, 0: all
  std::uint64_t draw_seed = 1;
  int seeds = 3;    ///< 1 to N, the same for all arms: differences are paired
  int budget = 30;  ///< T
  int slots = 16;
  int context_items = 6;      ///< N
  double epsilon = 0.1;       ///< of contexts and of start points
  int reference_budget = 30;  ///< candidates a task of the run that the oracle knows
  std::vector<Design> designs;
};

/// The designs of method.md: drafting and refining. Their factors are those of `factors`; refining
/// crosses the policies with the start points.
Design drafting_design(Design factors);
Design refining_design(Design factors);

/// Checks names and ranges. Throws UserError(where, problem).
void check(const Experiment& experiment, const std::string& where);
/// Of an experiment file (agent/study/ablation.json). Throws UserError("<where>:
/// designs[0].lambda", "unknown field") and the like.
Experiment experiment_from_json(const std::string& text, const std::string& where);
nlohmann::ordered_json to_json(const Experiment& experiment);

/// Settings of the loop for one arm and seed.
LoopSettings settings_of(const Experiment& experiment, const Arm& arm, std::uint64_t seed);

/// Names of `count` tasks, drawn without replacement by the seed and the names alone, sorted; all
/// if there are not more.
std::vector<std::string> draw_tasks(const std::vector<std::string>& names, int count,
                                    std::uint64_t seed);

/// One run: `synthesize()` over some tasks, in a folder with a bank of its own.
struct Cell {
  std::string folder;  ///< below that of the study: "cells/<arm>/seed-1"
  LoopSettings settings;
  std::string generator;
  std::vector<std::size_t> tasks;  ///< indices, ascending
  std::string bank_from;  ///< folder of the finished cell whose bank it begins with; "": empty
};

std::string cell_folder(const Arm& arm, std::uint64_t seed);
/// Whether the arm is judged by this task.
bool is_measured(const Arm& arm, const std::string& task);

/// All runs of the experiment, each once, after the one whose bank it needs. `tasks` are names.
/// Throws UserError if an arm has no task to measure or to learn from.
std::vector<Cell> plan_cells(const Experiment& experiment, const std::vector<std::string>& tasks);

}  // namespace coldforge::agent::study
