#include "search/bandits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace scinet {
namespace {

constexpr double kRewards[] = {0.3, 0.5, 0.7};  // probability of a success of each arm
constexpr int kRounds = 2000;

// How often each arm is chosen.
std::vector<int> play(const std::function<std::size_t()>& choose,
                      const std::function<void(std::size_t, double)>& reward, std::uint64_t seed) {
  RandomStream world = RandomStreams(seed).stream("rewards");
  std::vector<int> chosen(std::size(kRewards), 0);
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t arm = choose();
    ++chosen[arm];
    reward(arm, world.uniform() < kRewards[arm] ? 1.0 : 0.0);
  }
  return chosen;
}

TEST(Bandits, AllFindTheBestArmAndKeepLooking) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    RandomStream random(seed);
    const auto check = [&](const char* name, auto bandit, double least, auto choose) {
      const std::vector<int> chosen =
          play([&] { return choose(bandit); },
               [&](std::size_t arm, double value) { bandit.reward(arm, value); }, seed);
      EXPECT_GT(chosen[2], least * kRounds) << name << ", seed " << seed;
      EXPECT_GT(chosen[0], 0) << name << " never looked at the first arm, seed " << seed;
      EXPECT_NEAR(bandit.mean(2), 0.7, 0.06) << name << ", seed " << seed;
    };
    const auto with_draws = [&](auto& bandit) { return bandit.choose(random); };
    check("beta", BetaThompson(3), 0.85, with_draws);
    check("gaussian", GaussianThompson(3, 0.5, 0.5), 0.8, with_draws);
    check("greedy", EpsilonGreedy(3, 0.95, 0.98), 0.8, with_draws);
    check("confidence", UpperConfidence(3), 0.5, [](auto& bandit) { return bandit.choose(); });
  }
}

TEST(BetaThompson, CountsSuccessesAndForgets) {
  BetaThompson bandit(2);
  bandit.reward(0, 1.0);
  bandit.reward(0, 1.0);
  bandit.reward(0, 0.0);
  EXPECT_DOUBLE_EQ(bandit.mean(0), 3.0 / 5.0);
  EXPECT_DOUBLE_EQ(bandit.mean(1), 0.5);
  BetaThompson forgetful(1, 0.5);
  forgetful.reward(0, 1.0);
  forgetful.reward(0, 0.0);
  EXPECT_DOUBLE_EQ(forgetful.mean(0), 1.5 / 3.5);
}

TEST(UpperConfidence, TriesEveryArmThenTheWidest) {
  UpperConfidence bandit(2);
  EXPECT_EQ(bandit.choose(), 0u);
  bandit.reward(0, 0.6);
  EXPECT_EQ(bandit.choose(), 1u);
  bandit.reward(1, 0.5);
  for (int i = 0; i < 20; ++i) bandit.reward(0, 0.6);
  // 0.6 + sqrt(2 ln 22 / 21) = 1.14 against 0.5 + sqrt(2 ln 22) = 2.99.
  EXPECT_EQ(bandit.choose(), 1u);
}

TEST(EpsilonGreedy, DecaysAndFollowsTheNewestReward) {
  EpsilonGreedy bandit(2, 0.95, 0.98, 0.1);
  RandomStream random(1);
  for (int k = 0; k < 10; ++k) bandit.choose(random);
  EXPECT_NEAR(bandit.epsilon(), 0.95 * std::pow(0.98, 10), 1e-12);
  bandit.reward(1, 1.0);
  bandit.reward(1, 2.0);
  EXPECT_NEAR(bandit.mean(1), 0.9 * 1.0 + 0.1 * 2.0, 1e-12);
}

TEST(Draws, HaveTheMeansAndVariancesOfTheirDistributions) {
  RandomStream random(1);
  constexpr int kDraws = 40'000;
  for (const double shape : {0.5, 1.0, 4.5}) {
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < kDraws; ++i) {
      const double value = draw_gamma(random, shape);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kDraws;
    EXPECT_NEAR(mean, shape, 0.03 * shape + 0.01);
    EXPECT_NEAR(squares / kDraws - mean * mean, shape, 0.08 * shape);
  }
  double sum = 0.0;
  for (int i = 0; i < kDraws; ++i) sum += draw_beta(random, 2.0, 6.0);
  EXPECT_NEAR(sum / kDraws, 0.25, 0.005);
}

}  // namespace
}  // namespace scinet
