#include "calibration/replay.h"

#include <gtest/gtest.h>

#include "calibration/comparison.h"
#include "calibration/recorded_twin.h"

namespace scinet {
namespace {

std::vector<Fault> all_kinds_of_faults() {
  return {{.kind = FaultKind::kSlow,
           .host = HostId{0},
           .at = std::chrono::seconds(20),
           .length = Seconds(40),
           .speed_factor = 0.4},
          {.kind = FaultKind::kCrash,
           .host = HostId{1},
           .at = std::chrono::milliseconds(33'333),
           .length = Seconds(10)},
          {.kind = FaultKind::kUnlinked,
           .host = HostId{2},
           .at = std::chrono::seconds(50),
           .length = Seconds(12.5)}};
}

TEST(Replay, OfATwinsOwnRunIsThatRun) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const RecordedRun run = recorded_twin(Seconds(200), 0.8, seed, all_kinds_of_faults());
    ASSERT_GT(run.workloads.size(), 100u);
    const Replay again = replay(run, run.cluster.catalogue, seed, {});
    EXPECT_EQ(again.workloads, run.workloads) << "seed " << seed;
    EXPECT_EQ(again.skipped, SkippedDecisions{});
    std::vector<Seconds> cpu(run.cluster.hosts.size(), Seconds(0));
    for (const HostBeat& beat : run.host_beats) cpu[beat.host.value] += beat.cpu;
    for (std::size_t i = 0; i < cpu.size(); ++i) {
      EXPECT_NEAR(again.hosts[i].cpu.count(), cpu[i].count(), 1e-6) << "host " << i;
    }
  }
}

TEST(Replay, WithAnotherSeedIsAnotherRun) {
  const RecordedRun run = recorded_twin(Seconds(60), 0.8, 1);
  EXPECT_NE(replay(run, run.cluster.catalogue, 2, {}).workloads, run.workloads);
}

TEST(Replay, AccountsForHostsInItsPartOnly) {
  const RecordedRun run = recorded_twin(Seconds(60), 0.8, 1);
  const Part part{std::chrono::seconds(20), std::chrono::seconds(40)};
  const Replay again = replay(run, run.cluster.catalogue, 1, part);
  std::vector<Seconds> cpu(run.cluster.hosts.size(), Seconds(0));
  for (const HostBeat& beat : run.host_beats) {
    if (part.contains(beat.start)) cpu[beat.host.value] += beat.cpu;
  }
  for (std::size_t i = 0; i < cpu.size(); ++i) {
    EXPECT_NEAR(again.hosts[i].cpu.count(), cpu[i].count(), 1e-6) << "host " << i;
  }
}

TEST(Replay, LeavesOutWhatDoesNotFitAndCountsIt) {
  RecordedRun run = recorded_twin(Seconds(30), 1.0, 1);
  const Plan first = run.plans.front().plan;
  // The same plan again, orders for hosts that are on already, and for requests that never came.
  run.plans.insert(run.plans.begin() + 1, run.plans.front());
  Plan odd;
  odd.power = {{HostId{0}, true}, {HostId{1}, true}};
  odd.deployments = {{WorkloadId{9999}, StrategyId{0}}};
  odd.placements = {{WorkloadId{9999}, FragmentId{0}, HostId{0}}};
  run.plans.push_back({run.plans.back().at, odd});
  // What no sound plan says: a strategy and a fragment that do not exist, and everything twice.
  const WorkloadId id = run.workloads.front().workload.id;
  Plan wrong;
  wrong.deployments = {{id, StrategyId{7}}};
  wrong.placements = {{id, FragmentId{0}, HostId{0}}};
  Plan twice = run.plans.front().plan;
  twice.placements.push_back({id, FragmentId{9}, HostId{0}});
  twice.placements.push_back(twice.placements.front());
  twice.deployments.push_back(twice.deployments.front());
  run.plans.front().plan = twice;
  run.plans.insert(run.plans.begin(), {run.plans.front().at, wrong});
  const Replay again = replay(run, run.cluster.catalogue, 1, {});
  EXPECT_EQ(again.skipped.power, static_cast<std::int64_t>(first.power.size()) + 2);
  EXPECT_EQ(again.skipped.deployments, static_cast<std::int64_t>(first.deployments.size()) + 3);
  EXPECT_EQ(again.skipped.placements, static_cast<std::int64_t>(first.placements.size()) + 4);
  EXPECT_EQ(again.workloads, run.workloads);
}

TEST(Comparison, OfARunWithItsOwnReplayHasNoError) {
  const RecordedRun run = recorded_twin(Seconds(200), 0.8, 7);
  const RunComparison comparison = compare(run, replays_of(run, run.cluster.catalogue, 1, {}), {});
  EXPECT_EQ(comparison.execution_error(), 0.0);
  EXPECT_EQ(comparison.response.relative_error(), 0.0);
  EXPECT_EQ(comparison.p95_error(), 0.0);
  EXPECT_NEAR(comparison.host_cpu_error(), 0.0, 1e-9);
  EXPECT_EQ(comparison.cells.size(), 4u);
  EXPECT_EQ(comparison.unanswered, 0);
}

// Starts fall on begins of steps of 5 s. A finish after 4 s outlasts no end of a step, one after 5
// s neither (it is over at that end), one after 5.001 s outlasts one.
TEST(Execution, WithStepsCountsTheStepsOutlasted) {
  const SimTime step = std::chrono::seconds(5);
  TaskOutcome task;
  task.start = std::chrono::milliseconds(10'003);
  for (const auto& [finish_ms, expected] :
       {std::pair(14'000, 0.0), {15'000, 0.0}, {15'001, 5.0}, {20'001, 10.0}, {10'003, 0.0}}) {
    task.finish = std::chrono::milliseconds(finish_ms);
    EXPECT_EQ(execution_of(task, step).count(), expected) << finish_ms;
  }
  EXPECT_EQ(execution_of(task, SimTime(0)).count(), 0.0);
}

}  // namespace
}  // namespace scinet
