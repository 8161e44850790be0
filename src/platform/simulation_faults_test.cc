// Faults and sizes of requests, from the scenario and the options through to the outcomes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "platform/simulation.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// One request is a second of work on a core of a host, which has one; nothing takes any other time.
// Requests arrive at `arrivals`, decisions are taken at once, and every second.
Scenario quiet_scenario(std::size_t hosts, const std::vector<SimTime>& arrivals) {
  HostType type;
  type.name = "small";
  type.speed = Mips(1000);
  type.memory = Mebibytes(2048);
  type.price = DollarsPerHour(0.08);
  type.power = {.name = "linear", .points = {Watts(50), Watts(100)}, .source = "for the test"};
  Fragment only;
  only.name = "only";
  only.work.mean = Mi(1000);
  only.memory = Mebibytes(100);
  Strategy whole;
  whole.name = "whole";
  whole.fragments = {only};

  Scenario scenario;
  scenario.name = "quiet";
  scenario.catalogue.host_types = {type};
  scenario.catalogue.applications = {{"app", {whole}}};
  scenario.hosts.assign(hosts, HostTypeId{0});
  scenario.hosts_on_at_start = static_cast<int>(hosts);
  scenario.cadence = Cadence::kArrival;
  scenario.beat = Seconds(1);
  scenario.horizon = Seconds(30);
  scenario.mix = {{.application = ApplicationId{0},
                   .slo_min = Seconds(10),
                   .slo_max = Seconds(10),
                   .input = {}}};
  TraceArrivals trace;
  for (const SimTime at : arrivals) {
    trace.trace.requests.push_back({.at = at, .application = {}, .slo = {}, .input = {}});
  }
  scenario.arrivals = trace;
  return scenario;
}

std::vector<WorkloadOutcome> outcomes(const Scenario& scenario,
                                      const SimulationOptions& options = {}) {
  auto makers = make_decision_makers(builtin_policies(), "least-loaded");
  const auto result = simulate(scenario, std::move(makers).value(), 1, options);
  EXPECT_TRUE(result) << result.error().message;
  return result ? result.value().record.workloads : std::vector<WorkloadOutcome>();
}

std::vector<double> responses(const Scenario& scenario, const SimulationOptions& options = {}) {
  std::vector<double> seconds;
  for (const WorkloadOutcome& outcome : outcomes(scenario, options)) {
    EXPECT_TRUE(outcome.finish.has_value());
    const SimTime finish = outcome.finish.value_or(SimTime{0});
    seconds.push_back(to_seconds(finish - outcome.workload.arrival).count());
  }
  return seconds;
}

TEST(SimulationSizes, AreFactorsOfTheWork) {
  Scenario scenario = quiet_scenario(1, {1s, 10s});
  std::get<TraceArrivals>(scenario.arrivals).trace.requests[0].size = 2.5;
  EXPECT_EQ(responses(scenario), (std::vector<double>{2.5, 1.0}));
}

// A quarter of the speed from 10 to 20 s: 4 s for the first; of the second 2 s at a quarter are
// half of its work, and the other half takes 0.5 s. The third is alone again.
TEST(SimulationFaults, ASlowHostTakesLonger) {
  Scenario scenario = quiet_scenario(1, {10s, 18s, 25s});
  scenario.faults = {{FaultKind::kSlow, HostId{0}, 10s, Seconds(10), 0.25}};
  EXPECT_EQ(responses(scenario), (std::vector<double>{4.0, 2.5, 1.0}));
}

// Failed from 10 to 17 s, so the first is begun again then, and the second waits for it.
TEST(SimulationFaults, ACrashLastsAsLongAsItSays) {
  const Scenario scenario = quiet_scenario(1, {9'500ms, 25s});
  SimulationOptions options;
  options.faults = {{FaultKind::kCrash, HostId{0}, 10s, Seconds(7)}};
  EXPECT_EQ(responses(scenario, options), (std::vector<double>{8.5, 1.0}));
  EXPECT_EQ(outcomes(scenario, options)[0].attempts, 2);
}

// Out of reach from 5 to 15 s. What runs there at 5 s is done at 5.5 s, and its answer comes at 15
// s; what arrives meanwhile waits for the link.
TEST(SimulationFaults, ALostLinkHoldsAnswersBack) {
  Scenario scenario = quiet_scenario(1, {4'500ms, 20s});
  scenario.faults = {{FaultKind::kUnlinked, HostId{0}, 5s, Seconds(10)}};
  EXPECT_EQ(responses(scenario), (std::vector<double>{10.5, 1.0}));
  EXPECT_EQ(responses([&] {
              Scenario later = quiet_scenario(1, {6s});
              later.faults = scenario.faults;
              return later;
            }()),
            (std::vector<double>{10.0}));
}

TEST(SimulationFaults, WorkGoesToTheHostsThatAreInReach) {
  Scenario scenario = quiet_scenario(2, {6s, 8s, 10s, 12s});
  scenario.faults = {{FaultKind::kUnlinked, HostId{0}, 5s, Seconds(20)}};
  for (const WorkloadOutcome& outcome : outcomes(scenario)) {
    ASSERT_EQ(outcome.tasks.size(), 1u);
    EXPECT_EQ(outcome.tasks[0].host, HostId{1});
  }
}

Scenario shipped_failures() {
  const fs::path root = SCINET_SOURCE_DIR;
  Result<Scenario> scenario = load_scenario(root / "scenarios/failures.yaml", root / "catalog");
  EXPECT_TRUE(scenario) << scenario.error().message;
  return scenario ? std::move(scenario).value() : Scenario();
}

TEST(SimulationFaults, OfAllKindsLoseNothingUnderAnyPolicy) {
  const Scenario scenario = shipped_failures();
  const PolicyCatalog catalog = builtin_policies();
  for (const PolicyEntry& entry : catalog.entries()) {
    auto makers = make_decision_makers(builtin_policies(), entry.name);
    const auto result = simulate(scenario, std::move(makers).value(), 3, {});
    ASSERT_TRUE(result) << entry.name << ": " << result.error().message;
    const Summary& summary = result.value().summary;
    EXPECT_GT(summary.workloads, 300) << entry.name;
    EXPECT_EQ(summary.lost, 0) << entry.name;
    EXPECT_EQ(summary.unsound_plans, 0) << entry.name;
  }
}

TEST(SimulationFaults, AreWrittenBesideTheResults) {
  const fs::path out = fs::path(testing::TempDir()) / "simulation_faults";
  const Scenario scenario = shipped_failures();
  SimulationOptions options;
  options.out = out;
  options.faults = {{FaultKind::kSlow, HostId{3}, 7s, Seconds(2), 0.5}};
  outcomes(scenario, options);
  std::ifstream in(out / "events.csv");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  fs::remove_all(out);

  Scenario with_both = scenario;
  with_both.faults.insert(with_both.faults.end(), options.faults.begin(), options.faults.end());
  const std::size_t expected = generate_faults(with_both, RandomStreams(1)).size();
  EXPECT_GT(expected, scenario.faults.size() + 1);  // some at random
  EXPECT_EQ(std::ranges::count(text, '\n'), static_cast<std::ptrdiff_t>(expected + 1)) << text;
  EXPECT_NE(text.find("\n7,3,"), std::string::npos) << text;
}

}  // namespace
}  // namespace scinet
