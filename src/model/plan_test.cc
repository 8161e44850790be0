#include "model/plan.h"

#include <gtest/gtest.h>

#include "tests/random_cluster.h"

namespace scinet {
namespace {

using Violations = std::vector<std::string>;

// Host 0 is on and small, 1 is off, 2 has failed, 3 is draining, 4 is on and large. Workload 0 has
// no strategy, 1 runs its second fragment and lost the host of its first, 2 is running.
class FindViolations : public testing::Test {
 protected:
  FindViolations() {
    ClusterBuilder builder;
    builder.type({.name = "small", .memory = Mebibytes(512)}).type({.name = "large"});
    builder.host("small").host("small", HostState::kOff).host("small", HostState::kFailed);
    builder.host("small", HostState::kDraining).host("large");
    builder.application(
        "app", {whole(Mi(1), 0.9, Mebibytes(600)), layer({fragment(Mi(1)), fragment(Mi(1))}, 0.8)});
    builder.waiting("app");
    builder.deployed("app", 1, {{TaskState::kUnplaced, 0}, {TaskState::kBlocked, 0}});
    builder.deployed("app", 1, {{TaskState::kDone, 0}, {TaskState::kRunning, 0}});
    cluster_ = builder.build();
  }

  Violations violations() const { return find_violations(plan_, cluster_.view); }

  TestCluster cluster_;
  // Sound as it stands; each test breaks one thing.
  Plan plan_{.power = {{HostId{1}, true}},
             .deployments = {{WorkloadId{0}, StrategyId{1}}},
             .placements = {{WorkloadId{0}, FragmentId{0}, HostId{0}},
                            {WorkloadId{0}, FragmentId{1}, HostId{1}}},
             .deferrals = {{WorkloadId{1}, "host 0 is busy"}}};
};

TEST_F(FindViolations, FindsNoneInASoundPlan) { EXPECT_EQ(violations(), Violations{}); }

TEST_F(FindViolations, AcceptsThatNothingIsAnsweredWhenNothingIsAsked) {
  cluster_.view.asked = {};
  plan_ = {};
  EXPECT_EQ(violations(), Violations{});
}

TEST_F(FindViolations, PowerThatWasNotAskedFor) {
  cluster_.view.asked.provisioning = false;
  EXPECT_EQ(violations(), Violations{"power changes were not asked for"});
}

TEST_F(FindViolations, StrategiesThatWereNotAskedFor) {
  cluster_.view.asked.deployment = false;
  EXPECT_EQ(violations(), Violations{"strategies were not asked for"});
}

TEST_F(FindViolations, PlacementsAndDeferralsThatWereNotAskedFor) {
  cluster_.view.asked.placement = false;
  EXPECT_EQ(violations(),
            (Violations{"placements were not asked for", "deferrals were not asked for"}));
}

TEST_F(FindViolations, PowerOfAHostThatDoesNotExist) {
  plan_.power.push_back({HostId{7}, true});
  EXPECT_EQ(violations(), Violations{"host 7 does not exist: the view has 5"});
}

TEST_F(FindViolations, AHostSwitchedTwice) {
  plan_.power.push_back({HostId{1}, true});
  EXPECT_EQ(violations(), Violations{"host 1 is switched twice"});
}

TEST_F(FindViolations, SwitchingWithoutEffect) {
  plan_.power = {{HostId{0}, true},
                 {HostId{1}, true},
                 {HostId{2}, true},
                 {HostId{2}, false},
                 {HostId{3}, false}};
  EXPECT_EQ(violations(),
            (Violations{"host 0 is on and cannot be switched on",
                        "host 2 is failed and cannot be switched on", "host 2 is switched twice",
                        "host 2 is failed and cannot be switched off",
                        "host 3 is draining and cannot be switched off"}));
}

TEST_F(FindViolations, ADrainingHostCanBeCalledBack) {
  plan_.power.push_back({HostId{3}, true});
  plan_.placements[0].host = HostId{3};
  EXPECT_EQ(violations(), Violations{});
}

TEST_F(FindViolations, AStrategyForAWorkloadThatIsNotThere) {
  plan_.deployments.push_back({WorkloadId{9}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, AStrategyThatDoesNotExist) {
  plan_.deployments[0].strategy = StrategyId{2};
  EXPECT_EQ(violations(),
            (Violations{"workload 0 has no strategy 2: its application has 2",
                        "workload 0 is placed without a strategy",
                        "workload 0 is placed without a strategy", "workload 0 was ignored"}));
}

TEST_F(FindViolations, AStrategyGivenTwice) {
  plan_.deployments.push_back({WorkloadId{0}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 0 is given a strategy twice"});
}

TEST_F(FindViolations, AStrategyChanged) {
  plan_.deployments.push_back({WorkloadId{1}, StrategyId{0}});
  EXPECT_EQ(violations(), Violations{"workload 1 already has a strategy"});
}

TEST_F(FindViolations, APlacementOfAWorkloadThatIsNotThere) {
  plan_.placements.push_back({WorkloadId{9}, FragmentId{0}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, APlacementWithoutAStrategy) {
  plan_.deployments.clear();
  plan_.placements.pop_back();
  EXPECT_EQ(violations(),
            (Violations{"workload 0 is placed without a strategy", "workload 0 was ignored"}));
}

TEST_F(FindViolations, AFragmentThatDoesNotExist) {
  plan_.placements.push_back({WorkloadId{0}, FragmentId{2}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 0 has no fragment 2: its strategy has 2"});
}

TEST_F(FindViolations, AFragmentThatHasAHost) {
  plan_.placements.push_back({WorkloadId{2}, FragmentId{1}, HostId{4}});
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 2 already has a host"});
}

TEST_F(FindViolations, AFragmentPlacedTwice) {
  plan_.placements.push_back({WorkloadId{0}, FragmentId{1}, HostId{4}});
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 0 is placed twice"});
}

TEST_F(FindViolations, APlacementOnAHostThatDoesNotExist) {
  plan_.placements[0].host = HostId{5};
  EXPECT_EQ(violations(), Violations{"host 5 does not exist: the view has 5"});
}

TEST_F(FindViolations, APlacementOnAHostThatTakesNoWork) {
  plan_.placements[0].host = HostId{2};
  plan_.placements[1].host = HostId{3};
  EXPECT_EQ(violations(),
            (Violations{
                "host 2 gets fragment 0 of workload 0 but is failed once the plan is applied",
                "host 3 gets fragment 1 of workload 0 but is draining once the plan is applied"}));
}

TEST_F(FindViolations, APlacementOnAHostThatThePlanTurnsOff) {
  plan_.power.push_back({HostId{0}, false});
  EXPECT_EQ(
      violations(),
      Violations{"host 0 gets fragment 0 of workload 0 but is draining once the plan is applied"});
}

TEST_F(FindViolations, APlacementOnAHostThatIsTooSmall) {
  plan_.deployments[0].strategy = StrategyId{0};
  plan_.placements = {{WorkloadId{0}, FragmentId{0}, HostId{0}}};
  EXPECT_EQ(
      violations(),
      Violations{
          "host 0 can never hold fragment 0 of workload 0: it has 512 MiB of the 600 needed"});
}

TEST_F(FindViolations, ADeferralOfAWorkloadThatIsNotThere) {
  plan_.deferrals.push_back({WorkloadId{9}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 9 is not in the view"});
}

TEST_F(FindViolations, ADeferralOfNothing) {
  plan_.deferrals.push_back({WorkloadId{2}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 2 is deferred but has nothing to place"});
}

TEST_F(FindViolations, ADeferralWithoutAReason) {
  plan_.deferrals[0].reason.clear();
  EXPECT_EQ(violations(), Violations{"workload 1 is deferred without a reason"});
}

TEST_F(FindViolations, ADeferralGivenTwice) {
  plan_.deferrals.push_back({WorkloadId{1}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 1 is deferred twice"});
}

TEST_F(FindViolations, AWorkloadPlacedAndDeferred) {
  plan_.placements.push_back({WorkloadId{1}, FragmentId{0}, HostId{0}});
  EXPECT_EQ(violations(), Violations{"workload 1 is both placed and deferred"});
}

TEST_F(FindViolations, AWorkloadDeployedAndDeferred) {
  plan_.placements.clear();
  plan_.deferrals.push_back({WorkloadId{0}, "no host"});
  EXPECT_EQ(violations(), Violations{"workload 0 is both deployed and deferred"});
}

TEST_F(FindViolations, AWorkloadThatIsIgnored) {
  plan_ = {};
  EXPECT_EQ(violations(),
            (Violations{"workload 0 was ignored", "fragment 0 of workload 1 was ignored"}));
}

TEST_F(FindViolations, AFragmentThatIsIgnored) {
  plan_.placements.pop_back();
  EXPECT_EQ(violations(), Violations{"fragment 1 of workload 0 was ignored"});
}

TEST(StatesAfter, FollowsThePowerChanges) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kOff).host("small", HostState::kDraining);
  builder.host("small").host("small", HostState::kBooting).host("small", HostState::kFailed);
  const TestCluster cluster = builder.build();
  const Plan plan{
      .power = {{HostId{0}, true}, {HostId{1}, true}, {HostId{2}, false}, {HostId{3}, false}},
      .deployments = {},
      .placements = {},
      .deferrals = {}};
  EXPECT_EQ(states_after(plan, cluster.view),
            (std::vector{HostState::kBooting, HostState::kOn, HostState::kDraining,
                         HostState::kDraining, HostState::kFailed}));
}

}  // namespace
}  // namespace scinet
