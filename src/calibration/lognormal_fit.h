// A lognormal distribution fitted to values that are known exactly, or only to lie between bounds.
#pragma once

#include <cstdint>
#include <span>

namespace scinet {

// An observation: low < value <= high; exact where the two are equal.
struct Bounds {
  double low = 0.0;
  double high = 0.0;

  bool is_exact() const { return low == high; }
};

struct LognormalFit {
  double mean = 0.0;
  double variation = 0.0;       // standard deviation / mean
  double log_error = 0.0;       // standard error of ln mean
  double log_variance = 0.0;    // of ln value
  double log_likelihood = 0.0;  // up to a constant that depends on the values only
  std::int64_t samples = 0;
};

// What is known of the variance of ln value before: worth so many samples.
struct VariancePrior {
  double log_variance = 0.0;
  double samples = 0.0;
};

// Exact values are fitted by their moments, which needs no lognormal shape for the mean to be
// right. Bounds are fitted by maximum likelihood: expectation maximisation with the moments of a
// truncated normal (Dempster, Laird, Rubin, J. R. Statist. Soc. B 39, 1977, section 4.2; Johnson,
// Kotz, Balakrishnan, Continuous Univariate Distributions 1, ch. 13). At least one value; all
// positive, but for lower bounds, which may be 0.
LognormalFit fit_lognormal(std::span<const Bounds> values, const VariancePrior& prior);

}  // namespace scinet
