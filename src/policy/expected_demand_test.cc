#include "policy/expected_demand.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/cluster_builder.h"

namespace scinet {
namespace {

// Four hosts of 2 cores at 1000 MIPS that boot in 10 s. Requests for "large" take up to 10,000 MI,
// those for "small" up to 2000.
TestCluster cluster_at(SimTime now, double large = 0.0, double small = 0.0,
                       Seconds boot_time = Seconds(10)) {
  ClusterBuilder builder;
  builder.type({.boot_time = boot_time}).host("small").host("small");
  builder.host("small", HostState::kOff).host("small", HostState::kOff);
  builder.application("large", {whole(Mi(4000)), layer({fragment(Mi(6000)), fragment(Mi(4000))})});
  builder.application("small", {whole(Mi(2000))});
  if (large > 0.0) builder.arrival_rate("large", large);
  if (small > 0.0) builder.arrival_rate("small", small);
  TestCluster cluster = builder.build();
  cluster.view.now = now;
  return cluster;
}

constexpr SimTime kStart{0};
constexpr SimTime kAfter20s = std::chrono::seconds(20);

TEST(ExpectedDemand, IsALoadOfTwoFifthsBeforeAnythingCame) {
  const TestCluster cluster = cluster_at(kStart);
  const ClusterView view = with_expected_demand(cluster.view);
  // 0.4 * 8000 MIPS, a request of (10,000 + 2000) / 2 MI.
  EXPECT_NEAR(total_arrival_rate(view), 0.4 * 8000.0 / 6000.0, 1e-12);
  EXPECT_EQ(view.arrival_rates[0], view.arrival_rates[1]);
  // 4 times 10 s and 2 s on a core of 1000 MIPS.
  ASSERT_EQ(view.recent_requests[0].size(), 1u);
  EXPECT_EQ(view.recent_requests[0][0].slo, Seconds(40));
  EXPECT_EQ(view.recent_requests[1][0].slo, Seconds(8));
}

TEST(ExpectedDemand, FadesWhileNothingComes) {
  const TestCluster cluster = cluster_at(kAfter20s);
  const double assumed = 0.4 * 8000.0 / 6000.0;
  EXPECT_NEAR(total_arrival_rate(with_expected_demand(cluster.view)), 2.0 / (20.0 + 2.0 / assumed),
              1e-12);
}

TEST(ExpectedDemand, IsBetweenWhatCameAndWhatWasAssumed) {
  const TestCluster cluster = cluster_at(kAfter20s, 0.3, 0.1);
  const ClusterView view = with_expected_demand(cluster.view);
  // 8 requests in 20 s; 3 of 4 are large: 8000 MI on average.
  const double assumed = 0.4 * 8000.0 / 8000.0;
  const double rate = (8.0 + 2.0) / (20.0 + 2.0 / assumed);
  EXPECT_NEAR(view.arrival_rates[0], 0.75 * rate, 1e-12);
  EXPECT_NEAR(view.arrival_rates[1], 0.25 * rate, 1e-12);
  EXPECT_EQ(view.recent_requests, cluster.view.recent_requests);
}

TEST(ExpectedDemand, SaysNothingOfAnApplicationThatNobodyAskedFor) {
  const TestCluster cluster = cluster_at(kAfter20s, 0.3);
  const ClusterView view = with_expected_demand(cluster.view);
  EXPECT_GT(view.arrival_rates[0], 0.0);
  EXPECT_EQ(view.arrival_rates[1], 0.0);
  EXPECT_TRUE(view.recent_requests[1].empty());
}

TEST(ExpectedDemand, IsWhatWasMeasuredAfterAMinute) {
  const TestCluster cluster = cluster_at(std::chrono::seconds(60), 0.3);
  EXPECT_FALSE(has_seen_little(cluster.view));
  EXPECT_EQ(with_expected_demand(cluster.view).arrival_rates, cluster.view.arrival_rates);
}

TEST(ExpectedDemand, IsNotAssumedWhereAllHostsBootWithinABeat) {
  const TestCluster cluster = cluster_at(kStart, 0.0, 0.0, Seconds(5));
  EXPECT_FALSE(has_seen_little(cluster.view));
  EXPECT_EQ(total_arrival_rate(with_expected_demand(cluster.view)), 0.0);
}

TEST(ExpectedDemand, IsNothingWhereNothingCanBeAskedFor) {
  const TestCluster cluster = ClusterBuilder().type({}).host("small").build();
  ClusterView view = cluster.view;
  view.now = kStart;
  EXPECT_TRUE(with_expected_demand(view).arrival_rates.empty());
}

// Keeps what it was shown.
class Witness final : public Policy {
 public:
  explicit Witness(std::vector<double>& rates) : rates_(rates) {}
  Plan decide(const ClusterView& view, DecisionContext&) override { return note(view); }
  std::string review(const ClusterView& view, DecisionContext&) override {
    note(view);
    return "reviewed";
  }

 private:
  Plan note(const ClusterView& view) {
    rates_.push_back(total_arrival_rate(view));
    return {};
  }
  std::vector<double>& rates_;
};

TEST(ExpectingDemand, ShowsAPolicyWhatIsExpected) {
  std::vector<double> rates;
  const auto policy = expecting_demand(std::make_unique<Witness>(rates));
  DecisionContext context{RandomStreams(1).stream("policy")};
  const TestCluster early = cluster_at(kAfter20s, 0.3);
  const TestCluster late = cluster_at(std::chrono::seconds(90), 0.3);
  policy->decide(early.view, context);
  EXPECT_EQ(policy->review(early.view, context), "reviewed");
  policy->decide(late.view, context);
  const double expected = total_arrival_rate(with_expected_demand(early.view));
  EXPECT_EQ(rates, (std::vector{expected, expected, 0.3}));
}

}  // namespace
}  // namespace scinet
