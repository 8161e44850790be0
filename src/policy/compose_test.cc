#include "policy/compose.h"

#include <gtest/gtest.h>

#include <functional>

#include "policy/rules.h"
#include "policy/wake.h"
#include "tests/policy_testing.h"

namespace scinet {
namespace {

class Switching final : public ProvisioningRule {
 public:
  explicit Switching(std::vector<PowerChange> power) : power_(std::move(power)) {}
  std::vector<PowerChange> choose(const ClusterLoad&, DecisionContext&) override { return power_; }

 private:
  std::vector<PowerChange> power_;
};

// Keeps the order of the catalogue and remembers what it was offered.
class AsListed final : public DeploymentRule {
 public:
  explicit AsListed(std::vector<StrategyOption>& offered) : offered_(offered) {}
  void rank(std::vector<StrategyOption>& options, const DeploymentCase&,
            DecisionContext&) override {
    offered_ = options;
  }

 private:
  std::vector<StrategyOption>& offered_;
};

// Takes the first candidate that `accepts`.
class FirstThat final : public PlacementRule {
 public:
  using Test = std::function<bool(const Route&, FragmentId, const HostLoad&)>;
  explicit FirstThat(Test accepts) : accepts_(std::move(accepts)) {}
  std::optional<HostId> choose(const Route& route, FragmentId fragment,
                               std::span<const HostLoad* const> candidates,
                               DecisionContext&) override {
    for (const HostLoad* host : candidates) {
      if (accepts_(route, fragment, *host)) return host->id();
    }
    return std::nullopt;
  }

 private:
  Test accepts_;
};

bool anything(const Route&, FragmentId, const HostLoad&) { return true; }

class Compose : public testing::Test {
 protected:
  std::string plan_for(const TestCluster& cluster, FirstThat::Test accepts = anything) {
    const auto policy =
        compose(std::make_unique<Switching>(power_), std::make_unique<AsListed>(offered_),
                std::make_unique<FirstThat>(std::move(accepts)));
    const Plan plan = decide_once(*policy, cluster.view);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{});
    return to_words(plan);
  }

  std::vector<PowerChange> power_;
  std::vector<StrategyOption> offered_;
};

TEST_F(Compose, OffersOnlyStrategiesThatHostsCanHold) {
  ClusterBuilder builder;
  builder.type({.memory = Mebibytes(512)}).host("small");
  builder.application("app", {whole(Mi(1000), 0.9, Mebibytes(600)), whole(Mi(500), 0.7)});
  EXPECT_EQ(plan_for(builder.waiting("app").build()), "w0 by s1; w0.f0 on h0");
  EXPECT_EQ(offered_, (std::vector<StrategyOption>{{StrategyId{1}, 0.7, Seconds(0.5)}}));
}

TEST_F(Compose, TakesTheNextStrategyWhenPlacementRefusesTheFirst) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small");
  builder.application("app", {layer({fragment(Mi(1)), fragment(Mi(1))}), whole(Mi(1))});
  const auto refuses_second_fragments = [](const Route&, FragmentId fragment, const HostLoad&) {
    return fragment.value == 0;
  };
  EXPECT_EQ(plan_for(builder.waiting("app").build(), refuses_second_fragments),
            "w0 by s1; w0.f0 on h0");
}

TEST_F(Compose, ForgetsTheLoadOfStrategiesThatWereOnlyTried) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.application("app", {layer({fragment(Mi(1)), fragment(Mi(1))}), whole(Mi(1))});
  const auto one_at_a_time = [](const Route&, FragmentId, const HostLoad& host) {
    return host.is_idle();
  };
  // The chain would need the host twice, which must not keep the single fragment from it.
  EXPECT_EQ(plan_for(builder.waiting("app").build(), one_at_a_time), "w0 by s1; w0.f0 on h0");
}

TEST_F(Compose, LetsLaterPlacementsSeeEarlierOnes) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").host("small").application("app", {whole(Mi(1))});
  builder.application("pair", {semantic({fragment(Mi(1)), fragment(Mi(1))})});
  const auto one_at_a_time = [](const Route&, FragmentId, const HostLoad& host) {
    return host.is_idle();
  };
  EXPECT_EQ(plan_for(builder.waiting("app").waiting("pair").build(), one_at_a_time),
            "w0 by s0; w1 by s0; w0.f0 on h0; w1.f0 on h1; w1.f1 on h2");
}

TEST_F(Compose, DefersWhenPlacementFindsNoRoom) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", HostState::kOff);
  builder.application("app", {whole(Mi(1))}).waiting("app");
  const auto nothing = [](const Route&, FragmentId, const HostLoad&) { return false; };
  EXPECT_EQ(plan_for(builder.build(), nothing),
            "w0 waits: none of the 1 hosts that are on and large enough has 100 MiB free: wait for "
            "a task to finish or power on one of 1 more");
}

TEST_F(Compose, PlacesOnlyTheFragmentsThatLostTheirHost) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", HostState::kFailed);
  builder.application("app", {layer({fragment(Mi(1)), fragment(Mi(1)), fragment(Mi(1))})});
  builder.deployed("app", 0,
                   {{TaskState::kDone, 1}, {TaskState::kUnplaced, 0}, {TaskState::kBlocked, 0}});
  EXPECT_EQ(plan_for(builder.build()), "w0.f1 on h0");
}

TEST_F(Compose, ChoosesAStrategyAloneEvenForHostsThatAreOff) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kOff).application("app", {whole(Mi(1000))});
  const TestCluster cluster = builder.waiting("app").asked({.deployment = true}).build();
  EXPECT_EQ(plan_for(cluster), "w0 by s0");
  EXPECT_EQ(offered_[0].finish, Seconds(11));  // 10 s of boot, then 1000 / 1000
}

TEST_F(Compose, CallsBackWhatItsRuleWouldTurnOffTooMuch) {
  ClusterBuilder builder;
  builder.type({.name = "cheap", .price = DollarsPerHour(0.1)});
  builder.type({.name = "dear", .price = DollarsPerHour(0.2)});
  builder.host("dear").host("cheap").host("dear");
  power_ = {{HostId{0}, false}, {HostId{1}, false}, {HostId{2}, false}};
  EXPECT_EQ(plan_for(builder.build()), "h0 off; h2 off");
}

TEST(KeepWorkServed, WakesTheCheapestHostThatCanHoldTheWork) {
  ClusterBuilder builder;
  builder.type({.name = "small", .memory = Mebibytes(512), .price = DollarsPerHour(0.1)});
  builder.type({.name = "dear", .price = DollarsPerHour(0.3)});
  builder.type({.name = "large", .price = DollarsPerHour(0.2)});
  builder.host("small").host("dear", HostState::kOff).host("large", HostState::kOff);
  builder.application("app", {whole(Mi(1), 0.9, Mebibytes(600))}).waiting("app").waiting("app");
  const TestCluster cluster = builder.build();
  std::vector<PowerChange> power;
  keep_work_served(power, cluster.view);
  EXPECT_EQ(power, (std::vector<PowerChange>{{HostId{2}, true}}));  // once for both
}

TEST(KeepWorkServed, PrefersAStrategyThatNeedsNoHostWoken) {
  ClusterBuilder builder;
  builder.type({.name = "small", .memory = Mebibytes(512)}).type({.name = "large"});
  builder.host("small").host("large", HostState::kOff);
  builder.application("app", {whole(Mi(1), 0.9, Mebibytes(600)), whole(Mi(1), 0.5)});
  const TestCluster cluster = builder.waiting("app").build();
  std::vector<PowerChange> power;
  keep_work_served(power, cluster.view);
  EXPECT_TRUE(power.empty());
}

TEST(KeepWorkServed, CallsBackADrainingHostRatherThanBootAnother) {
  ClusterBuilder builder;
  builder.type({.name = "cheap", .price = DollarsPerHour(0.1)});
  builder.type({.name = "dear", .price = DollarsPerHour(0.2)});
  builder.host("cheap", HostState::kOff).host("dear", HostState::kDraining);
  const TestCluster cluster = builder.build();
  std::vector<PowerChange> power;
  keep_work_served(power, cluster.view);
  EXPECT_EQ(power, (std::vector<PowerChange>{{HostId{1}, true}}));
}

TEST(KeepWorkServed, LeavesFailedHostsAlone) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kFailed).application("app", {whole(Mi(1))});
  const TestCluster cluster = builder.waiting("app").build();
  std::vector<PowerChange> power;
  keep_work_served(power, cluster.view);
  EXPECT_TRUE(power.empty());
}

// In time first, then accuracy; late ones by their time.
TEST(MostAccurateInTime, RanksByTheSloFirst) {
  std::vector<StrategyOption> options{{StrategyId{0}, 0.95, Seconds(9)},
                                      {StrategyId{1}, 0.80, Seconds(3)},
                                      {StrategyId{2}, 0.85, Seconds(4)},
                                      {StrategyId{3}, 0.99, Seconds(6)}};
  ClusterBuilder builder;
  builder.type({}).host("small").application("app", {whole(Mi(1000))}).waiting("app");
  const TestCluster cluster = builder.build();
  const ClusterLoad load(cluster.view);
  const DeploymentCase request{load, cluster.view.workloads[0],
                               [](const HostLoad&) { return true; }, Seconds(5)};
  DecisionContext context{RandomStream(1)};
  most_accurate_in_time()->rank(options, request, context);
  std::vector<std::uint32_t> order;
  for (const StrategyOption& option : options) order.push_back(option.strategy.value);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 1, 3, 0}));
}

}  // namespace
}  // namespace scinet
