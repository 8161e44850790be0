#include "calibration/boost_fit.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "twin/twin.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

constexpr Boost kTruth{.factor = 6.0, .saved = 0.02};

// Work over three decades, as of unlike applications, and times with a tenth of noise.
std::vector<LoneRun> runs_under(const Boost& boost, std::size_t count, double noise) {
  RandomStream random = RandomStreams(5).stream("runs");
  std::vector<LoneRun> runs;
  for (std::size_t i = 0; i < count; ++i) {
    const double cpu = 0.002 * std::pow(1000.0, random.uniform());
    runs.push_back({cpu, wall_of(cpu, boost) * std::exp(noise * random.normal())});
  }
  return runs;
}

TEST(BoostFit, ALongTaskSavesTheBucketAndAShortOneRunsAtTheSpeedOfTheMachine) {
  EXPECT_DOUBLE_EQ(wall_of(0.012, kTruth), 0.002);
  EXPECT_DOUBLE_EQ(wall_of(0.024, kTruth), 0.004);  // where both are the same
  EXPECT_DOUBLE_EQ(wall_of(1.0, kTruth), 0.98);
}

TEST(BoostFit, FindsWhatWasThere) {
  const std::optional<Boost> found = fit_boost(runs_under(kTruth, 300, 0.1));
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->factor / kTruth.factor, 1.0, 0.1);
  EXPECT_NEAR(found->saved / kTruth.saved, 1.0, 0.15);
}

TEST(BoostFit, FindsNoneWhereThereIsNone) {
  EXPECT_FALSE(fit_boost(runs_under({}, 300, 0.1)).has_value());
  EXPECT_FALSE(fit_boost(runs_under({}, 300, 0.0)).has_value());
  EXPECT_FALSE(fit_boost(runs_under(kTruth, 19, 0.1)).has_value());  // too few to tell
}

// The two descriptions of a quota, credits in the twin and saved seconds here, are the same.
TEST(BoostFit, IsTheCreditsOfTheTwin) {
  HostType type;
  type.cores = 1;
  type.speed = Mips(1000);
  type.memory = Mebibytes(1024);
  type.power.points = {Watts(50), Watts(100)};
  type.burst = BurstCredits{.baseline = 1.0,
                            .credits_per_hour = 60.0,
                            .initial_credits = kTruth.saved / 60.0,
                            .maximum_credits = kTruth.saved / 60.0,
                            .boost = kTruth.factor};
  Fragment all;
  all.work.mean = Mi(1000);
  Strategy whole;
  whole.fragments = {all};
  const Catalogue catalogue{.host_types = {type}, .applications = {{"single", {whole}}}};
  Twin twin(catalogue, {HostTypeId{0}}, 1, {}, {}, RandomStreams(1));

  const std::vector<LoneRun> expected = runs_under(kTruth, 100, 0.0);
  for (std::uint64_t i = 0; i < expected.size(); ++i) {
    const SimTime now = std::chrono::seconds(10 * (i + 1));
    twin.run_until(now);
    Workload request;
    request.id = WorkloadId{i};
    request.arrival = now;
    request.slo = Seconds(1);
    twin.arrive(request, expected[i].cpu);
    Plan plan;
    plan.deployments.push_back({WorkloadId{i}, StrategyId{0}});
    plan.placements.push_back({WorkloadId{i}, FragmentId{0}, HostId{0}});
    twin.apply(plan);
  }
  twin.run_until(1h);
  const std::vector<WorkloadOutcome> outcomes = twin.accounts().workloads;
  ASSERT_EQ(outcomes.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const TaskOutcome& task = outcomes[i].tasks.at(0);
    EXPECT_NEAR(to_seconds(task.finish - task.start).count(), expected[i].wall, 2e-9) << i;
    EXPECT_NEAR(task.cpu.count(), expected[i].cpu, 1e-9) << i;
  }
}

}  // namespace
}  // namespace scinet
