// Hosts whose CPU quota is enforced late: bursts at a boost, and what waits for a period.
#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// A quota of one core that is enforced late: 0.01 credits are 0.6 core-seconds, spent at four times
// the speed.
SmallWorld world_with_quota(Seconds stall,
                            const std::vector<Fragment>& second = {plain_fragment()}) {
  SmallWorld world{.host = plain_host(1)};
  world.more_applications = {plain_application(second)};
  world.fragments[0].work.mean = Mi(4000);
  world.host.burst = BurstCredits{.baseline = 1.0,
                                  .credits_per_hour = 60.0,
                                  .initial_credits = 0.01,
                                  .maximum_credits = 0.01,
                                  .boost = 4.0,
                                  .stall = stall};
  return world;
}

// The second application sends what 200 Mi make to another 100.
SmallWorld two_hosts_and_a_chain() {
  std::vector<Fragment> chain = {plain_fragment(Mi(200)), plain_fragment(Mi(100))};
  chain[1].inputs = {FragmentId{0}};
  SmallWorld world = world_with_quota(Seconds(0.25), chain);
  world.hosts = world.hosts_on = 2;
  return world;
}

TEST(TwinQuota, ABoostIsSpentAtOnceAndEarnedAgain) {
  SmallWorld world = world_with_quota(Seconds(0));
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  // It uses 4 cores and earns one: 0.2 s, in which 800 Mi are done. The other 3200 take 3.2 s.
  twin.run_until(100ms);
  EXPECT_NEAR(host_of(twin, 0).credits, 0.005, 1e-12);
  EXPECT_NEAR(task_of(twin, 0).progress, 0.1, 1e-12);
  twin.run_until(1s);
  EXPECT_TRUE(host_of(twin, 0).throttled);
  twin.run_until(10s);
  EXPECT_EQ(finish_of(twin, 0), 3400ms);
  // All credits are back, but no more: again 0.6 s less than 4.
  serve_at(twin, 10s, 1, {0});
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 1), 13'400ms);
  const Accounts accounts = twin.accounts();
  EXPECT_NEAR(accounts.hosts[0].cpu.count(), 8.0, 1e-9);
  EXPECT_NEAR(accounts.workloads[0].tasks[0].cpu.count(), 4.0, 1e-9);
  // 20 s at 100 W, and as much again for each of the 8 core-seconds, however fast they were.
  EXPECT_NEAR(accounts.hosts[0].energy.value(), 20.0 * 100.0 + 8.0 * 100.0, 1e-6);
}

TEST(TwinQuota, WithoutCreditsWhatComesAndGoesWaitsItsTurn) {
  SmallWorld world = world_with_quota(Seconds(0.25));
  Twin alone = world.twin();
  serve_at(alone, 0s, 0, {0});
  alone.run_until(10s);
  EXPECT_EQ(finish_of(alone, 0), 3650ms) << "it came while there were credits, and left without";

  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0});
  twin.run_until(20s);
  const std::vector<WorkloadOutcome> outcomes = twin.accounts().workloads;
  EXPECT_EQ(outcomes[1].tasks[0].queued, 1750ms) << "for itself, and twice for the one that runs";
  EXPECT_EQ(*outcomes[0].finish - outcomes[0].tasks[0].finish, 750ms);
  EXPECT_EQ(*outcomes[1].finish - outcomes[1].tasks[0].finish, 250ms) << "alone again";
}

TEST(TwinQuota, WhatFitsIntoAPeriodOfTheQuotaRunsAtOnceAfterItsWait) {
  SmallWorld world = world_with_quota(Seconds(0.25), {plain_fragment(Mi(200))});
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0}, 1);
  twin.run_until(1800ms);
  EXPECT_FALSE(host_of(twin, 0).throttled);
  EXPECT_NEAR(host_of(twin, 0).credits, 0.0025, 1e-12) << "half of what the two of them use";
  twin.run_until(20s);
  const std::vector<WorkloadOutcome> outcomes = twin.accounts().workloads;
  const TaskOutcome& small = outcomes[1].tasks[0];
  EXPECT_EQ(small.start, 1750ms);
  EXPECT_EQ(small.finish, 1850ms) << "half of the four cores that one core counts as";
  EXPECT_EQ(*outcomes[1].finish, small.finish) << "its answer leaves before the quota is used up";
  // 0.8 core-seconds until 0.2 s, one a second until 1.75 s, 0.2 until 1.85 s; then alone again.
  EXPECT_EQ(outcomes[0].tasks[0].finish, 3300ms);
  EXPECT_EQ(*outcomes[0].finish, 3550ms);
}

TEST(TwinQuota, WhatGoesOnToAnotherHostLeavesAPeriodLikeAnAnswer) {
  SmallWorld world = two_hosts_and_a_chain();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0, 1}, 1);
  twin.run_until(20s);
  const std::vector<TaskOutcome> tasks = twin.accounts().workloads[1].tasks;
  EXPECT_EQ(tasks[0].finish, 1850ms);
  EXPECT_EQ(tasks[1].start, tasks[0].finish);
}

TEST(TwinQuota, WhatSharesAPeriodOfTheQuotaRunsAtTheBoostToItsEnd) {
  SmallWorld world = world_with_quota(Seconds(0.25), {plain_fragment(Mi(100))});
  world.host.contention = 0.3;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0}, 1);
  serve_at(twin, 1s, 2, {0}, 1);
  twin.run_until(20s);
  // Three share four cores, each of which does 1 / (1 + 0.3 * 2 / 3) of its work: 0.1 * 3 / 4
  // * 1.2.
  for (const std::uint64_t id : {1u, 2u}) EXPECT_EQ(finish_of(twin, id), 1840ms) << id;
}

TEST(TwinQuota, CreditsThatAHostHasEarnedAreNotLostToAPeriod) {
  SmallWorld world = world_with_quota(Seconds(0.25), {plain_fragment(Mi(40))});
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 2750ms, 1, {0}, 1);
  // The first is done at 3.4 s, the second comes at 3.5 s: too early for the host to burst again by
  // itself. It uses 0.04 core-seconds and earns 0.01 meanwhile.
  twin.run_until(3510ms);
  EXPECT_NEAR(host_of(twin, 0).credits, (0.1 - 0.03) / 60.0, 1e-9);
  EXPECT_EQ(finish_of(twin, 1), 3510ms);
}

TEST(TwinQuota, ABatchThatUsesUpTheQuotaSendsItsAnswersLate) {
  Fragment together = plain_fragment(Mi(500));
  together.batch = {.limit = 2, .delay = Seconds(1), .further_work = 1.0};
  SmallWorld world = world_with_quota(Seconds(0.25), {together});
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 1);
  serve_at(twin, 0s, 1, {0}, 1);
  twin.run_until(20s);
  for (const WorkloadOutcome& outcome : twin.accounts().workloads) {
    // 800 Mi until 0.2 s, the other 200 until 0.4 s; by itself each of the two had been in time.
    EXPECT_EQ(outcome.tasks[0].finish, 400ms);
    EXPECT_EQ(*outcome.finish, 650ms);
  }
}

TEST(TwinQuota, WhatIsFetchedLaterWaitsLikeAnythingElse) {
  SmallWorld world = two_hosts_and_a_chain();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 1);
  serve_at(twin, 1s, 1, {0});
  twin.run_until(2s);
  twin.apply(place_again(0, 1, 1));
  twin.run_until(20s);
  EXPECT_EQ(twin.accounts().workloads[0].tasks[1].queued, 2750ms);
}

}  // namespace
}  // namespace scinet
