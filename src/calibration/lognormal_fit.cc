#include "calibration/lognormal_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/ensure.h"

namespace scinet {
namespace {

constexpr double kLeastVariance = 1e-6;  // of ln value: constant work stays computable
constexpr int kMostSteps = 300;

double density(double z) { return std::exp(-z * z / 2.0) / std::sqrt(2.0 * std::numbers::pi); }

// Probability of a standard normal between the two, without cancellation in the upper tail.
double mass(double from, double to) {
  if (from > 0.0) return mass(-to, -from);
  return (std::erfc(-to / std::numbers::sqrt2) - std::erfc(-from / std::numbers::sqrt2)) / 2.0;
}

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
  double probability = 0.0;
};

// Of ln value, given that the value lies within its bounds.
Moments inside(const Bounds& bounds, double mu, double sigma) {
  const double from = bounds.low > 0.0 ? (std::log(bounds.low) - mu) / sigma : -40.0;
  const double to = (std::log(bounds.high) - mu) / sigma;
  const double probability = mass(from, to);
  // Far outside: as good as at the nearer bound.
  if (probability < 1e-12) {
    const double nearest = std::abs(from) < std::abs(to) ? from : to;
    return {mu + sigma * nearest, 0.0, 1e-12};
  }
  const double slope = (density(from) - density(to)) / probability;
  const double spread = 1.0 + (from * density(from) - to * density(to)) / probability;
  return {mu + sigma * slope, sigma * sigma * std::max(spread - slope * slope, 0.0), probability};
}

LognormalFit fit_exact(std::span<const Bounds> values, const VariancePrior& prior) {
  const auto n = static_cast<double>(values.size());
  double sum = 0.0;
  double log_sum = 0.0;
  for (const Bounds& value : values) {
    sum += value.high;
    log_sum += std::log(value.high);
  }
  const double mean = sum / n;
  double squares = 0.0;
  double log_squares = 0.0;
  for (const Bounds& value : values) {
    squares += std::pow(value.high / mean - 1.0, 2.0);
    log_squares += std::pow(std::log(value.high) - log_sum / n, 2.0);
  }
  const double before = std::expm1(prior.log_variance) * prior.samples;
  const double degrees = n - 1.0 + prior.samples;
  const double variation = degrees > 0.0 ? std::sqrt((squares + before) / degrees) : 0.0;
  const double log_variance = std::max(log_squares / n, kLeastVariance);
  return {.mean = mean,
          .variation = variation,
          .log_error = variation / std::sqrt(n),
          .log_variance = log_variance,
          .log_likelihood = -n / 2.0 * std::log(log_variance) - log_squares / (2.0 * log_variance),
          .samples = static_cast<std::int64_t>(values.size())};
}

LognormalFit fit_bounded(std::span<const Bounds> values, const VariancePrior& prior) {
  const auto n = static_cast<double>(values.size());
  double mu = 0.0;
  for (const Bounds& value : values) mu += std::log((value.low + value.high) / 2.0) / n;
  double variance = prior.samples > 0.0 ? prior.log_variance : 0.25;
  double log_likelihood = 0.0;
  double information = 0.0;  // about mu, in exact observations
  for (int step = 0; step < kMostSteps; ++step) {
    double sum = 0.0;
    double squares = 0.0;
    double missing = 0.0;
    log_likelihood = 0.0;
    for (const Bounds& value : values) {
      const Moments moments = value.is_exact() ? Moments{std::log(value.high), 0.0, 1.0}
                                               : inside(value, mu, std::sqrt(variance));
      sum += moments.mean;
      squares += moments.variance + std::pow(moments.mean - mu, 2.0);
      missing += moments.variance / variance;
      log_likelihood += std::log(moments.probability);
    }
    const double shift = sum / n - mu;
    mu += shift;
    const double next = std::max(
        (squares - n * shift * shift + prior.samples * prior.log_variance) / (n + prior.samples),
        kLeastVariance);
    const bool is_settled =
        std::abs(shift) < 1e-9 && std::abs(next - variance) < 1e-9 * (1.0 + variance);
    variance = next;
    information = std::max(n - missing, 1e-3 * n);
    if (is_settled) break;
  }
  return {.mean = std::exp(mu + variance / 2.0),
          .variation = std::sqrt(std::expm1(variance)),
          .log_error = std::sqrt(variance / information + variance * variance / (2.0 * n)),
          .log_variance = variance,
          .log_likelihood = log_likelihood,
          .samples = static_cast<std::int64_t>(values.size())};
}

}  // namespace

LognormalFit fit_lognormal(std::span<const Bounds> values, const VariancePrior& prior) {
  ensure(!values.empty(), "there is something to fit to");
  return std::ranges::all_of(values, &Bounds::is_exact) ? fit_exact(values, prior)
                                                        : fit_bounded(values, prior);
}

}  // namespace scinet
