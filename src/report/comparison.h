// Policies compared by paired runs: with one seed all of them met the same requests, work and
// faults, so their differences are taken run by run. docs/comparison.md tells what is shown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/qos.h"
#include "report/bootstrap.h"
#include "report/run_figures.h"

namespace scinet {

// The policy that regret is measured against, where it takes part.
inline constexpr std::string_view kOracle = "oracle";
// Also with another number of steps: "oracle@500".
inline bool is_oracle(std::string_view policy) {
  return policy == kOracle || policy.starts_with("oracle@");
}

// All runs of one policy on one scenario, in order of seed.
struct PolicyRuns {
  std::string name;
  std::string summary;
  std::vector<RunFigures> runs;
};

struct MetricStatistics {
  MeanInterval value;
  std::optional<MeanInterval> versus;  // policy - reference; none for the reference itself
};

struct StrategyShare {
  std::optional<std::string> application;  // none: of the requests to all of them
  std::string strategy;
  double share = 0.0;  // of the requests that were deployed
};

struct ApplicationResponse {
  std::string application;
  std::int64_t count = 0;      // answers, over all runs
  std::optional<double> mean;  // seconds; these three are means over the runs
  std::optional<double> p95;
  std::optional<double> late;
};

struct PolicyStatistics {
  std::string name;
  std::string summary;
  std::size_t runs = 0;
  std::vector<MetricStatistics> metrics;  // of compared_metrics(), in that order
  std::optional<MeanInterval> regret;     // QoS of the oracle - QoS of this policy
  DecisionTimeFigures decision_us;        // means over the runs
  BeatSeries series;                      // means over the runs
  std::vector<StrategyShare> strategies;
  std::vector<ApplicationResponse> responses;

  const MetricStatistics& metric(std::string_view name) const;
};

// Of one scenario, in the order given. There is at least one policy, each has as many runs, and
// one of them is the reference.
std::vector<PolicyStatistics> compare(std::span<const PolicyRuns> policies,
                                      std::string_view reference);

// What a reader of the comparison has to know of a scenario.
struct ScenarioDescription {
  struct HostGroup {
    std::string type;
    int count = 0;
  };

  std::string name;
  std::string summary;
  std::string cadence;  // "interval" or "arrival"
  Seconds beat{5};
  Seconds horizon{0};
  std::vector<HostGroup> hosts;
  std::vector<std::string> applications;
  std::vector<std::string> strategies;  // their names, in order of first appearance
  QosWeights weights;
};

struct ScenarioComparison {
  ScenarioDescription scenario;
  std::vector<PolicyStatistics> policies;
};

struct Comparison {
  std::string version;             // of the program
  std::string command;             // the command line that made it
  std::size_t seeds = 0;           // 1 to this
  std::optional<Seconds> horizon;  // instead of those of the scenarios
  std::string reference;           // the policy that the others are compared with
  std::vector<ScenarioComparison> scenarios;
};

}  // namespace scinet
