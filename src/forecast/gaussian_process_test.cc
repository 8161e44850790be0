#include "forecast/gaussian_process.h"

#include <gtest/gtest.h>

#include <cmath>

#include "forecast/series_testing.h"

namespace scinet {
namespace {

Eigen::MatrixXd column(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}
Eigen::VectorXd point(double x) { return Eigen::VectorXd::Constant(1, x); }

TEST(GaussianProcess, OfTwoPointsIsKnownInClosedForm) {
  // Points 0 and 1 with values 1 and 3: centered -1 and 1. A = [[a, c], [c, a]] with a = 1 + noise,
  // c = exp(-1/2). A^-1 (-1, 1)' = (-1, 1)' / (a - c), so scale^2 = (1 / 2) 2 / (a - c).
  const GaussianProcess process(column({0, 1}), column({1, 3}), {.length = 1.0, .noise = 0.1});
  const double a = 1.1;
  const double c = std::exp(-0.5);
  const double scale2 = 1.0 / (a - c);
  const double k0 = std::exp(-0.5 * 0.09);  // to the point 0.3
  const double k1 = std::exp(-0.5 * 0.49);
  const auto [mean, deviation] = process.at(point(0.3)).front();
  EXPECT_NEAR(mean, 2.0 + (k1 - k0) / (a - c), 1e-12);
  const double explained = (a * (k0 * k0 + k1 * k1) - 2.0 * c * k0 * k1) / (a * a - c * c);
  EXPECT_NEAR(deviation, std::sqrt(scale2 * (1.0 - explained)), 1e-12);
  EXPECT_NEAR(process.observed_at(point(0.3)).front().deviation,
              std::sqrt(scale2 * (1.1 - explained)), 1e-12);
  EXPECT_NEAR(
      process.log_likelihood(),
      -0.5 * (2.0 * std::log(2.0 * std::numbers::pi * scale2) + 2.0 + std::log(a * a - c * c)),
      1e-12);
}

TEST(GaussianProcess, ReturnsToTheMeanFarAway) {
  const GaussianProcess process(column({0, 1, 2}), column({1, 3, 8}), {1.0, 0.01});
  EXPECT_NEAR(process.at(point(100)).front().mean, 4.0, 1e-9);
  EXPECT_GT(process.at(point(100)).front().deviation, process.at(point(1.5)).front().deviation);
}

TEST(GaussianProcess, OutputsShareTheKernelAndKeepTheirScale) {
  Eigen::MatrixXd outputs(4, 2);
  outputs << 1, 10, 3, 30, 2, 20, 4, 40;
  const GaussianProcess process(column({0, 1, 2, 3}), outputs, {1.0, 0.1});
  const auto both = process.at(point(1.4));
  EXPECT_NEAR(both[1].mean, 10.0 * both[0].mean, 1e-9);
  EXPECT_NEAR(both[1].deviation, 10.0 * both[0].deviation, 1e-9);
}

TEST(GaussianProcess, TheFitIsMoreLikelyThanItsNeighbours) {
  std::vector<double> x;
  std::vector<double> y;
  RandomStream random(3);
  for (int i = 0; i < 40; ++i) {
    x.push_back(0.25 * i);
    y.push_back(std::sin(x.back()) + 0.1 * random.normal());
  }
  const GaussianProcess best = GaussianProcess::fit(column(x), column(y));
  const auto [length, noise] = best.kernel();
  for (const double factor : {0.6, 1.7}) {
    EXPECT_GE(best.log_likelihood(),
              GaussianProcess(column(x), column(y), {length * factor, noise}).log_likelihood());
    EXPECT_GE(best.log_likelihood(),
              GaussianProcess(column(x), column(y), {length, noise * factor}).log_likelihood());
  }
  // Noise of 0.1 around a sine: most of it is told apart.
  for (const double at : {1.0, 4.3, 7.7}) {
    EXPECT_NEAR(best.at(point(at)).front().mean, std::sin(at), 0.1) << at;
  }
}

TEST(GaussianProcess, SeriesAreAsGoodTogetherAsApartWhereTheyAreAlike) {
  const auto a = swing(60, 20, 0.02, RandomStream(5));
  const auto b = swing(60, 20, 0.02, RandomStream(6));
  const auto together = predict_together({a, b}, 3);
  ASSERT_EQ(together.size(), 2u);
  const auto next = swing(63, 20, 0.0, RandomStream(5));
  for (const auto& predictions : together) {
    ASSERT_EQ(predictions.size(), 3u);
    EXPECT_NEAR(predictions[0].mean, next[60], 0.05);
    EXPECT_NEAR(predictions[2].mean, next[62], 0.15) << "of a swing of 0.3";
  }
}

}  // namespace
}  // namespace scinet
