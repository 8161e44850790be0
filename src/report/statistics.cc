#include "report/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/ensure.h"

namespace scinet {

double percentile_of_sorted(std::span<const double> sorted, double p) {
  ensure(p >= 0.0 && p <= 100.0, "a percentile lies between 0 and 100");
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = p / 100.0 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], rank - std::floor(rank));
}

double percentile(std::vector<double> values, double p) {
  std::ranges::sort(values);
  return percentile_of_sorted(values, p);
}

Distribution distribution_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  return {
      .mean = sum / static_cast<double>(sorted.size()),
      .p50 = percentile_of_sorted(sorted, 50.0),
      .p95 = percentile_of_sorted(sorted, 95.0),
      .p99 = percentile_of_sorted(sorted, 99.0),
  };
}

double variation_of(const std::vector<double>& values) {
  const double mean = distribution_of(values).mean;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return mean > 0.0 ? std::sqrt(squares / static_cast<double>(values.size())) / mean : 0.0;
}

}  // namespace scinet
