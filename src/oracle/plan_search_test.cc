#include "oracle/plan_search.h"

#include <gtest/gtest.h>

#include <thread>

#include "oracle/oracle_policies.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

const RandomStreams kStreams(7);

std::vector<Plan> starts_for(const ClusterView& view) {
  std::vector<Plan> starts;
  for (const auto& policy : oracle_starts()) starts.push_back(decide_once(*policy, view));
  return starts;
}

SearchResult search(const ClusterView& view, std::int64_t steps, int futures = 1) {
  const Rollout rollout(view, {.beats = 3, .futures = futures}, kStreams);
  return search_plans(view, rollout, starts_for(view), steps, kStreams.stream("search"));
}

std::string best_in_words(const ClusterView& view) { return to_words(search(view, 300).best.plan); }

TEST(PlanSearch, MoreStepsNeverGiveAWorsePlan) {
  int better = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    double last = -1.0;
    for (const std::int64_t steps : {1, 2, 5, 10, 40, 80}) {
      const SearchResult result = search(cluster.view, steps);
      EXPECT_LE(result.steps, steps) << "seed " << seed;
      EXPECT_GE(result.best.outlook.qos, last) << "seed " << seed << ", " << steps << " steps";
      better += result.best.outlook.qos > last && last >= 0.0 ? 1 : 0;
      last = result.best.outlook.qos;
    }
  }
  EXPECT_GT(better, 60) << "steps are of no use: the test says nothing";
}

TEST(PlanSearch, IsNeverBelowItsStartsAndAlwaysSound) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Rollout rollout(cluster.view, {.beats = 3, .futures = 1}, kStreams);
    const std::vector<Plan> starts = starts_for(cluster.view);
    const SearchResult result =
        search_plans(cluster.view, rollout, starts, 15, kStreams.stream("search"));
    EXPECT_EQ(find_violations(result.best.plan, cluster.view), std::vector<std::string>{})
        << "seed " << seed;
    EXPECT_EQ(result.best.outlook, rollout.of(result.best.plan)) << "seed " << seed;
    for (const Plan& start : starts) {
      EXPECT_GE(result.best.outlook.qos, rollout.of(start).qos) << "seed " << seed;
    }
    if (result.runner_up) {
      EXPECT_GE(result.best.outlook.qos, result.runner_up->outlook.qos) << "seed " << seed;
      EXPECT_NE(result.best.plan, result.runner_up->plan) << "seed " << seed;
    }
  }
}

TEST(PlanSearch, RepeatsItselfAnywhere) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const SearchResult here = search(cluster.view, 30);
    SearchResult elsewhere;
    std::thread([&] { elsewhere = search(cluster.view, 30); }).join();
    EXPECT_EQ(here.best.plan, elsewhere.best.plan) << "seed " << seed;
    EXPECT_EQ(here.best.outlook, elsewhere.best.outlook) << "seed " << seed;
    EXPECT_EQ(here.steps, elsewhere.steps) << "seed " << seed;
  }
}

TEST(PlanSearch, SwitchesOffWhatIsNotNeeded) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").host("small");
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).build();
  const Plan plan = search(cluster.view, 300).best.plan;
  EXPECT_EQ(plan.power.size(), 2u) << to_words(plan);
}

TEST(PlanSearch, CompressesWhereTheSloIsTight) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("app",
                                             {whole(Mi(20'000), 0.95), whole(Mi(4000), 0.6)});
  EXPECT_EQ(best_in_words(builder.waiting("app", Seconds(5)).build().view),
            "w0 by s1; w0.f0 on h0");
}

TEST(PlanSearch, TakesTheAccurateStrategyWhereThereIsTime) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("app",
                                             {whole(Mi(20'000), 0.95), whole(Mi(4000), 0.2)});
  EXPECT_EQ(best_in_words(builder.waiting("app", Seconds(100)).build().view),
            "w0 by s0; w0.f0 on h0");
}

TEST(PlanSearch, KeepsTheOnlyTwoHostsThatHoldTheLayers) {
  ClusterBuilder builder;
  builder.type({.name = "tiny", .memory = Mebibytes(100)});
  builder.type({.name = "large", .memory = Mebibytes(600)});
  builder.type({.name = "huge", .memory = Mebibytes(900), .idle = Watts(11)});
  builder.host("tiny").host("large").host("huge");
  builder.application(
      "app", {layer({fragment(Mi(1000), Mebibytes(500)), fragment(Mi(1000), Mebibytes(800))})});
  const Plan plan = search(builder.waiting("app").build().view, 300).best.plan;
  ASSERT_EQ(plan.placements.size(), 2u) << to_words(plan);
  EXPECT_EQ(plan.placements[1].host, HostId{2}) << to_words(plan);
}

// Together each would take 8 s and both be late; one after the other, one is in time. At beats of 1
// s one waits; on arrival, where it would be asked about only then, both are placed.
TEST(PlanSearch, LetsOneWaitWhereBothTogetherWouldBeLate) {
  ClusterBuilder builder;
  builder.type({.cores = 1}).host("small").application("app", {whole(Mi(4000))});
  TestCluster cluster = builder.waiting("app", Seconds(5)).waiting("app", Seconds(5)).build();
  cluster.view.beat = Seconds(1);
  const Plan plan = search(cluster.view, 300).best.plan;
  EXPECT_EQ(plan.placements.size(), 1u) << to_words(plan);
  EXPECT_EQ(plan.deferrals.size(), 1u) << to_words(plan);
  EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{});
  cluster.view.cadence = Cadence::kArrival;
  EXPECT_EQ(search(cluster.view, 300).best.plan.placements.size(), 2u);
}

// One request a host would be served sooner, but a boot of 60 s is longer than its whole work.
TEST(PlanSearch, BootsNoHostForWorkThatIsDoneBefore) {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(60)}).host("small").host("small", HostState::kOff);
  builder.application("app", {whole(Mi(4000))}).waiting("app").waiting("app").waiting("app");
  const Plan plan = search(builder.build().view, 300).best.plan;
  EXPECT_TRUE(plan.power.empty()) << to_words(plan);
  EXPECT_GE(plan.placements.size(), 2u) << to_words(plan);
}

RolloutSettings window_with(Seconds boot, Seconds other_boot) {
  ClusterBuilder builder;
  builder.type({.boot_time = boot}).host("small");
  builder.type({.name = "other", .boot_time = other_boot}).host("other");
  return window_for(builder.build().view, {.beats = 2});
}

TEST(Oracle, LooksBeyondTheLongestBoot) {
  EXPECT_EQ(window_with(Seconds(0), Seconds(42)).beats, 2 + 9);
  EXPECT_EQ(window_with(Seconds(42), Seconds(4000)).beats, 20);
  EXPECT_TRUE(window_with(Seconds(0), Seconds(42)).arrivals);
}

TEST(Oracle, LeavesWhatArrivesToTheNextDecisionWhereHostsBootAtOnce) {
  const RolloutSettings settings = window_with(Seconds(0), Seconds(0));
  EXPECT_EQ(settings.beats, 1);
  EXPECT_FALSE(settings.arrivals);
}

}  // namespace
}  // namespace scinet
