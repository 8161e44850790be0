// How likely a response of a given mean exceeds a limit: it is taken as lognormal, as measured work
// mostly is, with the variation of the strategy's work.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/application.h"
#include "model/qos.h"

namespace scinet {

// Standard deviation / mean of the work of all fragments, taken as independent.
inline double variation_of(const Strategy& strategy) {
  double sum = 0.0;
  double variance = 0.0;
  for (const Fragment& fragment : strategy.fragments) {
    const double mean = fragment.work.mean.value();
    sum += mean;
    variance += std::pow(mean * fragment.work.variation, 2.0);
  }
  return sum > 0.0 ? std::sqrt(variance) / sum : 0.0;
}

// P(X > limit) of a lognormal X.
inline double chance_above(double limit, double mean, double variation) {
  if (limit <= 0.0) return 1.0;
  if (variation <= 0.0 || mean <= 0.0) return mean > limit ? 1.0 : 0.0;
  const double variance = std::log1p(variation * variation);
  const double z = (std::log(limit / mean) + variance / 2.0) / std::sqrt(variance);
  return 0.5 * std::erfc(z / std::numbers::sqrt2);
}

// What a request loses of QoS by its response: `finish` s from now, being `age` s old.
inline double loss_of_response(double age, double finish, double slo, double variation,
                               const QosWeights& weights) {
  return weights.response * std::min((age + finish) / (2.0 * slo), 1.0) +
         weights.violation * chance_above(slo - age, finish, variation);
}

}  // namespace scinet
