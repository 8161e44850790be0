#include "learn/policy_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/text.h"
#include "learn/demand_training.h"
#include "learn/episode.h"
#include "learn/graf_training.h"
#include "learn/imitation_2023/published_training.h"
#include "learn/lstm_training.h"
#include "learn/neural_rivals.h"
#include "learn/on_all_processors.h"
#include "learn/plan_training.h"
#include "policy/baselines.h"

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
  OnShareDone on_networks() const {
    return [this](double share) {
      if (on_progress) on_progress({.phase = "networks", .done = share});
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

using MakePolicy = std::function<std::unique_ptr<Policy>()>;

// QoS that a policy loses, the mean of runs on variations of the scenarios that no example is from.
double loss_in_runs(const Lesson& lesson, std::string_view stream, const MakePolicy& make) {
  constexpr int kBeats = 60;
  const RandomStreams streams(lesson.streams.stream(stream).next());
  const int runs = lesson.part_of(48);
  double sum = 0.0;
  for (int run = 0; run < runs; ++run) {
    const auto index = static_cast<std::uint64_t>(run);
    const Scenario scenario =
        varied(lesson.bases[index % lesson.bases.size()], streams.stream("scenario", index));
    const RandomStreams own(streams.stream("run", index).next());
    sum += 1.0 - qos_of_run(scenario, *make(), kBeats, own);
  }
  return sum / runs;
}

// How well a network foresees plans tells little of the plans that a search finds on it: networks
// that err alike differ by 0.03 of QoS. So it is trained from several starts, and kept is the one
// whose policy loses least.
template <PlanGoal goal, std::unique_ptr<Policy> (*make)(Weights)>
TrainedNetwork train_plans(const Lesson& lesson) {
  constexpr std::size_t kStarts = 5;
  PlanExampleSettings settings;
  settings.runs = lesson.part_of(160);
  const std::vector<PlanExample> examples =
      make_plan_examples(lesson.bases, settings, lesson.streams, lesson.on_runs());
  std::vector<TrainedNetwork> trained(kStarts);
  std::vector<double> losses(kStarts);
  const auto policy_of = [](const TrainedNetwork& network) {
    return [&network] { return make(network.weights); };
  };
  const auto train = [&](std::size_t start) {
    const RandomStreams own(lesson.streams.stream("start", start).next());
    trained[start] = train_plan_network(goal, examples, {.epochs = lesson.part_of(40)}, own);
    losses[start] = loss_in_runs(lesson, "trial", policy_of(trained[start]));
  };
  on_all_processors(
      kStarts, [&] { return train; }, lesson.on_networks());
  const auto least = std::ranges::min_element(losses) - losses.begin();
  TrainedNetwork best = std::move(trained[static_cast<std::size_t>(least)]);
  best.held_out.push_back({"QoS lost in runs of its own",
                           loss_in_runs(lesson, "examination", policy_of(best)),
                           loss_in_runs(lesson, "examination", make_cosim), "cosim"});
  return best;
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
    Subject{"gobi", train_plans<PlanGoal::kTerms, placing_by<make_gobi>>},
    Subject{"gosh", train_plans<PlanGoal::kTermsAndDoubt, placing_by<make_gosh>>},
    Subject{"graf", train_latency},
    Subject{"scinet-2023", train_as_published},
    Subject{"semidirect", train_plans<PlanGoal::kOrder, make_semidirect>},
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
