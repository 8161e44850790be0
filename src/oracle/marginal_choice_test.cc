#include "oracle/marginal_choice.h"

#include <gtest/gtest.h>

#include "tests/policy_testing.h"

namespace scinet {
namespace {

// One host of 2 cores of 1000 MIPS, 10 W idle and 12 W at full load; 8 s or 1 s of one core.
TestCluster accurate_or_light(Seconds boot_time) {
  ClusterBuilder builder;
  builder.type({.boot_time = boot_time}).host("small");
  builder.application("app", {whole(Mi(8000), 1.0), whole(Mi(1000), 0.8)});
  return builder.waiting("app", Seconds(1000)).build();
}

StrategyId chosen(Seconds boot_time, ResourcePrices prices) {
  const TestCluster cluster = accurate_or_light(boot_time);
  const DecisionSpace space(cluster.view);
  JointDecision decision = space.nothing_changed();
  MarginalChoice(space, prices).answer_all(decision, {0});
  return decision.choices[0].value().strategy;
}

TEST(MarginalChoice, WorkBearsItsShareOfHostsOnlyWhereTheyBootAtOnce) {
  // The accurate strategy gains 0.2 of its weight of 0.2, and loses by 0.0007 of response. Its 7 s
  // more of a core add 7 J, and are 35 J of the idle power or 3.5 s of the price.
  const double gain = 0.2 * 0.2 - 0.0007;
  const double second = (DollarsPerHour(0.10) * Seconds(1)).value();
  for (const ResourcePrices prices : {ResourcePrices{.joule = gain / 20.0, .dollar = 0.0},
                                      ResourcePrices{.joule = 0.0, .dollar = gain / second}}) {
    EXPECT_EQ(chosen(Seconds(1), prices), StrategyId{0});
    EXPECT_EQ(chosen(Seconds(0), prices), StrategyId{1});
  }
  EXPECT_EQ(chosen(Seconds(0), {.joule = gain / 45.0, .dollar = 0.0}), StrategyId{0});
  EXPECT_EQ(chosen(Seconds(0), {.joule = gain / 40.0, .dollar = 0.0}), StrategyId{1});
}

TEST(MarginalChoice, HostsAreSharedWhereAllBootAtOnce) {
  EXPECT_EQ(host_costs(accurate_or_light(Seconds(0)).view), HostCosts::kShared);
  EXPECT_EQ(host_costs(accurate_or_light(Seconds(0.5)).view), HostCosts::kPaid);
}

}  // namespace
}  // namespace scinet
