#include "report/gains.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "report/metrics.h"

namespace scinet {
namespace {

constexpr std::array<std::string_view, 4> kQuoted{"energy_j", "cost_usd", "response_mean_s",
                                                  "accuracy"};

// Of one scenario. None where the metric does not exist, is 0, or nobody is there to compare with.
std::optional<std::pair<Gain, Gain>> over_worst_and_best(const ScenarioComparison& compared,
                                                         std::string_view reference,
                                                         const Metric& metric) {
  const auto own = std::ranges::find(compared.policies, reference, &PolicyStatistics::name);
  const std::optional<double> mine = own->metric(metric.name).value.mean;
  if (!mine) return std::nullopt;
  std::vector<Gain> gains;
  for (const PolicyStatistics& policy : compared.policies) {
    if (policy.name == reference || is_oracle(policy.name)) continue;
    const std::optional<double> theirs = policy.metric(metric.name).value.mean;
    if (!theirs || *theirs == 0.0) return std::nullopt;
    gains.push_back({(*mine - *theirs) / *theirs, compared.scenario.name, policy.name});
  }
  if (gains.empty()) return std::nullopt;
  const auto [lowest, highest] = std::ranges::minmax_element(gains, {}, &Gain::change);
  if (metric.better == Better::kLower) return std::pair(*lowest, *highest);
  return std::pair(*highest, *lowest);
}

}  // namespace

std::vector<Gains> gains_of(const Comparison& comparison) {
  std::vector<Gains> all;
  for (const std::string_view name : kQuoted) {
    const Metric& metric = compared_metrics()[metric_index(name)];
    const double sign = metric.better == Better::kLower ? -1.0 : 1.0;
    const auto keep_larger = [&](Gain& kept, const Gain& other) {
      if (kept.rival.empty() || sign * other.change > sign * kept.change) kept = other;
    };
    Gains gains{.metric = metric.name, .title = metric.title, .over_worst = {}, .over_best = {}};
    std::size_t scenarios = 0;
    for (const ScenarioComparison& compared : comparison.scenarios) {
      const auto found = over_worst_and_best(compared, comparison.reference, metric);
      if (!found) continue;
      keep_larger(gains.over_worst, found->first);
      keep_larger(gains.over_best, found->second);
      gains.mean_over_best += found->second.change;
      ++scenarios;
    }
    if (scenarios == 0 || scenarios < comparison.scenarios.size()) continue;
    gains.mean_over_best /= static_cast<double>(scenarios);
    all.push_back(std::move(gains));
  }
  return all;
}

std::string gains_table(const Comparison& comparison) {
  const std::vector<Gains> all = gains_of(comparison);
  if (all.empty()) return {};
  const auto cell = [](const Gain& gain) {
    return fmt::format("{:+.1f} % ({}, {})", 100.0 * gain.change, gain.rival, gain.scenario);
  };
  std::string text = fmt::format(
      "{} against the worst and the best rival of each term\n{:<16}  {:<42}"
      "  {:<42}  {}\n",
      comparison.reference, "", "up to, against the worst", "up to, against the best",
      "mean, against the best");
  for (const Gains& gains : all) {
    text += fmt::format("{:<16}  {:<42}  {:<42}  {:+.1f} %\n", gains.title, cell(gains.over_worst),
                        cell(gains.over_best), 100.0 * gains.mean_over_best);
  }
  return text;
}

}  // namespace scinet
