// `scinet train scinet --continue RUN`: fine-tunes a checkpoint on the situations of a recorded
// run, when the learner has drifted away from the cluster that it decides for.
//
// Every decision of the run is a lesson as in training (lesson.h): the oracle says on the twin what
// each answer would have been worth, and the next beat of the run how busy the hosts then were.
// Nothing else is mixed in; small steps keep what was known. A quarter of the run, in stretches, is
// not learned from and tells whether it helped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.h"
#include "learn/checkpoint.h"
#include "learn/imitation/study.h"

namespace scinet {

struct ContinuedTraining {
  std::filesystem::path run;  // folder with views.jsonl
  Checkpoint from;            // of `scinet`
  std::uint64_t seed = 1;
  FitSettings fit{.epochs = 8, .batch = 16, .rate = 0.0005, .decay = 0.01};
  LessonSettings lesson = {};      // its walk is that of the checkpoint
  std::size_t most_lessons = 400;  // a longer run is thinned out
};

struct ContinuedResult {
  Checkpoint checkpoint;  // all but the command
  std::size_t lessons = 0;
  std::size_t held_out = 0;
  StudyReport before;  // on the lessons held out
  StudyReport after;
};

// QoS lost by an answer, the sum over the heads.
double lost_by_answers(const StudyReport& report);

// The same run, checkpoint and seed give the same numbers. kNotFound and kInvalidInput say how a
// run is recorded, where this one has no views or too few.
Result<ContinuedResult> continue_imitation(
    const ContinuedTraining& training, const std::function<void(double share)>& on_progress = {});

}  // namespace scinet
