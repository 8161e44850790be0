#include "policy/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "policy/route.h"
#include "tests/cluster_builder.h"

namespace scinet {
namespace {

constexpr ModelId kFirst{ApplicationId{0}, StrategyId{0}, FragmentId{0}};

// When a newcomer of `work` is expected on host 0, its inputs there now.
Seconds finish_now(const TestCluster& cluster, const ModelId& model = kFirst) {
  const ClusterLoad load(cluster.view);
  return load.finish(load.at(HostId{0}), model, Seconds(0));
}

// Most tests: one application of one fragment on hosts of 2 cores with 1000 MIPS each.
ClusterBuilder with_fragment(const Fragment& what) {
  ClusterBuilder builder;
  builder.type({}).application("app", {strategy("whole", 0.9, {what})});
  return builder;
}

TEST(Finish, OnAnIdleHostIsWorkOverTheCoresThatItCanUse) {
  // 3000 Mi on one core of 1000 MIPS.
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(fragment(Mi(3000))).host("small").build()).count(),
                   3.0);
  // On both cores, though it could use 8: 3000 / 2000.
  Fragment wide = fragment(Mi(3000));
  wide.cores = 8;
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(wide).host("small").build()).count(), 1.5);
}

TEST(Finish, OfAFragmentThatRunsInBatchesIsLaterByTheDelay) {
  Fragment batches = fragment(Mi(3000));
  batches.batch = {.limit = 8, .delay = Seconds(0.25), .further_work = 0.5};
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(batches).host("small").build()).count(), 3.25);
  batches.batch.limit = 1;  // then it waits for nobody
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(batches).host("small").build()).count(), 3.0);
}

TEST(Finish, SharesASaturatedHost) {
  ClusterBuilder builder = with_fragment(fragment(Mi(1000)));
  builder.host("small");
  for (int i = 0; i < 3; ++i) builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  // Four tasks of 1000 Mi on 2 cores: 4000 / 2000.
  EXPECT_DOUBLE_EQ(finish_now(builder.build()).count(), 2.0);
}

TEST(Finish, CountsOnlyWhatNeighboursHaveLeft) {
  ClusterBuilder builder = with_fragment(fragment(Mi(1000)));
  builder.host("small");
  for (int i = 0; i < 3; ++i) builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  TestCluster cluster = builder.build();
  for (WorkloadView& entry : cluster.view.workloads) entry.tasks[0].progress = 0.6;
  // (1000 + 3 * 400) / 2000 = 1.1
  EXPECT_NEAR(finish_now(cluster).count(), 1.1, 1e-12);
}

TEST(Finish, TakesLongerOnASlowHostAndBesideItsOwnServices) {
  Fragment wide = fragment(Mi(3000));
  wide.cores = 8;
  // On both cores at a quarter of 1000 MIPS: 3000 / 500.
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(wide).host("small").slow(0.25).build()).count(), 6.0);
  // On 1.5 cores: 3000 / 1500.
  ClusterBuilder builder;
  builder.type({.background = 0.5}).application("app", {strategy("whole", 0.9, {wide})});
  EXPECT_DOUBLE_EQ(finish_now(builder.host("small").build()).count(), 2.0);
}

TEST(Finish, IncludesTheWorkOfALoad) {
  Fragment what = fragment(Mi(1000));
  what.load_time = Seconds(4);
  what.load_work = Mi(500);
  // At half of 1000 MIPS: 4 + 500 / 500 + 1000 / 500.
  EXPECT_DOUBLE_EQ(finish_now(with_fragment(what).host("small").slow(0.5).build()).count(), 7.0);
}

TEST(Finish, WaitsForTheBoot) {
  // ClusterBuilder: a booting host is ready in 5 s, one that is off boots in 10 s.
  const Fragment what = fragment(Mi(1000));
  EXPECT_NEAR(finish_now(with_fragment(what).host("small", HostState::kBooting).build()).count(),
              6.0, 1e-9);
  EXPECT_NEAR(finish_now(with_fragment(what).host("small", HostState::kOff).build()).count(), 11.0,
              1e-9);
}

TEST(Finish, IsNotDelayedByABootThatIsOverdue) {
  TestCluster cluster =
      with_fragment(fragment(Mi(1000))).host("small", HostState::kBooting).build();
  cluster.view.hosts[0].ready_at = cluster.view.now - std::chrono::seconds(3);
  EXPECT_DOUBLE_EQ(finish_now(cluster).count(), 1.0);
}

TEST(Finish, LoadsAModelThatIsNotResident) {
  Fragment what = fragment(Mi(1000));
  what.load_time = Seconds(4);
  TestCluster cluster = with_fragment(what).host("small").build();
  EXPECT_DOUBLE_EQ(finish_now(cluster).count(), 5.0);
  cluster.view.hosts[0].resident = {kFirst};
  EXPECT_DOUBLE_EQ(finish_now(cluster).count(), 1.0);
}

TEST(Finish, WaitsForMemoryBehindTheWholeBacklog) {
  ClusterBuilder builder = with_fragment(fragment(Mi(1000), Mebibytes(600)));  // of 1024
  builder.host("small").deployed("app", 0, {{TaskState::kRunning, 0}});
  // 1000 / 2000 until the other is gone, at the earliest, then 1000 / 1000 alone.
  EXPECT_DOUBLE_EQ(finish_now(builder.build()).count(), 1.5);
}

TEST(Committed, CountsAModelOnceAndForgetsIdleOnes) {
  Fragment what = fragment(Mi(1000), Mebibytes(100));
  what.model_memory = Mebibytes(300);
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.application("app", {strategy("whole", 0.9, {what}), whole(Mi(1))});
  builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  builder.deployed("app", 0, {{TaskState::kQueued, 0}});
  TestCluster cluster = builder.build();
  cluster.view.hosts[0].resident = {kFirst};
  cluster.view.hosts[0].memory_used = Mebibytes(450);  // model, one running task, 50 of its own
  const ClusterLoad load(cluster.view);
  const HostLoad& host = load.at(HostId{0});
  EXPECT_EQ(host.committed, Mebibytes(300 + 2 * 100 + 50));
  EXPECT_EQ(host.committed_with(kFirst, what), Mebibytes(650));
  EXPECT_TRUE(host.has_room_for(kFirst, what));

  cluster.view.workloads.clear();
  cluster.view.hosts[0].memory_used = Mebibytes(350);  // the model idles, evictable
  EXPECT_EQ(ClusterLoad(cluster.view).at(HostId{0}).committed, Mebibytes(50));
}

// The exact answer: every task gets an equal rate up to its cap (max-min fair sharing).
double exact_finish(std::vector<std::pair<double, double>> tasks, double cores) {
  // (work left in core-seconds, cap); the newcomer is the first.
  double now = 0.0;
  while (true) {
    std::vector<std::size_t> by_cap(tasks.size());
    std::iota(by_cap.begin(), by_cap.end(), 0u);
    std::ranges::sort(by_cap, {}, [&](std::size_t i) { return tasks[i].second; });
    std::vector<double> rate(tasks.size());
    double left = cores;
    for (std::size_t k = 0; k < by_cap.size(); ++k) {
      const double share = left / static_cast<double>(by_cap.size() - k);
      rate[by_cap[k]] = std::min(tasks[by_cap[k]].second, share);
      left -= rate[by_cap[k]];
    }
    double step = 1e300;
    for (std::size_t i = 0; i < tasks.size(); ++i) step = std::min(step, tasks[i].first / rate[i]);
    now += step;
    if (tasks[0].first / rate[0] <= step * (1 + 1e-12)) return now;
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].first -= rate[i] * step;
    std::erase_if(tasks, [](const auto& task) { return task.first <= 1e-9; });
  }
}

TEST(ExactFinish, IsRightItself) {
  // One core: 1 and 3 share until both have 1 (at 2 s), then the other 2 alone: at 4 s.
  EXPECT_NEAR(exact_finish({{3, 1}, {1, 1}}, 1), 4.0, 1e-9);
  // Three cores: a cap of 1 leaves 2 for the newcomer, 4 / 2.
  EXPECT_NEAR(exact_finish({{4, 3}, {9, 1}}, 3), 2.0, 1e-9);
}

TEST(Finish, StaysCloseToExactSharing) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    RandomStream random = RandomStreams(seed).stream("sharing");
    const int cores = static_cast<int>(1 + random.below(8));
    const bool equal_caps = random.below(2) == 0;
    const double cap = 0.5 + 2 * random.uniform();
    std::vector<Fragment> parts;
    std::vector<std::pair<double, double>> tasks;
    for (auto n = 1 + random.below(12); n > 0; --n) {
      Fragment part = fragment(Mi(1000 * (0.1 + 5 * random.uniform())), Mebibytes(1));
      part.cores = equal_caps ? cap : 0.5 + 4 * random.uniform();
      tasks.emplace_back(part.work.mean.value() / 1000,
                         std::min(part.cores, static_cast<double>(cores)));
      parts.push_back(part);
    }
    ClusterBuilder builder;
    builder.type({.cores = cores, .memory = Mebibytes(4000)}).host("small");
    std::vector<Strategy> each;
    for (const Fragment& part : parts) each.push_back(strategy("one", 0.9, {part}));
    builder.application("app", std::move(each));
    for (std::uint32_t i = 1; i < parts.size(); ++i) {
      builder.deployed("app", i, {{TaskState::kRunning, 0}});
    }
    const double estimate = finish_now(builder.build()).count();
    const double exact = exact_finish(tasks, cores);
    EXPECT_GE(estimate, exact / 2 - 1e-9) << "seed " << seed;
    if (equal_caps) {
      EXPECT_LE(estimate, exact + 1e-9) << "seed " << seed;
    }
  }
}

TEST(AddedEnergy, IsTheSlopeOfThePowerCurve) {
  // Idle 10 W, peak 12 W, 2 cores: one core adds 1 W for 3000 / 1000 s.
  const TestCluster idle = with_fragment(fragment(Mi(3000))).host("small").build();
  const ClusterLoad load(idle.view);
  EXPECT_DOUBLE_EQ(load.added_energy(load.at(HostId{0}), fragment(Mi(3000))).value(), 3.0);

  // Saturated: it stays at its peak 3000 / 2000 s longer, 2 W above idle.
  ClusterBuilder builder = with_fragment(fragment(Mi(3000)));
  builder.host("small");
  for (int i = 0; i < 2; ++i) builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  const TestCluster busy = builder.build();
  const ClusterLoad full(busy.view);
  EXPECT_DOUBLE_EQ(full.added_energy(full.at(HostId{0}), fragment(Mi(3000))).value(), 3.0);
}

TEST(Route, AddsTransfersBetweenHosts) {
  Fragment first = fragment(Mi(1000));
  first.output = Bytes(2e6);
  Fragment second = fragment(Mi(1000));
  second.output = Bytes(4e6);
  ClusterBuilder builder;
  builder.type({.name = "near", .bandwidth = BytesPerSecond(2e6), .latency = Seconds(0.1)});
  builder.type({.name = "far", .bandwidth = BytesPerSecond(1e6), .latency = Seconds(0.2)});
  builder.host("near").host("far").application("app", {layer({first, second})}).waiting("app");
  TestCluster cluster = builder.build();
  cluster.view.workloads[0].workload.input = Bytes(6e6);
  const ClusterLoad load(cluster.view);

  Route route(load, cluster.view.workloads[0], StrategyId{0});
  route.assign(FragmentId{0}, HostId{0});
  // In: 0.1 + 6 / 2; run 1; over: 0.2 + 2 / 1; run 1; out: 0.2 + 4 / 1.
  EXPECT_NEAR(route.finish_on(load.at(HostId{1}), FragmentId{1}).count(), 3.1 + 1 + 2.2 + 1, 1e-9);
  route.assign(FragmentId{1}, HostId{1});
  EXPECT_NEAR(route.finish().count(), 7.3 + 4.2, 1e-9);

  route.assign(FragmentId{1}, HostId{0});  // the same host: nothing travels
  EXPECT_NEAR(route.finish().count(), 3.1 + 1 + 1 + (0.1 + 2), 1e-9);
}

TEST(Route, StartsFromWhatIsDoneAlready) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small");
  builder.application("app", {layer({fragment(Mi(1000)), fragment(Mi(2000)), fragment(Mi(3000))})});
  builder.deployed("app", 0,
                   {{TaskState::kDone, 0}, {TaskState::kRunning, 0}, {TaskState::kUnplaced, 0}});
  TestCluster cluster = builder.build();
  cluster.view.workloads[0].tasks[1].progress = 0.75;
  const ClusterLoad load(cluster.view);
  Route route(load, cluster.view.workloads[0], StrategyId{0});
  route.keep(FragmentId{0});
  route.keep(FragmentId{1});
  route.assign(FragmentId{2}, HostId{1});
  EXPECT_DOUBLE_EQ(route.finish().count(), 0.5 + 3.0);  // 2000 * 0.25 left, then 3000
}

TEST(WorkLeft, IsWhatIsNotDone) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.application("app", {whole(Mi(5000)), layer({fragment(Mi(1000)), fragment(Mi(2000))})});
  builder.deployed("app", 1, {{TaskState::kDone, 0}, {TaskState::kRunning, 0}}).waiting("app");
  TestCluster cluster = builder.build();
  cluster.view.workloads[0].tasks[1].progress = 0.25;
  EXPECT_EQ(work_left(cluster.view.workloads[0], *cluster.catalogue), Mi(1500));
  EXPECT_EQ(work_left(cluster.view.workloads[1], *cluster.catalogue), Mi(4000));  // mean of both
}

}  // namespace
}  // namespace scinet
