// `scinet train scinet`: from nothing to the checkpoint of the imitation learner.
//
//   1. forced   runs decided by the operator's policies, questions after the best answers
//               (teacher forcing)
//   2. free     the same kind of runs, questions after the learner's own answers
//   3. rounds   runs that the learner decides: the oracle says what each answer would have been
//               worth in the states that the learner reaches (Ross, Gordon, Bagnell, "A reduction
//               of imitation learning to no-regret online learning", AISTATS 2011; with the worth
//               of all answers: Ross, Bagnell, "Reinforcement and imitation learning via
//               interactive no-regret learning", 2014)
//
// After each, the network studies all lessons so far. Everything is kept in a folder as it is made,
// and a training that was cut off goes on from there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/checkpoint.h"
#include "learn/imitation/school.h"
#include "learn/imitation/study.h"

namespace scinet {

// What an ablation leaves out.
struct ImitationDesign {
  bool attention = true;
  bool codesign = true;         // false: heads do not see what was decided before
  bool teacher_forcing = true;  // false: phase 1 is left out
  bool rounds = true;           // false: the learner's own states are never seen
  bool predictions = true;      // false: without closed forms of what follows

  friend bool operator==(const ImitationDesign&, const ImitationDesign&) = default;
};

struct ImitationTraining {
  std::uint64_t seed = 1;
  double effort = 1.0;  // share of the runs that the committed checkpoint had
  ImitationDesign design = {};
  std::filesystem::path folder = {};  // what was done already is read from it
};

struct ImitationProgress {
  std::string phase;
  double done = 0.0;  // of the whole training, in 0..1
  double loss = 0.0;  // mean of the last epoch; 0 before the first
};
using OnImitationProgress = std::function<void(const ImitationProgress&)>;

// One phase, as the report tells it.
struct PhaseReport {
  std::string phase;
  std::size_t lessons = 0;          // of this phase
  std::vector<double> losses = {};  // of each epoch
  StudyReport validation = {};      // on lessons that no phase learns from
};

// Whole runs of made-up scenarios that no phase learns from. They are the same for every training,
// so that trainings can be compared without the scenarios that policies are judged by.
struct WholeRuns {
  std::size_t runs = 0;
  int beats = 0;           // of each
  double qos = 0.0;        // mean
  double cosim_qos = 0.0;  // of the same runs, decided by cosim
};

struct ImitationResult {
  Checkpoint checkpoint;  // all but the command
  std::vector<PhaseReport> phases;
  // In states that the network reaches itself, on other seeds.
  StudyReport test;
  StudyReport test_blank;      // the same, every number that the network sees being 0
  StudyReport test_shuffled;   // the same, every row of numbers being another's
  StudyReport test_elsewhere;  // on other seeds and other families of scenarios
  WholeRuns whole_runs;
  WholeRuns large_runs;  // of 128 to 256 hosts, more than it learned from
};

// A made-up scenario of a split ("train", "validation", "test", "elsewhere", "large"). The first
// three are of the same families: 4 to 64 hosts, loads of 3 to 60 %, decided at beats or at
// arrivals. "elsewhere" has more kinds of hosts and applications, higher loads and other sizes,
// "large" 128 to 256 hosts and as many more requests.
Scenario scenario_of_split(std::string_view split, std::size_t run, int beats,
                           const RandomStreams& streams);

// The same training gives the same numbers, cut off or not. kInvalidInput when the folder holds
// another training.
Result<ImitationResult> train_imitation(const ImitationTraining& training,
                                        const OnImitationProgress& on_progress = {});

WalkSettings walk_settings(const ImitationDesign& design);
NetworkShape network_shape(const ImitationDesign& design);

}  // namespace scinet
