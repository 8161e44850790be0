#include "report/comparison_document.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/csv.h"
#include "report/gains.h"
#include "report/metrics.h"

namespace scinet {
namespace {

// JSON has no NaN; what does not exist is null.
Json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

Json low(const MeanInterval& interval) {
  return interval.bounds ? Json(interval.bounds->low) : Json(nullptr);
}
Json high(const MeanInterval& interval) {
  return interval.bounds ? Json(interval.bounds->high) : Json(nullptr);
}

Json json_of(const MetricStatistics& metric, const std::string& reference) {
  Json json{{"mean", number(metric.value.mean)},
            {"ci_low", low(metric.value)},
            {"ci_high", high(metric.value)}};
  if (metric.versus) {
    json["vs"] = {{"reference", reference},
                  {"diff", number(metric.versus->mean)},
                  {"ci_low", low(*metric.versus)},
                  {"ci_high", high(*metric.versus)}};
  }
  return json;
}

// Series are for drawing: four places are enough.
Json rounded(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::round(value * 1e4) / 1e4);
  return list;
}

Json json_of(const BeatSeries& series) {
  return {{"time_s", rounded(series.time)},
          {"hosts_on", rounded(series.hosts_on)},
          {"utilisation", rounded(series.utilisation)},
          {"in_progress", rounded(series.in_progress)},
          {"arrived", rounded(series.arrived)}};
}

Json json_of(const std::vector<StrategyShare>& shares) {
  Json list = Json::array();
  for (const StrategyShare& share : shares) {
    list.push_back({{"application", share.application ? Json(*share.application) : Json(nullptr)},
                    {"strategy", share.strategy},
                    {"share", share.share}});
  }
  return list;
}

Json json_of(const std::vector<ApplicationResponse>& responses) {
  Json list = Json::array();
  for (const ApplicationResponse& response : responses) {
    list.push_back({{"application", response.application},
                    {"count", response.count},
                    {"mean_s", number(response.mean)},
                    {"p95_s", number(response.p95)},
                    {"late", number(response.late)}});
  }
  return list;
}

Json json_of(const PolicyStatistics& policy, const std::string& reference) {
  Json metrics = Json::object();
  for (std::size_t i = 0; i < policy.metrics.size(); ++i) {
    metrics[std::string(compared_metrics()[i].name)] = json_of(policy.metrics[i], reference);
  }
  Json json{{"name", policy.name},
            {"summary", policy.summary},
            {"runs", policy.runs},
            {"metrics", std::move(metrics)}};
  json["regret"] = nullptr;
  if (policy.regret) {
    json["regret"] = {{"mean", number(policy.regret->mean)},
                      {"ci_low", low(*policy.regret)},
                      {"ci_high", high(*policy.regret)}};
  }
  json["decision_us"] = {{"mean", number(policy.decision_us.mean)},
                         {"p50", number(policy.decision_us.p50)},
                         {"p95", number(policy.decision_us.p95)}};
  json["series"] = json_of(policy.series);
  json["strategies"] = json_of(policy.strategies);
  json["responses"] = json_of(policy.responses);
  return json;
}

Json json_of(const ScenarioDescription& scenario, std::size_t seeds) {
  Json hosts = Json::array();
  for (const auto& [type, count] : scenario.hosts) {
    hosts.push_back({{"type", type}, {"count", count}});
  }
  Json list_of_seeds = Json::array();
  for (std::size_t seed = 1; seed <= seeds; ++seed) list_of_seeds.push_back(seed);
  const QosWeights& weights = scenario.weights;
  return {{"name", scenario.name},
          {"summary", scenario.summary},
          {"cadence", scenario.cadence},
          {"beat_s", scenario.beat.count()},
          {"horizon_s", scenario.horizon.count()},
          {"seeds", std::move(list_of_seeds)},
          {"hosts", std::move(hosts)},
          {"applications", scenario.applications},
          {"strategies", scenario.strategies},
          {"weights",
           {{"energy", weights.energy},
            {"cost", weights.cost},
            {"response", weights.response},
            {"violation", weights.violation},
            {"inaccuracy", weights.inaccuracy}}}};
}

Json list_of_metrics() {
  Json list = Json::array();
  for (const Metric& metric : compared_metrics()) {
    list.push_back({{"name", metric.name},
                    {"title", metric.title},
                    {"unit", metric.unit},
                    {"better", to_string(metric.better)}});
  }
  return list;
}

Json json_of(const Gain& gain) {
  return {{"change", gain.change}, {"rival", gain.rival}, {"scenario", gain.scenario}};
}

Json list_of_gains(const Comparison& comparison) {
  Json list = Json::array();
  for (const Gains& gains : gains_of(comparison)) {
    list.push_back({{"metric", gains.metric},
                    {"over_worst", json_of(gains.over_worst)},
                    {"over_best", json_of(gains.over_best)},
                    {"mean_over_best", gains.mean_over_best}});
  }
  return list;
}

// The shortest text that reads back to the same value; nothing where there is none.
std::string cell(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

std::string cells(const MeanInterval& interval) {
  return interval.bounds ? fmt::format("{},{},{}", cell(interval.mean), interval.bounds->low,
                                       interval.bounds->high)
                         : fmt::format("{},,", cell(interval.mean));
}

}  // namespace

Json json_of(const Comparison& comparison) {
  Json settings{{"seeds", comparison.seeds},
                {"confidence", kConfidence},
                {"resamples", kResamples},
                {"horizon_s", nullptr}};
  if (comparison.horizon) settings["horizon_s"] = comparison.horizon->count();
  Json scenarios = Json::array();
  for (const ScenarioComparison& compared : comparison.scenarios) {
    Json policies = Json::array();
    for (const PolicyStatistics& policy : compared.policies) {
      policies.push_back(json_of(policy, comparison.reference));
    }
    Json scenario = json_of(compared.scenario, comparison.seeds);
    scenario["policies"] = std::move(policies);
    scenarios.push_back(std::move(scenario));
  }
  return {{"format", 1},
          {"version", comparison.version},
          {"command", comparison.command},
          {"settings", std::move(settings)},
          {"reference", comparison.reference},
          {"metrics", list_of_metrics()},
          {"gains", list_of_gains(comparison)},
          {"scenarios", std::move(scenarios)}};
}

std::string comparison_csv(const Comparison& comparison) {
  std::string csv =
      "scenario,policy,metric,unit,runs,mean,ci_low,ci_high,reference,diff,diff_ci_low,"
      "diff_ci_high\n";
  for (const ScenarioComparison& compared : comparison.scenarios) {
    for (const PolicyStatistics& policy : compared.policies) {
      const std::string begin =
          fmt::format("{},{}", csv_field(compared.scenario.name), csv_field(policy.name));
      for (std::size_t i = 0; i < policy.metrics.size(); ++i) {
        const Metric& metric = compared_metrics()[i];
        const auto& [value, versus] = policy.metrics[i];
        csv += fmt::format("{},{},{},{},{},", begin, metric.name, metric.unit, policy.runs,
                           cells(value));
        csv += versus ? fmt::format("{},{}\n", csv_field(comparison.reference), cells(*versus))
                      : ",,,\n";
      }
      if (policy.regret) {
        csv +=
            fmt::format("{},regret,score,{},{},,,,\n", begin, policy.runs, cells(*policy.regret));
      }
      for (const auto& [name, time] :
           {std::pair("mean", policy.decision_us.mean), std::pair("p50", policy.decision_us.p50),
            std::pair("p95", policy.decision_us.p95)}) {
        csv +=
            fmt::format("{},decision_us_{},us,{},{},,,,,,\n", begin, name, policy.runs, cell(time));
      }
    }
  }
  return csv;
}

}  // namespace scinet
