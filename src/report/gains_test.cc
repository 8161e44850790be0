// Gains by hand. Means of two scenarios, reference "ours":
//
//              energy J           cost USD     accuracy
//   calm       ours 50            2            0.9
//              near 55, far 100   2, 4         0.8, 0.6
//   storm      ours 90            3            0.8
//              near 60, far 100   4, 5         0.9, 0.5
//   oracle     far better everywhere, and no rival
//
// Against the worst: energy -50 % (calm, far), cost -50 % (calm, far), accuracy +60 % (storm, far).
// Against the best of each scenario: energy -9.1 % (calm, near) and +50 % (storm, near), mean
// +20.5; cost 0 and -25 % (storm, near), mean -12.5; accuracy +12.5 % (calm, near) and -11.1, mean
// +0.7.
#include "report/gains.h"

#include <gtest/gtest.h>

#include "report/metrics.h"

namespace scinet {
namespace {

struct Means {
  double energy = 0.0;
  double cost = 0.0;
  double accuracy = 0.0;
};

PolicyRuns one_run(std::string name, const Means& means) {
  RunFigures figures;
  figures.metrics[metric_index("qos")] = 0.5;
  figures.metrics[metric_index("energy_j")] = means.energy;
  figures.metrics[metric_index("cost_usd")] = means.cost;
  figures.metrics[metric_index("accuracy")] = means.accuracy;
  return {.name = std::move(name), .summary = "", .runs = {figures}};
}

ScenarioComparison scenario(std::string name, const std::vector<PolicyRuns>& policies) {
  ScenarioComparison compared;
  compared.scenario.name = std::move(name);
  compared.policies = compare(policies, "ours");
  return compared;
}

Comparison with_ours() {
  Comparison comparison;
  comparison.seeds = 1;
  comparison.reference = "ours";
  return comparison;
}

Comparison two_scenarios() {
  Comparison comparison = with_ours();
  comparison.scenarios.push_back(
      scenario("calm", {one_run("ours", {50, 2, 0.9}), one_run("near", {55, 2, 0.8}),
                        one_run("far", {100, 4, 0.6}), one_run("oracle", {1, 1, 1.0})}));
  comparison.scenarios.push_back(
      scenario("storm", {one_run("ours", {90, 3, 0.8}), one_run("near", {60, 4, 0.9}),
                         one_run("far", {100, 5, 0.5}), one_run("oracle", {1, 1, 1.0})}));
  return comparison;
}

void expect_gain(const Gain& gain, double percent, const char* rival, const char* scenario) {
  EXPECT_NEAR(100.0 * gain.change, percent, 0.05);
  EXPECT_EQ(gain.rival, rival);
  EXPECT_EQ(gain.scenario, scenario);
}

TEST(Gains, AreAgainstTheWorstAndTheBestOfEachScenario) {
  const std::vector<Gains> gains = gains_of(two_scenarios());
  ASSERT_EQ(gains.size(), 3u);  // no run has a mean response

  EXPECT_EQ(gains[0].metric, "energy_j");
  expect_gain(gains[0].over_worst, -50.0, "far", "calm");
  expect_gain(gains[0].over_best, -9.1, "near", "calm");
  EXPECT_NEAR(100.0 * gains[0].mean_over_best, 20.5, 0.05);

  EXPECT_EQ(gains[1].metric, "cost_usd");
  expect_gain(gains[1].over_worst, -50.0, "far", "calm");
  expect_gain(gains[1].over_best, -25.0, "near", "storm");
  EXPECT_NEAR(100.0 * gains[1].mean_over_best, -12.5, 0.05);

  EXPECT_EQ(gains[2].metric, "accuracy");
  expect_gain(gains[2].over_worst, 60.0, "far", "storm");
  expect_gain(gains[2].over_best, 12.5, "near", "calm");
  EXPECT_NEAR(100.0 * gains[2].mean_over_best, 0.7, 0.05);
}

TEST(Gains, NeedARival) {
  Comparison comparison = with_ours();
  comparison.scenarios.push_back(
      scenario("calm", {one_run("ours", {50, 2, 0.9}), one_run("oracle", {1, 1, 1.0})}));
  EXPECT_TRUE(gains_of(comparison).empty());
  EXPECT_EQ(gains_table(comparison), "");
}

TEST(Gains, StandInATable) {
  const std::string table = gains_table(two_scenarios());
  EXPECT_NE(table.find("-50.0 % (far, calm)"), std::string::npos) << table;
  EXPECT_NE(table.find("-9.1 % (near, calm)"), std::string::npos) << table;
}

}  // namespace
}  // namespace scinet
