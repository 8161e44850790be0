// Requests that run together, by hand.
#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

// One core; a second of work alone, half of that for each but the first of a batch.
SmallWorld batching_world(int limit, Seconds delay) {
  SmallWorld world;
  world.fragments[0].batch = {.limit = limit, .delay = delay, .further_work = 0.5};
  return world;
}

TaskOutcome outcome_of(const Twin& twin, std::uint64_t id) {
  for (const WorkloadOutcome& outcome : twin.accounts().workloads) {
    if (outcome.workload.id == WorkloadId{id}) return outcome.tasks.at(0);
  }
  return {};
}

TEST(TwinBatches, TheFirstWaitsForOthersAsLongAsTheDelay) {
  SmallWorld world = batching_world(8, Seconds(1));
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 400ms, 1, {0});
  serve_at(twin, 1200ms, 2, {0});  // opens the next one, until 2.2 s
  twin.run_until(10s);
  // 1000 + 0.5 * 1000 Mi from 1 s on, alone until 2.2 s; then two runs share the core, the first
  // with 300 Mi left: it takes 0.6 s, the other has 700 Mi left then.
  EXPECT_EQ(finish_of(twin, 0), 2800ms);
  EXPECT_EQ(finish_of(twin, 1), 2800ms);
  EXPECT_EQ(finish_of(twin, 2), 3500ms);
  EXPECT_EQ(outcome_of(twin, 1).queued, 400ms);
  EXPECT_EQ(outcome_of(twin, 1).start, 1s);
  EXPECT_EQ(outcome_of(twin, 1).load, Seconds(0));
  EXPECT_DOUBLE_EQ(outcome_of(twin, 0).cpu.count(), 0.75);  // half of 1.5 core-seconds each
  EXPECT_DOUBLE_EQ(outcome_of(twin, 1).cpu.count(), 0.75);
  EXPECT_DOUBLE_EQ(outcome_of(twin, 2).cpu.count(), 1.0);
  // Busy from 1 s to 3.5 s: 10 s * 100 W + 2.5 s * 100 W.
  EXPECT_NEAR(twin.accounts().hosts[0].energy.value(), 1250.0, 1e-9);
}

TEST(TwinBatches, ABatchAtItsLimitWaitsNoLonger) {
  SmallWorld world = batching_world(3, Seconds(60));
  Twin twin = world.twin();
  for (std::uint64_t id = 0; id < 4; ++id) serve_at(twin, id * 100ms, id, {0});
  twin.run_until(100s);
  for (std::uint64_t id = 0; id < 3; ++id) EXPECT_EQ(finish_of(twin, id), 2200ms) << id;
  EXPECT_EQ(finish_of(twin, 3), 61300ms);  // the whole delay after 0.3 s, and 1 s
}

TEST(TwinBatches, WithoutADelayOnlyWhatIsReadyAtTheSameInstantJoins) {
  SmallWorld world = batching_world(8, Seconds(0));
  world.fragments[0].load_time = Seconds(2);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0});
  serve_at(twin, 2500ms, 2, {0});
  twin.run_until(20s);
  // Two from the end of the load on; the third from 2.5 s on shares the core with their 1000 Mi.
  EXPECT_EQ(finish_of(twin, 0), 4500ms);
  EXPECT_EQ(finish_of(twin, 1), 4500ms);
  EXPECT_EQ(finish_of(twin, 2), 4500ms);
  EXPECT_EQ(outcome_of(twin, 1).start, 2s);
  EXPECT_EQ(outcome_of(twin, 1).load, Seconds(1));
}

TEST(TwinBatches, WhatIsDueAtTheInstantOfTheEndOfALoadStillJoins) {
  SmallWorld world = batching_world(8, Seconds(0));
  world.hosts = world.hosts_on = 2;
  world.fragments[0].load_time = Seconds(2);
  world.fragments[0].inputs = {FragmentId{0}};
  world.fragments.insert(world.fragments.begin(), plain_fragment());
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {1, 0});  // its second fragment loads from 1 s to 3 s
  serve_at(twin, 2s, 1, {1, 0});  // ready for its second one at 3 s
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 4500ms);
  EXPECT_EQ(finish_of(twin, 1), 4500ms);
}

TEST(TwinBatches, HowLongATaskCollectedIsNotCountedAsALoad) {
  SmallWorld world = batching_world(8, Seconds(3));
  world.fragments[0].load_time = Seconds(2);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 4s, 1, {0});
  twin.run_until(20s);
  EXPECT_EQ(outcome_of(twin, 0).start, 5s);
  EXPECT_EQ(outcome_of(twin, 0).load, Seconds(2));
  EXPECT_EQ(outcome_of(twin, 1).load, Seconds(0));
}

TEST(TwinBatches, EachMemberHoldsItsMemoryFromAdmissionOn) {
  SmallWorld world = batching_world(3, Seconds(1));
  world.fragments[0].memory = Mebibytes(400);  // of 1000
  Twin twin = world.twin();
  for (std::uint64_t id = 0; id < 3; ++id) serve_at(twin, 0s, id, {0});
  twin.run_until(500ms);
  EXPECT_EQ(host_of(twin, 0).memory_used, Mebibytes(800));
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 1), 2500ms);
  EXPECT_EQ(finish_of(twin, 2), 4500ms);  // admitted at 2.5 s, and the delay
}

TEST(TwinBatches, OnlyRequestsOfOneFragmentOnOneHostRunTogether) {
  SmallWorld world = batching_world(2, Seconds(1));
  world.hosts = world.hosts_on = 2;
  world.more_applications = {plain_application(world.fragments)};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 0s, 1, {1});
  serve_at(twin, 0s, 2, {0}, 1);
  twin.run_until(500ms);
  for (std::uint64_t id = 0; id < 3; ++id) EXPECT_EQ(task_of(twin, id).state, TaskState::kQueued);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 1), 2s);  // alone
  EXPECT_EQ(finish_of(twin, 0), 3s);  // two runs on one core
  EXPECT_EQ(finish_of(twin, 2), 3s);
}

TEST(TwinBatches, EachOutputGoesItsOwnWay) {
  SmallWorld world = batching_world(2, Seconds(1));
  world.hosts = world.hosts_on = 3;
  world.fragments.push_back(plain_fragment());
  world.fragments[1].inputs = {FragmentId{0}};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1});
  serve_at(twin, 0s, 1, {0, 2});
  twin.run_until(2s);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kRunning);
  EXPECT_EQ(task_of(twin, 1, 1).host, HostId{2});
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 2500ms);
  EXPECT_EQ(finish_of(twin, 1), 2500ms);
}

TEST(TwinBatches, AViewShowsWhatCollectsAsQueuedAndMembersInStep) {
  SmallWorld world = batching_world(8, Seconds(1));
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 250ms, 1, {0});
  twin.run_until(500ms);
  EXPECT_EQ(task_of(twin, 1).state, TaskState::kQueued);
  EXPECT_EQ(task_of(twin, 1).since, 250ms);
  twin.run_until(1750ms);
  for (std::uint64_t id = 0; id < 2; ++id) {
    EXPECT_EQ(task_of(twin, id).state, TaskState::kRunning);
    EXPECT_EQ(task_of(twin, id).since, 1s);
    EXPECT_DOUBLE_EQ(task_of(twin, id).progress, 0.5);  // 750 of 1500 Mi
    EXPECT_DOUBLE_EQ(outcome_of(twin, id).cpu.count(), 0.75 / 2);
  }
}

TEST(TwinBatches, AFailureLosesAllMembers) {
  SmallWorld world = batching_world(8, Seconds(1));
  world.hosts = world.hosts_on = 2;
  for (const SimTime fails_at : {500ms, 1500ms}) {
    Twin twin = world.twin();
    serve_at(twin, 0s, 0, {0});
    serve_at(twin, 0s, 1, {0});
    twin.run_until(fails_at);
    twin.fail(HostId{0});
    for (std::uint64_t id = 0; id < 2; ++id) {
      EXPECT_EQ(task_of(twin, id).state, TaskState::kUnplaced);
      twin.apply(place_again(id, 0, 1));
    }
    twin.run_until(20s);
    EXPECT_EQ(finish_of(twin, 0), fails_at + 2500ms);
    EXPECT_EQ(finish_of(twin, 1), fails_at + 2500ms);
  }
}

TEST(TwinBatches, ADrainingHostRunsWhatItHasCollected) {
  SmallWorld world = batching_world(8, Seconds(1));
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.apply(switch_host(0, false));
  twin.run_until(1900ms);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kDraining);
  twin.run_until(2s);
  EXPECT_EQ(finish_of(twin, 0), 2s);
  EXPECT_EQ(host_of(twin, 0).state, HostState::kOff);
}

// n arrivals together, again and again: each is answered after (1 + (n - 1) f) w / s.
TEST(TwinBatches, TheResponseOfBatchesOfFixedSize) {
  for (const int limit : {1, 2, 5, 16}) {
    SmallWorld world = batching_world(limit, Seconds(1000));
    Twin twin = world.twin();
    const auto n = static_cast<std::uint64_t>(limit);
    for (std::uint64_t id = 0; id < 10 * n; ++id) serve_at(twin, id / n * 20s, id, {0});
    twin.run_until(1000s);
    for (std::uint64_t id = 0; id < 10 * n; ++id) {
      const Seconds response = to_seconds(*finish_of(twin, id) - id / n * 20s);
      EXPECT_NEAR(response.count(), 1.0 + 0.5 * (limit - 1), 1e-9) << limit << " " << id;
    }
  }
}

// A host that always has enough to do answers n / (1 + (n - 1) f) times as many requests in the
// same time, and for as much less energy each.
TEST(TwinBatches, TheGainAtSaturation) {
  const auto run_all = [](int limit) {
    SmallWorld world = batching_world(limit, Seconds(1000));
    world.host = plain_host(2);
    world.host.background = 0.25;
    Twin twin = world.twin();
    for (std::uint64_t id = 0; id < 120; ++id) serve_at(twin, 0s, id, {0});
    while (twin.in_progress() > 0) twin.run_until(*twin.next_event());
    return std::pair(to_seconds(twin.now()).count(), twin.accounts().hosts[0].energy.value());
  };
  const auto [time_alone, energy_alone] = run_all(1);
  for (const int limit : {2, 3, 8}) {
    const auto [time, energy] = run_all(limit);
    const double gain = limit / (1.0 + (limit - 1) * 0.5);
    EXPECT_NEAR(time_alone / time, gain, 1e-8) << limit;
    EXPECT_NEAR(energy_alone / energy, gain, 1e-8) << limit;
  }
}

// What members used is what the host did, in the finished ones and in those that run.
TEST(TwinBatches, TheCoreSecondsOfAllMembersAreThoseOfTheirBatches) {
  SmallWorld world = batching_world(4, Seconds(0.7));
  world.host = plain_host(2);
  world.host.contention = 0.1;
  world.fragments[0].work = {WorkShape::kExponential, Mi(700), 1.0};
  world.fragments[0].cores = 1.5;
  world.fragments[0].load_work = Mi(300);
  Twin twin = world.twin();
  for (std::uint64_t id = 0; id < 60; ++id) {
    serve_at(twin, id * 250ms, id, {0});
    const Accounts accounts = twin.accounts();
    Seconds used{0};
    for (const WorkloadOutcome& outcome : accounts.workloads) used += outcome.tasks.at(0).cpu;
    EXPECT_NEAR(used.count(), accounts.hosts[0].cpu.count(), 1e-9) << id;
  }
}

TEST(TwinBatches, AForkCarriesWhatCollectsAndWhatRuns) {
  SmallWorld world = batching_world(8, Seconds(1));
  for (const SimTime at : {500ms, 1200ms, 1800ms}) {
    Twin twin = world.twin();
    for (std::uint64_t id = 0; id < 2; ++id) serve_at(twin, id * 300ms, id, {0});
    serve_at(twin, at, 2, {0});
    Twin fork = twin.fork().fork();
    twin.run_until(20s);
    fork.run_until(20s);
    EXPECT_EQ(fork.accounts().workloads, twin.accounts().workloads);
    EXPECT_EQ(fork.accounts().hosts, twin.accounts().hosts);
  }
}

}  // namespace
}  // namespace scinet
