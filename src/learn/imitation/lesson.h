// What the learner learns from: a view as the network sees it, the questions that were asked on the
// way through it, and what each answer was worth on the twin.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "learn/imitation/forward.h"
#include "oracle/rollout.h"
#include "workload/scenario.h"

namespace scinet {

struct HeadLesson {
  std::vector<float> answers;          // row by row, kAnswerColumns[head] numbers each
  std::vector<std::int32_t> hosts;     // of each answer; -1: none
  std::vector<std::int32_t> question;  // of each answer, counted from 0
  std::vector<float> worth;            // QoS of each answer
  std::int32_t questions = 0;

  friend bool operator==(const HeadLesson&, const HeadLesson&) = default;
};

struct Lesson {
  ViewRows rows = {};
  std::array<HeadLesson, kHeads> heads = {};
  std::vector<float> next_utilisation = {};  // of each host over the beat that followed

  // The worth of some answers to the question, in this order.
  void note(const Question& question, const std::vector<std::size_t>& answers,
            const std::vector<double>& worth);
};

struct LessonSettings {
  RolloutSettings rollout{.beats = kBeatsAhead, .futures = 6};
  std::size_t most_open = 120;    // views with more workloads are passed by
  double most_ahead = 180.0;      // and those with more requests to come in the window of a rollout
  double enough_ahead = 30.0;     // of them; with more, fewer futures tell as much
  std::size_t most_answers = 12;  // of a power question that are appraised, drawn at random
  std::size_t most_switches = 6;  // that are appraised
  std::int64_t search_steps = 40;  // that look for hosts to aim at
  std::size_t most_workloads = 2;  // that are asked about; the others get the marginal choice
  WalkSettings walk;
};

// Whether a lesson on this view is worth its time.
bool is_teachable(const ClusterView& view, const LessonSettings& settings);

// A walk through the view on which questions are appraised. The learner's answers are taken, so
// that later questions are asked after its own; without a learner the best ones, so that they are
// asked after right ones (teacher forcing). Of more switches than are appraised it is chance which
// are; without a learner the walk ends with them. `taken` is the plan that came of it.
Lesson teach(const ClusterView& view, const LessonSettings& settings, ImitationForward* learner,
             const RandomStreams& streams, Plan& taken);

}  // namespace scinet
