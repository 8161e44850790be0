#include "policy/plan_estimate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "policy/catalog.h"
#include "policy/joint_decision.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

constexpr DemandAhead kNothingToCome{};

// Two hosts of 2 cores at 1000 MIPS, 10 W idle and 12 W busy, 0.10 $/h; all on. A request of 5 s.
TestCluster one_request(Seconds slo = Seconds(10)) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small");
  return builder.application("app", {whole(Mi(5000), 0.9)}).waiting("app", slo).build();
}

Plan on_host_0(std::vector<PowerChange> power = {}) {
  return {.power = std::move(power),
          .deployments = {{WorkloadId{0}, StrategyId{0}}},
          .placements = {{WorkloadId{0}, FragmentId{0}, HostId{0}}},
          .deferrals = {}};
}

TEST(PlanEstimate, CountsWhatHostsUseAndRequestsWait) {
  const TestCluster cluster = one_request();
  const PlanEstimate estimate(cluster.view, Seconds(10), kNothingToCome);
  const QosTerms terms = estimate.of(on_host_0());
  // Host 0: 5000 Mi of 20000 in 10 s, a quarter busy: 10.5 W. Host 1: 10 W. Full: 24 W.
  EXPECT_NEAR(terms.energy, 20.5 / 24.0, 1e-12);
  EXPECT_NEAR(terms.cost, 1.0, 1e-12);
  EXPECT_NEAR(terms.response, 5.0 / 20.0, 1e-12);
  // Lognormal of mean 5 and variation 0.3: ln variance = ln 1.09 = 0.0862,
  // P(T > 10) = Q((ln 10 - ln 5 + 0.0431) / 0.2936) = Q(2.508) = 0.0061.
  EXPECT_NEAR(terms.violation, 0.0061, 1e-4);
  EXPECT_NEAR(terms.inaccuracy, 0.1, 1e-12);
  EXPECT_EQ(estimate.score(on_host_0()), qos_score(terms, cluster.view.weights));
}

TEST(PlanEstimate, AHostThatIsOffUsesNothing) {
  const TestCluster cluster = one_request();
  const PlanEstimate estimate(cluster.view, Seconds(10), kNothingToCome);
  const QosTerms terms = estimate.of(on_host_0({{HostId{1}, false}}));
  EXPECT_NEAR(terms.energy, 10.5 / 24.0, 1e-12);
  EXPECT_NEAR(terms.cost, 0.5, 1e-12);
}

TEST(PlanEstimate, BillsStartedIncrementsWhole) {
  TestCluster cluster = one_request();
  Catalogue catalogue = *cluster.catalogue;
  catalogue.host_types[0].billing_increment = Seconds(60);
  cluster.view.catalogue = &catalogue;
  // On for 55 s: paid for 5 s more, and the next minute starts within the window.
  for (HostView& host : cluster.view.hosts)
    host.powered_since = cluster.view.now - SimTime(55'000'000'000);
  // The cost of all for the window is 2 x 10 s; of these hosts 2 x 60 s, no more than all of it.
  EXPECT_NEAR(PlanEstimate(cluster.view, Seconds(10), kNothingToCome).of(on_host_0()).cost, 1.0,
              1e-12);
  // Within 4 s nothing more is billed.
  EXPECT_NEAR(PlanEstimate(cluster.view, Seconds(4), kNothingToCome).of(on_host_0()).cost, 0.0,
              1e-12);
}

TEST(PlanEstimate, ABootBurnsItsPowerAndDelaysTheAnswer) {
  ClusterBuilder builder;
  builder.type({.boot_time = Seconds(4)}).host("small", HostState::kOff);
  const TestCluster cluster =
      builder.application("app", {whole(Mi(5000))}).waiting("app", Seconds(10)).build();
  const QosTerms terms =
      PlanEstimate(cluster.view, Seconds(10), kNothingToCome).of(on_host_0({{HostId{0}, true}}));
  // 4 s at 12 W, then 5000 of 12000 Mi in 6 s at 10.8333 W; 120 J at full power.
  EXPECT_NEAR(terms.energy, (48.0 + 65.0) / 120.0, 1e-12);
  EXPECT_NEAR(terms.response, 9.0 / 20.0, 1e-12);
}

TEST(PlanEstimate, WorkToComeFillsTheHostsThatAcceptIt) {
  const TestCluster cluster = one_request();
  const auto energy = [&](Mips work) {
    return PlanEstimate(cluster.view, Seconds(10), {.work = work}).of(on_host_0()).energy;
  };
  // 5000 Mi known and 20000 Mi to come of 40000: 62.5 % busy, 11.25 W each on average.
  EXPECT_NEAR(energy(Mips(2000)), 22.5 / 24.0, 1e-12);
  EXPECT_NEAR(energy(Mips(9000)), 1.0, 1e-12);
}

TEST(PlanEstimate, LessPowerMakesRequestsToComeWaitLonger) {
  const TestCluster cluster = one_request();
  const auto response = [&](Mips work, std::vector<PowerChange> power) {
    const DemandAhead ahead{.work = work, .slo = Seconds(10)};
    return PlanEstimate(cluster.view, Seconds(10), ahead).of(on_host_0(std::move(power))).response;
  };
  const PowerChange off{HostId{1}, false};
  EXPECT_GT(response(Mips(1000), {off}), response(Mips(1000), {}));
  EXPECT_GT(response(Mips(1000), {off}) - response(Mips(1000), {}),
            response(Mips(200), {off}) - response(Mips(200), {}));
}

TEST(PlanEstimate, NeighboursFeelWhatJoinsThem) {
  ClusterBuilder builder;
  builder.type({.cores = 1}).host("small").host("small");
  builder.application("app", {whole(Mi(5000))}).waiting("app");
  builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  const TestCluster cluster = builder.build();
  const PlanEstimate estimate(cluster.view, Seconds(20), kNothingToCome);
  Plan apart = on_host_0();
  apart.placements[0].host = HostId{1};
  // Together both take 10 s, apart 5 s; the SLO is 10 s.
  EXPECT_NEAR(estimate.of(on_host_0()).response, 10.0 / 20.0, 1e-12);
  EXPECT_NEAR(estimate.of(apart).response, 5.0 / 20.0, 1e-12);
}

TEST(PlanEstimate, WhatWaitsIsWorseThanWhatIsServed) {
  const TestCluster cluster = one_request();
  const PlanEstimate estimate(cluster.view, Seconds(10), kNothingToCome);
  const Plan wait{
      .power = {}, .deployments = {}, .placements = {}, .deferrals = {{WorkloadId{0}, "test"}}};
  EXPECT_GT(estimate.of(wait).response, estimate.of(on_host_0()).response);
  EXPECT_GT(estimate.of(wait).violation, estimate.of(on_host_0()).violation);
}

TEST(PlanEstimate, TermsOfEveryPlanLieBetween0And1) {
  const PolicyCatalog policies = builtin_policies();
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const DemandAhead ahead{.work = Mips(20.0 * static_cast<double>(seed)), .slo = Seconds(5)};
    const PlanEstimate estimate(cluster.view, Seconds(20), ahead);
    const Plan plan = decide_once(*policies.make("random").value(), cluster.view, seed);
    const QosTerms terms = estimate.of(plan);
    for (const double term :
         {terms.energy, terms.cost, terms.response, terms.violation, terms.inaccuracy}) {
      EXPECT_TRUE(term >= 0.0 && term <= 1.0) << "seed " << seed << ": " << term;
    }
    EXPECT_EQ(estimate.of(plan), terms) << "seed " << seed;
  }
}

TEST(PlanEstimate, ReadsUtilisationAsWork) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").slow(0.5);
  const TestCluster cluster = builder.build();
  const std::vector<double> utilisation{0.5, 1.0};
  EXPECT_NEAR(work_at(cluster.view, utilisation).value(), 1000.0 + 1000.0, 1e-9);
}

TEST(ExpectedRequest, IsTheMeanByArrivalRate) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.application("often",
                      {whole(Mi(1000), 0.9), layer({fragment(Mi(500)), fragment(Mi(500))}, 0.7)});
  builder.application("never", {whole(Mi(9000), 0.1)});
  const TestCluster cluster = builder.arrival_rate("often", 2.0).build();
  const ExpectedRequest request = expected_request(cluster.view);
  EXPECT_NEAR(request.work.value(), 1000.0, 1e-9);
  EXPECT_NEAR(request.longest_path.value(), 1000.0, 1e-9);
  EXPECT_NEAR(request.accuracy, 0.8, 1e-12);
  EXPECT_NEAR(request.cores, 1.0, 1e-12);
}

TEST(LightestRequest, IsOfTheStrategiesWithTheLeastWork) {
  ClusterBuilder builder;
  builder.type({}).host("small");
  builder.application("often",
                      {whole(Mi(1000), 0.9), layer({fragment(Mi(300)), fragment(Mi(400))}, 0.7)});
  builder.application("seldom", {whole(Mi(100), 0.4), whole(Mi(9000), 0.1)});
  const TestCluster cluster =
      builder.arrival_rate("often", 3.0).arrival_rate("seldom", 1.0).build();
  const ExpectedRequest request = lightest_request(cluster.view);
  EXPECT_NEAR(request.work.value(), 0.75 * 700.0 + 0.25 * 100.0, 1e-9);
  EXPECT_NEAR(request.longest_path.value(), 0.75 * 700.0 + 0.25 * 100.0, 1e-9);
  EXPECT_NEAR(request.accuracy, 0.75 * 0.7 + 0.25 * 0.4, 1e-12);
}

}  // namespace
}  // namespace scinet
