// What others see of the twin, and a twin made from what was seen.
#include <gtest/gtest.h>

#include "model/plan.h"
#include "twin/twin_testing.h"

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

TEST(TwinView, SaysWhatItWasAskedFor) {
  SmallWorld world;
  const Twin twin = world.twin();
  const ClusterView view = twin.view({.placement = true});
  EXPECT_EQ(view.asked, (DecisionsAsked{.placement = true}));
  EXPECT_EQ(view.catalogue, &world.catalogue);
}

// A busy cluster: two applications, one a chain, cold starts, memory that is short, transfers,
// random work. Placements by the workload's number.
SmallWorld busy_world() {
  SmallWorld world{.host = plain_host(2), .hosts = 4, .hosts_on = 3};
  world.host.boot_time = Seconds(7);
  world.host.bandwidth = BytesPerSecond(1e6);
  world.host.latency = Seconds(0.02);
  world.host.price = DollarsPerHour(2);
  world.fragments = {plain_fragment(), plain_fragment()};
  world.fragments[0].work = {WorkShape::kExponential, Mi(900), 1.0};
  world.fragments[0].output = Bytes(2e5);
  world.fragments[0].model_memory = Mebibytes(300);
  world.fragments[0].memory = Mebibytes(150);
  world.fragments[0].load_time = Seconds(0.7);
  world.fragments[1].work = {WorkShape::kLognormal, Mi(500), 0.8};
  world.fragments[1].inputs = {FragmentId{0}};
  world.fragments[1].output = Bytes(1e5);
  world.fragments[1].memory = Mebibytes(80);
  Fragment wide = plain_fragment(Mi(1500));
  wide.cores = 2.0;
  wide.model_memory = Mebibytes(500);
  wide.memory = Mebibytes(100);
  wide.load_time = Seconds(1.1);
  world.more_applications = {plain_application({wide}, 0.8)};
  return world;
}

void arrive_and_place(Twin& twin, std::uint64_t id) {
  const auto host = [&](std::uint64_t i) { return static_cast<std::uint32_t>(i % 3); };
  twin.arrive(request(id, twin.now(), id % 3 == 0 ? 1 : 0, Bytes(3e5)));
  twin.apply(id % 3 == 0 ? serve(id, {host(id / 3)}) : serve(id, {host(id), host(id / 2)}));
}

// Forty arrivals; in between a host is switched on and one fails.
void run_busy(Twin& twin, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t id = first; id < last; ++id) {
    twin.run_until(id * 377ms);
    if (id == 10) twin.apply(switch_host(3, true));
    if (id == 20) twin.fail(HostId{1});
    if (id >= 20 && id % 3 != 0) {
      twin.arrive(request(id, twin.now(), 0, Bytes(3e5)));
      twin.apply(serve(id, {0, 2}));
    } else if (id < 20) {
      arrive_and_place(twin, id);
    }
  }
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

TEST(TwinFrom, GoesOnWhereTheViewWasTaken) {
  // Without transfers, loads and queues the view tells all: the rest of both runs is the same.
  SmallWorld world{.host = plain_host(2), .hosts = 3, .hosts_on = 2};
  world.host.boot_time = Seconds(5);
  world.fragments = {plain_fragment(), plain_fragment()};
  world.fragments[0].work = {WorkShape::kExponential, Mi(2000), 1.0};
  world.fragments[1].work = {WorkShape::kHyperexponential, Mi(2000), 2.0};
  world.fragments[1].inputs = {FragmentId{0}};
  Twin original = world.twin();
  for (std::uint64_t id = 0; id < 12; ++id) {
    serve_at(original, id * 500ms, id, {static_cast<std::uint32_t>(id % 2), 0});
  }
  original.apply(switch_host(2, true));
  original.run_until(6s);
  const ClusterView seen = original.view(DecisionsAsked::all());
  Twin continued = Twin::from(seen, world.settings, RandomStreams(world.seed));
  const ClusterView again = continued.view(DecisionsAsked::all());
  ASSERT_EQ(again.workloads.size(), seen.workloads.size());
  EXPECT_EQ(again.hosts[2].ready_at, 10500ms);
  for (std::size_t i = 0; i < seen.hosts.size(); ++i) {
    EXPECT_EQ(again.hosts[i].state, seen.hosts[i].state);
    EXPECT_EQ(again.hosts[i].resident, seen.hosts[i].resident);
    EXPECT_EQ(again.hosts[i].recent_utilisation, seen.hosts[i].recent_utilisation);
  }
  EXPECT_NEAR(again.arrival_rates[0], seen.arrival_rates[0], 1e-12);

  original.run_until(100s);
  continued.run_until(100s);
  for (const WorkloadView& entry : seen.workloads) {
    const std::uint64_t id = entry.workload.id.value;
    ASSERT_TRUE(finish_of(continued, id)) << id;
    EXPECT_NEAR(to_seconds(*finish_of(original, id)).count(),
                to_seconds(*finish_of(continued, id)).count(), 3e-9)
        << id;
  }
}

TEST(TwinFrom, EveryStateOfABusyClusterCanBeContinued) {
  SmallWorld world = busy_world();
  for (std::uint64_t at = 0; at < 40; ++at) {
    Twin original = world.twin();
    run_busy(original, 0, at);
    const ClusterView seen = original.view(DecisionsAsked::all());
    Twin continued = Twin::from(seen, world.settings, RandomStreams(world.seed));
    EXPECT_EQ(continued.now(), original.now());
    Plan rest;  // places what a failure has unplaced
    for (const WorkloadView& entry : continued.view(DecisionsAsked::all()).workloads) {
      for (const TaskView& task : entry.tasks) {
        if (task.state == TaskState::kUnplaced) {
          rest.placements.push_back({entry.workload.id, task.fragment, HostId{0}});
        }
      }
    }
    continued.apply(rest);
    continued.run_until(200s);
    EXPECT_EQ(continued.finished().entries().size(), seen.workloads.size()) << "at " << at;
    EXPECT_EQ(continued.view(DecisionsAsked::all()).workloads.size(), 0u) << "at " << at;
  }
}

TEST(TwinFrom, ModelsAreResidentAndHostsPowered) {
  SmallWorld world;
  world.fragments[0].model_memory = Mebibytes(100);
  world.fragments[0].load_time = Seconds(2);
  world.host.billing_increment = Seconds(3600);
  world.host.price = DollarsPerHour(3.6);
  Twin original = world.twin();
  serve_at(original, 0s, 0, {0});
  original.run_until(10s);
  Twin continued =
      Twin::from(original.view(DecisionsAsked::all()), world.settings, RandomStreams(1));
  serve_at(continued, 10s, 1, {0});
  continued.run_until(20s);
  EXPECT_EQ(finish_of(continued, 1), 11s);  // no load
  // 9 s * 100 W + 1 s * 200 W; ten seconds of an hour that began nobody knows when.
  EXPECT_DOUBLE_EQ(continued.accounts().hosts[0].energy.value(), 1100.0);
  EXPECT_NEAR(continued.accounts().hosts[0].cost.value(), 0.010, 1e-12);
}

TEST(TwinFrom, BeatsStayWhereTheyWere) {
  SmallWorld world;
  Twin original = world.twin();
  serve_at(original, 7s, 0, {0});
  Twin continued =
      Twin::from(original.view(DecisionsAsked::all()), world.settings, RandomStreams(1));
  continued.run_until(10s);
  // The sample of 5 to 10 s, of which it knows the last 3: one busy second of them.
  EXPECT_EQ(host_of(continued, 0).recent_utilisation, (std::vector{0.0, 1.0 / 3.0}));
}

TEST(TwinFrom, TasksOnHostsWithoutPowerAreUnplaced) {
  SmallWorld world{.hosts = 2, .hosts_on = 2};
  Twin original = world.twin();
  serve_at(original, 0s, 0, {0});
  ClusterView seen = original.view(DecisionsAsked::all());
  seen.hosts[0].state = HostState::kFailed;  // the newest news came after the task's
  const Twin continued = Twin::from(seen, world.settings, RandomStreams(1));
  EXPECT_EQ(task_of(continued, 0).state, TaskState::kUnplaced);
}

}  // namespace
}  // namespace scinet
