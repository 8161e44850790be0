#include "report/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/ensure.h"
#include "report/statistics.h"

namespace scinet {
namespace {

// P(|t| <= sqrt(degrees) tan(theta)): Abramowitz and Stegun, Handbook of Mathematical Functions,
// 26.7.3 and 26.7.4.
double student_within(double theta, std::size_t degrees) {
  const double cosine = std::cos(theta);
  const bool is_odd = degrees % 2 == 1;
  double sum = 0.0;
  double term = is_odd ? cosine : 1.0;
  for (std::size_t i = is_odd ? 3 : 2; i <= degrees; i += 2) {
    sum += term;
    term *= cosine * cosine * static_cast<double>(i - 1) / static_cast<double>(i);
  }
  const double sine_part = std::sin(theta) * sum;
  return is_odd ? 2.0 / std::numbers::pi * (theta + sine_part) : sine_part;
}

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

// The lower percentile of the widened interval, in percent.
double lower_percentile(std::size_t runs) {
  const auto n = static_cast<double>(runs);
  return 100.0 * normal_below(-std::sqrt(n / (n - 1.0)) * student_quantile(kConfidence, runs - 1));
}

}  // namespace

double student_quantile(double confidence, std::size_t degrees) {
  ensure(degrees > 0, "Student's t has degrees of freedom");
  double low = 0.0;
  double high = std::numbers::pi / 2.0;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2.0;
    (student_within(middle, degrees) < confidence ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(degrees)) * std::tan(low);
}

Bootstrap::Bootstrap(std::size_t runs, RandomStream random, std::size_t resamples)
    : runs_(runs), resamples_(resamples), counts_(runs * resamples, 0) {
  ensure(runs > 0 && runs <= std::numeric_limits<std::uint16_t>::max(),
         "a bootstrap draws from 1 to 65535 runs");
  for (std::size_t i = 0; i < resamples; ++i) {
    for (std::size_t draw = 0; draw < runs; ++draw) ++counts_[i * runs + random.below(runs)];
  }
}

MeanInterval Bootstrap::mean_of(const RunValues& values) const {
  ensure(values.size() == runs_, "there is one value a run");
  std::vector<double> filled(runs_, 0.0);
  std::vector<double> exists(runs_, 0.0);
  std::vector<double> existing;
  for (std::size_t run = 0; run < runs_; ++run) {
    if (!values[run]) continue;
    filled[run] = *values[run];
    exists[run] = 1.0;
    existing.push_back(*values[run]);
  }
  MeanInterval result;
  if (existing.empty()) return result;
  const auto [least, most] = std::ranges::minmax(existing);
  // Equal values have that mean exactly, whatever rounding says.
  result.mean = least == most ? least : distribution_of(existing).mean;
  if (existing.size() < 2) return result;
  if (least == most) {
    result.bounds = {least, least};
    return result;
  }

  std::vector<double> means;
  means.reserve(resamples_);
  for (std::size_t i = 0; i < resamples_; ++i) {
    const std::uint16_t* const counts = &counts_[i * runs_];
    double sum = 0.0;
    double drawn = 0.0;
    for (std::size_t run = 0; run < runs_; ++run) {
      sum += counts[run] * filled[run];
      drawn += counts[run] * exists[run];
    }
    if (drawn > 0.0) means.push_back(sum / drawn);
  }
  std::ranges::sort(means);
  const double lower = lower_percentile(existing.size());
  result.bounds = {percentile_of_sorted(means, lower), percentile_of_sorted(means, 100.0 - lower)};
  return result;
}

MeanInterval Bootstrap::mean_of_differences(const RunValues& values,
                                            const RunValues& reference) const {
  ensure(values.size() == reference.size(), "differences are paired by run");
  RunValues differences(values.size());
  for (std::size_t run = 0; run < values.size(); ++run) {
    if (values[run] && reference[run]) differences[run] = *values[run] - *reference[run];
  }
  return mean_of(differences);
}

}  // namespace scinet
