#include "report/comparison.h"

#include <algorithm>
#include <map>

#include "base/ensure.h"
#include "report/metrics.h"

namespace scinet {
namespace {

RunValues values_of(const PolicyRuns& policy, std::size_t metric) {
  RunValues values;
  for (const RunFigures& run : policy.runs) values.push_back(run.metrics[metric]);
  return values;
}

const PolicyRuns* find(std::span<const PolicyRuns> policies, std::string_view name) {
  const auto found = std::ranges::find(policies, name, &PolicyRuns::name);
  return found == policies.end() ? nullptr : &*found;
}

// Means over the runs, beat by beat.
std::vector<double> mean_series(const std::vector<RunFigures>& runs,
                                std::vector<double> BeatSeries::*series) {
  std::vector<double> means(runs.front().series.time.size(), 0.0);
  for (const RunFigures& run : runs) {
    const std::vector<double>& values = run.series.*series;
    ensure(values.size() == means.size(), "paired runs have the same beats");
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += values[i];
  }
  for (double& mean : means) mean /= static_cast<double>(runs.size());
  return means;
}

BeatSeries mean_series(const std::vector<RunFigures>& runs) {
  return {.time = mean_series(runs, &BeatSeries::time),
          .hosts_on = mean_series(runs, &BeatSeries::hosts_on),
          .utilisation = mean_series(runs, &BeatSeries::utilisation),
          .in_progress = mean_series(runs, &BeatSeries::in_progress),
          .arrived = mean_series(runs, &BeatSeries::arrived)};
}

DecisionTimeFigures mean_decision_times(const std::vector<RunFigures>& runs) {
  DecisionTimeFigures sum;
  for (const RunFigures& run : runs) {
    sum.mean += run.decision_us.mean;
    sum.p50 += run.decision_us.p50;
    sum.p95 += run.decision_us.p95;
  }
  const auto n = static_cast<double>(runs.size());
  return {.mean = sum.mean / n, .p50 = sum.p50 / n, .p95 = sum.p95 / n};
}

// In order of first appearance; those that were never chosen too.
using Counts = std::vector<std::pair<std::string, std::int64_t>>;

void count(Counts& counts, const std::string& strategy, std::int64_t requests) {
  const auto known = std::ranges::find(counts, strategy, &Counts::value_type::first);
  if (known == counts.end()) {
    counts.emplace_back(strategy, requests);
  } else {
    known->second += requests;
  }
}

void add_shares(std::vector<StrategyShare>& shares, const std::optional<std::string>& application,
                const Counts& counts) {
  std::int64_t all = 0;
  for (const auto& [strategy, requests] : counts) all += requests;
  if (all == 0) return;
  for (const auto& [strategy, requests] : counts) {
    shares.push_back({.application = application,
                      .strategy = strategy,
                      .share = static_cast<double>(requests) / static_cast<double>(all)});
  }
}

std::vector<StrategyShare> strategy_shares(const std::vector<RunFigures>& runs) {
  Counts of_all;
  std::vector<Counts> of_each(runs.front().applications.size());
  for (const RunFigures& run : runs) {
    for (std::size_t i = 0; i < of_each.size(); ++i) {
      const ApplicationFigures& application = run.applications[i];
      for (std::size_t s = 0; s < application.strategies.size(); ++s) {
        count(of_each[i], application.strategies[s], application.deployed[s]);
        count(of_all, application.strategies[s], application.deployed[s]);
      }
    }
  }
  std::vector<StrategyShare> shares;
  add_shares(shares, std::nullopt, of_all);
  for (std::size_t i = 0; i < of_each.size(); ++i) {
    add_shares(shares, runs.front().applications[i].name, of_each[i]);
  }
  return shares;
}

std::optional<double> mean_existing(const std::vector<RunFigures>& runs, std::size_t application,
                                    std::optional<double> ApplicationFigures::*figure) {
  double sum = 0.0;
  double existing = 0.0;
  for (const RunFigures& run : runs) {
    const std::optional<double> value = run.applications[application].*figure;
    if (!value) continue;
    sum += *value;
    existing += 1.0;
  }
  return existing > 0.0 ? std::optional(sum / existing) : std::nullopt;
}

std::vector<ApplicationResponse> responses(const std::vector<RunFigures>& runs) {
  std::vector<ApplicationResponse> all;
  for (std::size_t i = 0; i < runs.front().applications.size(); ++i) {
    ApplicationResponse& response = all.emplace_back();
    response.application = runs.front().applications[i].name;
    for (const RunFigures& run : runs) response.count += run.applications[i].answered;
    response.mean = mean_existing(runs, i, &ApplicationFigures::response_mean);
    response.p95 = mean_existing(runs, i, &ApplicationFigures::response_p95);
    response.late = mean_existing(runs, i, &ApplicationFigures::late);
  }
  return all;
}

}  // namespace

const MetricStatistics& PolicyStatistics::metric(std::string_view of) const {
  return metrics[metric_index(of)];
}

std::vector<PolicyStatistics> compare(std::span<const PolicyRuns> policies,
                                      std::string_view reference) {
  const PolicyRuns* const base = find(policies, reference);
  ensure(base && !base->runs.empty(), "the reference takes part and has runs");
  const PolicyRuns* const oracle = find(policies, kOracle);
  const std::size_t qos = metric_index("qos");
  const std::size_t runs = base->runs.size();
  const Bootstrap bootstrap(runs, RandomStreams(0).stream("bootstrap"));

  std::vector<PolicyStatistics> statistics;
  for (const PolicyRuns& policy : policies) {
    ensure(policy.runs.size() == runs, "policies have a run for each seed");
    PolicyStatistics& own = statistics.emplace_back();
    own.name = policy.name;
    own.summary = policy.summary;
    own.runs = runs;
    for (std::size_t metric = 0; metric < compared_metrics().size(); ++metric) {
      const RunValues values = values_of(policy, metric);
      MetricStatistics& of_metric = own.metrics.emplace_back();
      of_metric.value = bootstrap.mean_of(values);
      if (&policy == base) continue;
      of_metric.versus = bootstrap.mean_of_differences(values, values_of(*base, metric));
    }
    if (oracle) {
      own.regret = bootstrap.mean_of_differences(values_of(*oracle, qos), values_of(policy, qos));
    }
    own.decision_us = mean_decision_times(policy.runs);
    own.series = mean_series(policy.runs);
    own.strategies = strategy_shares(policy.runs);
    own.responses = responses(policy.runs);
  }
  return statistics;
}

}  // namespace scinet
