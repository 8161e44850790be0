#include "policy/joint_decision.h"

#include <gtest/gtest.h>

#include "policy/catalog.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

// Any value at all: hosts and strategies that do not exist, lists that are too short or too long.
JointDecision random_decision(const DecisionSpace& space, RandomStream random) {
  JointDecision decision;
  for (std::size_t i = 0; i < space.view().hosts.size(); ++i) {
    decision.on.push_back(random.uniform() < 0.5);
  }
  for (std::size_t i = 0; i < space.waiting().size(); ++i) {
    WorkloadChoice choice{StrategyId{static_cast<std::uint32_t>(random.below(5))}};
    for (auto left = random.below(6); left > 0; --left) {
      choice.hosts.push_back(
          HostId{static_cast<std::uint32_t>(random.below(space.view().hosts.size() + 1))});
    }
    decision.choices.push_back(random.uniform() < 0.2 ? std::nullopt : std::optional(choice));
  }
  return decision;
}

Plan without_reasons(Plan plan) {
  for (Deferral& deferral : plan.deferrals) deferral.reason = "any";
  return plan;
}

TEST(DecisionSpace, MakesASoundPlanOfAnyDecision) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const DecisionSpace space(cluster.view);
    const JointDecision decision =
        random_decision(space, RandomStreams(seed).stream("random decision"));
    EXPECT_EQ(find_violations(space.plan_of(decision), cluster.view), std::vector<std::string>{})
        << "seed " << seed;
    EXPECT_EQ(find_violations(space.plan_of(space.nothing_changed()), cluster.view),
              std::vector<std::string>{})
        << "seed " << seed;
  }
}

TEST(DecisionSpace, GivesTheDecisionsOfPoliciesBack) {
  const PolicyCatalog policies = builtin_policies();
  for (const PolicyEntry& entry : policies.entries()) {
    if (entry.needs_training) continue;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      TestCluster cluster = random_cluster(seed);
      const Plan plan = decide_once(*entry.make().value(), cluster.view, seed);
      const DecisionSpace space(cluster.view);
      EXPECT_EQ(without_reasons(space.plan_of(space.decision_of(plan))), without_reasons(plan))
          << entry.name << ", seed " << seed;
    }
  }
}

TEST(DecisionSpace, FollowsADecisionThatCanBeFollowed) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", HostState::kOff).host("small");
  builder.application("app", {whole(Mi(1000)), layer({fragment(Mi(500)), fragment(Mi(500))})});
  const TestCluster cluster = builder.waiting("app").waiting("app").build();
  const DecisionSpace space(cluster.view);

  const JointDecision decision{
      .on = {true, true, false},
      .choices = {WorkloadChoice{StrategyId{1}, {HostId{1}, HostId{0}}},
                  WorkloadChoice{StrategyId{0}, {HostId{0}}}},
  };
  EXPECT_EQ(to_words(space.plan_of(decision)),
            "h1 on; h2 off; w0 by s1; w1 by s0; w0.f0 on h1; w0.f1 on h0; w1.f0 on h0");
  EXPECT_EQ(space.decision_of(space.plan_of(decision)), decision);
}

TEST(DecisionSpace, KnowsWhatCanBeDecided) {
  ClusterBuilder builder;
  builder.type({.memory = Mebibytes(512)}).type({.name = "large", .memory = Mebibytes(4096)});
  builder.host("small").host("large", HostState::kOff).host("large", HostState::kFailed);
  builder.host("small").unlinked();
  const Strategy small = whole(Mi(1000));
  const Strategy large = whole(Mi(1000), 0.9, Mebibytes(600));
  const Strategy huge = whole(Mi(1000), 0.9, Mebibytes(6000));
  builder.application("app", {small, large, huge}).waiting("app");
  builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  builder.deployed("app", 1, {{TaskState::kUnplaced, 0}});
  TestCluster cluster = builder.build();
  {
    const DecisionSpace space(cluster.view);
    EXPECT_EQ(space.switchable(), (std::vector{HostId{0}, HostId{1}, HostId{3}}));
    ASSERT_EQ(space.waiting().size(), 2u);
    EXPECT_EQ(space.strategies(0), (std::vector{StrategyId{0}, StrategyId{1}}));
    EXPECT_EQ(space.strategies(1), std::vector{StrategyId{1}});
    EXPECT_EQ(space.hosts_for(small.fragments[0]).size(), 2u);
    EXPECT_EQ(space.hosts_for(large.fragments[0]).size(), 1u);
    EXPECT_TRUE(space.hosts_for(huge.fragments[0]).empty());
  }
  cluster.view.asked = {.deployment = true, .placement = true};
  {
    const DecisionSpace space(cluster.view);
    EXPECT_TRUE(space.switchable().empty());
    EXPECT_EQ(space.strategies(0), std::vector{StrategyId{0}}) << "what is off stays off";
    EXPECT_TRUE(space.strategies(1).empty());
  }
  cluster.view.asked = {.deployment = true};
  {
    const DecisionSpace space(cluster.view);
    ASSERT_EQ(space.waiting().size(), 1u);
    EXPECT_EQ(space.strategies(0), (std::vector{StrategyId{0}, StrategyId{1}}));
  }
}

TEST(DecisionSpace, SendsAFragmentWhoseHostIsOffWhereItFinishesFirst) {
  ClusterBuilder builder;
  builder.type({}).type({.name = "fast", .speed = Mips(2000)});
  builder.host("small").host("fast").host("fast");
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  const DecisionSpace space(cluster.view);

  JointDecision decision = space.nothing_changed();
  decision.on[1] = false;
  decision.choices[0] = WorkloadChoice{StrategyId{0}, {HostId{1}}};
  EXPECT_EQ(to_words(space.plan_of(decision)), "h1 off; w0 by s0; w0.f0 on h2");
}

TEST(DecisionSpace, TakesTheFirstToFinishOfTheOthersForAStrategyWithoutHosts) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.type({.name = "large", .memory = Mebibytes(4096)}).host("large");
  builder.application(
      "app", {whole(Mi(1000), 0.9, Mebibytes(2000)), whole(Mi(3000), 0.8), whole(Mi(2000), 0.7)});
  const TestCluster cluster = builder.waiting("app").build();
  const DecisionSpace space(cluster.view);

  JointDecision decision = space.nothing_changed();
  decision.on[1] = false;  // the only one that could hold the strategy
  decision.choices[0] = WorkloadChoice{StrategyId{0}, {HostId{1}}};
  EXPECT_EQ(to_words(space.plan_of(decision)), "h1 off; w0 by s2; w0.f0 on h0");
}

TEST(DecisionSpace, SaysThatWaitingIsAChoiceWhereItIsOne) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  const DecisionSpace space(cluster.view);
  EXPECT_EQ(to_words(space.plan_of(space.nothing_changed())),
            "w0 waits: a later start is expected to score better than one now");
}

}  // namespace
}  // namespace scinet
