// Hosts that boot, drain, stop, fail and come back, and burst credits that they earn and use up.
#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

SmallWorld booting_world() {
  SmallWorld world{.hosts = 2};
  world.host.boot_time = Seconds(30);
  world.host.boot_power = Watts(50);
  world.host.price = DollarsPerHour(3.6);  // $0.001 a second
  return world;
}

TEST(TwinHosts, ABootTakesTimeAndTasksWaitForIt) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  Plan plan = serve(0, {1});
  plan.power.push_back({HostId{1}, true});
  twin.run_until(10s);
  twin.arrive(request(0, 10s));
  twin.apply(plan);
  EXPECT_EQ(host_of(twin, 1).state, HostState::kBooting);
  EXPECT_EQ(host_of(twin, 1).ready_at, 40s);
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kQueued);
  twin.run_until(39s);
  EXPECT_EQ(host_of(twin, 1).state, HostState::kBooting);
  twin.run_until(60s);
  EXPECT_EQ(host_of(twin, 1).state, HostState::kOn);
  EXPECT_EQ(finish_of(twin, 0), 41s);
  // 30 s * 50 W + 1 s * 200 W + 19 s * 100 W = 3600 J, and 50 s of power.
  const HostAccount account = twin.accounts().hosts[1];
  EXPECT_DOUBLE_EQ(account.energy.value(), 3600.0);
  EXPECT_NEAR(account.cost.value(), 0.050, 1e-12);
  EXPECT_DOUBLE_EQ(account.powered.count(), 50.0);
}

TEST(TwinHosts, AnIdleHostStopsAtOnce) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  twin.run_until(10s);
  twin.apply(switch_host(0, false));
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
  twin.run_until(20s);
  EXPECT_DOUBLE_EQ(twin.accounts().hosts[0].energy.value(), 1000.0);
}

TEST(TwinHosts, ADrainingHostFinishesWhatItHas) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  serve_at(twin, 10s, 0, {0});
  serve_at(twin, 10s, 1, {0});
  twin.apply(switch_host(0, false));
  EXPECT_EQ(host_of(twin, 0).state, HostState::kDraining);
  twin.run_until(20s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
  EXPECT_EQ(finish_of(twin, 0), 12s);
  EXPECT_EQ(finish_of(twin, 1), 12s);
  // 10 s * 100 W + 2 s * 200 W.
  EXPECT_DOUBLE_EQ(twin.accounts().hosts[0].energy.value(), 1400.0);
}

TEST(TwinHosts, ADrainingHostSendsItsLastOutput) {
  SmallWorld world = booting_world();
  world.host.bandwidth = BytesPerSecond(1e6);
  world.fragments[0].output = Bytes(5e6);
  Twin twin = world.twin();
  serve_at(twin, 10s, 0, {0});
  twin.apply(switch_host(0, false));
  twin.run_until(15s);
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kDone);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kDraining);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 16s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
}

TEST(TwinHosts, DrainingEndsWhenPowerIsTurnedOnAgain) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  serve_at(twin, 10s, 0, {0});
  twin.apply(switch_host(0, false));
  twin.apply(switch_host(0, true));
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOn);
  twin.run_until(20s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOn);
}

TEST(TwinHosts, AHostThatDrainsWhileItBootsRunsItsTaskFirst) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  twin.apply(switch_host(1, true));
  serve_at(twin, 1s, 0, {1});
  twin.apply(switch_host(1, false));
  EXPECT_EQ(host_of(twin, 1).state, HostState::kDraining);
  EXPECT_EQ(host_of(twin, 1).ready_at, 30s);
  twin.run_until(40s);
  EXPECT_EQ(finish_of(twin, 0), 31s);
  EXPECT_EQ(host_of(twin, 1).state, HostState::kOff);
  // Back on before the boot has ended, it is still booting.
  twin.apply(switch_host(1, true));
  serve_at(twin, 41s, 1, {1});
  twin.apply(switch_host(1, false));
  twin.apply(switch_host(1, true));
  EXPECT_EQ(host_of(twin, 1).state, HostState::kBooting);
}

TEST(TwinHosts, StoppingForgetsModels) {
  SmallWorld world = booting_world();
  world.fragments[0].model_memory = Mebibytes(100);
  world.fragments[0].load_time = Seconds(2);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(5s);
  EXPECT_EQ(host_of(twin, 0).resident.size(), 1u);
  twin.apply(switch_host(0, false));
  twin.apply(switch_host(0, true));
  serve_at(twin, 50s, 1, {0});
  twin.run_until(60s);
  EXPECT_EQ(finish_of(twin, 1), 53s);
}

TEST(TwinHosts, AFailureUnplacesTasksAndForgetsProgress) {
  SmallWorld world = booting_world();
  world.hosts_on = 2;
  world.fragments[0].work.mean = Mi(10'000);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(5s);
  EXPECT_NEAR(task_of(twin, 0).progress, 0.5, 1e-12);
  twin.fail(HostId{0});
  EXPECT_EQ(host_of(twin, 0).state, HostState::kFailed);
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kUnplaced);
  EXPECT_EQ(task_of(twin, 0).host, std::nullopt);
  EXPECT_EQ(twin.tasks_on(HostId{0}), 0);
  twin.run_until(8s);
  twin.apply(place_again(0, 0, 1));
  twin.run_until(100s);
  EXPECT_EQ(finish_of(twin, 0), 18s);
  EXPECT_EQ(twin.accounts().workloads[0].attempts, 2);
  EXPECT_EQ(twin.accounts().workloads[0].tasks.at(0).host, HostId{1});
  // Repaired after 60 s, off, and free of charge all the while: 5 s * 200 W, $0.005.
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
  EXPECT_DOUBLE_EQ(twin.accounts().hosts[0].energy.value(), 1000.0);
  EXPECT_NEAR(twin.accounts().hosts[0].cost.value(), 0.005, 1e-12);
}

TEST(TwinHosts, AFailedHostComesBackAfterItsRepair) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  twin.run_until(5s);
  twin.fail(HostId{0});
  twin.fail(HostId{0});  // it cannot fail more
  twin.run_until(64s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kFailed);
  EXPECT_EQ(host_of(twin, 0).ready_at, 65s);
  twin.run_until(65s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
  twin.apply(switch_host(0, true));
  twin.run_until(95s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOn);
}

TEST(TwinHosts, AHostThatIsOffCannotFail) {
  SmallWorld world = booting_world();
  Twin twin = world.twin();
  twin.fail(HostId{1});
  EXPECT_EQ(host_of(twin, 1).state, HostState::kOff);
}

// Two fragments in a row on three hosts; 1 MB between them at 1 MB/s.
SmallWorld chain_of_two() {
  SmallWorld world{
      .fragments = {plain_fragment(), plain_fragment(Mi(5000))}, .hosts = 3, .hosts_on = 3};
  world.host.bandwidth = BytesPerSecond(1e6);
  world.fragments[0].output = Bytes(1e6);
  world.fragments[1].inputs = {FragmentId{0}};
  return world;
}

TEST(TwinHosts, WhatWasHandedOnSurvivesTheHostThatMadeIt) {
  SmallWorld world = chain_of_two();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(3s);  // handed on at 2 s
  twin.fail(HostId{0});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kDone);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 7s);
}

TEST(TwinHosts, AnOutputThatIsLostOnTheWayIsMadeAgain) {
  SmallWorld world = chain_of_two();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(1500ms);  // half sent
  twin.fail(HostId{0});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kUnplaced);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kBlocked);
  twin.apply(place_again(0, 0, 2));
  twin.run_until(20s);
  // Made until 2.5 s, sent until 3.5 s, used for 5 s.
  EXPECT_EQ(finish_of(twin, 0), 8500ms);
}

TEST(TwinHosts, ALiveHostSendsItsOutputAgain) {
  SmallWorld world = chain_of_two();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(3s);
  twin.fail(HostId{1});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kDone);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kUnplaced);
  twin.apply(place_again(0, 1, 2));
  twin.run_until(20s);
  // Sent again from 3 s to 4 s.
  EXPECT_EQ(finish_of(twin, 0), 9s);
}

TEST(TwinHosts, AnOutputThatNobodyHasAnyMoreIsMadeAgain) {
  SmallWorld world = chain_of_two();
  world.settings.repair_time = Seconds(0);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(3s);
  twin.fail(HostId{0});
  twin.run_until(3s);
  twin.apply(switch_host(0, true));  // on again, but empty
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kDone);
  twin.fail(HostId{1});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kUnplaced);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kUnplaced);
  Plan both = place_again(0, 0, 0);
  both.placements.push_back({WorkloadId{0}, FragmentId{1}, HostId{0}});
  twin.apply(both);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 9s);
}

TEST(TwinHosts, AnAnswerThatIsLostOnTheWayIsMadeAgain) {
  SmallWorld world = chain_of_two();
  world.fragments[1].output = Bytes(4e6);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(8s);  // the answer is sent from 7 s to 11 s
  twin.fail(HostId{1});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kDone);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kUnplaced);
  twin.apply(place_again(0, 1, 0));  // where its input is
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 17s);
}

TEST(TwinHosts, ATransferToAFailedHostDoesNotHoldUpADrain) {
  SmallWorld world = chain_of_two();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(1500ms);
  twin.apply(switch_host(0, false));
  EXPECT_EQ(host_of(twin, 0).state, HostState::kDraining);
  twin.fail(HostId{1});
  // It stops, and with it goes the output that nobody has.
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kUnplaced);
}

TEST(TwinHosts, AFailureDuringALoadLosesTheLoad) {
  SmallWorld world{.hosts = 2, .hosts_on = 2};
  world.fragments[0].model_memory = Mebibytes(100);
  world.fragments[0].load_time = Seconds(2);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(1s);
  twin.fail(HostId{0});
  EXPECT_EQ(host_of(twin, 0).memory_used, Mebibytes(0));
  twin.apply(place_again(0, 0, 1));
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 4s);
}

TEST(TwinHosts, UsedUpCreditsSlowAHostDown) {
  SmallWorld world{.host = plain_host(2)};
  world.fragments[0].work.mean = Mi(100'000);
  world.host.burst = BurstCredits{
      .baseline = 0.4, .credits_per_hour = 24.0, .initial_credits = 1.0, .maximum_credits = 10.0};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 0s, 1, {0});
  twin.run_until(1000s);
  // Two busy cores spend 2 and earn 0.4 credits a minute: one credit lasts 60 / 1.6 = 37.5 s, in
  // which each task does 37,500 of its 100,000 Mi. At 0.4 cores for both each does 200 Mi a
  // second: the other 62,500 Mi take 312.5 s.
  EXPECT_EQ(finish_of(twin, 0), 350s);
  EXPECT_EQ(finish_of(twin, 1), 350s);
  // 37.5 s * 200 W + 312.5 s * (100 + 100 * 0.4 / 2) W + 650 s * 100 W.
  EXPECT_NEAR(twin.accounts().hosts[0].energy.value(), 7500.0 + 37'500.0 + 65'000.0, 1e-6);
}

TEST(TwinHosts, ServicesOfItsOwnUseUpCreditsWithoutAnyTask) {
  SmallWorld world;
  world.host.background = 0.5;
  world.host.burst = BurstCredits{
      .baseline = 0.6, .credits_per_hour = 24.0, .initial_credits = 0.1, .maximum_credits = 1.0};
  Twin twin = world.twin();
  // They spend 0.5 and earn 0.4 credits a minute: 0.1 lasts one minute.
  twin.run_until(59s);
  EXPECT_FALSE(host_of(twin, 0).throttled);
  EXPECT_NEAR(host_of(twin, 0).credits, 0.1 / 60.0, 1e-12);
  twin.run_until(61s);
  EXPECT_TRUE(host_of(twin, 0).throttled);
  serve_at(twin, 100s, 0, {0});
  twin.run_until(200s);
  EXPECT_EQ(finish_of(twin, 0), 110s);  // 0.6 - 0.5 cores
}

TEST(TwinHosts, CreditsThatAccrueAreSpentAgain) {
  SmallWorld world;
  world.fragments[0].work.mean = Mi(100'000);
  world.host.burst = BurstCredits{
      .baseline = 0.5, .credits_per_hour = 30.0, .initial_credits = 0.0, .maximum_credits = 10.0};
  Twin twin = world.twin();
  serve_at(twin, 240s, 0, {0});
  twin.run_until(1000s);
  // Idle for 240 s it earns 2 credits. One core spends 1 and earns 0.5 a minute: 240 s at full
  // speed would do more than the 100,000 Mi, which take 100 s.
  EXPECT_EQ(finish_of(twin, 0), 340s);
}

}  // namespace
}  // namespace scinet
