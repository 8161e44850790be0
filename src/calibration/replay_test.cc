#include "calibration/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "calibration/comparison.h"
#include "calibration/recorded_twin.h"
#include "model/expected_progress.h"

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

// Decides as the record did, in its order, and nothing after that.
class AsRecorded final : public Policy {
 public:
  explicit AsRecorded(const std::vector<TimedPlan>& plans) : plans_(plans) {}
  Plan decide(const ClusterView&, DecisionContext&) override {
    return next_ < plans_.size() ? plans_[next_++].plan : Plan{};
  }

 private:
  const std::vector<TimedPlan>& plans_;
  std::size_t next_ = 0;
};

// Serves what waits with the first strategy on the first host, and lets it wait before `from`.
class AllOnOne final : public Policy {
 public:
  explicit AllOnOne(SimTime from = SimTime(0), const Catalogue* believed = nullptr)
      : from_(from), believed_(believed) {}

  Plan decide(const ClusterView& view, DecisionContext&) override {
    EXPECT_TRUE(!believed_ || view.catalogue == believed_);
    Plan plan;
    for (const WorkloadView& entry : view.workloads) {
      if (entry.strategy) continue;
      if (view.now < from_) {
        plan.deferrals.push_back({entry.workload.id, "not yet"});
      } else {
        plan.deployments.push_back({entry.workload.id, StrategyId{0}});
        plan.placements.push_back({entry.workload.id, FragmentId{0}, HostId{0}});
      }
    }
    return plan;
  }

 private:
  SimTime from_;
  const Catalogue* believed_;
};

template <class Decider, class... Arguments>
DecisionMakers both(const Arguments&... arguments) {
  return {.policy = {"one", std::make_unique<Decider>(arguments...)},
          .fallback = {"other", std::make_unique<Decider>(arguments...)}};
}

TEST(ReplayUnder, APolicyThatDecidesAsTheRecordDidIsThatRun) {
  const RecordedRun run = recorded_twin(Seconds(200), 0.8, 3);
  const Result<Replay> again = replay_under({both<AsRecorded>(run.plans), run.cluster.catalogue},
                                            run, run.cluster.catalogue, 3, {});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again.value().workloads, run.workloads);
}

TEST(ReplayUnder, APolicyServesTheSameRequestsInItsOwnWay) {
  const RecordedRun run = recorded_twin(Seconds(100), 0.5, 3);
  const Catalogue believed = run.cluster.catalogue;
  const Result<Replay> other = replay_under({both<AllOnOne>(SimTime(0), &believed), believed}, run,
                                            run.cluster.catalogue, 3, {});
  ASSERT_TRUE(other.ok()) << other.error().message;
  ASSERT_EQ(other.value().workloads.size(), run.workloads.size());
  for (std::size_t i = 0; i < run.workloads.size(); ++i) {
    const WorkloadOutcome& outcome = other.value().workloads[i];
    EXPECT_EQ(outcome.workload, run.workloads[i].workload);
    EXPECT_EQ(outcome.strategy, StrategyId{0});
    EXPECT_EQ(outcome.tasks[0].host, HostId{0});
    EXPECT_TRUE(outcome.finish);
  }
}

// What it saw of hosts and of tasks that ran.
class Watcher final : public Policy {
 public:
  explicit Watcher(std::vector<ClusterView>* seen) : seen_(seen) {}
  Plan decide(const ClusterView& view, DecisionContext& context) override {
    seen_->push_back(view);
    return all_on_one_.decide(view, context);
  }

 private:
  std::vector<ClusterView>* seen_;
  AllOnOne all_on_one_;
};

TEST(ReplayUnder, APolicySeesNoMoreOfTheTwinThanItSawOfWorkers) {
  const Fault slow{.kind = FaultKind::kSlow,
                   .host = HostId{0},
                   .at = std::chrono::seconds(20),
                   .length = Seconds(40),
                   .speed_factor = 0.5};
  RecordedRun run = recorded_twin(Seconds(60), 0.8, 3, {slow});
  for (HostType& type : run.cluster.catalogue.host_types) {
    type.burst = BurstCredits{.baseline = 1.0,
                              .credits_per_hour = 60.0,
                              .initial_credits = 0.01,
                              .maximum_credits = 0.01,
                              .boost = 2.0};
  }
  for (const bool on_workers : {false, true}) {
    run.on_workers = on_workers;
    std::vector<ClusterView> seen;
    ASSERT_TRUE(replay_under({both<Watcher>(&seen), run.cluster.catalogue}, run,
                             run.cluster.catalogue, 3, {})
                    .ok());
    int slowed = 0;
    int throttled = 0;
    int as_expected = 0;
    int running = 0;
    for (const ClusterView& view : seen) {
      slowed += view.hosts[0].speed_factor < 1.0;
      throttled += view.hosts[0].throttled || view.hosts[0].credits < 0.01;
      for (const WorkloadView& entry : view.workloads) {
        if (entry.tasks.empty() || entry.tasks[0].state != TaskState::kRunning) continue;
        const Fragment& fragment =
            view.catalogue->at(ModelId{entry.workload.application, *entry.strategy, FragmentId{0}});
        const double expected = expected_progress(fragment, view.type_of(view.hosts[0]),
                                                  to_seconds(view.now - entry.tasks[0].since));
        ++running;
        as_expected += std::abs(entry.tasks[0].progress - expected) < 1e-9;
      }
    }
    ASSERT_GT(running, 20);
    EXPECT_EQ(slowed == 0, on_workers);
    EXPECT_EQ(throttled == 0, on_workers);
    EXPECT_EQ(as_expected == running, on_workers);
  }
}

TEST(ReplayUnder, WhatIsLeftAfterTheLastDecisionOfTheRecordIsDecidedToo) {
  const RecordedRun run = recorded_twin(Seconds(60), 0.5, 3);
  const SimTime late = run.plans.back().at + std::chrono::seconds(12);
  const Result<Replay> other = replay_under({both<AllOnOne>(late), run.cluster.catalogue}, run,
                                            run.cluster.catalogue, 3, {});
  ASSERT_TRUE(other.ok()) << other.error().message;
  for (const WorkloadOutcome& outcome : other.value().workloads) {
    EXPECT_GE(outcome.deployed_at, late);
    EXPECT_TRUE(outcome.finish);
  }
}

TEST(ReplayUnder, FailsWhereNobodyMakesASoundPlan) {
  RecordedRun run = recorded_twin(Seconds(30), 0.5, 3);
  for (TimedPlan& timed : run.plans) timed.plan.placements.push_back({WorkloadId{99}, {}, {}});
  const Result<Replay> none = replay_under({both<AsRecorded>(run.plans), run.cluster.catalogue},
                                           run, run.cluster.catalogue, 3, {});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kInternal);
}

TEST(Comparison, WhatOnlyOneOfTheTwoUsedStandsBesideNothing) {
  const RecordedRun run = recorded_twin(Seconds(100), 0.5, 3);
  const auto makers = [] { return Result<DecisionMakers>(both<AllOnOne>()); };
  const Result<std::vector<Replay>> replays =
      replays_under(makers, run.cluster.catalogue, run, run.cluster.catalogue, 2, {});
  ASSERT_TRUE(replays.ok()) << replays.error().message;
  const RunComparison comparison = compare(run, replays.value(), {});
  ASSERT_EQ(comparison.strategies.size(), 2u);
  const StrategyComparison& layer = comparison.strategies[0];
  const StrategyComparison& whole = comparison.strategies[1];
  EXPECT_EQ(layer.strategy, "layer");
  EXPECT_GT(layer.response.samples, 0);
  EXPECT_EQ(layer.response.predicted_samples, 0.0);
  EXPECT_TRUE(std::isnan(layer.response.predicted));
  EXPECT_EQ(whole.response.predicted_samples, static_cast<double>(run.workloads.size()));
  const std::string table = comparison_table(comparison, run.cluster.catalogue);
  EXPECT_EQ(table.find("nan"), std::string::npos) << table;
  EXPECT_TRUE(std::isfinite(comparison.execution_error()));
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
