#include "search/bayesian_optimisation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace scinet {
namespace {

// Branin's function on the unit square, upside down: the best value is -0.397887.
double branin(const std::vector<double>& point) {
  const double x = 15.0 * point[0] - 5.0;
  const double y = 15.0 * point[1];
  const double pi = std::numbers::pi;
  const double bowl = y - 5.1 / (4.0 * pi * pi) * x * x + 5.0 / pi * x - 6.0;
  return -(bowl * bowl + 10.0 * (1.0 - 1.0 / (8.0 * pi)) * std::cos(x) + 10.0);
}

TEST(BayesianOptimisation, FindsBraninsOptimumWhereRandomSearchDoesNot) {
  double ours = 0.0;
  double by_chance = 0.0;
  constexpr int kSeeds = 5;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    RandomStream random(seed);
    BayesianOptimisation search(2, 6);
    double best = -1e300;
    double lucky = -1e300;
    for (int i = 0; i < 35; ++i) {
      const std::vector<double> point = search.suggest(random);
      search.observe({point, {branin(point)}});
      best = std::max(best, branin(point));
      lucky = std::max(lucky, branin({random.uniform(), random.uniform()}));
    }
    EXPECT_GT(best, -1.2) << "seed " << seed;
    EXPECT_NEAR(branin(search.best_point()), best, 0.5) << "seed " << seed;
    ours += best / kSeeds;
    by_chance += lucky / kSeeds;
  }
  EXPECT_GT(ours, -0.8);
  EXPECT_GT(ours, by_chance + 1.0);
}

TEST(BayesianOptimisation, SeesThroughNoise) {
  RandomStream random(3);
  BayesianOptimisation search(1);
  for (int i = 0; i < 40; ++i) {
    const std::vector<double> point = search.suggest(random);
    search.observe({point, {-std::pow(point[0] - 0.7, 2.0) + 0.02 * random.normal()}});
  }
  EXPECT_NEAR(search.best_point()[0], 0.7, 0.12);
}

TEST(BayesianOptimisation, SpreadsOverTheFrontOfTwoObjectives) {
  // One wants x = 0.2, the other x = 0.8, both y = 0: the front is y = 0, x in [0.2, 0.8].
  RandomStream random(4);
  BayesianOptimisation search(2, 6);
  int near_front = 0;
  double left = 1.0;
  double right = 0.0;
  for (int i = 0; i < 50; ++i) {
    const std::vector<double> point = search.suggest(random);
    search.observe(
        {point,
         {-std::pow(point[0] - 0.2, 2.0) - point[1], -std::pow(point[0] - 0.8, 2.0) - point[1]}});
    if (i < 20 || point[1] > 0.1 || point[0] < 0.1 || point[0] > 0.9) continue;
    ++near_front;
    left = std::min(left, point[0]);
    right = std::max(right, point[0]);
  }
  EXPECT_GT(near_front, 15) << "of 30; by chance it would be 2.4";
  EXPECT_LT(left, 0.4);
  EXPECT_GT(right, 0.6);
}

TEST(BayesianOptimisation, ChoosesAmongWhatCanBeHad) {
  RandomStream random(5);
  BayesianOptimisation search(1);
  for (const double x : {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}) search.observe({{x}, {x}});
  const std::vector<std::vector<double>> candidates{{0.05}, {0.25}, {0.6}};
  EXPECT_EQ(search.suggest_among(candidates, random), 2u);
}

TEST(BayesianOptimisation, ForgetsWhatIsOld) {
  BayesianOptimisation search(1, 2, 3);
  for (const double x : {0.1, 0.2, 0.3, 0.4}) search.observe({{x}, {x}});
  ASSERT_EQ(search.observations().size(), 3u);
  EXPECT_EQ(search.observations().front().point, std::vector{0.2});
}

TEST(ExpectedImprovement, FollowsItsFormula) {
  // z = 0: deviation / sqrt(2 pi). z = 1: 0.5 (Phi(1) + phi(1)) = 0.5 (0.841345 + 0.241971).
  EXPECT_NEAR(expected_improvement(1.0, 0.5, 1.0), 0.5 * 0.398942, 1e-6);
  EXPECT_NEAR(expected_improvement(1.5, 0.5, 1.0), 0.5 * (0.841345 + 0.241971), 1e-6);
  EXPECT_EQ(expected_improvement(1.5, 0.0, 1.0), 0.5);
  EXPECT_EQ(expected_improvement(0.5, 0.0, 1.0), 0.0);
}

TEST(ParetoFront, IsWhatNothingBeats) {
  const std::vector<std::vector<double>> values{{1, 4}, {2, 3}, {2, 2}, {3, 1}, {1, 4}, {0, 5}};
  EXPECT_EQ(pareto_front(values), (std::vector<std::size_t>{0, 1, 3, 4, 5}));
}

}  // namespace
}  // namespace scinet
