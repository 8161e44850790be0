// What others see of the twin, and its copies.
#include <gtest/gtest.h>

#include <algorithm>

#include "twin/busy_twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

void expect_task(const TaskView& task, TaskState state, double progress) {
  EXPECT_EQ(task.state, state);
  EXPECT_EQ(task.host, HostId{0});
  EXPECT_EQ(task.progress, progress);
}

TEST(TwinView, HasOneUtilisationSampleABeat) {
  SmallWorld world{.host = plain_host(2)};
  world.settings.history = 3;
  Twin twin = world.twin();
  serve_at(twin, 1s, 0, {0});  // a core for 1 s in the first beat
  twin.run_until(4s);
  // What there is of the first beat: 1 core-second of 2 cores * 4 s.
  EXPECT_DOUBLE_EQ(host_of(twin, 0).utilisation, 0.125);
  EXPECT_TRUE(host_of(twin, 0).recent_utilisation.empty());
  twin.run_until(5s);
  EXPECT_DOUBLE_EQ(host_of(twin, 0).utilisation, 0.1);
  serve_at(twin, 9s, 1, {0});
  serve_at(twin, 9500ms, 2, {0});
  twin.run_until(15s);
  // A core-second is 0.1. Second beat: 9 to 10 s and 9.5 to 10 s: 0.15; third: 0.5 s: 0.05.
  const std::vector<double> samples = host_of(twin, 0).recent_utilisation;
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_NEAR(samples[0], 0.1, 1e-12);
  EXPECT_NEAR(samples[1], 0.15, 1e-12);
  EXPECT_NEAR(samples[2], 0.05, 1e-12);
  EXPECT_DOUBLE_EQ(host_of(twin, 0).utilisation, samples[2]);
  twin.run_until(20s);
  EXPECT_EQ(host_of(twin, 0).recent_utilisation, (std::vector{samples[1], samples[2], 0.0}));
}

TEST(TwinView, CountsArrivalsOverTheLastMinute) {
  SmallWorld world;
  world.more_applications = {plain_application({plain_fragment()})};
  Twin twin = world.twin();
  const auto rate = [&](std::size_t application) {
    return twin.view(DecisionsAsked::all()).arrival_rates[application];
  };
  EXPECT_EQ(rate(0), 0.0);
  for (std::uint64_t id = 0; id < 30; ++id) {
    const SimTime at = id * 1s;
    twin.run_until(at);
    twin.arrive(request(id, at));
  }
  twin.run_until(30s);
  EXPECT_DOUBLE_EQ(rate(0), 1.0);  // 30 in 30 s
  EXPECT_DOUBLE_EQ(rate(1), 0.0);
  twin.run_until(60s);
  EXPECT_DOUBLE_EQ(rate(0), 0.5);  // 30 in 60 s
  twin.run_until(80s);
  EXPECT_DOUBLE_EQ(rate(0), 10.0 / 60.0);  // those from 20 s on
  twin.run_until(200s);
  EXPECT_DOUBLE_EQ(rate(0), 0.0);
}

TEST(TwinView, ShowsTheProgressOfEachTask) {
  SmallWorld world{.fragments = {plain_fragment(Mi(4000)), plain_fragment()}};
  world.fragments[1].inputs = {FragmentId{0}};
  Twin twin = world.twin();
  serve_at(twin, 0s, 0, {0, 0});
  twin.run_until(1s);
  expect_task(task_of(twin, 0, 0), TaskState::kRunning, 0.25);
  expect_task(task_of(twin, 0, 1), TaskState::kBlocked, 0.0);
  twin.run_until(4500ms);
  expect_task(task_of(twin, 0, 0), TaskState::kDone, 1.0);
  expect_task(task_of(twin, 0, 1), TaskState::kRunning, 0.5);
  twin.run_until(10s);
  EXPECT_TRUE(twin.view(DecisionsAsked::all()).workloads.empty());
}

TEST(TwinView, SaysSinceWhenThingsAreAsTheyAre) {
  SmallWorld world{.fragments = {plain_fragment(Mi(2000)), plain_fragment()}, .hosts = 2};
  world.fragments[1].inputs = {FragmentId{0}};
  world.host.boot_time = Seconds(30);
  Twin twin = world.twin();
  serve_at(twin, 5s, 0, {0, 0});
  twin.run_until(6s);
  twin.apply(switch_host(1, true));
  EXPECT_EQ(task_of(twin, 0, 0).since, 5s);  // runs
  EXPECT_EQ(task_of(twin, 0, 1).since, 5s);  // blocked
  twin.run_until(7500ms);
  EXPECT_EQ(task_of(twin, 0, 0).since, 7s);  // done
  EXPECT_EQ(task_of(twin, 0, 1).since, 7s);  // runs
  EXPECT_EQ(twin.view({}).workloads[0].deployed_at, 5s);
  EXPECT_EQ(host_of(twin, 0).powered_since, 0s);
  EXPECT_EQ(host_of(twin, 1).powered_since, 6s);
  twin.fail(HostId{0});
  EXPECT_EQ(task_of(twin, 0, 1).since, 7500ms);  // unplaced
  EXPECT_EQ(host_of(twin, 0).powered_since, 0s);
}

TEST(TwinView, SaysWhatItWasAskedFor) {
  SmallWorld world;
  const Twin twin = world.twin();
  const ClusterView view = twin.view({.placement = true});
  EXPECT_EQ(view.asked, (DecisionsAsked{.placement = true}));
  EXPECT_EQ(view.catalogue, &world.catalogue);
}

void expect_same(const Twin& a, const Twin& b) {
  const ClusterView seen = a.view(DecisionsAsked::all());
  const ClusterView other = b.view(DecisionsAsked::all());
  EXPECT_EQ(seen.hosts, other.hosts);
  EXPECT_EQ(seen.workloads, other.workloads);
  EXPECT_EQ(seen.arrival_rates, other.arrival_rates);
  EXPECT_EQ(a.accounts().hosts, b.accounts().hosts);
  EXPECT_EQ(a.accounts().workloads, b.accounts().workloads);
  EXPECT_EQ(a.next_event(), b.next_event());
  EXPECT_EQ(a.window(), b.window());
}

TEST(TwinFork, SameSeedSameHistory) {
  SmallWorld world = busy_world();
  SmallWorld again = busy_world();
  Twin first = world.twin();
  Twin second = again.twin();
  run_busy(first, 0, 40);
  run_busy(second, 0, 40);
  expect_same(first, second);
  again.seed = 2;
  Twin other = again.twin();
  run_busy(other, 0, 40);
  EXPECT_NE(first.accounts().workloads, other.accounts().workloads);
}

TEST(TwinFork, ARunIsTheRunOfItsFork) {
  SmallWorld world = busy_world();
  Twin whole = world.twin();
  run_busy(whole, 0, 40);
  for (const std::uint64_t at : {1u, 7u, 13u, 21u, 35u}) {
    Twin original = world.twin();
    run_busy(original, 0, at);
    Twin fork = original;
    run_busy(fork, at, 40);
    expect_same(whole, fork);
    run_busy(original, at, 40);  // the fork has not touched it
    expect_same(whole, original);
    Twin assigned = world.twin();
    run_busy(assigned, 0, 15);
    assigned = fork;
    expect_same(whole, assigned);
  }
}

TEST(TwinFork, AForkLeavesOnlyTheHistoryBehind) {
  SmallWorld world = busy_world();
  for (const std::uint64_t at : {1u, 13u, 21u, 35u}) {
    Twin original = world.twin();
    run_busy(original, 0, at);
    const std::size_t before = original.finished().entries().size();
    original.open_window();
    run_busy(original, at, at + 3);
    Twin fork = original.fork();
    EXPECT_EQ(fork.finished().entries().size() + before, original.finished().entries().size());
    EXPECT_EQ(fork.window(), original.window());
    run_busy(original, at + 3, 40);
    run_busy(fork, at + 3, 40);
    original.run_until(100s);
    fork.run_until(100s);
    const ClusterView seen = original.view(DecisionsAsked::all());
    EXPECT_EQ(fork.view(DecisionsAsked::all()).hosts, seen.hosts);
    EXPECT_EQ(fork.view(DecisionsAsked::all()).workloads, seen.workloads);
    EXPECT_EQ(fork.window(), original.window());
    EXPECT_EQ(fork.accounts().hosts, original.accounts().hosts);
    // Of the workloads it knows those that had not finished when the window opened.
    const std::vector<WorkloadOutcome> all = original.accounts().workloads;
    const std::vector<WorkloadOutcome> known = fork.accounts().workloads;
    EXPECT_EQ(known.size() + before, all.size());
    for (const WorkloadOutcome& outcome : known) {
      EXPECT_EQ(std::ranges::count(all, outcome), 1) << "workload " << outcome.workload.id.value;
    }
  }
}

TEST(TwinFork, TimeNeverRunsBackAndStepsDoNotMatter) {
  SmallWorld world = busy_world();
  Twin whole = world.twin();
  run_busy(whole, 0, 40);
  Twin stepped = whole;
  whole.run_until(100s);
  SimTime before = stepped.now();
  while (const auto next = stepped.next_event()) {
    EXPECT_GE(*next, before);
    stepped.run_until(*next);
    before = stepped.now();
  }
  stepped.run_until(100s);
  expect_same(whole, stepped);
}

TEST(TwinWindow, AgreesWithTheAccounts) {
  SmallWorld world = busy_world();
  Twin twin = world.twin();
  const std::vector<HostTypeId> types(4, HostTypeId{0});
  SimTime before{0};
  std::vector<HostAccount> hosts_before = twin.accounts().hosts;
  for (std::uint64_t id = 0; id < 40; ++id) {
    run_busy(twin, id, id + 1);
    if (id % 4 == 0) {  // read it without opening another
      EXPECT_EQ(twin.window(),
                window_totals(before, hosts_before, twin.accounts(), world.catalogue, types));
    }
    if (id % 7 == 0) {
      twin.open_window();
      before = twin.now();
      hosts_before = twin.accounts().hosts;
    }
  }
  EXPECT_GT(twin.window().arrived, 0);
}

TEST(TwinWindow, WhatHappensOnTheEdgeIsCountedOnce) {
  SmallWorld world;
  Twin twin = world.twin();
  serve_at(twin, 4s, 0, {0});
  twin.run_until(5s);  // it finishes now
  const WindowTotals first = twin.window();
  twin.open_window();
  twin.run_until(10s);
  EXPECT_EQ(first.finished, 0);
  EXPECT_EQ(twin.window().finished, 1);
}

}  // namespace
}  // namespace scinet
