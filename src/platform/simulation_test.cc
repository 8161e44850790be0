#include "platform/simulation.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "control/journal.h"

namespace scinet {
namespace {

namespace fs = std::filesystem;

// Four hosts of two cores, three of them on; an application of two fragments in a row and one
// of a single fragment. About two requests a second for two minutes.
Scenario busy_scenario(Cadence cadence) {
  HostType type;
  type.name = "small";
  type.cores = 2;
  type.speed = Mips(1000);
  type.memory = Mebibytes(2048);
  type.bandwidth = BytesPerSecond(1e8);
  type.price = DollarsPerHour(0.08);
  type.boot_time = Seconds(3);
  type.power = {.name = "linear", .points = {Watts(50), Watts(100)}, .source = "for the test"};
  type.boot_power = Watts(80);

  Fragment first{.name = "first",
                 .work = {.shape = WorkShape::kExponential, .mean = Mi(600), .variation = 1.0},
                 .cores = 1.0,
                 .memory = Mebibytes(100),
                 .model_memory = Mebibytes(200),
                 .load_time = Seconds(0.2),
                 .output = Bytes(1e5),
                 .inputs = {}};
  Fragment second = first;
  second.name = "second";
  second.inputs = {FragmentId{0}};
  Strategy whole;
  whole.name = "whole";
  whole.accuracy = 0.9;
  whole.fragments = {first};
  Strategy layer;
  layer.name = "layer";
  layer.accuracy = 0.9;
  layer.fragments = {first, second};

  Scenario scenario;
  scenario.name = "busy";
  scenario.catalogue.host_types = {type};
  scenario.catalogue.applications = {{"single", {whole}}, {"chain", {layer}}};
  scenario.hosts.assign(4, HostTypeId{0});
  scenario.hosts_on_at_start = 3;
  scenario.cadence = cadence;
  scenario.beat = Seconds(5);
  scenario.horizon = Seconds(120);
  for (const std::uint32_t application : {0u, 1u}) {
    scenario.mix.push_back({.application = ApplicationId{application},
                            .weight = 1.0,
                            .slo_min = Seconds(8),
                            .slo_max = Seconds(12),
                            .slo_step = Seconds(0),
                            .input = Bytes(2e5)});
  }
  scenario.arrivals = PoissonArrivals{.rate = 2.0};
  return scenario;
}

DecisionMakers makers(std::string_view policy) {
  return make_decision_makers(builtin_policies(), policy).value();
}

// Every policy under both cadences.
struct Case {
  Cadence cadence;
  std::string policy;
};

std::vector<Case> every_case() {
  const PolicyCatalog catalog = builtin_policies();
  std::vector<Case> cases;
  for (const Cadence cadence : {Cadence::kInterval, Cadence::kArrival}) {
    for (const PolicyEntry& entry : catalog.entries()) {
      cases.push_back({cadence, std::string(entry.name)});
    }
  }
  return cases;
}

Result<SimulationResult> run(Cadence cadence, std::string_view policy,
                             const SimulationOptions& options = {}) {
  return simulate(busy_scenario(cadence), makers(policy), 11, options);
}

class SimulationTest : public testing::Test {
 protected:
  SimulationTest() { fs::remove_all(directory_); }
  ~SimulationTest() override { fs::remove_all(directory_); }

  // A clock that runs, and differently each time, like a real one.
  SimulationOptions to_directory(std::string_view name, std::int64_t tick) const {
    SimulationOptions options;
    options.faults = {{.host = HostId{1}, .at = std::chrono::seconds(37)}};
    options.out = directory_ / name;
    options.decision_clock = [now = std::int64_t{0}, tick]() mutable {
      return std::chrono::nanoseconds(now += tick);
    };
    return options;
  }

  static std::map<std::string, std::string> files_in(const fs::path& directory) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(directory)) {
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
  }

  fs::path directory_ =
      fs::path(testing::TempDir()) /
      ("simulation_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(SimulationTest, AnswersEveryRequestUnderEveryPolicyAndCadence) {
  for (const auto& [cadence, policy] : every_case()) {
    const Result<SimulationResult> result = run(cadence, policy);
    ASSERT_TRUE(result.ok()) << policy << ": " << result.error().message;
    const Summary& summary = result.value().summary;
    EXPECT_GT(summary.workloads, 150) << policy;
    EXPECT_EQ(summary.completed, summary.workloads) << policy;
    EXPECT_EQ(summary.unsound_plans, 0) << policy;
    EXPECT_EQ(summary.horizon, Seconds(120)) << policy;
  }
}

TEST_F(SimulationTest, AKilledHostLosesNothing) {
  for (const auto& [cadence, policy] : every_case()) {
    SimulationOptions options;
    options.faults = {{.host = HostId{0}, .at = std::chrono::milliseconds(41'300)},
                      {.host = HostId{2}, .at = std::chrono::milliseconds(80'000)}};
    const Result<SimulationResult> result = run(cadence, policy, options);
    ASSERT_TRUE(result.ok()) << policy << ": " << result.error().message;
    EXPECT_EQ(result.value().summary.lost, 0) << policy;
    EXPECT_EQ(result.value().summary.unsound_plans, 0) << policy;
  }
}

TEST_F(SimulationTest, AKilledHostIsSeenAndItsWorkBegunAgain) {
  SimulationOptions options;
  options.faults = {{.host = HostId{0}, .at = std::chrono::milliseconds(41'300)}};
  const Result<SimulationResult> result = run(Cadence::kArrival, "least-loaded", options);
  ASSERT_TRUE(result.ok());
  EXPECT_GT(result.value().summary.retried, 0);
  const auto& beats = result.value().record.host_beats;
  EXPECT_TRUE(std::ranges::any_of(beats, [](const HostBeat& beat) {
    return beat.host == HostId{0} && beat.state == HostState::kFailed;
  }));
}

TEST_F(SimulationTest, EqualRunsWriteEqualBytesButForDecisionTimes) {
  for (const auto& [cadence, policy] : every_case()) {
    ASSERT_TRUE(run(cadence, policy, to_directory("one", 1000)).ok());
    ASSERT_TRUE(run(cadence, policy, to_directory("two", 2500)).ok());
    auto one = files_in(directory_ / "one");
    auto two = files_in(directory_ / "two");

    EXPECT_NE(one["timing.csv"], two["timing.csv"]);
    one.erase("timing.csv");
    two.erase("timing.csv");
    for (auto* files : {&one, &two}) {
      auto summary = nlohmann::ordered_json::parse((*files)["summary.json"]);
      EXPECT_EQ(summary.erase("decision_us"), 1u);
      (*files)["summary.json"] = summary.dump();
    }
    EXPECT_EQ(one.size(), 9u);
    EXPECT_TRUE(one == two) << policy;
  }
}

TEST_F(SimulationTest, WhatIsPredictedStandsBesideWhatHappened) {
  for (const Cadence cadence : {Cadence::kInterval, Cadence::kArrival}) {
    const Result<SimulationResult> result = run(cadence, "least-loaded");
    ASSERT_TRUE(result.ok());
    const auto& [response, energy, cost, cpu] = result.value().summary.prediction;
    EXPECT_EQ(response.count, result.value().summary.workloads);  // each is placed once
    EXPECT_GE(energy.count, 24);                                  // beats of the window, and drain
    EXPECT_EQ(cost.count, energy.count);
    EXPECT_EQ(cpu.count, 4 * energy.count);
    EXPECT_GT(response.mean_absolute_error, 0.05);  // work is drawn, and not known before
    EXPECT_LT(std::abs(response.bias), 0.5);
    EXPECT_LT(std::abs(energy.bias), 0.2);
  }
}

TEST_F(SimulationTest, WithoutChanceABeatIsForeseenExactly) {
  // Under the interval cadence nothing new begins between two beats. Transfers would begin again in
  // a twin made from a view, so they take no time here.
  Scenario scenario = busy_scenario(Cadence::kInterval);
  scenario.catalogue.host_types[0].bandwidth = BytesPerSecond(0);
  for (Application& application : scenario.catalogue.applications) {
    for (Fragment& fragment : application.strategies[0].fragments) {
      fragment.work = {.shape = WorkShape::kConstant, .mean = Mi(600), .variation = 0.0};
    }
  }
  for (const std::string_view policy : {"least-loaded", "threshold", "random"}) {
    const Result<SimulationResult> result = simulate(scenario, makers(policy), 11, {});
    ASSERT_TRUE(result.ok());
    const PredictionErrors& errors = result.value().summary.prediction;
    EXPECT_GT(errors.energy.mean_observed, 100.0) << policy;
    EXPECT_LT(errors.energy.mean_absolute_error, 1e-6) << policy;
    EXPECT_LT(errors.cost.mean_absolute_error, 1e-6) << policy;
    EXPECT_LT(errors.cpu.mean_absolute_error, 1e-6) << policy;
  }
}

TEST_F(SimulationTest, AnotherSeedIsAnotherRun) {
  const Scenario scenario = busy_scenario(Cadence::kInterval);
  const Result<SimulationResult> one = simulate(scenario, makers("least-loaded"), 1, {});
  const Result<SimulationResult> two = simulate(scenario, makers("least-loaded"), 2, {});
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one.value().record.workloads, two.value().record.workloads);
}

TEST_F(SimulationTest, TheWholeRunIsTheSumOfItsIntervals) {
  const Result<SimulationResult> result = run(Cadence::kArrival, "threshold");
  ASSERT_TRUE(result.ok());
  const RunRecord& record = result.value().record;
  ASSERT_EQ(record.intervals.size(), 24u);  // 120 s / 5 s
  WindowTotals sum;
  for (const Interval& interval : record.intervals) sum += interval.totals;
  EXPECT_NEAR(sum.energy.value(), record.window.energy.value(), 1e-6);
  EXPECT_NEAR(sum.cost.value(), record.window.cost.value(), 1e-9);
  EXPECT_EQ(sum.arrived, record.window.arrived);
  EXPECT_EQ(sum.finished, record.window.finished);
  EXPECT_EQ(record.window.arrived, result.value().summary.workloads);
}

TEST_F(SimulationTest, EveryDecisionIsInTheJournal) {
  ASSERT_TRUE(run(Cadence::kArrival, "cosim", to_directory("one", 1000)).ok());
  const Result<JournalContents> journal = read_journal(directory_ / "one" / "decisions.jsonl");
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  const auto summary = nlohmann::json::parse(files_in(directory_ / "one")["summary.json"]);
  EXPECT_EQ(journal.value().entries.size(), summary["decisions"]);
  std::size_t deployed = 0;
  for (const JournalEntry& entry : journal.value().entries) {
    deployed += entry.plan.deployments.size();
    EXPECT_EQ(entry.policy, "cosim");
  }
  EXPECT_EQ(deployed, summary["workloads"]);
}

TEST_F(SimulationTest, InTheArrivalCadenceNobodyWaitsForABeat) {
  SimulationOptions options;
  const Result<SimulationResult> result = run(Cadence::kArrival, "least-loaded", options);
  ASSERT_TRUE(result.ok());
  for (const WorkloadOutcome& outcome : result.value().record.workloads) {
    EXPECT_EQ(outcome.deployed_at, outcome.workload.arrival) << outcome.workload.id.value;
  }
}

TEST_F(SimulationTest, InTheIntervalCadenceDecisionsFallOnBeats) {
  const Result<SimulationResult> result = run(Cadence::kInterval, "least-loaded");
  ASSERT_TRUE(result.ok());
  for (const WorkloadOutcome& outcome : result.value().record.workloads) {
    EXPECT_EQ(outcome.deployed_at % std::chrono::seconds(5), SimTime{0});
    EXPECT_GE(outcome.deployed_at, outcome.workload.arrival);
  }
}

TEST_F(SimulationTest, AHorizonBetweenBeatsEndsTheWindowThere) {
  SimulationOptions options;
  options.horizon = Seconds(12);
  const Result<SimulationResult> result = run(Cadence::kInterval, "least-loaded", options);
  ASSERT_TRUE(result.ok());
  const RunRecord& record = result.value().record;
  ASSERT_EQ(record.intervals.size(), 3u);
  EXPECT_EQ(record.intervals.back().start, std::chrono::seconds(10));
  EXPECT_EQ(record.intervals.back().end, std::chrono::seconds(12));
  EXPECT_EQ(result.value().summary.horizon, Seconds(12));
  EXPECT_EQ(result.value().summary.lost, 0);
}

TEST_F(SimulationTest, WhatTheDrainLimitLeavesIsLost) {
  SimulationOptions options;
  options.drain_limit = Seconds(0);
  const Result<SimulationResult> result = run(Cadence::kInterval, "least-loaded", options);
  ASSERT_TRUE(result.ok());
  const Summary& summary = result.value().summary;
  EXPECT_GT(summary.lost, 0);
  EXPECT_EQ(summary.completed + summary.lost, summary.workloads);
}

TEST_F(SimulationTest, RefusesFailuresThatNameNoHostOrMoment) {
  for (const Fault& failure : {Fault{.host = HostId{4}, .at = SimTime{0}},
                               Fault{.host = HostId{0}, .at = std::chrono::seconds(120)}}) {
    SimulationOptions options;
    options.faults = {failure};
    const Result<SimulationResult> result = run(Cadence::kInterval, "least-loaded", options);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidInput);
  }
}

TEST(HostFailureText, IsHostAtSeconds) {
  const Result<HostFailure> failure = parse_host_failure("3@12.5");
  ASSERT_TRUE(failure.ok());
  EXPECT_EQ(failure.value().host, HostId{3});
  EXPECT_EQ(failure.value().at, std::chrono::milliseconds(12'500));
  for (const char* text : {"", "3", "@", "3@", "@5", "-1@5", "3@-5", "3@nan", "3@5s", "x@5",
                           "3@1e30", "99999999999@5", "3@5@6"}) {
    const Result<HostFailure> wrong = parse_host_failure(text);
    ASSERT_FALSE(wrong.ok()) << text;
    EXPECT_NE(wrong.error().message.find("HOST@SECONDS"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace scinet
