#include "forecast/arima.h"

#include <gtest/gtest.h>

#include "forecast/series_testing.h"

namespace scinet {
namespace {

std::vector<double> summed(std::vector<double> steps) {
  for (std::size_t i = 1; i < steps.size(); ++i) steps[i] += steps[i - 1];
  return steps;
}

TEST(Arima, FindsTheCoefficientsOfAnAutoregression) {
  // Standard errors of the coefficients are sqrt((1 - ar_2^2) / n) = 0.016.
  const std::vector<double> series = arma_series({1.2, -0.7}, {}, 2000, RandomStream(1));
  const Arima model = Arima::fit(series, {.p = 2, .d = 0, .q = 0});
  ASSERT_EQ(model.ar().size(), 2u);
  EXPECT_NEAR(model.ar()[0], 1.2, 0.05);
  EXPECT_NEAR(model.ar()[1], -0.7, 0.05);
  EXPECT_NEAR(model.variance(), 1.0, 0.1);
}

TEST(Arima, FindsMovingAverages) {
  const std::vector<double> series = arma_series({0.6}, {0.5}, 3000, RandomStream(2));
  const Arima model = Arima::fit(series, {.p = 1, .d = 0, .q = 1});
  ASSERT_EQ(model.ma().size(), 1u);
  EXPECT_NEAR(model.ar()[0], 0.6, 0.06);
  EXPECT_NEAR(model.ma()[0], 0.5, 0.06);
  EXPECT_NEAR(model.variance(), 1.0, 0.08);
}

TEST(Arima, PredictsAnAutoregressionInClosedForm) {
  const std::vector<double> series = arma_series({0.8}, {}, 500, RandomStream(3));
  const Arima model = Arima::fit(series, {.p = 1, .d = 0, .q = 0});
  const auto next = model.predict(3);
  const double ar = model.ar()[0];
  double value = series.back() - model.mean();
  double variance = 0.0;
  for (int step = 0; step < 3; ++step) {
    value *= ar;
    variance = ar * ar * variance + model.variance();
    EXPECT_NEAR(next[static_cast<std::size_t>(step)].mean, model.mean() + value, 1e-12);
    EXPECT_NEAR(next[static_cast<std::size_t>(step)].deviation, std::sqrt(variance), 1e-12);
  }
}

// A moving average of order 1 is its mean after two steps, with the variance of the process.
TEST(Arima, AMovingAverageEndsAfterItsOrder) {
  const Arima model = Arima::fit(arma_series({}, {0.7}, 800, RandomStream(4)), {0, 0, 1});
  const auto next = model.predict(4);
  EXPECT_NE(next[0].mean, model.mean());
  const double ma = model.ma()[0];
  for (std::size_t step = 1; step < 4; ++step) {
    EXPECT_NEAR(next[step].mean, model.mean(), 1e-12);
    EXPECT_NEAR(next[step].deviation, std::sqrt(model.variance() * (1.0 + ma * ma)), 1e-12);
  }
}

// Differences undone: the walk goes on with the steps that the model of its steps predicts.
TEST(Arima, IntegratesWhatItDifferenced) {
  const std::vector<double> steps = arma_series({0.5}, {}, 600, RandomStream(5));
  const Arima model = Arima::fit(summed(steps), {.p = 1, .d = 1, .q = 0});
  const double ar = model.ar()[0];
  EXPECT_NEAR(ar, 0.5, 0.1);
  const double level = summed(steps).back();
  const double last = steps.back();
  const auto next = model.predict(2);
  EXPECT_NEAR(next[0].mean, level + ar * last, 1e-9);
  EXPECT_NEAR(next[1].mean, level + ar * last + ar * ar * last, 1e-9);
  // Errors of the steps add up: e1 (1 + ar) + e2.
  EXPECT_NEAR(next[1].deviation, std::sqrt(model.variance() * (1.0 + (1.0 + ar) * (1.0 + ar))),
              1e-9);
}

TEST(Arima, ChoosesDifferencesByTheLevel) {
  int walks = 0;
  int levels = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<double> steps = arma_series({}, {}, 100, RandomStream(100 + seed));
    walks += Arima::fit(summed(steps)).order().d >= 1 ? 1 : 0;
    levels += Arima::fit(steps).order().d == 0 ? 1 : 0;
  }
  EXPECT_GE(walks, 17) << "a random walk has no level";
  EXPECT_GE(levels, 17) << "noise has one";
}

TEST(Arima, ChoosesAnOrderThatIsLargeEnough) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto series = arma_series({1.2, -0.7}, {}, 300, RandomStream(200 + seed));
    const Arima best = Arima::fit(series);
    EXPECT_GE(best.order().p, 2) << "seed " << seed;
    EXPECT_EQ(best.order().d, 0) << "seed " << seed;
    EXPECT_LE(best.aic(), Arima::fit(series, {1, 0, 0}).aic()) << "seed " << seed;
    EXPECT_NEAR(best.variance(), 1.0, 0.25) << "seed " << seed;
  }
}

TEST(Arima, KnowsWhatIsStable) {
  EXPECT_TRUE(is_stable(std::vector<double>{}));
  EXPECT_TRUE(is_stable(std::vector{0.9}));
  EXPECT_FALSE(is_stable(std::vector{1.0}));
  // The triangle of AR(2): ar_2 < 1 + ar_1, ar_2 < 1 - ar_1, ar_2 > -1.
  EXPECT_TRUE(is_stable(std::vector{1.2, -0.7}));
  EXPECT_FALSE(is_stable(std::vector{1.2, -0.1}));
  EXPECT_FALSE(is_stable(std::vector{0.0, -1.1}));
}

TEST(Kpss, IsSmallForALevelAndLargeForATrend) {
  std::vector<double> trend;
  for (int t = 0; t < 100; ++t) trend.push_back(t);
  EXPECT_GT(kpss_statistic(trend), 0.463);
  // 1, -1, 1, -1, ...: partial sums 1, 0, 1, 0, ...; with 4 lags of weights 0.8, 0.6, 0.4, 0.2 the
  // long-run variance is 1 + 2 (-0.8 x 0.99 + 0.6 x 0.98 - 0.4 x 0.97 + 0.2 x 0.96) = 0.2.
  std::vector<double> zigzag;
  for (int t = 0; t < 100; ++t) zigzag.push_back(t % 2 == 0 ? 1.0 : -1.0);
  EXPECT_NEAR(kpss_statistic(zigzag), 50.0 / (100.0 * 100.0 * 0.2), 1e-9);
}

}  // namespace
}  // namespace scinet
