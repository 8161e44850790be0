#include "learn/imitation/lesson.h"

#include <algorithm>
#include <numeric>

#include "learn/imitation/appraisal.h"
#include "oracle/oracle_policies.h"
#include "oracle/plan_search.h"

namespace scinet {
namespace {

std::size_t best_of(const std::vector<std::size_t>& answers, const std::vector<double>& worth) {
  const auto best = std::ranges::max_element(worth);
  return answers[static_cast<std::size_t>(best - worth.begin())];
}

// All answers; of a power question with many the first, which is to stop, and some of the others.
std::vector<std::size_t> to_appraise(const Question& question, std::size_t most,
                                     RandomStream& random) {
  std::vector<std::size_t> answers(question.size());
  std::iota(answers.begin(), answers.end(), std::size_t{0});
  if (question.head != Head::kPower || answers.size() <= most) return answers;
  for (std::size_t i = 1; i < most; ++i) {
    std::swap(answers[i], answers[i + random.below(answers.size() - i)]);
  }
  answers.resize(most);
  return answers;
}

// In the window of a rollout.
double requests_in_window(const ClusterView& view, const LessonSettings& settings) {
  return total_arrival_rate(view) * view.beat.count() * window_for(view, settings.rollout).beats;
}

RolloutSettings rollout_for(const ClusterView& view, const LessonSettings& settings) {
  RolloutSettings rollout = window_for(view, settings.rollout);
  const double excess = std::max(requests_in_window(view, settings) / settings.enough_ahead, 1.0);
  rollout.futures = std::max(static_cast<int>(rollout.futures / excess), 1);
  return rollout;
}

// The hosts on that a search finds best, in futures of its own.
std::vector<bool> hosts_to_aim_at(const ClusterView& view, const DecisionSpace& space,
                                  const LessonSettings& settings, const RandomStreams& streams) {
  RolloutSettings few = rollout_for(view, settings);
  few.futures = std::min(few.futures, 4);
  few.trial = 1;
  const Rollout rollout(view, few, RandomStreams(streams.stream("search").next()));
  DecisionContext context{.random = streams.stream("starts")};
  std::vector<Plan> starts;
  for (const auto& policy : oracle_starts()) starts.push_back(policy->decide(view, context));
  const SearchResult found =
      search_plans(view, rollout, starts, settings.search_steps, streams.stream("steps"));
  return space.decision_of(found.best.plan).on;
}

}  // namespace

void Lesson::note(const Question& question, const std::vector<std::size_t>& answers,
                  const std::vector<double>& worth) {
  HeadLesson& head = heads[static_cast<std::size_t>(question.head)];
  const auto columns = question.answers.cols();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const float* row = question.answers.data() + static_cast<std::ptrdiff_t>(answers[i]) * columns;
    head.answers.insert(head.answers.end(), row, row + columns);
    const auto host = question.hosts[answers[i]];
    head.hosts.push_back(host ? static_cast<std::int32_t>(host->value) : -1);
    head.question.push_back(head.questions);
    head.worth.push_back(static_cast<float>(worth[i]));
  }
  ++head.questions;
}

bool is_teachable(const ClusterView& view, const LessonSettings& settings) {
  return view.workloads.size() <= settings.most_open &&
         requests_in_window(view, settings) <= settings.most_ahead;
}

Lesson teach(const ClusterView& view, const LessonSettings& settings, ImitationForward* learner,
             const RandomStreams& streams, Plan& taken) {
  RandomStream random = streams.stream("answers");
  const Rollout rollout(view, rollout_for(view, settings), streams);
  WalkSettings apart = settings.walk;
  apart.most_apart = view.hosts.size();  // a lesson is about single hosts
  DecisionWalk walk(view, apart);
  Appraisal appraisal(walk, rollout);
  Lesson lesson{.rows = walk.rows()};
  if (learner) learner->see(walk.rows());
  if (view.asked.provisioning) {
    appraisal.aim_at(hosts_to_aim_at(view, walk.space(), settings, streams));
  }
  // Few decisions switch more than half of the hosts.
  const double share_of_switches =
      std::min(1.0, 2.0 * static_cast<double>(settings.most_switches) /
                        static_cast<double>(std::max<std::size_t>(view.hosts.size(), 1)));
  std::size_t workloads = 0;
  std::optional<std::size_t> workload;
  std::size_t switches = 0;
  while (const Question* question = walk.question()) {
    if (question->head == Head::kPower) {
      if (learner && random.uniform() >= share_of_switches) {
        walk.answer(learner->best_answer(*question));
        continue;
      }
      if (!learner && ++switches > settings.most_switches) {
        walk.answer(0);
        continue;
      }
    }
    if (question->head != Head::kPower && question->waiting != workload) {
      if (++workloads > settings.most_workloads) break;
      workload = question->waiting;
    }
    const std::vector<std::size_t> answers = to_appraise(*question, settings.most_answers, random);
    const std::vector<double> worth = appraisal.worth_of(answers);
    lesson.note(*question, answers, worth);
    walk.answer(learner ? learner->best_answer(*question) : best_of(answers, worth));
  }
  taken = walk.space().plan_of(appraisal.completed());
  return lesson;
}

}  // namespace scinet
