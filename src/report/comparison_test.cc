#include "report/comparison.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/comparison_document.h"
#include "report/comparison_table.h"
#include "report/metrics.h"

namespace scinet {
namespace {

RunFigures run(double qos, double accuracy, std::vector<std::int64_t> deployed) {
  RunFigures figures;
  figures.metrics[metric_index("qos")] = qos;
  figures.metrics[metric_index("accuracy")] = accuracy;
  figures.decision_us = {.mean = 10.0 * qos, .p50 = 5.0, .p95 = 20.0};
  figures.series = {.time = {5.0, 10.0},
                    .hosts_on = {qos, 2.0},
                    .utilisation = {0.5, 0.25},
                    .in_progress = {1.0, 0.0},
                    .arrived = {2.0, 0.0}};
  figures.applications = {{.name = "blur",
                           .strategies = {"layer", "semantic"},
                           .deployed = deployed,
                           .answered = deployed[0] + deployed[1],
                           .response_mean = qos,
                           .response_p95 = 2.0,
                           .late = std::nullopt},
                          {.name = "wave",
                           .strategies = {"semantic"},
                           .deployed = {2},
                           .answered = 0,
                           .response_mean = std::nullopt,
                           .response_p95 = std::nullopt,
                           .late = 1.0}};
  return figures;
}

// `steady` is 0.1 better than `cosim` with every seed, `oracle` 0.3.
std::vector<PolicyRuns> three_policies() {
  std::vector<PolicyRuns> policies{
      {"cosim", "the greedy rules", {}}, {"steady", "", {}}, {"oracle", "", {}}};
  for (const double luck : {0.1, 0.5, 0.3, 0.2}) {
    policies[0].runs.push_back(run(luck, 0.7, {3, 1}));
    policies[1].runs.push_back(run(luck + 0.1, 0.9 - luck, {0, 4}));
    policies[2].runs.push_back(run(luck + 0.3, 0.7, {4, 0}));
  }
  return policies;
}

Comparison small_comparison() {
  const ScenarioDescription scenario{.name = "small",
                                     .summary = "a test",
                                     .cadence = "interval",
                                     .beat = Seconds(5),
                                     .horizon = Seconds(10),
                                     .hosts = {{"B2s", 8}},
                                     .applications = {"blur", "wave"},
                                     .strategies = {"layer", "semantic"},
                                     .weights = {}};
  return {.version = "1",
          .command = "scinet compare",
          .seeds = 4,
          .horizon = std::nullopt,
          .reference = "cosim",
          .scenarios = {{scenario, compare(three_policies(), "cosim")}}};
}

TEST(Comparison, DifferencesArePairedBySeed) {
  const std::vector<PolicyStatistics> statistics = compare(three_policies(), "cosim");
  ASSERT_EQ(statistics.size(), 3u);
  EXPECT_FALSE(statistics[0].metric("qos").versus.has_value());
  EXPECT_DOUBLE_EQ(*statistics[0].metric("qos").value.mean, 0.275);
  // The QoS of a seed differs more than the policies do, their difference is always 0.1.
  const MetricStatistics& qos = statistics[1].metric("qos");
  EXPECT_LT(qos.value.bounds->low, *statistics[0].metric("qos").value.mean);
  EXPECT_NEAR(*qos.versus->mean, 0.1, 1e-12);
  EXPECT_NEAR(qos.versus->bounds->low, 0.1, 1e-12);
  EXPECT_NEAR(qos.versus->bounds->high, 0.1, 1e-12);
  EXPECT_TRUE(qos.versus->excludes_zero());
  // What no run has, no policy has.
  EXPECT_FALSE(statistics[1].metric("energy_j").value.mean.has_value());
}

TEST(Comparison, RegretIsAgainstTheOracleWhereItTakesPart) {
  const std::vector<PolicyStatistics> statistics = compare(three_policies(), "steady");
  EXPECT_NEAR(*statistics[0].regret->mean, 0.3, 1e-12);
  EXPECT_NEAR(*statistics[1].regret->mean, 0.2, 1e-12);
  EXPECT_EQ(*statistics[2].regret->mean, 0.0);
  std::vector<PolicyRuns> without = three_policies();
  without.pop_back();
  EXPECT_FALSE(compare(without, "cosim")[0].regret.has_value());
}

TEST(Comparison, SeriesTimesAndResponsesAreMeansOverTheRuns) {
  const PolicyStatistics cosim = compare(three_policies(), "cosim")[0];
  EXPECT_DOUBLE_EQ(cosim.series.hosts_on[0], 0.275);
  EXPECT_EQ(cosim.series.utilisation, (std::vector<double>{0.5, 0.25}));
  EXPECT_DOUBLE_EQ(cosim.decision_us.mean, 2.75);
  ASSERT_EQ(cosim.responses.size(), 2u);
  EXPECT_EQ(cosim.responses[0].count, 16);
  EXPECT_DOUBLE_EQ(*cosim.responses[0].mean, 0.275);
  EXPECT_FALSE(cosim.responses[0].late.has_value());
  EXPECT_FALSE(cosim.responses[1].mean.has_value());
  EXPECT_EQ(cosim.responses[1].late, 1.0);
}

TEST(Comparison, StrategiesAreSharesOfTheRequestsOfAllRuns) {
  // Of each run of cosim: blur 3 layer and 1 semantic, wave 2 semantic.
  const std::vector<StrategyShare> shares = compare(three_policies(), "cosim")[0].strategies;
  ASSERT_EQ(shares.size(), 5u);
  EXPECT_FALSE(shares[0].application.has_value());
  EXPECT_EQ(shares[0].strategy, "layer");
  EXPECT_EQ(shares[0].share, 0.5);
  EXPECT_EQ(shares[1].share, 0.5);
  EXPECT_EQ(*shares[2].application, "blur");
  EXPECT_EQ(shares[2].share, 0.75);
  EXPECT_EQ(shares[3].share, 0.25);
  EXPECT_EQ(*shares[4].application, "wave");
  EXPECT_EQ(shares[4].share, 1.0);
}

TEST(ComparisonDocument, HasWhatTheDocumentationPromises) {
  const Json document = json_of(small_comparison());
  EXPECT_EQ(document["format"], 1);
  EXPECT_EQ(document["reference"], "cosim");
  EXPECT_EQ(document["metrics"].size(), compared_metrics().size());
  const Json& scenario = document["scenarios"][0];
  EXPECT_EQ(scenario["seeds"], (Json{1, 2, 3, 4}));
  EXPECT_EQ(scenario["hosts"][0]["type"], "B2s");
  const Json& cosim = scenario["policies"][0];
  const Json& steady = scenario["policies"][1];
  EXPECT_FALSE(cosim["metrics"]["qos"].contains("vs"));
  EXPECT_EQ(steady["metrics"]["qos"]["vs"]["reference"], "cosim");
  EXPECT_NEAR(steady["metrics"]["qos"]["vs"]["diff"].get<double>(), 0.1, 1e-12);
  EXPECT_LE(steady["metrics"]["qos"]["ci_low"], steady["metrics"]["qos"]["mean"]);
  EXPECT_TRUE(cosim["metrics"]["energy_j"]["mean"].is_null());
  EXPECT_NEAR(cosim["regret"]["mean"].get<double>(), 0.3, 1e-12);
  EXPECT_EQ(cosim["series"]["time_s"], (Json{5.0, 10.0}));
  EXPECT_TRUE(cosim["strategies"][0]["application"].is_null());
  EXPECT_EQ(cosim["responses"][0]["count"], 16);
}

TEST(ComparisonDocument, OneSeedHasNoIntervals) {
  std::vector<PolicyRuns> policies = three_policies();
  for (PolicyRuns& policy : policies) policy.runs.resize(1);
  Comparison comparison = small_comparison();
  comparison.seeds = 1;
  comparison.scenarios[0].policies = compare(policies, "cosim");
  const Json document = json_of(comparison);
  const Json& qos = document["scenarios"][0]["policies"][1]["metrics"]["qos"];
  EXPECT_TRUE(qos["ci_low"].is_null());
  EXPECT_NEAR(qos["vs"]["diff"].get<double>(), 0.1, 1e-12);
  EXPECT_TRUE(qos["vs"]["ci_low"].is_null());
  const std::string table = comparison_table(comparison.scenarios[0], "cosim");
  EXPECT_NE(table.find("one seed, so there are no intervals"), std::string::npos) << table;
}

TEST(ComparisonDocument, CsvHasALineForEachPolicyAndMetric) {
  const std::string csv = comparison_csv(small_comparison());
  std::size_t lines = 0;
  std::size_t begin = 0;
  for (std::size_t end = csv.find('\n'); end != std::string::npos; end = csv.find('\n', begin)) {
    const std::string line = csv.substr(begin, end - begin);
    EXPECT_EQ(std::ranges::count(line, ','), 11) << line;
    begin = end + 1;
    ++lines;
  }
  // A header; per policy the metrics, the regret and three decision times.
  EXPECT_EQ(lines, 1 + 3 * (compared_metrics().size() + 4));
  EXPECT_NE(csv.find("small,cosim,qos,score,4,0.275,"), std::string::npos) << csv;
  EXPECT_NE(csv.find("small,cosim,energy_j,J,4,,,,,,,\n"), std::string::npos) << csv;
}

TEST(ComparisonTable, HasTheBestFirstAndMarksWhatIsMoreThanChance) {
  const std::string table = comparison_table(small_comparison().scenarios[0], "cosim");
  EXPECT_LT(table.find("oracle"), table.find("steady")) << table;
  EXPECT_LT(table.find("steady"), table.find("\ncosim")) << table;
  EXPECT_NE(table.find("+0.1000 *"), std::string::npos) << table;
  EXPECT_NE(table.find("regret"), std::string::npos) << table;
}

}  // namespace
}  // namespace scinet
