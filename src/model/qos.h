// The one definition of quality of service, used by the twin, every policy and every report.
// All terms lie in [0, 1] and 0 is best; references are absolute, so a score never depends on
// which plans were compared or in which order.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace scinet {

struct QosWeights {
  double energy = 0.2;
  double cost = 0.2;
  double response = 0.2;
  double violation = 0.2;
  double inaccuracy = 0.2;  // the five sum to 1

  friend bool operator==(const QosWeights&, const QosWeights&) = default;
};

struct QosTerms {
  double energy = 0.0;      // joules used / joules of all hosts at full power for the window
  double cost = 0.0;        // dollars billed / dollars of all hosts on for the window
  double response = 0.0;    // mean of min(response / (2 SLO), 1) over workloads that arrived
  double violation = 0.0;   // share of workloads finished, or overdue, that missed their SLO
  double inaccuracy = 0.0;  // 1 - mean accuracy of the strategies chosen

  friend bool operator==(const QosTerms&, const QosTerms&) = default;
};

// What one evaluation window used and delivered. Sums, so that windows can be added.
struct WindowTotals {
  Joules energy;
  Joules energy_at_full_power;
  Dollars cost;
  Dollars cost_of_all_on;

  std::int64_t arrived = 0;
  double response_ratio_sum = 0.0;  // of min(response or age / (2 SLO), 1) over the arrived
  std::int64_t finished = 0;
  std::int64_t finished_late = 0;
  std::int64_t overdue = 0;  // unfinished and past their SLO at the window's end
  std::int64_t deployed = 0;
  double accuracy_sum = 0.0;  // over the deployed

  // Counts one workload that arrived in the window; `response_or_age` as it stands at the end.
  void add_arrival(Seconds response_or_age, Seconds slo);
  WindowTotals& operator+=(const WindowTotals& other);
  friend bool operator==(const WindowTotals&, const WindowTotals&) = default;
};

// A term without anything to count (no arrivals, a window of no length) is 0.
QosTerms qos_terms(const WindowTotals& totals);

// QoS = 1 - weighted sum of the terms. In [0, 1], larger is better.
double qos_score(const QosTerms& terms, const QosWeights& weights);

}  // namespace scinet
