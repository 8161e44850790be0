// The oracle on small cases of which the best plan is known. docs/oracle.md has the figures over
// 500 of them.
#include "tests/oracle_against_exact.h"

#include <gtest/gtest.h>

#include "policy/estimate.h"

namespace scinet {
namespace {

constexpr std::int64_t kSteps = 1000;

TEST(OracleAgainstExact, IsWithinOnePercentOfTheBestPlanAndNeverBelowCosim) {
  int cases = 0;
  int close = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const auto found = oracle_against_exact(seed, kSteps, 20'000);
    if (!found) continue;
    ++cases;
    if (found->oracle >= 0.99 * found->exact) ++close;
    EXPECT_LE(found->oracle, found->exact + 1e-9) << "seed " << seed;
    EXPECT_GE(found->oracle, found->cosim) << "seed " << seed;
    EXPECT_GE(found->bound, found->exact) << "seed " << seed;
  }
  EXPECT_GE(cases, 140);
  EXPECT_GE(close, 0.95 * cases);
}

TEST(OracleAgainstExact, MoreStepsNeverGiveAWorsePlan) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const TestCluster cluster = small_case(seed);
    const Rollout rollout(cluster.view, {}, RandomStreams(seed));
    double last = 0.0;
    for (const std::int64_t steps : {1, 2, 3, 5, 10, 20, 50, 100, 300}) {
      const SearchResult found = search_small_case(cluster.view, rollout, steps, seed);
      EXPECT_GE(found.best.outlook.qos, last) << "seed " << seed << ", " << steps << " steps";
      EXPECT_LE(found.steps, steps) << "seed " << seed;
      last = found.best.outlook.qos;
    }
  }
}

TEST(SmallCase, IsSmallAndOfManyKinds) {
  int waiting_three = 0;
  int with_four_hosts = 0;
  int with_tasks = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const ClusterView view = small_case(seed).view;
    const auto waiting = std::ranges::count_if(view.workloads, is_waiting);
    EXPECT_GE(waiting, 1) << "seed " << seed;
    EXPECT_LE(waiting, 3) << "seed " << seed;
    EXPECT_LE(view.hosts.size(), 4u) << "seed " << seed;
    waiting_three += waiting == 3 ? 1 : 0;
    with_four_hosts += view.hosts.size() == 4 ? 1 : 0;
    with_tasks += std::ssize(view.workloads) > waiting ? 1 : 0;
  }
  EXPECT_GT(waiting_three, 100);
  EXPECT_GT(with_four_hosts, 80);
  EXPECT_GT(with_tasks, 100);
}

}  // namespace
}  // namespace scinet
