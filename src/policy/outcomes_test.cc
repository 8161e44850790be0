#include "policy/outcomes.h"

#include <gtest/gtest.h>

#include "tests/cluster_builder.h"

namespace scinet {
namespace {

// A request that waits, then one that runs, then none.
class Outcomes : public testing::Test {
 protected:
  Outcomes() {
    ClusterBuilder builder;
    builder.type({}).host("small").host("small");
    builder.application("app", {layer({fragment(Mi(1)), fragment(Mi(1))})}).waiting("app");
    cluster_ = builder.build();
  }
  void wait(double seconds) { cluster_.view.now += to_sim_time(Seconds(seconds)); }
  void finish() { cluster_.view.workloads.clear(); }

  const Plan plan_{.power = {},
                   .deployments = {{WorkloadId{0}, StrategyId{0}}},
                   .placements = {{WorkloadId{0}, FragmentId{0}, HostId{1}},
                                  {WorkloadId{0}, FragmentId{1}, HostId{0}}},
                   .deferrals = {}};
  TestCluster cluster_;
  OutcomeTracker tracker_;
};

TEST_F(Outcomes, KnowsAResponseToLieBetweenTwoViews) {
  EXPECT_TRUE(tracker_.update(cluster_.view).empty());
  tracker_.note(plan_);
  wait(5);
  finish();
  const std::vector<Outcome> outcomes = tracker_.update(cluster_.view);
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].after, Seconds(0));
  EXPECT_EQ(outcomes[0].by, Seconds(5));
  EXPECT_EQ(outcomes[0].response(), Seconds(2.5));
  EXPECT_FALSE(outcomes[0].is_late());  // of 10 s
  EXPECT_EQ(outcomes[0].strategy, StrategyId{0});
  EXPECT_EQ(outcomes[0].hosts, (std::vector<HostId>{{1}, {0}}));
  EXPECT_TRUE(tracker_.update(cluster_.view).empty());  // told once
}

TEST_F(Outcomes, CallsLateWhatCannotHaveBeenInTime) {
  tracker_.update(cluster_.view);
  tracker_.note(plan_);
  wait(25);
  finish();
  EXPECT_TRUE(tracker_.update(cluster_.view)[0].is_late());
}

TEST_F(Outcomes, LeavesOutWhatNeverGotAHost) {
  tracker_.update(cluster_.view);
  wait(5);
  finish();
  EXPECT_TRUE(tracker_.update(cluster_.view).empty());
}

TEST_F(Outcomes, StartsAfreshWhenTimeGoesBackOrHostsChange) {
  tracker_.update(cluster_.view);
  tracker_.note(plan_);
  wait(-1);
  finish();
  EXPECT_TRUE(tracker_.update(cluster_.view).empty());
}

}  // namespace
}  // namespace scinet
