#include "learn/plan_examples.h"

#include <algorithm>

#include "learn/episode.h"
#include "oracle/rollout.h"
#include "policy/baselines.h"

namespace scinet {
namespace {

constexpr int kMoved = 3;  // plans that are another with some tasks moved

// About half of the tasks go to another host that could take them.
Plan moved(Plan plan, const ClusterView& view, RandomStream& random) {
  const std::vector<HostState> states = states_after(plan, view);
  const std::vector<PlacedTask> tasks = tasks_of(view, plan);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (random.uniform() < 0.5) continue;
    const PlacedTask& task = tasks[i];
    const Fragment& fragment =
        view.catalogue->at({task.entry->workload.application, task.strategy, task.fragment});
    std::vector<HostId> hosts;
    for (const HostView& host : view.hosts) {
      if (accepts_work(states[host.id.value]) && host.linked &&
          can_ever_hold(view.type_of(host), fragment)) {
        hosts.push_back(host.id);
      }
    }
    plan.placements[i].host = hosts[random.below(hosts.size())];
  }
  return plan;
}

std::vector<Plan> candidates(const ClusterView& view, const Plan& taken, RandomStream random) {
  std::vector<Plan> plans{taken};
  for (const auto make : {make_cosim, make_least_loaded, make_random}) {
    DecisionContext context{.random = RandomStream(random.next())};
    Plan plan = make()->decide(view, context);
    if (std::ranges::find(plans, plan) == plans.end()) plans.push_back(std::move(plan));
  }
  const std::size_t decided = plans.size();
  for (int i = 0; i < kMoved; ++i) {
    Plan plan = moved(plans[random.below(decided)], view, random);
    if (std::ranges::find(plans, plan) == plans.end()) plans.push_back(std::move(plan));
  }
  return plans;
}

PlanExample example_of(const ClusterView& view, const std::vector<Plan>& plans,
                       const PlanExampleSettings& settings, const RandomStreams& streams) {
  const Rollout rollout(view, {.futures = settings.futures}, streams);
  PlanExample example;
  example.weights = view.weights;
  example.terms.resize(static_cast<Eigen::Index>(plans.size()), kQosTerms);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    example.pictures.append(picture_of(view, plans[i]));
    example.terms.row(static_cast<Eigen::Index>(i)) = row_of(rollout.of(plans[i]).terms);
  }
  return example;
}

}  // namespace

std::vector<PlanExample> make_plan_examples(const std::vector<Scenario>& bases,
                                            const PlanExampleSettings& settings,
                                            const RandomStreams& streams,
                                            const OnShareDone& on_share_done) {
  std::vector<PlanExample> examples;
  for (int run = 0; run < settings.runs; ++run) {
    const auto index = static_cast<std::uint64_t>(run);
    const Scenario scenario =
        varied(bases[index % bases.size()], streams.stream("scenario", index));
    const RandomStreams own(streams.stream("run", index).next());
    const auto policy = teacher(index / bases.size());
    int beat = 0;
    play(scenario, *policy, settings.views * settings.beats_apart, own,
         [&](const ClusterView& view, const Plan& taken) {
           if (beat++ % settings.beats_apart != settings.beats_apart - 1) return;
           const auto number = static_cast<std::uint64_t>(beat);
           const std::vector<Plan> plans = candidates(view, taken, own.stream("plans", number));
           if (plans.size() < 2) return;
           const RandomStreams futures(own.stream("futures", number).next());
           examples.push_back(example_of(view, plans, settings, futures));
         });
    if (on_share_done) on_share_done(static_cast<double>(run + 1) / settings.runs);
  }
  return examples;
}

}  // namespace scinet
