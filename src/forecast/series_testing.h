// What the tests of predictors share: series whose next values are known, and how far off
// predictions of them are.
#pragma once

#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "base/random.h"
#include "forecast/predictor.h"

namespace scinet {

// x(t) = sum_i ar_i x(t-i) + e(t) + sum_j ma_j e(t-j), e ~ N(0, 1), after it has settled.
inline std::vector<double> arma_series(const std::vector<double>& ar, const std::vector<double>& ma,
                                       std::size_t length, RandomStream random) {
  constexpr std::size_t kSettling = 200;
  std::vector<double> x;
  std::vector<double> e;
  for (std::size_t t = 0; t < kSettling + length; ++t) {
    e.push_back(random.normal());
    double value = e.back();
    for (std::size_t i = 0; i < ar.size() && i < t; ++i) value += ar[i] * x[t - 1 - i];
    for (std::size_t j = 0; j < ma.size() && j < t; ++j) value += ma[j] * e[t - 1 - j];
    x.push_back(value);
  }
  return {x.end() - static_cast<std::ptrdiff_t>(length), x.end()};
}

// A swing around 0.5, seen through noise.
inline std::vector<double> swing(std::size_t length, double period, double noise,
                                 RandomStream random) {
  std::vector<double> x;
  for (std::size_t t = 0; t < length; ++t) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(t) / period;
    x.push_back(0.5 + 0.3 * std::sin(angle) + noise * random.normal());
  }
  return x;
}

// Root of the mean squared error of the prediction `steps` ahead, over every position from `from`.
inline double rolling_error(Predictor& predictor, std::span<const double> series, int steps,
                            std::size_t from) {
  double sum = 0.0;
  int count = 0;
  const auto ahead = static_cast<std::size_t>(steps);
  for (std::size_t t = from; t + ahead <= series.size(); ++t, ++count) {
    const double predicted = predictor.predict(series.first(t), steps).back().mean;
    sum += std::pow(series[t + ahead - 1] - predicted, 2.0);
  }
  return std::sqrt(sum / count);
}

}  // namespace scinet
