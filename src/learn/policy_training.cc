#include "learn/policy_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/text.h"
#include "learn/demand_training.h"
#include "learn/graf_training.h"
#include "learn/imitation_2023/published_training.h"
#include "learn/lstm_training.h"
#include "learn/plan_training.h"

namespace scinet {
namespace {

// What every training is given.
struct Lesson {
  const std::vector<Scenario>& bases;
  RandomStreams streams;
  double effort;
  const OnPolicyTrainingProgress& on_progress;

  int part_of(int whole) const {
    return std::max(static_cast<int>(std::lround(effort * whole)), 4);
  }
  OnShareDone on_runs() const {
    return [this](double share) {
      if (on_progress) on_progress({.phase = "runs on the twin", .done = share});
    };
  }
  OnFitProgress on_epochs() const {
    return [this](const FitProgress& progress) {
      if (!on_progress) return;
      const double done = static_cast<double>(progress.epoch) / progress.epochs;
      on_progress({.phase = "epochs", .done = done, .loss = progress.loss});
    };
  }
};

template <PlanGoal goal>
TrainedNetwork train_plans(const Lesson& lesson) {
  PlanExampleSettings settings;
  settings.runs = lesson.part_of(160);
  const std::vector<PlanExample> examples =
      make_plan_examples(lesson.bases, settings, lesson.streams, lesson.on_runs());
  return train_plan_network(goal, examples, {.epochs = lesson.part_of(40)}, lesson.streams,
                            lesson.on_epochs());
}

TrainedNetwork train_series(const Lesson& lesson) {
  const std::vector<SeriesExample> examples =
      make_series_examples(lesson.bases, lesson.part_of(100), lesson.streams, lesson.on_runs());
  return train_lstm(examples, {.epochs = lesson.part_of(20)}, lesson.streams, lesson.on_epochs());
}

TrainedNetwork train_demand(const Lesson& lesson) {
  const std::vector<DemandExample> examples =
      make_demand_examples(lesson.bases, lesson.part_of(200), lesson.streams, lesson.on_runs());
  return train_demand_network(examples, {.epochs = lesson.part_of(30)}, lesson.streams,
                              lesson.on_epochs());
}

TrainedNetwork train_latency(const Lesson& lesson) {
  const std::vector<LatencyExample> examples =
      make_latency_examples(lesson.bases, lesson.part_of(320), lesson.streams, lesson.on_runs());
  return train_latency_network(examples, {.epochs = lesson.part_of(24), .rate = 0.01},
                               lesson.streams, lesson.on_epochs());
}

TrainedNetwork train_as_published(const Lesson& lesson) {
  const std::vector<PublishedLesson> lessons = make_published_lessons(
      lesson.bases.front(), {.runs = lesson.part_of(140)}, lesson.streams, lesson.on_runs());
  const int epochs = lesson.part_of(10);
  const int forced = epochs * 7 / 10;
  return train_published(lessons, {.forced_epochs = forced, .own_epochs = epochs - forced},
                         lesson.streams, lesson.on_epochs());
}

struct Subject {
  std::string_view policy;
  TrainedNetwork (*train)(const Lesson&);
};

constexpr std::array kSubjects{
    Subject{"acolstm", train_series},
    Subject{"decisionnn", train_demand},
    Subject{"gobi", train_plans<PlanGoal::kTerms>},
    Subject{"gosh", train_plans<PlanGoal::kTermsAndDoubt>},
    Subject{"graf", train_latency},
    Subject{"scinet-2023", train_as_published},
    Subject{"semidirect", train_plans<PlanGoal::kOrder>},
};

}  // namespace

std::vector<std::string_view> trained_policies() {
  std::vector<std::string_view> names;
  for (const Subject& subject : kSubjects) names.push_back(subject.policy);
  return names;
}

std::vector<std::string_view> training_scenarios() {
  return {"scinet-2023", "failures", "training-local"};
}

Result<Checkpoint> train_policy(const PolicyTraining& training, const std::vector<Scenario>& bases,
                                const OnPolicyTrainingProgress& on_progress) {
  const auto subject = std::ranges::find(kSubjects, training.policy, &Subject::policy);
  if (subject == kSubjects.end()) {
    std::vector<std::string> names;
    for (const Subject& known : kSubjects) names.emplace_back(known.policy);
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("policy {} has nothing to train; these have: {}",
                             in_quotes(training.policy), joined(names))};
  }
  const Lesson lesson{bases, RandomStreams(training.seed), training.effort, on_progress};
  TrainedNetwork trained = subject->train(lesson);
  return Checkpoint{.policy = std::string(training.policy),
                    .command = {},
                    .seed = training.seed,
                    .held_out = std::move(trained.held_out),
                    .weights = std::move(trained.weights)};
}

}  // namespace scinet
