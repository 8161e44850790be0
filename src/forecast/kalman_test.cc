#include "forecast/kalman.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "forecast/series_testing.h"

namespace scinet {
namespace {

// The recursions as they stand in textbooks, with 2 x 2 matrices written out:
//   P- = F P F' + Q,  S = H P- H' + R,  K = P- H' / S,  x = F x + K (y - H F x),  P = (I - K H) P-
struct Textbook {
  double x[2];
  double p[2][2];

  double update(double y, const TrendNoise& noise) {
    const double f[2][2] = {{1, 1}, {0, 1}};
    double ahead[2] = {0, 0};
    double fp[2][2] = {};
    double prior[2][2] = {{noise.level, 0}, {0, noise.trend}};
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        ahead[i] += f[i][j] * x[j];
        for (int k = 0; k < 2; ++k) fp[i][j] += f[i][k] * p[k][j];
      }
    }
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        for (int k = 0; k < 2; ++k) prior[i][j] += fp[i][k] * f[j][k];
      }
    }
    const double s = prior[0][0] + noise.observation;
    const double gain[2] = {prior[0][0] / s, prior[1][0] / s};
    const double error = y - ahead[0];
    for (int i = 0; i < 2; ++i) {
      x[i] = ahead[i] + gain[i] * error;
      for (int j = 0; j < 2; ++j) p[i][j] = prior[i][j] - gain[i] * prior[0][j];
    }
    return -0.5 * (std::log(2.0 * std::numbers::pi * s) + error * error / s);
  }
};

TEST(LocalTrend, FollowsTheTextbook) {
  const TrendNoise noise{0.5, 0.2, 0.05};
  RandomStream random(1);
  LocalTrend filter(noise);
  filter.update(3.0);
  Textbook textbook{{3.0, 0.0}, {{0.5, 0.0}, {0.0, 0.5e6}}};
  double log_likelihood = 0.0;
  for (int t = 1; t < 50; ++t) {
    const double value = 3.0 + 0.1 * t + random.normal();
    filter.update(value);
    const double added = textbook.update(value, noise);
    if (t >= 2) log_likelihood += added;  // the first two only tell where it begins
    ASSERT_NEAR(filter.level(), textbook.x[0], 1e-7) << t;
    ASSERT_NEAR(filter.trend(), textbook.x[1], 1e-7) << t;
  }
  EXPECT_NEAR(filter.log_likelihood(), log_likelihood, 1e-4);
  EXPECT_NEAR(filter.ahead(3).mean, textbook.x[0] + 3.0 * textbook.x[1], 1e-7);
  // One step on: P of the level grows by 2 P01 + P11 + Q0, and the value adds its own noise.
  const double level = textbook.p[0][0] + 2.0 * textbook.p[0][1] + textbook.p[1][1] + noise.level;
  EXPECT_NEAR(filter.ahead(1).deviation, std::sqrt(level + noise.observation), 1e-6);
}

TEST(LocalTrend, OfAConstantWithNoiseIsItsMean) {
  // Without drift the gain of the n-th value is 1/n but for the trend, which is 0 by the data.
  LocalTrend filter({.observation = 1.0, .level = 0.0, .trend = 0.0});
  for (int t = 0; t < 400; ++t) filter.update(t % 2 == 0 ? 2.0 : 4.0);
  EXPECT_NEAR(filter.level(), 3.0, 0.05);
  EXPECT_NEAR(filter.trend(), 0.0, 1e-3);
}

TEST(LocalTrend, GoesOnAlongALine) {
  LocalTrend filter({1.0, 0.1, 0.1});
  for (int t = 0; t < 30; ++t) filter.update(2.0 + 0.5 * t);
  EXPECT_NEAR(filter.ahead(4).mean, 2.0 + 0.5 * 33, 1e-3);
  EXPECT_GT(filter.ahead(4).deviation, filter.ahead(1).deviation);
}

TEST(TrendNoise, IsFoundByLikelihood) {
  // A walk of variance 0.04 a step seen through noise of variance 1.
  RandomStream random(4);
  double level = 0.0;
  std::vector<double> series;
  for (int t = 0; t < 2000; ++t) {
    level += 0.2 * random.normal();
    series.push_back(level + random.normal());
  }
  const TrendNoise noise = fit_trend_noise(series);
  EXPECT_NEAR(noise.observation, 1.0, 0.12);
  EXPECT_NEAR(noise.level, 0.04, 0.02);
  EXPECT_LT(noise.trend, 1e-3);
}

TEST(TrendNoise, OfTheFitIsMoreLikelyThanOthers) {
  const std::vector<double> series = swing(100, 30, 0.1, RandomStream(6));
  const auto likelihood = [&](const TrendNoise& noise) {
    LocalTrend filter(noise);
    for (const double value : series) filter.update(value);
    return filter.log_likelihood();
  };
  const TrendNoise best = fit_trend_noise(series);
  for (const double factor : {0.5, 2.0}) {
    EXPECT_GT(likelihood(best), likelihood({best.observation * factor, best.level, best.trend}));
    EXPECT_GT(likelihood(best),
              likelihood({best.observation * factor, best.level * factor, best.trend * factor}));
  }
}

}  // namespace
}  // namespace scinet
