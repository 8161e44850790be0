#include "report/comparison_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace scinet {
namespace {

using Cells = std::vector<std::string>;

std::string fixed(const std::optional<double>& value, int places, double factor = 1.0) {
  return value ? fmt::format("{:.{}f}", *value * factor, places) : "-";
}

std::string interval_text(const MeanInterval& interval) {
  if (!interval.bounds) return "-";
  return fmt::format("{:.4f} to {:.4f}", interval.bounds->low, interval.bounds->high);
}

// "+0.0123 *"
std::string difference_text(const std::optional<MeanInterval>& difference) {
  if (!difference || !difference->mean) return "-  ";
  return fmt::format("{:+.4f} {}", *difference->mean, difference->excludes_zero() ? '*' : ' ');
}

Cells header_cells(const std::string& reference, bool has_regret) {
  Cells cells{"policy", "QoS", "95 % interval", "vs " + reference + "  "};
  if (has_regret) cells.push_back("regret");
  for (const char* title : {"energy kJ", "cost USD", "response s", "p95 s", "late %", "accuracy %",
                            "hosts on", "decision us", "p95 us", "fallbacks"}) {
    cells.emplace_back(title);
  }
  return cells;
}

Cells row_cells(const PolicyStatistics& policy, bool has_regret) {
  const auto mean = [&](std::string_view name) { return policy.metric(name).value.mean; };
  const MetricStatistics& qos = policy.metric("qos");
  Cells cells{policy.name, fixed(qos.value.mean, 4), interval_text(qos.value),
              difference_text(qos.versus)};
  if (has_regret) cells.push_back(policy.regret ? fixed(policy.regret->mean, 4) : "-");
  cells.push_back(fixed(mean("energy_j"), 0, 1e-3));
  cells.push_back(fixed(mean("cost_usd"), 4));
  cells.push_back(fixed(mean("response_mean_s"), 2));
  cells.push_back(fixed(mean("response_p95_s"), 2));
  cells.push_back(fixed(mean("slo_violation_ratio"), 2, 100.0));
  cells.push_back(fixed(mean("accuracy"), 2, 100.0));
  cells.push_back(fixed(mean("hosts_on_mean"), 2));
  cells.push_back(fixed(policy.decision_us.p50, 0));
  cells.push_back(fixed(policy.decision_us.p95, 0));
  cells.push_back(fixed(mean("fallbacks"), 1));
  return cells;
}

// The first column stands left, the others right.
std::string aligned(const std::vector<Cells>& lines) {
  std::vector<std::size_t> widths(lines.front().size(), 0);
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text;
  for (const Cells& cells : lines) {
    text += fmt::format("{:<{}}", cells[0], widths[0]);
    for (std::size_t i = 1; i < cells.size(); ++i) {
      text += fmt::format("  {:>{}}", cells[i], widths[i]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

std::string comparison_table(const ScenarioComparison& compared, const std::string& reference) {
  std::vector<const PolicyStatistics*> best_first;
  for (const PolicyStatistics& policy : compared.policies) best_first.push_back(&policy);
  std::ranges::stable_sort(best_first, std::ranges::greater{}, [](const PolicyStatistics* policy) {
    return policy->metric("qos").value.mean;
  });

  const bool has_regret = std::ranges::any_of(
      compared.policies, [](const auto& policy) { return policy.regret.has_value(); });
  std::vector<Cells> lines{header_cells(reference, has_regret)};
  for (const PolicyStatistics* policy : best_first) {
    lines.push_back(row_cells(*policy, has_regret));
  }

  const std::size_t runs = compared.policies.front().runs;
  const ScenarioDescription& scenario = compared.scenario;
  std::string text = fmt::format("{}: {}\n{} s at a beat of {} s, cadence {}, {}\n\n",
                                 scenario.name, scenario.summary, scenario.horizon.count(),
                                 scenario.beat.count(), scenario.cadence,
                                 runs == 1 ? "one seed, so there are no intervals"
                                           : fmt::format("means over {} paired seeds", runs));
  text += aligned(lines);
  if (runs > 1) {
    text += fmt::format("\n* the 95 % interval of the difference to {} excludes 0\n", reference);
  }
  return text;
}

}  // namespace scinet
