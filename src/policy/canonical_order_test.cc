#include "policy/canonical_order.h"

#include <gtest/gtest.h>

#include "policy/rules.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

std::unique_ptr<Policy> drawn() {
  return compose(random_provisioning(), random_deployment(), random_placement());
}

std::vector<std::string> plan_of(Policy& policy, const ClusterView& view) {
  return without_host_ids(decide_once(policy, view), view);
}

TEST(CanonicalOrder, GivesAnOrderedViewThatIsThatOfThePermutedView) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const CanonicalOrder order(cluster.view);
    const CanonicalOrder other(permuted);
    const ClusterView a = order.ordered(cluster.view);
    const ClusterView b = other.ordered(permuted);
    for (std::size_t i = 0; i < a.hosts.size(); ++i) {
      EXPECT_EQ(a.hosts[i].utilisation, b.hosts[i].utilisation) << "seed " << seed;
      EXPECT_EQ(a.hosts[i].state, b.hosts[i].state) << "seed " << seed;
      EXPECT_EQ(a.hosts[i].memory_used, b.hosts[i].memory_used) << "seed " << seed;
    }
  }
}

// What only draws decide would change with the order of hosts and of the catalogue.
TEST(CanonicalOrder, MakesDrawsIndependentOfTheOrderOfHosts) {
  int changed_without = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    const TestCluster reversed = with_reversed_catalogue(cluster.view);
    EXPECT_EQ(plan_of(*in_canonical_order(drawn()), cluster.view),
              plan_of(*in_canonical_order(drawn()), permuted))
        << "seed " << seed;
    EXPECT_EQ(decide_once(*in_canonical_order(drawn()), cluster.view),
              with_reversed_strategies(decide_once(*in_canonical_order(drawn()), reversed.view),
                                       reversed.view))
        << "seed " << seed;
    if (plan_of(*drawn(), cluster.view) != plan_of(*drawn(), permuted)) ++changed_without;
  }
  EXPECT_GT(changed_without, 10);
}

// Memory by HostId needs an order that stays while hosts change their looks.
TEST(CanonicalOrder, StaysWhileHostsAndCatalogueDo) {
  ClusterBuilder builder;
  builder.type({}).host("small").utilisation(0.9).host("small").utilisation(0.1);
  TestCluster cluster = builder.build();
  const CanonicalOrder order(cluster.view);
  EXPECT_EQ(order.ordered(cluster.view).hosts[0].utilisation, 0.1);
  cluster.view.hosts[1].utilisation = 1.0;
  EXPECT_TRUE(order.fits(cluster.view));
  EXPECT_EQ(order.ordered(cluster.view).hosts[0].utilisation, 1.0);

  cluster.view.hosts.pop_back();
  EXPECT_FALSE(order.fits(cluster.view));
}

TEST(CanonicalOrder, TellsAStrategyThatRunsInBatchesFromOneThatDoesNot) {
  const Strategy plain = strategy("plain", 0.9, {fragment(Mi(9))});
  Strategy batches = strategy("batches", 0.9, {fragment(Mi(9))});
  batches.fragments[0].batch = {.limit = 4, .delay = Seconds(0.1), .further_work = 0.5};
  const auto first_of = [](std::vector<Strategy> strategies) {
    ClusterBuilder builder;
    builder.type({}).host("small").application("app", std::move(strategies));
    const TestCluster cluster = builder.build();
    const CanonicalOrder order(cluster.view);
    return order.ordered(cluster.view).catalogue->applications[0].strategies[0].name;
  };
  EXPECT_EQ(first_of({plain, batches}), first_of({batches, plain}));
}

TEST(CanonicalOrder, GivesThePlanBackInTheIdsOfTheView) {
  ClusterBuilder builder;
  builder.type({}).host("small").utilisation(0.9).host("small").utilisation(0.1);
  builder.application("app", {whole(Mi(9), 0.9), whole(Mi(5), 0.5)}).waiting("app");
  const TestCluster cluster = builder.build();
  const CanonicalOrder order(cluster.view);
  const Plan plan{.power = {{HostId{0}, false}},
                  .deployments = {{WorkloadId{0}, StrategyId{0}}},
                  .placements = {{WorkloadId{0}, FragmentId{0}, HostId{1}}},
                  .deferrals = {}};
  EXPECT_EQ(to_words(order.as_given(plan, cluster.view)), "h1 off; w0 by s1; w0.f0 on h0");
}

}  // namespace
}  // namespace scinet
