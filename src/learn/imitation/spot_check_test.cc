#include "learn/imitation/spot_check.h"

#include "learn/imitation/imitation_testing.h"
#include "oracle/oracle_policies.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

double regret(Policy& policy, const ClusterView& view) {
  return regret_of(decide_once(policy, view), view, {}, RandomStream(1)).value();
}

TEST(SpotCheck, FindsWhatPlansAtRandomLoseAndLittleInThoseOfTheOracle) {
  const auto random = make_random();
  const auto oracle = make_oracle();
  double at_random = 0.0;
  double of_oracle = 0.0;
  constexpr int kViews = 6;
  for (std::uint64_t seed = 0; seed < kViews; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    at_random += regret(*random, cluster.view) / kViews;
    of_oracle += regret(*oracle, cluster.view) / kViews;
  }
  EXPECT_GT(at_random, 0.02);
  EXPECT_LT(of_oracle, 0.25 * at_random);
}

TEST(SpotCheck, DependsOnItsArgumentsAlone) {
  const TestCluster cluster = random_cluster(3);
  const Plan plan = decide_once(*make_random(), cluster.view);
  EXPECT_EQ(regret_of(plan, cluster.view, {}, RandomStream(1)),
            regret_of(plan, cluster.view, {}, RandomStream(1)));
}

TEST(SpotCheck, PassesByWhatWouldTakeLong) {
  const TestCluster cluster = ClusterBuilder()
                                  .type({})
                                  .application("app", {whole(Mi(1000))})
                                  .host("small")
                                  .waiting("app")
                                  .waiting("app")
                                  .build();
  const Plan plan = decide_once(*make_least_loaded(), cluster.view);
  EXPECT_FALSE(regret_of(plan, cluster.view, {.most_open = 1}, RandomStream(1)).has_value());
  EXPECT_FALSE(regret_of(plan, cluster.view, {.most_hosts = 0}, RandomStream(1)).has_value());
  EXPECT_TRUE(regret_of(plan, cluster.view, {.most_open = 2}, RandomStream(1)).has_value());
}

TEST(SpotCheck, ComesMoreRarelyWhereItTakesLonger) {
  ClusterView view;
  view.hosts.resize(5);
  EXPECT_EQ(decisions_between_checks(view, {.decisions = 32}), 32);
  view.hosts.resize(64);
  EXPECT_EQ(decisions_between_checks(view, {.decisions = 32}), 128);
}

}  // namespace
}  // namespace scinet
