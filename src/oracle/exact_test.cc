#include "oracle/exact.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "oracle/host_classes.h"
#include "oracle/loss_floor.h"
#include "policy/joint_decision.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"
#include "tests/small_case.h"

namespace scinet {
namespace {

const RandomStreams kStreams(7);

// Calls `visit` for every joint decision, in the obvious way. Not if there are more than `most`.
class EveryDecision {
 public:
  EveryDecision(const DecisionSpace& space, std::function<void(const JointDecision&)> visit)
      : space_(space), visit_(std::move(visit)), decision_(space.nothing_changed()) {}

  double count() const {
    double decisions = std::pow(2.0, static_cast<double>(space_.switchable().size()));
    for (std::size_t i = 0; i < space_.waiting().size(); ++i) {
      double options = 1.0;
      for (const StrategyId strategy : space_.strategies(i)) {
        double ways = 1.0;
        for (const Fragment& fragment : fragments(i, strategy)) {
          ways *= static_cast<double>(space_.hosts_for(fragment).size());
        }
        options += ways;
      }
      decisions *= options;
    }
    return decisions;
  }

  void visit_all() { switch_hosts(0); }

 private:
  const std::vector<Fragment>& fragments(std::size_t i, StrategyId strategy) const {
    return space_.view()
        .catalogue->at(space_.waiting()[i]->workload.application, strategy)
        .fragments;
  }

  void switch_hosts(std::size_t next) {
    if (next == space_.switchable().size()) return choose(0);
    const HostId host = space_.switchable()[next];
    for (const bool on : {false, true}) {
      decision_.on[host.value] = on;
      switch_hosts(next + 1);
    }
  }

  void choose(std::size_t i) {
    if (i == space_.waiting().size()) return visit_(decision_);
    decision_.choices[i] = std::nullopt;
    choose(i + 1);
    for (const StrategyId strategy : space_.strategies(i)) {
      decision_.choices[i] = WorkloadChoice{strategy, {}};
      place(i, fragments(i, strategy));
    }
  }

  void place(std::size_t i, const std::vector<Fragment>& fragments) {
    const std::size_t next = decision_.choices[i]->hosts.size();
    if (next == fragments.size()) return choose(i + 1);
    const WorkloadChoice before = *decision_.choices[i];
    for (const HostId host : space_.hosts_for(fragments[next])) {
      decision_.choices[i] = before;
      decision_.choices[i]->hosts.push_back(host);
      place(i, fragments);
    }
    decision_.choices[i] = before;
  }

  const DecisionSpace& space_;
  std::function<void(const JointDecision&)> visit_;
  JointDecision decision_;
};

// The hosts of a plan's placements of a workload, one per fragment.
std::vector<HostId> hosts_of(const Plan& plan, WorkloadId workload, std::size_t fragments) {
  std::vector<HostId> hosts(fragments);
  for (const Placement& placement : plan.placements) {
    if (placement.workload == workload) hosts[placement.fragment.value] = placement.host;
  }
  return hosts;
}

// The optimist's score of a whole plan.
double qos_at_most(const Plan& plan, const ClusterView& view, LossFloor& floor) {
  floor.set_power(states_after(plan, view));
  Loss sum = floor.common();
  const DecisionSpace space(view);
  for (const WorkloadView* entry : space.waiting()) {
    const WorkloadId id = entry->workload.id;
    std::optional<StrategyId> strategy = entry->strategy;
    for (const Deployment& deployment : plan.deployments) {
      if (deployment.workload == id) strategy = deployment.strategy;
    }
    const bool is_placed =
        std::ranges::find(plan.placements, id, &Placement::workload) != plan.placements.end();
    if (!is_placed) {
      sum += floor.put_off(*entry, strategy);
      continue;
    }
    const std::size_t fragments =
        view.catalogue->at(entry->workload.application, *strategy).fragments.size();
    sum += floor.placed(*entry, *strategy, hosts_of(plan, id, fragments));
  }
  return floor.qos_at_most(sum);
}

TEST(ExactSearch, FindsWhatTryingEverythingFinds) {
  int compared = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const TestCluster cluster = small_case(seed);
    const Rollout rollout(cluster.view, {.futures = 1 + static_cast<int>(seed % 2)}, kStreams);
    const DecisionSpace space(cluster.view);
    double best = 0.0;
    EveryDecision every(space, [&](const JointDecision& decision) {
      best = std::max(best, rollout.of(space.plan_of(decision)).qos);
    });
    if (every.count() > 3000) continue;
    every.visit_all();
    ++compared;
    const Result<ExactPlan> exact = find_best_plan(cluster.view, rollout);
    ASSERT_TRUE(exact.ok());
    EXPECT_NEAR(exact.value().outlook.qos, best, 1e-9) << "seed " << seed;
    EXPECT_EQ(find_violations(exact.value().plan, cluster.view), std::vector<std::string>{});
    EXPECT_EQ(rollout.of(exact.value().plan), exact.value().outlook);
  }
  EXPECT_GT(compared, 100);
}

TEST(ExactSearch, SaysWhenACaseIsTooLarge) {
  ClusterBuilder builder;
  builder.type({});
  for (int i = 0; i < 6; ++i) builder.host("small").utilisation(0.1 * i);
  builder.application("app", {layer({fragment(Mi(9000)), fragment(Mi(9000))})});
  for (int i = 0; i < 8; ++i) builder.waiting("app");
  const TestCluster cluster = builder.build();
  const Rollout rollout(cluster.view, {}, kStreams);
  const auto exact = find_best_plan(cluster.view, rollout, {.most_rollouts = 50});
  ASSERT_FALSE(exact.ok());
  EXPECT_EQ(exact.error().code, ErrorCode::kTooLarge);
  // 2^6 sets of hosts, and (1 + 6^2) answers to each of 8 requests: 10^14.4.
  EXPECT_NE(exact.error().message.find("about 10^14 plans"), std::string::npos)
      << exact.error().message;
}

TEST(LossFloor, NoPlanOfAnyPolicyLosesLess) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const TestCluster cluster = seed % 2 == 0 ? random_cluster(seed) : small_case(seed);
    ClusterView view = cluster.view;
    view.cadence = seed % 4 < 2 ? Cadence::kInterval : Cadence::kArrival;
    const Rollout rollout(view, {.beats = 1 + static_cast<int>(seed % 5), .futures = 2}, kStreams);
    LossFloor floor(view, rollout);
    for (const auto& make : {make_random, make_cosim, make_least_loaded, make_threshold}) {
      const Plan plan = decide_once(*make(), view, seed);
      const double at_most = qos_at_most(plan, view, floor);
      const double qos = rollout.of(plan).qos;
      EXPECT_GE(at_most, qos) << "seed " << seed << ": " << to_words(plan);
    }
  }
}

}  // namespace
}  // namespace scinet
