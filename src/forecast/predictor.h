// What a series is expected to do next. A series is a list of numbers at even steps, oldest first.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/random.h"

namespace scinet {

struct Forecast {
  double mean = 0.0;
  double deviation = 0.0;  // standard deviation of what will be observed

  friend bool operator==(const Forecast&, const Forecast&) = default;
};

class Predictor {
 public:
  virtual ~Predictor() = default;

  // One prediction for each of the next `steps` values. Any series will do, also an empty one
  // (all zero) and one too short for the method (its mean).
  virtual std::vector<Forecast> predict(std::span<const double> series, int steps) = 0;
};

// The next values equal the last: what every predictor has to beat. The deviation after h steps is
// that of the h-fold random walk.
std::unique_ptr<Predictor> predict_last_value();

// The next values equal the mean of the series.
std::unique_ptr<Predictor> predict_mean();

// Values anywhere between the least and the largest of the series, without regard to when: what a
// method that claims to use a prediction has to beat.
std::unique_ptr<Predictor> predict_noise(RandomStream random);

double mean_of(std::span<const double> series);                            // 0 of none
double mean_square_around(std::span<const double> series, double center);  // 0 of none

}  // namespace scinet
