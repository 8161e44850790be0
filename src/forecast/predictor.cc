#include "forecast/predictor.h"

#include <algorithm>
#include <cmath>

namespace scinet {
namespace {

class LastValue final : public Predictor {
 public:
  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    double variance = 0.0;
    for (std::size_t i = 1; i < series.size(); ++i) {
      variance += std::pow(series[i] - series[i - 1], 2.0) / static_cast<double>(series.size() - 1);
    }
    std::vector<Forecast> next;
    for (int step = 1; step <= steps; ++step) {
      next.push_back({series.empty() ? 0.0 : series.back(), std::sqrt(variance * step)});
    }
    return next;
  }
};

class Mean final : public Predictor {
 public:
  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    const double mean = mean_of(series);
    const Forecast next{mean, std::sqrt(mean_square_around(series, mean))};
    return std::vector<Forecast>(static_cast<std::size_t>(steps), next);
  }
};

class Noise final : public Predictor {
 public:
  explicit Noise(RandomStream random) : random_(random) {}

  std::vector<Forecast> predict(std::span<const double> series, int steps) override {
    if (series.empty()) return std::vector<Forecast>(static_cast<std::size_t>(steps));
    const auto [low, high] = std::ranges::minmax(series);
    std::vector<Forecast> next;
    for (int step = 0; step < steps; ++step) {
      next.push_back({low + (high - low) * random_.uniform(), (high - low) / std::sqrt(12.0)});
    }
    return next;
  }

 private:
  RandomStream random_;
};

}  // namespace

std::unique_ptr<Predictor> predict_last_value() { return std::make_unique<LastValue>(); }
std::unique_ptr<Predictor> predict_mean() { return std::make_unique<Mean>(); }
std::unique_ptr<Predictor> predict_noise(RandomStream random) {
  return std::make_unique<Noise>(random);
}

double mean_of(std::span<const double> series) {
  double sum = 0.0;
  for (const double value : series) sum += value;
  return series.empty() ? 0.0 : sum / static_cast<double>(series.size());
}

double mean_square_around(std::span<const double> series, double center) {
  double sum = 0.0;
  for (const double value : series) sum += (value - center) * (value - center);
  return series.empty() ? 0.0 : sum / static_cast<double>(series.size());
}

}  // namespace scinet
