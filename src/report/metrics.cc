#include "report/metrics.h"

#include <limits>

#include "base/ensure.h"

namespace scinet {
namespace {

double count(std::int64_t n) { return static_cast<double>(n); }

double per_request(double whole, const Summary& summary) {
  return summary.completed > 0 ? whole / count(summary.completed)
                               : std::numeric_limits<double>::quiet_NaN();
}

using enum Better;

// clang-format off
constexpr Metric kMetrics[] = {
    {"qos", "QoS", "score", kHigher, [](const Summary& s) { return s.qos; }},
    {"qos_energy", "energy term", "share", kLower, [](const Summary& s) { return s.qos_terms.energy; }},
    {"qos_cost", "cost term", "share", kLower, [](const Summary& s) { return s.qos_terms.cost; }},
    {"qos_response", "response term", "share", kLower, [](const Summary& s) { return s.qos_terms.response; }},
    {"qos_violation", "violation term", "share", kLower, [](const Summary& s) { return s.qos_terms.violation; }},
    {"qos_inaccuracy", "inaccuracy term", "share", kLower, [](const Summary& s) { return s.qos_terms.inaccuracy; }},
    {"energy_j", "energy", "J", kLower, [](const Summary& s) { return s.energy.value(); }},
    {"cost_usd", "cost", "USD", kLower, [](const Summary& s) { return s.cost.value(); }},
    {"energy_per_request_j", "energy per request", "J", kLower, [](const Summary& s) { return per_request(s.energy.value(), s); }},
    {"cost_per_request_usd", "cost per request", "USD", kLower, [](const Summary& s) { return per_request(s.cost.value(), s); }},
    {"response_mean_s", "response, mean", "s", kLower, [](const Summary& s) { return s.response_s.mean; }},
    {"response_p95_s", "response, p95", "s", kLower, [](const Summary& s) { return s.response_s.p95; }},
    {"slo_violation_ratio", "past their SLO", "share", kLower, [](const Summary& s) { return s.slo_violation_ratio; }},
    {"accuracy", "accuracy", "share", kHigher, [](const Summary& s) { return s.accuracy; }},
    {"hosts_on_mean", "hosts on", "hosts", kNeither, [](const Summary& s) { return s.hosts_on_mean; }},
    {"requests", "requests", "requests", kNeither, [](const Summary& s) { return count(s.workloads); }},
    {"lost", "lost", "requests", kLower, [](const Summary& s) { return count(s.lost); }},
    {"unsound_plans", "unsound plans", "plans", kLower, [](const Summary& s) { return count(s.unsound_plans); }},
    {"fallbacks", "fallbacks", "decisions", kLower, [](const Summary& s) { return count(s.fallbacks); }},
    {"deferrals", "deferrals", "requests", kNeither, [](const Summary& s) { return count(s.deferrals); }},
};
// clang-format on

}  // namespace

std::string_view to_string(Better better) {
  switch (better) {
    case kHigher:
      return "higher";
    case kLower:
      return "lower";
    case kNeither:
      return "neither";
  }
  return "unknown";
}

std::span<const Metric> compared_metrics() { return kMetrics; }

std::size_t metric_index(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kMetrics); ++i) {
    if (kMetrics[i].name == name) return i;
  }
  ensure(false, "a metric is asked for by a name that exists");
  return 0;
}

}  // namespace scinet
