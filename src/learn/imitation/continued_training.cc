#include "learn/imitation/continued_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "learn/imitation/imitation_policy.h"
#include "learn/imitation/lesson_files.h"
#include "learn/on_all_processors.h"
#include "policy/expected_demand.h"
#include "report/view_file.h"

namespace scinet {
namespace {

constexpr std::size_t kLeastLessons = 16;
constexpr std::size_t kStretch = 4;  // lessons in a row that are learned from, or held out
constexpr const char* kHowToRecord =
    "record a run with `scinet simulate --scenario NAME --policy scinet --out RUN --views`, or "
    "`scinet run` with --views";

// A view of the run and the next at a beat, which shows how busy the hosts were meanwhile.
struct Situation {
  const ClusterView* view = nullptr;
  const ClusterView* next_beat = nullptr;
};

std::vector<Situation> situations_of(const std::vector<ClusterView>& views,
                                     const LessonSettings& settings) {
  std::vector<Situation> situations;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto next = std::find_if(views.begin() + static_cast<std::ptrdiff_t>(i) + 1, views.end(),
                                   [](const ClusterView& view) { return view.asked.provisioning; });
    if (next == views.end()) break;
    const bool is_close = next->now - views[i].now < to_sim_time(1.5 * views[i].beat);
    if (is_close && is_teachable(views[i], settings)) situations.push_back({&views[i], &*next});
  }
  return situations;
}

std::vector<Situation> thinned(std::vector<Situation> situations, std::size_t most) {
  if (situations.size() <= most) return situations;
  std::vector<Situation> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(situations[i * situations.size() / most]);
  return some;
}

Lesson lesson_of(const Situation& situation, const LessonSettings& settings,
                 ImitationForward& learner, const RandomStreams& streams) {
  Plan taken;
  Lesson lesson = teach(with_expected_demand(*situation.view), settings, &learner, streams, taken);
  for (const HostView& host : situation.next_beat->hosts) {
    lesson.next_utilisation.push_back(static_cast<float>(host.utilisation));
  }
  return lesson;
}

// On all processors, in order.
std::vector<Lesson> lessons_of(const std::vector<Situation>& situations,
                               const LessonSettings& settings, const LearnedNetwork& network,
                               const RandomStreams& streams,
                               const std::function<void(double)>& on_progress) {
  std::vector<Lesson> lessons(situations.size());
  const auto worker = [&] {
    const auto learner = std::make_shared<ImitationForward>(network.weights, network.shape);
    return [&, learner](std::size_t i) {
      const RandomStreams own(streams.stream("lesson", i).next());
      lessons[i] = lesson_of(situations[i], settings, *learner, own);
    };
  };
  on_all_processors(situations.size(), worker, on_progress);
  return lessons;
}

void add_figures(std::vector<HeldOutError>& figures, const ContinuedResult& result) {
  for (std::size_t k = 0; k < kHeads; ++k) {
    figures.push_back({fmt::format("QoS lost by an answer of the {} head, in the run continued on",
                                   to_string(static_cast<Head>(k))),
                       result.after.heads[k].regret, result.before.heads[k].regret,
                       "the checkpoint that it was continued from"});
  }
  figures.push_back(
      {"root mean square error of the utilisation of the next beat, in the run continued on",
       result.after.utilisation_error, result.before.utilisation_error,
       "the checkpoint that it was continued from"});
}

Result<RecordedViews> views_of(const std::filesystem::path& run) {
  Result<RecordedViews> recorded = read_views(run / "views.jsonl");
  if (recorded) return recorded;
  const auto& [code, message] = recorded.error();
  std::error_code ignored;
  if (!std::filesystem::is_directory(run, ignored)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("{} is not the folder of a run; {}", run.string(), kHowToRecord)};
  }
  return Error{code, fmt::format("{}; {}", message, kHowToRecord)};
}

}  // namespace

double lost_by_answers(const StudyReport& report) {
  double regret = 0.0;
  for (const HeadReport& head : report.heads) regret += head.regret;
  return regret;
}

Result<ContinuedResult> continue_imitation(const ContinuedTraining& training,
                                           const std::function<void(double)>& on_progress) {
  const Result<RecordedViews> recorded = views_of(training.run);
  if (!recorded) return recorded.error();
  const LearnedNetwork network = learned_network(training.from);
  LessonSettings settings = training.lesson;
  settings.walk = network.walk;
  const std::vector<Situation> situations =
      thinned(situations_of(recorded.value().views, settings), training.most_lessons);
  if (situations.size() < kLeastLessons) {
    return Error{ErrorCode::kInvalidInput,
                 fmt::format("{} has {} situations to learn from, at least {} are needed; record a "
                             "longer run, or one with fewer requests open",
                             training.run.string(), situations.size(), kLeastLessons)};
  }

  const RandomStreams streams(training.seed);
  std::vector<Lesson> lessons;
  std::vector<Lesson> held_out;
  std::size_t i = 0;
  for (Lesson& lesson : lessons_of(situations, settings, network, streams, on_progress)) {
    (i++ / kStretch % 4 == 3 ? held_out : lessons).push_back(std::move(lesson));
  }

  ContinuedResult result{.checkpoint = training.from,
                         .lessons = lessons.size(),
                         .held_out = held_out.size(),
                         .before = examine(network.weights, held_out, network.shape),
                         .after = {}};
  Checkpoint& checkpoint = result.checkpoint;
  checkpoint.losses.clear();
  study(checkpoint.weights, lessons, {.fit = training.fit, .shape = network.shape},
        streams.stream("order"),
        [&](const FitProgress& progress) { checkpoint.losses.push_back(progress.loss); });
  round_to_float(checkpoint.weights);
  result.after = examine(checkpoint.weights, held_out, network.shape);
  checkpoint.seed = training.seed;
  checkpoint.data = fmt::format("{:016x}", fingerprint(lessons));
  checkpoint.continued_from = fmt::format(
      "data {}, seed {}: {}", training.from.data.empty() ? "unknown" : training.from.data,
      training.from.seed, training.from.command);
  checkpoint.held_out.clear();
  add_figures(checkpoint.held_out, result);
  return result;
}

}  // namespace scinet
