// RecSim: its Bayesian network by counts done by hand, and what tells the policy from the greedy
// ones that it starts from.
#include "oracle/recsim.h"

#include <gtest/gtest.h>

#include <cmath>

#include "oracle/rollout.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

using Features = BayesianNetwork::Features;

TEST(BayesianNetwork, HasNoOpinionBeforeTheFirstSample) {
  BayesianNetwork network;
  network.learn();
  EXPECT_DOUBLE_EQ(network.probability_good({0, 1, 2, 3, 0}), 0.5);
}

// Nine of ten answers were good and one was not, all of the same features. Of a class with n
// samples of the features, P(class) = (n + 1/2) / 11 and P(feature | class) = (n + 1/4) / (n + 1)
// for each of the five: 9.5 / 11 x (9.25 / 10)^5 against 1.5 / 11 x (1.25 / 2)^5.
TEST(BayesianNetwork, CountsByHand) {
  BayesianNetwork network;
  for (int i = 0; i < 10; ++i) network.add({{1, 1, 1, 1, 1}, i != 0});
  network.learn();
  const double good = 9.5 / 11.0 * std::pow(9.25 / 10.0, 5.0);
  const double bad = 1.5 / 11.0 * std::pow(1.25 / 2.0, 5.0);
  EXPECT_NEAR(network.probability_good({1, 1, 1, 1, 1}), good / (good + bad), 1e-12);
}

// Good exactly where the first feature and the last agree: by itself neither says anything. Only a
// network that has one depend on the other can tell.
TEST(BayesianNetwork, SeesThatTwoFeaturesBelongTogether) {
  BayesianNetwork network;
  for (int i = 0; i < 80; ++i) {
    const int one = i % 2;
    const int other = (i / 2) % 2;
    network.add({{one, 0, (i / 4) % 2, 0, other}, one == other});
  }
  network.learn();
  EXPECT_TRUE(network.parent(4) == 0 || network.parent(0) == 4);
  for (const int third : {0, 1}) {
    EXPECT_GT(network.probability_good({1, 0, third, 0, 1}), 0.8);
    EXPECT_LT(network.probability_good({1, 0, third, 0, 0}), 0.2);
  }
}

TEST(BayesianNetwork, ForgetsWhatIsLongAgo) {
  BayesianNetwork network;
  for (int i = 0; i < 300; ++i) network.add({{2, 2, 2, 2, 2}, false});
  for (int i = 0; i < 300; ++i) network.add({{2, 2, 2, 2, 2}, true});
  network.learn();
  EXPECT_GT(network.probability_good({2, 2, 2, 2, 2}), 0.99);
}

// Without an opinion yet the twin decides: other plans than those of the greedy policies that the
// climb starts from, and on futures that it has not seen better ones.
TEST(RecSim, ClimbsAboveTheGreedyPlanItStartsFrom) {
  constexpr std::uint64_t kClusters = 12;
  std::uint64_t other = 0;
  double gain = 0.0;
  for (std::uint64_t seed = 0; seed < kClusters; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Plan plan = decide_once(*make_recsim(), cluster.view, seed);
    bool is_other = true;
    for (const auto make : {make_cosim, make_least_loaded, make_threshold, make_compression_only}) {
      is_other = is_other && plan != decide_once(*make(), cluster.view, seed);
    }
    other += is_other ? 1 : 0;
    const Rollout rollout(cluster.view, {.beats = 5, .futures = 4}, RandomStreams(99));
    gain += rollout.of(plan).qos - rollout.of(decide_once(*make_cosim(), cluster.view)).qos;
  }
  EXPECT_GT(other, kClusters / 2);
  EXPECT_GT(gain / static_cast<double>(kClusters), 0.01);
}

}  // namespace
}  // namespace scinet
