#include "oracle/bound.h"

#include <gtest/gtest.h>

#include <cmath>

#include "oracle/exact.h"
#include "oracle/mixed_program.h"
#include "oracle/plan_search.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"
#include "tests/small_case.h"

namespace scinet {
namespace {

const RandomStreams kStreams(7);

// Knapsacks of 12 things, against every subset.
TEST(MixedProgram, IsExactWithEnoughNodesAndABoundWithFewer) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random = RandomStreams(seed).stream("knapsack");
    std::vector<double> values;
    std::vector<MixedProgram::Term> sizes;
    MixedProgram program;
    for (int i = 0; i < 12; ++i) {
      values.push_back(10.0 * random.uniform());
      sizes.push_back({5.0 * random.uniform(), program.add_choice(-values.back())});
    }
    program.require(0.0, sizes, 12.0);
    double best = 0.0;
    for (std::size_t subset = 0; subset < std::size_t{1} << values.size(); ++subset) {
      double value = 0.0;
      double size = 0.0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if ((subset >> i & 1) == 0) continue;
        value += values[i];
        size += sizes[i].factor;
      }
      if (size <= 12.0) best = std::max(best, value);
    }
    EXPECT_NEAR(program.least_cost(10'000), -best, 1e-6) << "seed " << seed;
    EXPECT_LE(program.least_cost(0), -best + 1e-9) << "seed " << seed;
    EXPECT_LE(program.least_cost(1), -best + 1e-9) << "seed " << seed;
  }
}

TEST(MixedProgram, SaysThatNothingSolvesIt) {
  MixedProgram program;
  const std::vector<MixedProgram::Term> one{{1.0, program.add_choice(1.0)}};
  program.require(2.0, one, 3.0);
  EXPECT_EQ(program.least_cost(10), MixedProgram::kUnbounded);
}

// No term of any plan may be less than the bound's.
void expect_within(const Bound& bound, const Outlook& outlook, std::uint64_t seed) {
  EXPECT_GE(bound.qos, outlook.qos) << "seed " << seed;
  for (double QosTerms::*const term : {&QosTerms::energy, &QosTerms::cost, &QosTerms::response,
                                       &QosTerms::violation, &QosTerms::inaccuracy}) {
    EXPECT_LE(bound.terms.*term, outlook.terms.*term) << "seed " << seed;
  }
}

TEST(Bound, IsNotBelowTheBestPlanOfSmallCases) {
  double gap = 0.0;
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    TestCluster cluster = small_case(seed);
    if (seed % 3 == 0) cluster.view.cadence = Cadence::kArrival;
    const RolloutSettings settings{.beats = seed % 4 < 2 ? 5 : 1,
                                   .futures = 1 + static_cast<int>(seed % 2),
                                   .arrivals = seed % 4 < 2};
    const Rollout rollout(cluster.view, settings, kStreams);
    const Result<ExactPlan> exact = find_best_plan(cluster.view, rollout, {.most_rollouts = 1000});
    if (!exact) continue;
    const Bound bound = bound_of(cluster.view, rollout);
    expect_within(bound, exact.value().outlook, seed);
    gap += bound.qos - exact.value().outlook.qos;
    ++cases;
  }
  EXPECT_GT(cases, 150);
  RecordProperty("mean_gap", std::to_string(gap / cases));
}

// Of the policies and of the oracle's search. Returns bound - best.
double check_plans(const ClusterView& view, std::uint64_t seed) {
  const Rollout rollout(view, {.beats = 3, .arrivals = seed % 2 == 0}, kStreams);
  const Bound bound = bound_of(view, rollout, {.most_nodes = 5, .most_variables = 1500});
  std::vector<Plan> plans;
  for (const auto& make : {make_cosim, make_least_loaded, make_random, make_threshold}) {
    plans.push_back(decide_once(*make(), view, seed));
    expect_within(bound, rollout.of(plans.back()), seed);
  }
  const SearchResult found =
      search_plans(view, rollout, plans, 60, RandomStreams(seed).stream("search"));
  EXPECT_EQ(find_violations(found.best.plan, view), std::vector<std::string>{}) << "seed " << seed;
  EXPECT_GE(found.best.outlook.qos, rollout.of(plans.front()).qos) << "seed " << seed;
  expect_within(bound, found.best.outlook, seed);
  return bound.qos - found.best.outlook.qos;
}

TEST(Bound, IsNotBelowAnyPlanOfLargerCases) {
  double gap = 0.0;
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 24; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    if (cluster.view.hosts.size() > 60) continue;
    gap += check_plans(cluster.view, seed);
    ++cases;
  }
  RecordProperty("mean_gap", std::to_string(gap / cases));
}

// The same cluster, where some fragments run in batches.
TestCluster with_batches(const TestCluster& cluster, std::uint64_t seed) {
  RandomStream random = RandomStreams(seed).stream("batches");
  auto catalogue = std::make_unique<Catalogue>(*cluster.catalogue);
  for (Application& application : catalogue->applications) {
    for (Strategy& strategy : application.strategies) {
      for (Fragment& fragment : strategy.fragments) {
        fragment.batch = {.limit = 1 + static_cast<int>(random.below(5)),
                          .delay = Seconds(random.below(2) == 0 ? 0.0 : random.uniform()),
                          .further_work = 0.05 + 0.95 * random.uniform()};
      }
    }
  }
  ClusterView view = cluster.view;
  view.catalogue = catalogue.get();
  return {std::move(catalogue), std::move(view)};
}

TEST(Bound, HoldsWhereFragmentsRunInBatches) {
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = with_batches(small_case(seed), seed);
    const Rollout rollout(cluster.view, {.futures = 1 + static_cast<int>(seed % 2)}, kStreams);
    const Result<ExactPlan> exact = find_best_plan(cluster.view, rollout, {.most_rollouts = 1000});
    if (!exact) continue;
    expect_within(bound_of(cluster.view, rollout), exact.value().outlook, seed);
    ++cases;
  }
  EXPECT_GT(cases, 40);
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const TestCluster cluster = with_batches(random_cluster(seed), seed);
    if (cluster.view.hosts.size() <= 60) check_plans(cluster.view, seed);
  }
}

// Eight of a second each on one core would take until 8 s; together they take 1 + 7 * 0.1 s. The
// bound must leave room for that, and for a single one, which nobody helps, it need not.
TEST(Bound, LeavesRoomForWhatABatchSaves) {
  for (const int waiting : {8, 1}) {
    Fragment batches = fragment(Mi(1000));
    batches.batch = {.limit = 8, .delay = Seconds(0), .further_work = 0.1};
    ClusterBuilder builder;
    builder.type({.cores = 1, .idle = Watts(0)}).host("small");
    builder.application("app", {strategy("whole", 1.0, {batches})});
    for (int i = 0; i < waiting; ++i) builder.waiting("app", Seconds(2));
    TestCluster cluster = builder.build();
    cluster.view.weights = {0.6, 0.0, 0.2, 0.2, 0.0};
    Plan plan;
    for (const WorkloadView& entry : cluster.view.workloads) {
      plan.deployments.push_back({entry.workload.id, StrategyId{0}});
      plan.placements.push_back({entry.workload.id, FragmentId{0}, HostId{0}});
    }
    const Rollout rollout(cluster.view, {}, kStreams);
    const Outlook outlook = rollout.of(plan);
    EXPECT_EQ(outlook.terms.violation, 0.0);
    EXPECT_NEAR(outlook.terms.response, waiting == 8 ? 1.7 / 4.0 : 1.0 / 4.0, 1e-6);
    const Bound bound = bound_of(cluster.view, rollout);
    expect_within(bound, outlook, 0);
    if (waiting == 1) {
      EXPECT_NEAR(bound.qos, outlook.qos, 1e-5);
    }
  }
}

// What search and bound must survive as well.
TEST(Bound, HoldsAtTheEdges) {
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const auto check = [&](auto change) {
      ClusterView view = cluster.view;
      view.asked = DecisionsAsked::all();
      change(view);
      check_plans(view, seed);
    };
    check([](ClusterView& view) {
      for (HostView& host : view.hosts) host.state = HostState::kFailed;
    });
    check([](ClusterView& view) {
      for (HostView& host : view.hosts) host.linked = false;
    });
    check([](ClusterView& view) { view.weights = {0.0, 0.0, 0.0, 0.0, 0.0}; });
    check([](ClusterView& view) { view.weights = {1.0, 0.0, 0.0, 0.0, 0.0}; });
    check([](ClusterView& view) { view.asked = {.placement = true}; });
    check([](ClusterView& view) { view.asked = {.deployment = true}; });
    check([](ClusterView& view) {
      view.hosts.clear();
      view.workloads.clear();
    });
    check([](ClusterView& view) {
      for (double& rate : view.arrival_rates) rate = 20.0;
    });
  }
}

}  // namespace
}  // namespace scinet
