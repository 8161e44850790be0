#include "calibration/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "calibration/recorded_twin.h"
#include "model/catalogue_file.h"

namespace scinet {
namespace {

// Everything wrong that calibration can put right.
Catalogue wrong_catalogue() {
  Catalogue catalogue = known_catalogue();
  double factor = 1.5;
  for (Application& application : catalogue.applications) {
    for (Strategy& strategy : application.strategies) {
      for (Fragment& fragment : strategy.fragments) {
        fragment.work.mean = fragment.work.mean * factor;
        fragment.work.variation = 0.9;
        fragment.load_time = Seconds(3);
        fragment.load_work = Mi(0);
        factor = 2.2 - factor;
      }
    }
  }
  catalogue.host_types[0].speed = Mips(850);
  for (HostType& type : catalogue.host_types) {
    type.background = 0.0;
    type.contention = 0.0;
    type.boot_time = Seconds(30);
    type.latency = Seconds(0);
  }
  return catalogue;
}

class CalibrateTest : public testing::Test {
 protected:
  static RecordedRun run(std::uint64_t seed, double rate = 0.8) {
    RecordedRun run = recorded_twin(Seconds(1500), rate, seed);
    run.cluster.catalogue = wrong_catalogue();
    return run;
  }
};

TEST_F(CalibrateTest, RecoversTheParametersOfATwinsRun) {
  const Result<Calibration> result = calibrate({run(1)}, {run(2, 0.6)}, {.replays = 3});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const Catalogue& found = result.value().catalogue;
  const Catalogue truth = known_catalogue();
  std::map<ModelId, std::int64_t> samples;
  for (const Estimate& estimate : result.value().estimates) {
    if (estimate.parameter != Parameter::kWork) continue;
    for (const ModelId& model : std::get<AlikeFragments>(estimate.subject)) {
      samples[model] = estimate.samples;
    }
  }
  ASSERT_EQ(samples.size(), 6u);
  for (const auto& [model, count] : samples) {
    // Only work / speed can be seen.
    const Fragment& fragment = truth.at(model);
    const double error = fragment.work.variation / std::sqrt(static_cast<double>(count));
    for (std::size_t t = 0; t < 2; ++t) {
      const double seconds = found.at(model).work.mean / found.host_types[t].speed / Seconds(1);
      const double expected = fragment.work.mean / truth.host_types[t].speed / Seconds(1);
      EXPECT_NEAR(seconds / expected, 1.0, 4.0 * error + 0.02) << fragment.name << ", type " << t;
    }
    EXPECT_NEAR(found.at(model).work.variation, fragment.work.variation,
                0.25 * fragment.work.variation);
    const double load = found.at(model).load_work / found.host_types[0].speed / Seconds(1);
    EXPECT_NEAR(load, 0.5, 0.5) << fragment.name;
    // A handful of loads, and all at the begin, where they share the cores.
    EXPECT_NEAR(found.at(model).load_time.count(), 0.4, 0.8) << fragment.name;
  }
  for (const HostType& type : found.host_types) {
    EXPECT_NEAR(type.contention, 0.15, 0.06) << type.name;
    EXPECT_NEAR(type.background, 0.15, 0.03) << type.name;
    EXPECT_NEAR(type.latency.count(), 0.02, 1e-6) << type.name;
  }
  EXPECT_NEAR(found.host_types[0].boot_time.count(), 7.0, 1e-9);
  EXPECT_EQ(found.host_types[1].boot_time, Seconds(30));  // none of these booted
}

TEST_F(CalibrateTest, PredictsAnotherRunThatItHasNotSeen) {
  const Result<Calibration> result = calibrate({run(1)}, {run(2, 0.6)}, {.replays = 3});
  ASSERT_TRUE(result.ok()) << result.error().message;
  std::map<std::string, QuantityError> errors;
  for (const QuantityError& error : result.value().quantities) errors[error.quantity] = error;
  EXPECT_GT(errors["response_mean_s"].held_out_before, 0.07);
  EXPECT_LT(errors["response_mean_s"].held_out_error, 0.05);
  EXPECT_LT(errors["response_p95_s"].held_out_error, 0.1);
  EXPECT_LT(errors["host_cpu_core_s"].held_out_error, 0.05);
  EXPECT_LT(errors["energy_j"].held_out_error, 0.02);
  EXPECT_LT(errors["execution_s"].held_out_error, errors["execution_s"].held_out_before / 3);
  for (const auto& [name, error] : errors) {
    EXPECT_LE(error.error_after, error.error_before + 0.01) << name;
  }
}

// All hosts are of this speed, as if a machine played them that is, and probes say so.
RecordedRun run_at_speed(double speed, std::uint64_t seed) {
  const Seconds horizon(1500);
  std::vector<Fault> slow;
  for (std::uint32_t i = 0; i < 5; ++i) {
    slow.push_back({.kind = FaultKind::kSlow,
                    .host = HostId{i},
                    .at = SimTime(0),
                    .length = 10 * horizon,
                    .speed_factor = speed});
  }
  RecordedRun run = recorded_twin(horizon, 0.6, seed, slow);
  run.faults.clear();
  for (int second = 0; second < 1500; ++second) {
    run.probes.push_back({.at = std::chrono::seconds(second),
                          .probe = second % 2 == 0 ? "one" : "two",
                          .cpu = Seconds(second % 2 == 0 ? 0.01 : 0.02) / speed});
  }
  return run;
}

TEST_F(CalibrateTest, AllowsForAMachineThatIsSlowerInAnotherRun) {
  const RecordedRun usual = run_at_speed(1.0, 1);
  RecordedRun slow = run_at_speed(0.7, 2);
  const auto error_of = [&](const RecordedRun& held_out) {
    const Result<Calibration> result = calibrate({usual}, {held_out}, {.replays = 3});
    return std::abs(result.value().held_out.at(0).response.relative_error());
  };
  EXPECT_LT(error_of(slow), 0.05);
  slow.probes.clear();
  EXPECT_GT(error_of(slow), 0.2);
}

TEST_F(CalibrateTest, FindsTheSameWorkInRunsOnMachinesOfOtherSpeeds) {
  const Result<Calibration> result =
      calibrate({run_at_speed(0.6, 1), run_at_speed(1.0, 2)}, {}, {.replays = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (const Estimate& estimate : result.value().estimates) {
    if (estimate.parameter != Parameter::kVariation) continue;
    const ModelId& model = std::get<AlikeFragments>(estimate.subject).front();
    const double known = known_catalogue().at(model).work.variation;
    EXPECT_NEAR(estimate.fitted, known, 0.25 * known);
  }
}

// Hosts of one core, held to it by a quota that is enforced late, and requests that use it up or
// not.
Catalogue catalogue_of_quotas() {
  Catalogue catalogue = known_catalogue();
  catalogue.applications[0] = known_application("one", 0.2);
  for (Application& application : catalogue.applications) {
    for (Strategy& strategy : application.strategies) {
      for (Fragment& fragment : strategy.fragments) fragment.cores = 1.0;
    }
  }
  for (HostType& type : catalogue.host_types) {
    type.cores = 1;
    type.background = type.contention = 0.0;
    type.burst = BurstCredits{.baseline = 1.0,
                              .credits_per_hour = 60.0,
                              .initial_credits = 0.01,
                              .maximum_credits = 0.01,
                              .boost = 4.0,
                              .stall = Seconds(0.1)};
  }
  return catalogue;
}

// Of a round trip a platform knows how long it took, and takes both ways to be equal.
void halve_ways(RecordedRun& run) {
  for (WorkloadOutcome& outcome : run.workloads) {
    if (outcome.tasks.size() != 1) continue;
    TaskOutcome& task = outcome.tasks[0];
    const SimTime there = task.queued - outcome.workload.arrival;
    const SimTime back = *outcome.finish - task.finish;
    for (SimTime* moment : {&task.queued, &task.start, &task.finish}) *moment += (back - there) / 2;
  }
}

TEST_F(CalibrateTest, FindsWhatIsWaitedForWhileAQuotaIsUsedUp) {
  TwinRecorder recorder(Seconds(3000), 1);
  RecordedRun run = std::move(recorder.with_catalogue(catalogue_of_quotas())).record(0.8, {});
  halve_ways(run);
  for (HostType& type : run.cluster.catalogue.host_types) {
    type.burst.reset();
    type.latency = Seconds(0);
  }
  const Result<Calibration> result = calibrate({run}, {run}, {.replays = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  for (const HostType& type : result.value().catalogue.host_types) {
    ASSERT_TRUE(type.burst) << type.name;
    EXPECT_NEAR(type.burst->boost, 4.0, 0.4) << type.name;
    EXPECT_NEAR(type.burst->stall.count(), 0.1, 0.02) << type.name;
    EXPECT_NEAR(type.latency.count(), 0.02, 0.005) << type.name;
  }
}

TEST_F(CalibrateTest, AddsWhatTheServerAroundEachTaskUses) {
  const RecordedRun alone = recorded_twin(Seconds(1500), 0.8, 1);
  constexpr Mi kAround(150);
  RecordedRun served = alone;
  for (const WorkloadOutcome& outcome : served.workloads) {
    for (const TaskOutcome& task : outcome.tasks) {
      const auto beat = std::ranges::find_if(served.host_beats, [&](const HostBeat& candidate) {
        return candidate.host == task.host && candidate.start <= task.start &&
               task.start < candidate.end;
      });
      if (beat == served.host_beats.end()) continue;
      const HostTypeId type = served.cluster.hosts[task.host.value];
      beat->cpu += kAround / known_catalogue().at(type).speed;
    }
  }
  const auto work_in = [](const RecordedRun& run) {
    return calibrate({run}, {run}, {.replays = 1}).value().catalogue;
  };
  const Catalogue without = work_in(alone);
  const Catalogue with = work_in(served);
  for (std::uint32_t a = 0; a < 2; ++a) {
    const ModelId whole{ApplicationId{a}, StrategyId{0}, FragmentId{0}};
    const Mi more = with.at(whole).work.mean - without.at(whole).work.mean;
    EXPECT_NEAR(more.value(), kAround.value(), 0.2 * kAround.value());
  }
}

TEST_F(CalibrateTest, KnowsTheSizesOfInputs) {
  const auto sized = [](std::uint64_t seed) {
    return std::move(TwinRecorder(Seconds(1500), seed).with_sizes(1.6)).record(0.6, {});
  };
  // Another run has the large ones only, as its inputs say.
  RecordedRun large = sized(2);
  std::vector<WorkloadOutcome> kept;
  for (const WorkloadOutcome& outcome : large.workloads) {
    if (outcome.workload.id.value % 2 == 1) kept.push_back(outcome);
  }
  large.workloads = kept;
  large.inputs.assign(kept.size(), "second");
  large.host_beats.clear();

  const auto execution_error = [&](const RecordedRun& held_out) {
    const Result<Calibration> result = calibrate({sized(1)}, {held_out}, {.replays = 3});
    return result.value().held_out.at(0).execution_error();
  };
  EXPECT_LT(execution_error(large), 0.12);
  large.inputs.clear();
  EXPECT_GT(execution_error(large), 0.3);
}

TEST_F(CalibrateTest, HoldsOutTheSecondHalfWhereNoOtherRunIsGiven) {
  const RecordedRun whole = run(3);
  const Result<Calibration> result = calibrate({whole}, {}, {.replays = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  std::int64_t late = 0;
  for (const WorkloadOutcome& outcome : whole.workloads) {
    late += outcome.workload.arrival >= std::chrono::seconds(750) ? 1 : 0;
  }
  ASSERT_EQ(result.value().held_out.size(), 1u);
  EXPECT_EQ(result.value().held_out[0].response.samples, late);
}

TEST_F(CalibrateTest, WritesCatalogueFilesThatSayWhereTheirNumbersComeFrom) {
  const Result<Calibration> result = calibrate({run(1)}, {}, {.replays = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / "calibration_files";
  ASSERT_TRUE(write_calibration(directory, result.value()).ok());
  const std::vector<std::filesystem::path> files{directory / "hosts.yaml",
                                                 directory / "applications.yaml"};
  const Result<CatalogueContents> read = load_catalogue(files, directory);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value().catalogue, result.value().catalogue);
  const std::string& source = read.value().catalogue.host_types[0].source;
  EXPECT_NE(source.find("twin-run (first half)"), std::string::npos) << source;
  EXPECT_NE(source.find("boot_time_s"), std::string::npos) << source;
  std::filesystem::remove_all(directory);
}

TEST_F(CalibrateTest, RefusesRunsOfUnlikeScenariosAndRunsWithoutMeasurements) {
  RecordedRun other = run(1);
  other.source = "other-run";
  other.cluster.catalogue.applications[0].name = "renamed";
  const Result<Calibration> unlike = calibrate({run(1), other}, {}, {.replays = 1});
  ASSERT_FALSE(unlike.ok());
  EXPECT_EQ(unlike.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(unlike.error().message.find("other-run"), std::string::npos);

  RecordedRun batched = run(1);
  batched.cluster.catalogue.applications[1].strategies[1].fragments[0].batch = {.limit = 8};
  const Result<Calibration> together = calibrate({batched}, {}, {.replays = 1});
  ASSERT_FALSE(together.ok());
  EXPECT_NE(together.error().message.find("fragment first of two/layer"), std::string::npos)
      << together.error().message;

  RecordedRun empty;
  empty.source = "empty-run";
  empty.cluster = known_cluster(Seconds(100));
  const Result<Calibration> nothing = calibrate({empty}, {}, {.replays = 1});
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace scinet
