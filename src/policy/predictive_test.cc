// What tells the predict-then-optimise policies apart, and that each uses what it predicts.
#include "policy/predictive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "policy/baselines.h"
#include "policy/rules.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

using namespace std::chrono_literals;

SeriesPredictor always(double mean, double deviation = 0.0) {
  return [=](const auto& series, int steps) {
    const std::vector<Forecast> same(static_cast<std::size_t>(steps), Forecast{mean, deviation});
    return std::vector<std::vector<Forecast>>(series.size(), same);
  };
}

// Every two hosts with this correlation.
JointPredictor together(double mean, double deviation, double correlation) {
  return [=](const auto& series, int) {
    const auto n = static_cast<Eigen::Index>(series.size());
    JointPrediction joint{
        .mean = Eigen::VectorXd::Constant(n, mean),
        .covariance = Eigen::MatrixXd::Constant(n, n, correlation * deviation * deviation)};
    joint.covariance.diagonal().setConstant(deviation * deviation);
    return joint;
  };
}

std::unique_ptr<Policy> provisioned_by(std::unique_ptr<ProvisioningRule> rule) {
  return compose(std::move(rule), most_accurate_in_time(), earliest_finish());
}

// Hosts of 2 cores at 1000 MIPS and 10 W, as busy as this; the first ones are on, all of them idle
// of tasks. Power weighs little beside answers.
TestCluster cluster_at(double busy, int on, int off) {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(0)});
  for (int i = 0; i < on; ++i) builder.host("small").utilisation(busy);
  for (int i = 0; i < off; ++i) builder.host("small", HostState::kOff);
  builder.application("app", {whole(Mi(1000))}).arrival_rate("app", 1.0);
  return builder.asked({.provisioning = true}).build();
}

int hosts_on(Policy& policy, const ClusterView& view) {
  const auto after = states_after(decide_once(policy, view), view);
  return static_cast<int>(std::ranges::count_if(after, accepts_work));
}

TEST(Predictive, MoreDemandAheadKeepsMoreHostsOn) {
  const TestCluster cluster = cluster_at(0.3, 6, 6);
  const auto on = [&](auto make, auto low, auto high) {
    return std::pair(hosts_on(*make(low), cluster.view), hosts_on(*make(high), cluster.view));
  };
  const auto ces = on(make_ces_with, always(0.0), always(9000.0));  // of all hosts, in MIPS
  EXPECT_LT(ces.first, ces.second);
  const auto uahs = on([](auto p) { return provisioned_by(uahs_provisioning_with(p)); },
                       always(0.05), always(0.6));
  EXPECT_LT(uahs.first, uahs.second);
  const auto cahs = on([](auto p) { return provisioned_by(cahs_provisioning_with(p)); },
                       together(100.0, 10.0, 0.0), together(1200.0, 10.0, 0.0));
  EXPECT_LT(cahs.first, cahs.second);
}

// The ant colony weighs an SLO only once it has seen a request.
TEST(AcoArima, MoreDemandAheadKeepsMoreHostsOn) {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(0)});
  for (int i = 0; i < 6; ++i) builder.host("small").utilisation(0.3);
  builder.application("app", {whole(Mi(2000))}).arrival_rate("app", 1.0);
  const TestCluster cluster = builder.waiting("app", Seconds(4)).build();
  EXPECT_LT(hosts_on(*make_acoarima_with(always(0.01)), cluster.view),
            hosts_on(*make_acoarima_with(always(0.9)), cluster.view));
}

TEST(Uahs, UncertaintyKeepsMoreHostsOn) {
  const TestCluster cluster = cluster_at(0.3, 6, 6);
  EXPECT_LT(hosts_on(*provisioned_by(uahs_provisioning_with(always(0.1, 0.0))), cluster.view),
            hosts_on(*provisioned_by(uahs_provisioning_with(always(0.1, 0.3))), cluster.view));
}

// The variances are the same; what rises together needs more room.
TEST(Cahs, CorrelationKeepsMoreHostsOn) {
  const TestCluster cluster = cluster_at(0.3, 6, 6);
  EXPECT_LT(
      hosts_on(*provisioned_by(cahs_provisioning_with(together(500.0, 250.0, -0.15))),
               cluster.view),
      hosts_on(*provisioned_by(cahs_provisioning_with(together(500.0, 250.0, 0.9))), cluster.view));
}

TEST(Ces, CoolsDownAfterAWake) {
  double predicted = 9000.0;
  const auto policy = make_ces_with(
      [&](const auto& series, int steps) { return always(predicted)(series, steps); });
  TestCluster cluster = cluster_at(0.0, 4, 4);
  EXPECT_GT(hosts_on(*policy, cluster.view), 4) << "woken at once";
  predicted = 0.0;
  for (HostView& host : cluster.view.hosts) host.state = HostState::kOn;
  cluster.view.now += 5s;
  EXPECT_EQ(hosts_on(*policy, cluster.view), 8) << "5 s after a wake";
  cluster.view.now += 15s;
  EXPECT_LT(hosts_on(*policy, cluster.view), 8) << "20 s after it";
}

TEST(Predictive, NoTwoDecideAlike) {
  std::set<std::string> decisions;
  const auto decisions_of = [&](Policy& policy) {
    std::string all;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const TestCluster cluster = random_cluster(seed);
      all += to_words(decide_once(policy, cluster.view, seed)) + "\n";
    }
    return all;
  };
  decisions.insert(decisions_of(*make_acoarima()));
  decisions.insert(decisions_of(*make_ces()));
  decisions.insert(decisions_of(*provisioned_by(uahs_provisioning())));
  decisions.insert(decisions_of(*provisioned_by(cahs_provisioning())));
  decisions.insert(decisions_of(*make_cosim()));
  decisions.insert(decisions_of(*make_threshold()));
  EXPECT_EQ(decisions.size(), 6u);
}

}  // namespace
}  // namespace scinet
