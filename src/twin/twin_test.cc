// The way of a request through the twin: sharing, transfers, memory, cold starts.
#include "twin/twin.h"

#include <gtest/gtest.h>

#include "twin/twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

TEST(Twin, ARequestTakesItsWorkOverTheSpeed) {
  SmallWorld world;
  Twin twin = world.twin();
  serve_at(twin, 3s, 0, {0});
  twin.run_until(10s);
  // 1000 Mi on one core of 1000 MIPS: 1 s after its arrival at 3 s.
  EXPECT_EQ(finish_of(twin, 0), 4s);
}

TEST(Twin, SizeMultipliesTheWork) {
  SmallWorld world;
  Twin twin = world.twin();
  twin.arrive(request(0, 0s), 2.5);
  twin.apply(serve(0, {0}));
  twin.run_until(10s);
  EXPECT_EQ(finish_of(twin, 0), 2500ms);
}

TEST(Twin, TwoRequestsShareACore) {
  SmallWorld world;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 500ms, 1, {0});
  twin.run_until(10s);
  // At 0.5 s request 0 has 500 Mi left; half a core: done after 1 s more, at 1.5 s. By then
  // request 1 has had 500 Mi; alone it needs 0.5 s more: 2 s.
  EXPECT_EQ(finish_of(twin, 0), 1500ms);
  EXPECT_EQ(finish_of(twin, 1), 2s);
}

TEST(Twin, ATaskUsesNoMoreCoresThanItCan) {
  SmallWorld world{.host = plain_host(4)};
  world.fragments[0].cores = 2.0;
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  twin.run_until(10s);
  // 1000 Mi on 2 of 4 cores: 0.5 s.
  EXPECT_EQ(finish_of(twin, 0), 500ms);
}

TEST(Twin, TasksOfUnequalCapsShareFairly) {
  SmallWorld world{.host = plain_host(4)};
  Fragment wide = plain_fragment(Mi(6000));
  wide.cores = 8.0;  // more than the host has
  world.more_applications = {plain_application({wide})};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 0s, 1, {0}, 1);
  twin.run_until(10s);
  // Request 0 keeps its one core: 1 s. Request 1 gets the other 3 until then, 3000 Mi, and all 4
  // for the 3000 Mi that are left: 0.75 s.
  EXPECT_EQ(finish_of(twin, 0), 1s);
  EXPECT_EQ(finish_of(twin, 1), 1750ms);
}

TEST(Twin, WorkOfNoLengthEndsAtOnce) {
  SmallWorld world{.fragments = {plain_fragment(Mi(0))}};
  Twin twin = world.twin();
  serve_at(twin, 1s, 0, {0});
  twin.run_until(1s);
  EXPECT_EQ(finish_of(twin, 0), 1s);
}

// Two fragments in a row, 1 MB between them, 3 MB to the client, over links of 1 MB/s and 10 ms.
SmallWorld chain_world() {
  SmallWorld world{.fragments = {plain_fragment(), plain_fragment()}, .hosts = 3, .hosts_on = 3};
  world.host.bandwidth = BytesPerSecond(1e6);
  world.host.latency = Seconds(0.010);
  world.fragments[0].output = Bytes(1e6);
  world.fragments[1].output = Bytes(3e6);
  world.fragments[1].inputs = {FragmentId{0}};
  return world;
}

TEST(Twin, BytesTravelFromClientToHostsAndBack) {
  SmallWorld world = chain_world();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1}, 0, Bytes(2e6));
  twin.run_until(1s);
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kBlocked);
  twin.run_until(20s);
  // Input 10 ms + 2 s, run 1 s, between hosts 10 ms + 1 s, run 1 s, answer 10 ms + 3 s.
  EXPECT_EQ(finish_of(twin, 0), 8030ms);
  const WorkloadOutcome outcome = twin.accounts().workloads[0];
  ASSERT_EQ(outcome.tasks.size(), 2u);
  EXPECT_EQ(outcome.tasks[0].host, HostId{0});
  EXPECT_EQ(outcome.tasks[1].host, HostId{1});
  EXPECT_EQ(outcome.attempts, 1);
}

TEST(Twin, OutputIsFreeOnTheSameHost) {
  SmallWorld world = chain_world();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 0}, 0, Bytes(2e6));
  twin.run_until(20s);
  // 2.01 s in, two runs of 1 s, 3.01 s out.
  EXPECT_EQ(finish_of(twin, 0), 7020ms);
}

TEST(Twin, WithoutBandwidthLimitOnlyLatencyCounts) {
  SmallWorld world = chain_world();
  world.host.bandwidth = BytesPerSecond(0);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1}, 0, Bytes(2e6));
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 2030ms);
}

TEST(Twin, TransfersInOneDirectionShareTheLink) {
  SmallWorld world;
  world.host.bandwidth = BytesPerSecond(1e6);
  world.fragments[0].work.mean = Mi(0);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 0, Bytes(1e6));
  serve_at(twin, 500ms, 1, {0}, 0, Bytes(1e6));
  twin.run_until(20s);
  // As two tasks on a core: 1.5 s and 2 s.
  EXPECT_EQ(finish_of(twin, 0), 1500ms);
  EXPECT_EQ(finish_of(twin, 1), 2s);
}

TEST(Twin, DirectionsDoNotDisturbEachOther) {
  SmallWorld world;
  world.host.bandwidth = BytesPerSecond(1e6);
  world.fragments[0].work.mean = Mi(0);
  world.fragments[0].output = Bytes(1e6);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 0s, 1, {0}, 0, Bytes(1e6));
  twin.run_until(20s);
  // Request 0 sends its answer while request 1 receives its input, then request 1 answers.
  EXPECT_EQ(finish_of(twin, 0), 1s);
  EXPECT_EQ(finish_of(twin, 1), 2s);
}

TEST(Twin, AFlowGetsTheTighterOfItsTwoShares) {
  SmallWorld world = chain_world();
  world.hosts = world.hosts_on = 4;
  world.host.latency = Seconds(0);
  world.fragments[0].work.mean = world.fragments[1].work.mean = Mi(0);
  world.fragments[1].output = Bytes(0);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 2});
  serve_at(twin, 0s, 1, {0, 3});
  serve_at(twin, 0s, 2, {1, 3});
  serve_at(twin, 0s, 3, {1, 3});
  twin.run_until(20s);
  // All four flows of 1 MB begin at 0 s. Two leave host 0, two leave host 1, three enter host 3:
  // 0 -> 2 gets min(1/2, 1) MB/s: 2 s (max-min sharing would give it 2/3).
  // The three into host 3 get min(1/2, 1/3) MB/s: 3 s.
  EXPECT_EQ(finish_of(twin, 0), 2s);
  EXPECT_EQ(finish_of(twin, 1), 3s);
  EXPECT_EQ(finish_of(twin, 2), 3s);
  EXPECT_EQ(finish_of(twin, 3), 3s);
}

TEST(Twin, AFragmentWaitsForAllItsInputs) {
  // 0 and 1 in parallel, 2 merges; 1 is three times as long.
  SmallWorld world{.fragments = {plain_fragment(), plain_fragment(Mi(3000)), plain_fragment()},
                   .hosts = 3,
                   .hosts_on = 3};
  world.fragments[2].inputs = {FragmentId{0}, FragmentId{1}};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 1, 2});
  twin.run_until(2s);
  EXPECT_EQ(task_of(twin, 0, 0).state, TaskState::kDone);
  EXPECT_EQ(task_of(twin, 0, 1).state, TaskState::kRunning);
  EXPECT_EQ(task_of(twin, 0, 2).state, TaskState::kBlocked);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 4s);
}

TEST(Twin, WhatDoesNotFitInMemoryWaitsInOrder) {
  SmallWorld world;
  world.fragments[0].memory = Mebibytes(600);
  Fragment small = plain_fragment();
  small.memory = Mebibytes(100);
  world.more_applications = {plain_application({small})};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});     // 600 of 1000
  serve_at(twin, 0s, 1, {0});     // does not fit
  serve_at(twin, 0s, 2, {0}, 1);  // would fit, but comes after
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kRunning);
  EXPECT_EQ(task_of(twin, 1).state, TaskState::kQueued);
  EXPECT_EQ(task_of(twin, 2).state, TaskState::kQueued);
  EXPECT_EQ(host_of(twin, 0).memory_used, Mebibytes(600));
  twin.run_until(20s);
  // Request 0 alone until 1 s; then 1 and 2 together, half a core each, until 3 s.
  EXPECT_EQ(finish_of(twin, 0), 1s);
  EXPECT_EQ(finish_of(twin, 1), 3s);
  EXPECT_EQ(finish_of(twin, 2), 3s);
}

TEST(Twin, AColdStartIsPaidOnce) {
  SmallWorld world;
  world.fragments[0].model_memory = Mebibytes(300);
  world.fragments[0].memory = Mebibytes(50);
  world.fragments[0].load_time = Seconds(2);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0});
  serve_at(twin, 1s, 1, {0});
  // Loading: the model and both tasks hold their memory, no core is busy.
  EXPECT_EQ(task_of(twin, 1).state, TaskState::kQueued);
  EXPECT_EQ(host_of(twin, 0).memory_used, Mebibytes(400));
  EXPECT_TRUE(host_of(twin, 0).resident.empty());
  serve_at(twin, 10s, 2, {0});
  EXPECT_EQ(host_of(twin, 0).resident.size(), 1u);
  twin.run_until(20s);
  // Loaded at 2 s; both share the core and end at 4 s. Request 2 finds the model: 11 s.
  EXPECT_EQ(finish_of(twin, 0), 4s);
  EXPECT_EQ(finish_of(twin, 1), 4s);
  EXPECT_EQ(finish_of(twin, 2), 11s);
  // 100 W idle while loading and between, 200 W for 3 s of work: 2000 + 3 * 100 J over 20 s.
  EXPECT_DOUBLE_EQ(twin.accounts().hosts[0].energy.value(), 2300.0);
}

// Three applications with models of 400 MiB on a host of 1000 MiB: two fit.
SmallWorld three_models() {
  SmallWorld world;
  world.fragments[0].model_memory = Mebibytes(400);
  world.fragments[0].load_time = Seconds(1);
  world.more_applications = {plain_application(world.fragments),
                             plain_application(world.fragments)};
  return world;
}

std::vector<std::uint32_t> resident_applications(const Twin& twin) {
  std::vector<std::uint32_t> applications;
  for (const ModelId& model : host_of(twin, 0).resident) {
    applications.push_back(model.application.value);
  }
  return applications;
}

TEST(Twin, TheModelUsedLeastRecentlyIsEvicted) {
  SmallWorld world = three_models();
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 0);
  serve_at(twin, 10s, 1, {0}, 1);
  serve_at(twin, 20s, 2, {0}, 0);  // now 1 is the older one
  serve_at(twin, 30s, 3, {0}, 2);
  twin.run_until(40s);
  EXPECT_EQ(resident_applications(twin), (std::vector<std::uint32_t>{0, 2}));
  // 1 s of load and 1 s of work.
  EXPECT_EQ(finish_of(twin, 3), 32s);
}

TEST(Twin, AModelInUseIsNotEvicted) {
  SmallWorld world = three_models();
  world.fragments[0].work.mean = Mi(10'000);
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 0);  // runs from 1 s; the other slows it down, so beyond 11 s
  serve_at(twin, 5s, 1, {0}, 1);  // loads until 6 s, half a core until 8 s
  serve_at(twin, 9s, 2, {0}, 2);
  twin.run_until(10s);
  // Model 0 was last taken into use first of all, but its task still runs: model 1 goes.
  EXPECT_EQ(task_of(twin, 0).state, TaskState::kRunning);
  EXPECT_EQ(resident_applications(twin), (std::vector<std::uint32_t>{0, 2}));
}

TEST(Twin, NothingIsEvictedInVain) {
  SmallWorld world = three_models();
  world.fragments[0].work.mean = Mi(10'000);
  Fragment huge = plain_fragment();
  huge.memory = Mebibytes(1000);
  world.more_applications.push_back(plain_application({huge}));
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0}, 1);
  serve_at(twin, 10s, 1, {0}, 0);  // runs from 11 s to 21 s
  serve_at(twin, 12s, 2, {0}, 3);  // needs the whole host
  twin.run_until(20s);
  EXPECT_EQ(resident_applications(twin), (std::vector<std::uint32_t>{0, 1}));
  twin.run_until(30s);
  // At 21 s all models are idle and go.
  EXPECT_EQ(finish_of(twin, 2), 22s);
  EXPECT_TRUE(resident_applications(twin) == std::vector<std::uint32_t>{3});
}

TEST(Twin, ADeferredRequestWaits) {
  SmallWorld world;
  Twin twin = world.twin();
  twin.arrive(request(0, 0s));
  Plan defer;
  defer.deferrals.push_back({WorkloadId{0}, "not now"});
  twin.apply(defer);
  twin.run_until(5s);
  Plan deploy = serve(0, {0});
  const Plan place = {
      .power = {}, .deployments = {}, .placements = deploy.placements, .deferrals = {}};
  deploy.placements.clear();
  twin.apply(deploy);
  EXPECT_EQ(twin.accounts().workloads[0].deployed_at, 5s);
  EXPECT_TRUE(twin.accounts().workloads[0].tasks.empty());
  twin.run_until(7s);
  twin.apply(place);
  twin.run_until(20s);
  EXPECT_EQ(finish_of(twin, 0), 8s);
}

TEST(Twin, AClusterWithoutHostsOnlyGrowsOlder) {
  SmallWorld world{.hosts = 0, .hosts_on = 0};
  Twin twin = world.twin();
  twin.arrive(request(0, 0s));
  twin.run_until(20s);
  EXPECT_EQ(twin.now(), 20s);
  EXPECT_EQ(twin.next_event(), std::nullopt);
}

TEST(TwinDeath, AnUnsoundPlanIsRefused) {
  SmallWorld world{.hosts = 2};
  Twin twin = world.twin();
  twin.arrive(request(0, 0s));
  EXPECT_DEATH(twin.apply(serve(1, {0})), "in progress");
  EXPECT_DEATH(twin.apply(serve(0, {1})), "accepts work");
  EXPECT_DEATH(twin.apply(switch_host(0, true)), "off or draining");
  EXPECT_DEATH(twin.run_until(SimTime(-1)), "never runs back");
}

}  // namespace
}  // namespace scinet
