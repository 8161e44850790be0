// One situation for each rival that shows what is its own idea.
#include <gtest/gtest.h>

#include "policy/baselines.h"
#include "policy/rules.h"
#include "policy/strategy_kind.h"
#include "tests/policy_testing.h"

namespace scinet {
namespace {

constexpr DecisionsAsked kRequest{.deployment = true, .placement = true};
constexpr DecisionsAsked kProvisioning{.provisioning = true};

std::string choice(Policy& policy, const ClusterView& view) {
  return to_words(decide_once(policy, view));
}

Strategy chain(double accuracy) {
  return layer({fragment(Mi(2000)), fragment(Mi(2000))}, accuracy);
}
Strategy branches(double accuracy) {
  return semantic({fragment(Mi(1000)), fragment(Mi(1000)), fragment(Mi(10))}, accuracy);
}

TEST(StrategyKinds, AreToldByShape) {
  EXPECT_EQ(kind_of(whole(Mi(1))), StrategyKind::kSingle);
  EXPECT_EQ(kind_of(chain(0.9)), StrategyKind::kChain);
  EXPECT_EQ(kind_of(branches(0.9)), StrategyKind::kBranches);
}

TEST(FixedDeployment, TakesItsKindWhateverTheSlo) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest);
  builder.application("app",
                      {whole(Mi(4000), 0.95), chain(0.9), branches(0.8), whole(Mi(900), 0.6)});
  const TestCluster cluster = builder.waiting("app", Seconds(0.1)).build();
  EXPECT_EQ(choice(*make_layer_only(), cluster.view), "w0 by s1; w0.f0 on h0; w0.f1 on h0");
  EXPECT_EQ(choice(*make_semantic_only(), cluster.view),
            "w0 by s2; w0.f0 on h0; w0.f1 on h0; w0.f2 on h0");
  EXPECT_EQ(choice(*make_compression_only(), cluster.view), "w0 by s3; w0.f0 on h0");
}

TEST(FixedDeployment, LeavesAnApplicationWithoutItsKindToTheDefaultRule) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest).application("app", {whole(Mi(10))});
  EXPECT_EQ(choice(*make_layer_only(), builder.waiting("app").build().view),
            "w0 by s0; w0.f0 on h0");
}

// Whole: 4000 Mi. Chain: 1000 Mi on a cheap host and back. Both lossless and in time; the default
// takes the one that is done first, gillis the one that costs less.
TEST(Gillis, TakesTheCheaperOfTwoLosslessPartitionsInTime) {
  ClusterBuilder builder;
  builder.type({.name = "fast", .speed = Mips(8000), .price = DollarsPerHour(8)});
  builder.type({.name = "cheap", .memory = Mebibytes(150), .price = DollarsPerHour(0.1)});
  builder.host("fast").host("cheap").asked(kRequest);
  builder.application("app", {whole(Mi(4000), 0.9, Mebibytes(500)), chain(0.9)});
  const TestCluster cluster = builder.waiting("app", Seconds(30)).build();
  EXPECT_EQ(to_words({{}, decide_once(*make_least_loaded(), cluster.view).deployments, {}, {}}),
            "w0 by s0");
  EXPECT_EQ(to_words({{}, decide_once(*make_gillis(), cluster.view).deployments, {}, {}}),
            "w0 by s1");
}

// Nothing lossless is in time: the cheapest of what is, not the most accurate.
TEST(Gillis, TakesTheCheapestLossyStrategyWhenNothingElseIsInTime) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest);
  builder.application("app", {whole(Mi(9000), 0.95), whole(Mi(2000), 0.8), whole(Mi(1000), 0.6)});
  const TestCluster cluster = builder.waiting("app", Seconds(3)).build();
  EXPECT_EQ(choice(*make_least_loaded(), cluster.view), "w0 by s1; w0.f0 on h0");
  EXPECT_EQ(choice(*make_gillis(), cluster.view), "w0 by s2; w0.f0 on h0");
}

// Layer splits come late again and again: with a short SLO the bandit learns to split by branches.
TEST(SplitPlace, LearnsFromLateLayerSplits) {
  const auto policy = compose(all_on(), splitplace(), earliest_finish());
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest);
  builder.application("app", {chain(0.9), branches(0.8)});
  const TestCluster empty = builder.build();
  int layers_at_last = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    ClusterView view = empty.view;
    view.now += to_sim_time(Seconds(40.0 * static_cast<double>(i)));
    WorkloadView entry;
    entry.workload = {.id = WorkloadId{i},
                      .application = {0},
                      .arrival = view.now,
                      .slo = Seconds(5),
                      .input = Bytes(0)};
    view.workloads = {entry};
    const Plan plan = decide_once(*policy, view, i);
    const bool is_layer = plan.deployments.at(0).strategy == StrategyId{0};
    if (i >= 250 && is_layer) ++layers_at_last;
    // It is gone at the next look: after 2 s of branches, or 20 s of layers.
    view.workloads.clear();
    view.now += to_sim_time(Seconds(is_layer ? 20 : 2));
    decide_once(*policy, view, i);
  }
  EXPECT_LE(layers_at_last, 5);  // of 50
}

// By requests the busy host is full, whatever it uses: the pod goes to the other, and never to the
// one that least-loaded would take for its speed.
TEST(Kubernetes, PlacesByRequestsAndNotBySpeed) {
  ClusterBuilder builder;
  builder.type({.name = "fast", .speed = Mips(8000)}).type({.name = "slow", .cores = 4});
  builder.host("fast").host("slow").asked(kRequest).application("app", {whole(Mi(1000))});
  const TestCluster cluster = builder.waiting("app").build();
  EXPECT_EQ(choice(*make_least_loaded(), cluster.view), "w0 by s0; w0.f0 on h0");
  EXPECT_EQ(choice(*make_kubernetes(), cluster.view), "w0 by s0; w0.f0 on h1");
}

TEST(Kubernetes, AddsNodesForPendingPodsAndRemovesOneThatWasUnneededForAMinute) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", HostState::kOff).asked(kProvisioning);
  builder.application("app", {whole(Mi(1000))});
  TestCluster pending = builder.waiting("app").waiting("app").waiting("app").build();
  EXPECT_EQ(choice(*make_kubernetes(), pending.view), "h1 on");  // a core each

  ClusterBuilder quiet;
  TestCluster calm = quiet.type({}).host("small").host("small").asked(kProvisioning).build();
  const auto policy = make_kubernetes();
  EXPECT_EQ(choice(*policy, calm.view), "");
  calm.view.now += to_sim_time(Seconds(61));
  EXPECT_EQ(decide_once(*policy, calm.view).power.size(), 1u);  // the other is kept for work
}

// The cheap node first though it is slower, and as long as it has a core.
TEST(Slurm, FillsNodesInOrderOfWeight) {
  ClusterBuilder builder;
  builder.type({.name = "fast", .speed = Mips(4000), .price = DollarsPerHour(1)});
  builder.type({.name = "cheap"}).host("fast").host("cheap").asked(kRequest);
  builder.application("app", {whole(Mi(1000))}).waiting("app").waiting("app").waiting("app");
  EXPECT_EQ(choice(*make_slurm(), builder.build().view),
            "w0 by s0; w1 by s0; w2 by s0; w0.f0 on h1; w1.f0 on h1; w2.f0 on h0");
}

TEST(Slurm, SuspendsWhatIsIdleForAMinuteAndResumesOnDemand) {
  ClusterBuilder quiet;
  TestCluster calm = quiet.type({}).host("small").host("small").asked(kProvisioning).build();
  const auto policy = make_slurm();
  EXPECT_EQ(choice(*policy, calm.view), "");
  calm.view.now += to_sim_time(Seconds(60));
  EXPECT_EQ(decide_once(*policy, calm.view).power.size(), 1u);  // the other is kept for work

  ClusterBuilder busy;
  busy.type({}).host("small").host("small", HostState::kOff).asked(kProvisioning);
  busy.application("app", {whole(Mi(1))}).waiting("app").waiting("app").waiting("app");
  EXPECT_EQ(choice(*make_slurm(), busy.build().view), "h1 on");
}

// A host that lost its link is trouble: narya takes new work away from it more often than not.
TEST(Narya, MitigatesAHostAtRisk) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").slow(0.3).host("small").asked(kProvisioning);
  builder.application("app", {whole(Mi(9000))}).deployed("app", 0, {{TaskState::kRunning, 0}});
  builder.deployed("app", 0, {{TaskState::kRunning, 1}});
  builder.deployed("app", 0, {{TaskState::kRunning, 2}});
  const TestCluster cluster = builder.build();
  int mitigated = 0;
  int others = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (const auto& [host, on] : decide_once(*make_narya(), cluster.view, seed).power) {
      (host == HostId{1} && !on ? mitigated : others) += 1;
    }
  }
  EXPECT_GT(mitigated, 40);  // two of three arms
  EXPECT_EQ(others, 0);
}

// One host is enough for a single light request. Greedy rules leave the second on for response;
// co-design weighs its power.
TEST(Hasco, TurnsOffHostsThatTheEstimateDoesNotMiss) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").host("small").host("small");
  builder.application("app", {whole(Mi(1000))});
  const TestCluster cluster = builder.waiting("app", Seconds(30)).build();
  EXPECT_GE(decide_once(*make_hasco(), cluster.view).power.size(), 2u);
  EXPECT_TRUE(decide_once(*make_least_loaded(), cluster.view).power.empty());
}

}  // namespace
}  // namespace scinet
