// A level that drifts along a trend that drifts too, seen through noise: the local linear trend
// model and its Kalman filter (A. C. Harvey, Forecasting, Structural Time Series Models and the
// Kalman Filter, 1989, section 2.3).
//
//   y(t)       = level(t) + N(0, observation)
//   level(t+1) = level(t) + trend(t) + N(0, level)
//   trend(t+1) = trend(t) + N(0, trend)
#pragma once

#include <memory>
#include <span>

#include "forecast/predictor.h"

namespace scinet {

struct TrendNoise {  // variances
  double observation = 1.0;
  double level = 0.0;
  double trend = 0.0;

  friend bool operator==(const TrendNoise&, const TrendNoise&) = default;
};

class LocalTrend {
 public:
  // Nothing is known of level and trend before the first two values.
  explicit LocalTrend(const TrendNoise& noise);

  void update(double value);

  double level() const { return level_; }
  double trend() const { return trend_; }
  // Of the value `steps` after the last one; steps > 0.
  Forecast ahead(int steps) const;
  // Of all values but the first two.
  double log_likelihood() const;
  // The factor for all three variances that makes the values most likely: mean of error^2 / its
  // variance.
  double best_scale() const;

 private:
  struct Covariance {
    double level = 0.0;
    double both = 0.0;
    double trend = 0.0;
  };
  Covariance one_step_on(const Covariance& before) const;

  TrendNoise noise_;
  double level_ = 0.0;
  double trend_ = 0.0;
  Covariance covariance_;  // after the last value
  int values_ = 0;
  double log_variances_ = 0.0;   // sum over the values that count
  double scaled_squares_ = 0.0;  // of error^2 / variance
};

// The noise under which the series is most likely. A series of less than four values, or one that
// never changes, has none.
TrendNoise fit_trend_noise(std::span<const double> series);

// With noise fitted to the last `window` values.
std::unique_ptr<Predictor> predict_by_kalman_filter(std::size_t window = 60);

}  // namespace scinet
