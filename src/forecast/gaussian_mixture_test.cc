#include "forecast/gaussian_mixture.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace scinet {
namespace {

// Rows around one of two centres, as often around each.
Eigen::MatrixXd two_clusters(Eigen::Index rows, RandomStream random) {
  Eigen::MatrixXd all(rows, 2);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const double center = random.uniform() < 0.5 ? -4.0 : 4.0;
    all.row(i) << center + random.normal(), 0.5 * center + random.normal();
  }
  return all;
}

TEST(GaussianMixture, StepsNeverLowerTheObjective) {
  RandomStream random(1);
  Eigen::MatrixXd rows(150, 3);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const double common = random.normal();
    rows.row(i) << common, common * common + 0.3 * random.normal(), random.uniform();
  }
  const Eigen::VectorXd prior = Eigen::VectorXd::Ones(3);
  const Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(3, 3);
  GaussianMixture mixture({{0.2, Eigen::Vector3d(-1, 0, 0), unit},
                           {0.3, Eigen::Vector3d(0, 2, 1), unit},
                           {0.5, Eigen::Vector3d(1, 0, 1), unit}},
                          prior);
  double before = mixture.log_likelihood(rows) + mixture.log_prior();
  const double first = before;
  for (int step = 0; step < 30; ++step) {
    mixture = mixture.em_step(rows);
    const double now = mixture.log_likelihood(rows) + mixture.log_prior();
    EXPECT_GE(now, before - 1e-9) << "step " << step;
    before = now;
  }
  EXPECT_GT(before, first + 10.0);
}

TEST(GaussianMixture, FindsClustersAndHowManyThereAre) {
  const Eigen::MatrixXd rows = two_clusters(400, RandomStream(2));
  const GaussianMixture mixture = GaussianMixture::fit_best(rows, 3);
  ASSERT_EQ(mixture.components().size(), 2u);
  for (const auto& [weight, mean, covariance] : mixture.components()) {
    EXPECT_NEAR(weight, 0.5, 0.07);
    EXPECT_NEAR(std::abs(mean[0]), 4.0, 0.3);
    EXPECT_NEAR(mean[1], 0.5 * mean[0], 0.3);
    EXPECT_NEAR(covariance(0, 1), 0.0, 0.25);
  }
}

TEST(GaussianMixture, OneComponentIsTheMeanAndCovarianceDrawnToTheDiagonal) {
  Eigen::MatrixXd rows(4, 2);
  rows << 0, 0, 2, 4, 2, 0, 0, 4;
  rows.row(3) << 4, 8;
  const GaussianMixture mixture = GaussianMixture::fit(rows, 1);
  // Means 2 and 3; variances 2 and 11, covariance (6 + 0 + 0 + 10) / 4 = 4 ((-2)(-3), 0, 0, 2 x 5).
  // The prior counts as 2 rows of diag(2, 11) beside the 4.
  const auto& [weight, mean, covariance] = mixture.components().front();
  EXPECT_DOUBLE_EQ(weight, 1.0);
  EXPECT_NEAR(mean[0], 2.0, 1e-12);
  EXPECT_NEAR(mean[1], 3.0, 1e-12);
  EXPECT_NEAR(covariance(0, 0), 2.0, 1e-12);
  EXPECT_NEAR(covariance(1, 1), 11.0, 1e-12);
  EXPECT_NEAR(covariance(0, 1), 4.0 * 4.0 / 6.0, 1e-12);
}

TEST(GaussianMixture, ConditionsAsTheBivariateNormalDoes) {
  Eigen::Matrix2d covariance;
  covariance << 4.0, 3.0, 3.0, 9.0;
  const GaussianMixture mixture({{1.0, Eigen::Vector2d(1, 2), covariance}}, Eigen::Vector2d(1, 1));
  const JointPrediction there = mixture.given(Eigen::VectorXd::Constant(1, 3.0));
  EXPECT_NEAR(there.mean[0], 2.0 + 3.0 / 4.0 * (3.0 - 1.0), 1e-12);
  EXPECT_NEAR(there.covariance(0, 0), 9.0 - 9.0 / 4.0, 1e-12);
}

TEST(GaussianMixture, ConditionsOnWhichComponentItIs) {
  const Eigen::Matrix2d unit = Eigen::Matrix2d::Identity();
  const GaussianMixture mixture(
      {{0.5, Eigen::Vector2d(-5, 1), unit}, {0.5, Eigen::Vector2d(5, 3), unit}},
      Eigen::Vector2d(1, 1));
  EXPECT_NEAR(mixture.given(Eigen::VectorXd::Constant(1, 5.0)).mean[0], 3.0, 1e-6);
  const JointPrediction undecided = mixture.given(Eigen::VectorXd::Constant(1, 0.0));
  EXPECT_NEAR(undecided.mean[0], 2.0, 1e-12);
  EXPECT_NEAR(undecided.covariance(0, 0), 2.0, 1e-12);  // 1 within, 1 between
}

// Series that rise and fall together: their sum varies more than it would if they did not.
TEST(JointPrediction, KnowsThatSeriesMoveTogether) {
  RandomStream random(5);
  std::vector<std::vector<double>> series(3);
  double common = 0.0;
  for (int t = 0; t < 120; ++t) {
    common = 0.8 * common + random.normal();
    series[0].push_back(common + 0.3 * random.normal());
    series[1].push_back(2.0 * common + 0.3 * random.normal());
    series[2].push_back(random.normal());
  }
  const JointPrediction next = predict_jointly(series, 1, 120);
  const auto& covariance = next.covariance;
  EXPECT_GT(covariance(0, 1) / std::sqrt(covariance(0, 0) * covariance(1, 1)), 0.6);
  EXPECT_LT(std::abs(covariance(0, 2)) / std::sqrt(covariance(0, 0) * covariance(2, 2)), 0.3);
}

TEST(JointPrediction, BeatsTheLastValue) {
  // The second series follows the first one step later.
  RandomStream random(6);
  std::vector<double> leader;
  std::vector<double> follower;
  for (int t = 0; t < 200; ++t) {
    leader.push_back((leader.empty() ? 0.0 : 0.5 * leader.back()) + random.normal());
    follower.push_back((t == 0 ? 0.0 : leader[static_cast<std::size_t>(t) - 1]) +
                       0.2 * random.normal());
  }
  double error = 0.0;
  double last = 0.0;
  for (std::ptrdiff_t t = 80; t < 199; ++t) {
    const JointPrediction next = predict_jointly(
        {{leader.begin(), leader.begin() + t}, {follower.begin(), follower.begin() + t}}, 1, 60);
    const double truth = follower[static_cast<std::size_t>(t)];
    error += std::pow(truth - next.mean[1], 2.0);
    last += std::pow(truth - follower[static_cast<std::size_t>(t) - 1], 2.0);
  }
  EXPECT_LT(error, 0.2 * last);
}

TEST(JointPrediction, TakesAnySeries) {
  EXPECT_EQ(predict_jointly({}, 1).mean.size(), 0);
  EXPECT_EQ(predict_jointly({{}, {}}, 1).mean, Eigen::VectorXd::Zero(2));
  EXPECT_NEAR(predict_jointly({{1, 2}, {3, 3}}, 1).mean[0], 1.5, 1e-12);
  const std::vector<double> flat(40, 0.5);
  const JointPrediction next = predict_jointly({flat, flat}, 2);
  EXPECT_NEAR(next.mean[1], 0.5, 1e-6);
  EXPECT_LT(next.covariance(0, 0), 1e-6);
}

}  // namespace
}  // namespace scinet
