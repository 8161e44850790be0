// Intervals for means over runs, by the bootstrap (Efron and Tibshirani, An Introduction to the
// Bootstrap, 1993): runs are drawn again with replacement, and the interval holds the middle 95 %
// of the means that come out.
//
// Of few runs this interval is too narrow, since it takes the spread of the sample for that of the
// population. The percentiles are therefore widened until the interval of a normal sample is that
// of Student (Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician
// 69(4), 2015, "expanded percentile"): p = Phi(-sqrt(n / (n - 1)) * t(0.975, n - 1)). No interval
// reaches beyond the smallest and the largest value, so below about 8 runs it stays too narrow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"

namespace scinet {

inline constexpr double kConfidence = 0.95;
inline constexpr std::size_t kResamples = 10'000;

// The mean of what exists, and its interval where at least two values do.
struct MeanInterval {
  struct Bounds {
    double low = 0.0;
    double high = 0.0;
    friend bool operator==(const Bounds&, const Bounds&) = default;
  };

  std::optional<double> mean;
  std::optional<Bounds> bounds;

  bool excludes_zero() const { return bounds && (bounds->low > 0.0 || bounds->high < 0.0); }
  friend bool operator==(const MeanInterval&, const MeanInterval&) = default;
};

// One value a run; none where the run has no such figure.
using RunValues = std::vector<std::optional<double>>;

// Every statistic is taken of the same resamples: what was paired by run stays paired.
class Bootstrap {
 public:
  Bootstrap(std::size_t runs, RandomStream random, std::size_t resamples = kResamples);

  MeanInterval mean_of(const RunValues& values) const;
  // Of values - reference, over the runs that have both.
  MeanInterval mean_of_differences(const RunValues& values, const RunValues& reference) const;

 private:
  std::size_t runs_;
  std::size_t resamples_;
  std::vector<std::uint16_t> counts_;  // how often each resample has each run: resamples x runs
};

// The value that a Student t of so many degrees of freedom exceeds in absolute value with
// probability 1 - confidence.
double student_quantile(double confidence, std::size_t degrees);

}  // namespace scinet
