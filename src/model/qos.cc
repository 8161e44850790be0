#include "model/qos.h"

#include <algorithm>

namespace scinet {
namespace {

double share(double part, double whole) {
  return whole > 0.0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0;
}

}  // namespace

void WindowTotals::add_arrival(Seconds response_or_age, Seconds slo) {
  ++arrived;
  response_ratio_sum += std::min(response_or_age / (2.0 * slo), 1.0);
}

WindowTotals& WindowTotals::operator+=(const WindowTotals& other) {
  energy += other.energy;
  energy_at_full_power += other.energy_at_full_power;
  cost += other.cost;
  cost_of_all_on += other.cost_of_all_on;
  arrived += other.arrived;
  response_ratio_sum += other.response_ratio_sum;
  finished += other.finished;
  finished_late += other.finished_late;
  overdue += other.overdue;
  deployed += other.deployed;
  accuracy_sum += other.accuracy_sum;
  return *this;
}

QosTerms qos_terms(const WindowTotals& totals) {
  const auto count = [](std::int64_t n) { return static_cast<double>(n); };
  return {
      .energy = share(totals.energy.value(), totals.energy_at_full_power.value()),
      .cost = share(totals.cost.value(), totals.cost_of_all_on.value()),
      .response = share(totals.response_ratio_sum, count(totals.arrived)),
      .violation = share(count(totals.finished_late + totals.overdue),
                         count(totals.finished + totals.overdue)),
      .inaccuracy =
          totals.deployed > 0 ? 1.0 - share(totals.accuracy_sum, count(totals.deployed)) : 0.0,
  };
}

double qos_score(const QosTerms& terms, const QosWeights& weights) {
  return 1.0 - (weights.energy * terms.energy + weights.cost * terms.cost +
                weights.response * terms.response + weights.violation * terms.violation +
                weights.inaccuracy * terms.inaccuracy);
}

}  // namespace scinet
