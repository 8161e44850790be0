#include "forecast/predictor.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "forecast/arima.h"
#include "forecast/gaussian_process.h"
#include "forecast/kalman.h"
#include "forecast/series_testing.h"

namespace scinet {
namespace {

struct Named {
  std::string name;
  std::function<std::unique_ptr<Predictor>()> make;
};

std::vector<Named> every_predictor() {
  return {{"last value", predict_last_value},
          {"mean", predict_mean},
          {"noise", [] { return predict_noise(RandomStream(1)); }},
          {"arima", [] { return predict_by_arima(); }},
          {"kalman", [] { return predict_by_kalman_filter(); }},
          {"gaussian process", [] { return predict_by_gaussian_process(); }}};
}

TEST(EveryPredictor, TakesAnySeries) {
  const std::vector<std::vector<double>> series = {
      {}, {0.3}, {0.3, 0.3}, {0.1, 0.4, 0.2}, std::vector<double>(50, 0.7), {1, 2, 3, 4, 5, 6, 7}};
  for (const auto& [name, make] : every_predictor()) {
    for (const std::vector<double>& values : series) {
      const auto next = make()->predict(values, 5);
      ASSERT_EQ(next.size(), 5u) << name;
      for (const auto& [mean, deviation] : next) {
        EXPECT_TRUE(std::isfinite(mean)) << name << ", " << values.size() << " values";
        EXPECT_TRUE(std::isfinite(deviation) && deviation >= 0.0) << name;
      }
      if (values.size() == 50) {
        EXPECT_NEAR(next.back().mean, 0.7, 1e-9) << name << ": it never changes";
        EXPECT_NEAR(next.back().deviation, 0.0, 1e-6) << name;
      }
    }
  }
}

TEST(EveryPredictor, GivesTheSameForTheSame) {
  const std::vector<double> series = swing(80, 20, 0.05, RandomStream(3));
  for (const auto& [name, make] : every_predictor()) {
    EXPECT_EQ(make()->predict(series, 3), make()->predict(series, 3)) << name;
  }
}

TEST(EveryPredictor, KnowsHowFarOffItIs) {
  // An autoregression, which all methods can describe; noise and the mean are far off and say so.
  const std::vector<double> series = arma_series({0.8}, {}, 400, RandomStream(5));
  for (const auto& [name, make] : every_predictor()) {
    const auto predictor = make();
    int within = 0;
    int count = 0;
    for (std::size_t t = 100; t + 1 < series.size(); ++t, ++count) {
      const auto [mean, deviation] = predictor->predict(std::span(series).first(t), 1).front();
      within += std::abs(series[t] - mean) < 1.645 * deviation ? 1 : 0;
    }
    EXPECT_GT(within, 0.75 * count) << name << ": 90 % should lie within 1.645 deviations";
    EXPECT_LT(within, count) << name;
  }
}

TEST(LastValue, IsTheRandomWalk) {
  const auto next = predict_last_value()->predict(std::vector{1.0, 3.0, 2.0, 4.0}, 4);
  // Steps of 2, -1, 2: mean square 3; after 4 steps 12.
  EXPECT_DOUBLE_EQ(next[3].mean, 4.0);
  EXPECT_DOUBLE_EQ(next[0].deviation, std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(next[3].deviation, std::sqrt(12.0));
}

TEST(Mean, IsTheMean) {
  const auto next = predict_mean()->predict(std::vector{1.0, 3.0}, 2);
  EXPECT_EQ(next, (std::vector<Forecast>{{2.0, 1.0}, {2.0, 1.0}}));
}

// Each method where its model of the world is true; the last value cannot know.
TEST(EveryMethod, BeatsTheLastValueWhereItsModelHolds) {
  struct Case {
    std::string name;
    std::function<std::unique_ptr<Predictor>()> make;
    std::vector<double> series;
    double most;  // share of the error of the last value
  };
  std::vector<double> trend;
  RandomStream random(9);
  for (int t = 0; t < 200; ++t) trend.push_back(0.02 * t + 0.3 * random.normal());
  const std::vector<Case> cases = {
      {"arima", [] { return predict_by_arima(); },
       arma_series({1.2, -0.7}, {}, 300, RandomStream(7)), 0.75},
      {"kalman", [] { return predict_by_kalman_filter(); }, trend, 0.85},
      {"gaussian process", [] { return predict_by_gaussian_process(); },
       swing(200, 25, 0.05, RandomStream(8)), 0.85},
  };
  for (const auto& [name, make, series, most] : cases) {
    const double error = rolling_error(*make(), series, 2, 80);
    const double last = rolling_error(*predict_last_value(), series, 2, 80);
    EXPECT_LT(error, most * last) << name << ": " << error << " against " << last;
    EXPECT_LT(error, rolling_error(*predict_noise(RandomStream(2)), series, 2, 80)) << name;
  }
}

}  // namespace
}  // namespace scinet
