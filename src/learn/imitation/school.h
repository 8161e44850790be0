// Lessons from whole runs on the twin, of scenarios that are made up at random.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "learn/imitation/lesson.h"
#include "learn/weights.h"
#include "policy/policy.h"
#include "workload/random_scenario.h"

namespace scinet {

// Who answers the questions of a lesson, and who decides between lessons.
enum class Guidance {
  kTeacher,     // the best answers; between lessons one of the operator's policies
  kOwnAnswers,  // the network's answers; between lessons one of the operator's policies
  kOwnRuns,     // the network, both
};

struct SchoolSettings {
  Guidance guidance = Guidance::kTeacher;
  LessonSettings lesson;
  int beats = 40;       // of a run
  int beats_apart = 6;  // between two lessons, on average; the first is at the start
  NetworkShape shape;
};

// The scenario of the n-th run.
using ScenarioOf = std::function<Scenario(std::size_t run)>;

// Lessons of one run. `network` is read where the guidance needs one.
std::vector<Lesson> lessons_of_run(const Scenario& scenario, std::size_t run,
                                   const SchoolSettings& settings, const Weights* network,
                                   const RandomStreams& streams);

// Runs [first, last) on all processors, lessons in order of runs.
std::vector<Lesson> lessons_of_runs(std::size_t first, std::size_t last, const ScenarioOf& scenario,
                                    const SchoolSettings& settings, const Weights* network,
                                    const RandomStreams& streams,
                                    const std::function<void(double share)>& on_share_done = {});

}  // namespace scinet
