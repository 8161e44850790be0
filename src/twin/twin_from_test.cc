// A twin made from a view of another, and what both do from then on.
#include <gtest/gtest.h>

#include "twin/busy_twin_testing.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(again.recent_requests, seen.recent_requests);

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

// Three hosts with everything that a view can tell: loads, queues for memory, services of their
// own, contention, burst credits, started minutes.
SmallWorld told_world(RandomStream& random) {
  SmallWorld world{.host = plain_host(2), .hosts = 3, .hosts_on = 3};
  world.host.background = 0.2;
  world.host.contention = 0.1;
  world.host.memory = Mebibytes(700);
  world.host.boot_time = Seconds(4);
  world.host.boot_power = Watts(70);
  world.host.price = DollarsPerHour(6);
  world.host.billing_increment = Seconds(60);
  world.host.burst = BurstCredits{
      .baseline = 0.8, .credits_per_hour = 48.0, .initial_credits = 0.1, .maximum_credits = 1.0};
  world.fragments = {plain_fragment(), plain_fragment(), plain_fragment()};
  for (Fragment& fragment : world.fragments) {
    fragment.work = {WorkShape::kExponential, Mi(1200), 1.0};
    fragment.cores = 0.5 * static_cast<double>(1 + random.below(4));
    fragment.memory = Mebibytes(100 + 60 * random.uniform());
    fragment.model_memory = Mebibytes(60);  // all three together leave room: none is evicted
    fragment.load_time = Seconds(2.0 * random.uniform());
    fragment.load_work = Mi(2000 * random.uniform());
  }
  world.fragments[1].inputs = {FragmentId{0}};
  world.fragments[2].inputs = {FragmentId{0}, FragmentId{1}};
  return world;
}

void run_told(Twin& twin, RandomStream& random, SimTime end) {
  for (std::uint64_t id = 0;; ++id) {
    const SimTime at = twin.now() + to_sim_time(Seconds(random.exponential(0.9)));
    if (at >= end) break;
    const auto host = [&] { return static_cast<std::uint32_t>(random.below(3)); };
    serve_at(twin, at, id, {host(), host(), host()});
    if (random.below(6) == 0) twin.set_speed_factor(HostId{host()}, 0.4 + 0.6 * random.uniform());
  }
  twin.run_until(end);
}

// Of every request of the view.
void expect_same_finishes(const ClusterView& seen, const Twin& continued, const Twin& original,
                          std::uint64_t seed) {
  for (const WorkloadView& entry : seen.workloads) {
    const auto finish = continued.finished().finish_of(entry.workload.id);
    ASSERT_TRUE(finish) << "seed " << seed;
    EXPECT_NEAR(to_seconds(*finish).count(),
                to_seconds(*original.finished().finish_of(entry.workload.id)).count(), 1e-7)
        << "seed " << seed << " workload " << entry.workload.id.value;
  }
}

TEST(TwinFrom, WithoutTransfersAViewTellsAll) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random = RandomStreams(seed).stream("told");
    SmallWorld world = told_world(random);
    world.seed = seed;
    Twin original = world.twin();
    run_told(original, random, to_sim_time(Seconds(10.0 + 20.0 * random.uniform())));
    const ClusterView seen = original.view(DecisionsAsked::all());
    Twin continued = Twin::from(seen, world.settings, RandomStreams(seed));
    original.open_window();
    original.run_until(300s);
    continued.run_until(300s);

    expect_same_finishes(seen, continued, original, seed);
    const WindowTotals expected = original.window();
    const WindowTotals found = continued.window();
    EXPECT_NEAR(found.energy / expected.energy, 1.0, 1e-9) << "seed " << seed;
    EXPECT_NEAR(found.cost / expected.cost, 1.0, 1e-9) << "seed " << seed;
    EXPECT_EQ(found.finished, expected.finished) << "seed " << seed;
    EXPECT_EQ(found.deployed, expected.deployed) << "seed " << seed;
    if (testing::Test::HasFailure()) return;
  }
}

// Work that is constant, as a view does not tell who was first of a batch.
TEST(TwinFrom, BatchesThatCollectAndThatRunGoOn) {
  int in_batches = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    RandomStream random = RandomStreams(seed).stream("batches");
    SmallWorld world{.host = plain_host(2), .hosts = 3, .hosts_on = 3};
    world.fragments = {plain_fragment(), plain_fragment(), plain_fragment()};
    for (Fragment& fragment : world.fragments) {
      fragment.work.mean = Mi(300 + 500 * random.uniform());
      fragment.cores = 0.5 * static_cast<double>(1 + random.below(4));
      fragment.batch = {.limit = 1 + static_cast<int>(random.below(4)),
                        .delay = Seconds(1.5 * random.uniform()),
                        .further_work = 0.3 + 0.7 * random.uniform()};
    }
    world.fragments[1].inputs = {FragmentId{0}};
    world.fragments[2].inputs = {FragmentId{0}, FragmentId{1}};
    Twin original = world.twin();
    run_told(original, random, to_sim_time(Seconds(10.0 + 20.0 * random.uniform())));
    const ClusterView seen = original.view(DecisionsAsked::all());
    Twin continued = Twin::from(seen, world.settings, RandomStreams(world.seed));
    original.run_until(300s);
    continued.run_until(300s);
    expect_same_finishes(seen, continued, original, seed);
    for (const WorkloadView& entry : seen.workloads) {
      for (const TaskView& task : entry.tasks) {
        if (world.fragments[task.fragment.value].batch.limit > 1) ++in_batches;
      }
    }
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(in_batches, 500);
}

TEST(TwinFrom, AViewOfTheContinuedTwinIsTheSameView) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream random = RandomStreams(seed).stream("again");
    SmallWorld world = told_world(random);
    Twin original = world.twin();
    run_told(original, random, 15s);
    original.set_link(HostId{1}, false);
    original.apply(switch_host(2, false));
    const ClusterView seen = original.view(DecisionsAsked::all());
    const Twin continued = Twin::from(seen, world.settings, RandomStreams(world.seed));
    const ClusterView again = continued.view(DecisionsAsked::all());
    for (std::size_t i = 0; i < 3; ++i) {
      const HostView& host = again.hosts[i];
      EXPECT_EQ(host.state, seen.hosts[i].state);
      EXPECT_EQ(host.powered_since, seen.hosts[i].powered_since);
      EXPECT_EQ(host.ready_at, seen.hosts[i].ready_at);
      EXPECT_EQ(host.resident, seen.hosts[i].resident);
      EXPECT_EQ(host.credits, seen.hosts[i].credits);
      EXPECT_EQ(host.throttled, seen.hosts[i].throttled);
      EXPECT_EQ(host.speed_factor, seen.hosts[i].speed_factor);
      EXPECT_EQ(host.linked, seen.hosts[i].linked);
      EXPECT_NEAR(host.memory_used.value(), seen.hosts[i].memory_used.value(), 1e-9);
      ASSERT_EQ(host.loading.size(), seen.hosts[i].loading.size());
      for (std::size_t k = 0; k < host.loading.size(); ++k) {
        EXPECT_EQ(host.loading[k].model, seen.hosts[i].loading[k].model);
        EXPECT_LE(std::chrono::abs(host.loading[k].ready_at - seen.hosts[i].loading[k].ready_at),
                  1ns);
      }
    }
    ASSERT_EQ(again.workloads.size(), seen.workloads.size());
    for (std::size_t i = 0; i < seen.workloads.size(); ++i) {
      EXPECT_EQ(again.workloads[i].deployed_at, seen.workloads[i].deployed_at);
      for (std::size_t k = 0; k < seen.workloads[i].tasks.size(); ++k) {
        const TaskView& task = again.workloads[i].tasks[k];
        EXPECT_EQ(task.state, seen.workloads[i].tasks[k].state) << "seed " << seed;
        EXPECT_EQ(task.since, seen.workloads[i].tasks[k].since) << "seed " << seed;
        EXPECT_NEAR(task.progress, seen.workloads[i].tasks[k].progress, 1e-12);
      }
    }
  }
}

TEST(TwinFrom, ALoadGoesOnWhereItWas) {
  // 2 s, then 1000 Mi on one of two cores: 3 s, and the task for 1 s.
  SmallWorld world{.host = plain_host(2)};
  world.fragments[0].load_time = Seconds(2);
  world.fragments[0].load_work = Mi(1000);
  Twin original = world.twin();
  serve_at(original, 0s, 0, {0});
  for (const SimTime at : {500ms, 2000ms, 2750ms, 3000ms}) {
    original.run_until(at);
    const ClusterView seen = original.view(DecisionsAsked::all());
    if (at < 3s) {
      EXPECT_EQ(seen.hosts[0].loading.at(0).ready_at, 3s);
    }
    Twin continued = Twin::from(seen, world.settings, RandomStreams(1));
    continued.run_until(20s);
    EXPECT_EQ(finish_of(continued, 0), 4s);
    // Without the task nobody carries its work, but it takes its time.
    ClusterView without = seen;
    without.workloads.clear();
    Twin empty = Twin::from(without, world.settings, RandomStreams(1));
    serve_at(empty, at, 1, {0});
    empty.run_until(20s);
    EXPECT_EQ(finish_of(empty, 1), 4s);
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
    continued.set_link(HostId{2}, true);  // it may have been cut off
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
  // 9 s * 100 W + 1 s * 200 W; the hour is paid already.
  EXPECT_DOUBLE_EQ(continued.accounts().hosts[0].energy.value(), 1100.0);
  EXPECT_EQ(continued.accounts().hosts[0].cost.value(), 0.0);
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
