// The few statistics that results need, defined once.
#pragma once

#include <limits>
#include <span>
#include <vector>

namespace scinet {

// The p-th percentile, p in [0, 100], by linear interpolation between order statistics: with
// x[0] <= ... <= x[n-1] and r = p / 100 * (n - 1), it is x[floor r] + (r - floor r) *
// (x[floor r + 1] - x[floor r]). This is definition 7 of Hyndman and Fan, "Sample Quantiles in
// Statistical Packages", The American Statistician 50(4), 1996. Without values it is NaN.
double percentile(std::vector<double> values, double p);
double percentile_of_sorted(std::span<const double> sorted, double p);  // smallest first

// Of a sample, every field NaN while it is empty.
struct Distribution {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double p50 = std::numeric_limits<double>::quiet_NaN();
  double p95 = std::numeric_limits<double>::quiet_NaN();
  double p99 = std::numeric_limits<double>::quiet_NaN();
};

Distribution distribution_of(const std::vector<double>& values);

// The coefficient of variation: standard deviation / mean; 0 where the mean is.
double variation_of(const std::vector<double>& values);

}  // namespace scinet
