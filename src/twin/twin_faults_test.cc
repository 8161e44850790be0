// Hosts that are slow or cut off for a while.
#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

TEST(TwinFaults, ASlowHostTakesLongerAndBurnsOn) {
  SmallWorld world;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(500ms);
  twin.set_speed_factor(HostId{0}, 0.25);
  EXPECT_EQ(host_of(twin, 0).speed_factor, 0.25);
  twin.run_until(1500ms);
  twin.set_speed_factor(HostId{0}, 1.0);
  twin.run_until(10s);
  // 500 Mi, then 250 in a second, then the other 250 in 0.25 s: 1.75 s of a busy core.
  EXPECT_EQ(finish_of(twin, 0), 1750ms);
  const HostAccount account = twin.accounts().hosts[0];
  EXPECT_NEAR(account.cpu.count(), 1.75, 1e-9);
  EXPECT_NEAR(account.energy.value(), 1.75 * 200.0 + 8.25 * 100.0, 1e-9);
  EXPECT_NEAR(twin.accounts().workloads[0].tasks[0].cpu.count(), 1.75, 1e-9);
}

TEST(TwinFaults, AHostIsStillSlowAfterItWasOff) {
  SmallWorld world;
  Twin twin = world.twin();
  twin.apply(switch_host(0, false));
  twin.set_speed_factor(HostId{0}, 0.5);
  twin.run_until(5s);
  EXPECT_EQ(twin.accounts().hosts[0].cpu.count(), 0.0);
  twin.apply(switch_host(0, true));
  serve_at(twin, 5s, 0, {0});
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 7s);
}

TEST(TwinFaults, ARepairTakesAsLongAsTheFaultSays) {
  SmallWorld world;
  Twin twin = world.twin();
  twin.fail(HostId{0}, Seconds(7));
  EXPECT_EQ(host_of(twin, 0).ready_at, 7s);
  twin.run_until(7s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
}

// Two fragments in a row; 1 MB between them and 2 MB to the client over 1 MB/s and 0.5 s.
SmallWorld linked_world() {
  SmallWorld world{.fragments = {plain_fragment(), plain_fragment()}, .hosts = 3, .hosts_on = 3};
  world.host.bandwidth = BytesPerSecond(1e6);
  world.host.latency = Seconds(0.5);
  world.fragments[0].output = Bytes(1e6);
  world.fragments[1].output = Bytes(2e6);
  world.fragments[1].inputs = {FragmentId{0}};
  return world;
}

void cut_off(Twin& twin, std::uint32_t host, SimTime from, SimTime to) {
  twin.run_until(from);
  twin.set_link(HostId{host}, false);
  twin.run_until(to);
  twin.set_link(HostId{host}, true);
}

TEST(TwinFaults, ALostLinkStopsTransfersButNotTasks) {
  // In one piece: input until 0.5 s, work until 1.5 s, between hosts until 3 s, work until 4 s,
  // answer until 6.5 s. Each time away costs the transfers its length and the tasks nothing.
  const auto finish = [](std::uint32_t host, SimTime from, SimTime to) {
    SmallWorld world = linked_world();
    Twin twin = world.twin();
    serve_at(twin, 0s, 0, {0, 1});
    cut_off(twin, host, from, to);
    twin.run_until(100s);
    return finish_of(twin, 0).value();
  };
  EXPECT_EQ(finish(2, 0s, 50s), 6500ms);        // not concerned
  EXPECT_EQ(finish(0, 200ms, 1200ms), 7500ms);  // input, in its latency
  EXPECT_EQ(finish(0, 600ms, 1400ms), 6500ms);  // work
  EXPECT_EQ(finish(1, 600ms, 1400ms), 6500ms);
  EXPECT_EQ(finish(0, 2200ms, 2300ms), 6600ms);  // between the hosts
  EXPECT_EQ(finish(1, 2200ms, 2300ms), 6600ms);
  EXPECT_EQ(finish(1, 3500ms, 10s), 12500ms);  // work, then the answer waits from 4 s to 10 s
  EXPECT_EQ(finish(1, 6s, 7s), 7500ms);        // answer
}

TEST(TwinFaults, AStandingTransferTakesNoShareOfALink) {
  SmallWorld world = linked_world();
  world.host.latency = Seconds(0);
  Twin twin = world.twin();
  // Both get to host 1: 1 MB from host 0 and 1 MB from host 2, from 1 s on at half the link each.
  serve_at(twin, 0s, 0, {0, 1});
  serve_at(twin, 0s, 1, {2, 1});
  cut_off(twin, 2, 2s, 4s);
  twin.run_until(100s);
  // At 2 s both have 0.5 MB left. That of request 0 has the link for itself until 2.5 s, work until
  // 3.5 s, answer until 5.5 s. The other goes on at 4 s until 4.5 s, works until 5.5 s, and has the
  // outgoing link for its answer until 7.5 s.
  EXPECT_EQ(finish_of(twin, 0), 5500ms);
  EXPECT_EQ(finish_of(twin, 1), 7500ms);
}

TEST(TwinFaults, ATransferNeedsBothOfItsEnds) {
  SmallWorld world = linked_world();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(2s);  // latency is over at 2 s
  twin.set_link(HostId{0}, false);
  twin.run_until(3s);
  twin.set_link(HostId{1}, false);
  twin.run_until(4s);
  twin.set_link(HostId{0}, true);
  twin.run_until(5s);
  twin.set_link(HostId{1}, true);
  twin.run_until(100s);
  EXPECT_EQ(finish_of(twin, 0), 6500ms + 3s);
}

TEST(TwinFaults, WhatNeedsNoTimeAlsoWaitsForTheLink) {
  SmallWorld world;
  Twin twin = world.twin();
  twin.set_link(HostId{0}, false);
  EXPECT_FALSE(host_of(twin, 0).linked);
  serve_at(twin, 0s, 0, {0});
  twin.run_until(3s);
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kBlocked);
  twin.set_link(HostId{0}, true);
  twin.run_until(10s);
  EXPECT_EQ(finish_of(twin, 0), 4s);
}

TEST(TwinFaults, ADrainingHostWaitsForItsLink) {
  SmallWorld world;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.apply(switch_host(0, false));
  twin.set_link(HostId{0}, false);
  twin.run_until(5s);
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kDone);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kDraining);
  twin.set_link(HostId{0}, true);
  twin.run_until(6s);
  EXPECT_EQ(finish_of(twin, 0), 5s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
}

TEST(TwinFaults, AHostThatIsCutOffCanCrash) {
  SmallWorld world = linked_world();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  twin.run_until(2s);
  twin.set_link(HostId{0}, false);
  twin.fail(HostId{0});
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kUnplaced);
  twin.apply(place_again(0, 0, 2));
  twin.set_link(HostId{0}, true);
  twin.run_until(100s);
  // From 2 s on as from 0 s: 6.5 s.
  EXPECT_EQ(finish_of(twin, 0), 8500ms);
}

}  // namespace
}  // namespace scinet
