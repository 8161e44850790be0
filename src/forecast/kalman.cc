#include "forecast/kalman.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "forecast/two_parameters.h"

namespace scinet {
namespace {

constexpr int kUnexplained = 2;  // values that only tell where level and trend begin
constexpr std::size_t kFewestValues = 4;
// A trend before the second value is within +-1000 of the largest noise.
constexpr double kUnknown = 1e6;

bool is_constant(std::span<const double> series) {
  return std::ranges::all_of(series, [&](double value) { return value == series.front(); });
}

LocalTrend filtered(std::span<const double> series, const TrendNoise& noise) {
  LocalTrend filter(noise);
  for (const double value : series) filter.update(value);
  return filter;
}

class KalmanFilter final : public Predictor {
 public:
  explicit KalmanFilter(std::size_t window) : window_(window) {}

  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    series = series.last(std::min(series.size(), window_));
    if (series.size() < kFewestValues || is_constant(series)) {
      return predict_mean()->predict(series, steps);
    }
    const LocalTrend filter = filtered(series, fit_trend_noise(series));
    std::vector<Forecast> next;
    for (int step = 1; step <= steps; ++step) next.push_back(filter.ahead(step));
    return next;
  }

 private:
  std::size_t window_;
};

}  // namespace

LocalTrend::LocalTrend(const TrendNoise& noise) : noise_(noise) {}

LocalTrend::Covariance LocalTrend::one_step_on(const Covariance& before) const {
  return {before.level + 2.0 * before.both + before.trend + noise_.level,
          before.both + before.trend, before.trend + noise_.trend};
}

void LocalTrend::update(double value) {
  if (values_++ == 0) {
    level_ = value;
    const double largest = std::max({noise_.observation, noise_.level, noise_.trend});
    covariance_ = {noise_.observation, 0.0, kUnknown * largest};
    return;
  }
  const Covariance before = one_step_on(covariance_);
  const double error = value - (level_ + trend_);
  const double variance = before.level + noise_.observation;
  const double gain = before.level / variance;
  const double trend_gain = before.both / variance;
  level_ += trend_ + gain * error;
  trend_ += trend_gain * error;
  covariance_ = {(1.0 - gain) * before.level, (1.0 - gain) * before.both,
                 before.trend - trend_gain * before.both};
  if (values_ <= kUnexplained) return;
  log_variances_ += std::log(variance);
  scaled_squares_ += error * error / variance;
}

Forecast LocalTrend::ahead(int steps) const {
  Covariance covariance = covariance_;
  for (int step = 0; step < steps; ++step) covariance = one_step_on(covariance);
  return {level_ + trend_ * steps, std::sqrt(covariance.level + noise_.observation)};
}

double LocalTrend::log_likelihood() const {
  const double count = std::max(values_ - kUnexplained, 0);
  return -0.5 * (count * std::log(2.0 * std::numbers::pi) + log_variances_ + scaled_squares_);
}

double LocalTrend::best_scale() const {
  return scaled_squares_ / std::max(values_ - kUnexplained, 1);
}

TrendNoise fit_trend_noise(std::span<const double> series) {
  if (series.size() < kFewestValues || is_constant(series)) return {0.0, 0.0, 0.0};
  const auto scaled = [&](const TwoParameters& at) {
    TrendNoise noise{1.0, at.first, at.second};
    const double scale = filtered(series, noise).best_scale();
    return TrendNoise{scale, scale * at.first, scale * at.second};
  };
  const auto likelihood = [&](const TwoParameters& at) {
    const TrendNoise noise = scaled(at);
    if (noise.observation <= 0.0) return -1e300;  // a straight line: nothing to choose
    return filtered(series, noise).log_likelihood();
  };
  constexpr double kLevels[] = {1e-4, 1e-2, 0.1, 1.0, 10.0, 1000.0};
  constexpr double kTrends[] = {1e-8, 1e-4, 1e-2, 1.0};
  return scaled(find_best(kLevels, kTrends, likelihood));
}

std::unique_ptr<Predictor> predict_by_kalman_filter(std::size_t window) {
  return std::make_unique<KalmanFilter>(window);
}

}  // namespace scinet
