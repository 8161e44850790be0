#include "oracle/rollout.h"

#include <gtest/gtest.h>

#include <thread>

#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

const RandomStreams kStreams(7);

Outlook outlook_of(const ClusterView& view, const Plan& plan, RolloutSettings settings = {}) {
  EXPECT_EQ(find_violations(plan, view), std::vector<std::string>{});
  return Rollout(view, settings, kStreams).of(plan);
}

Plan place(std::uint64_t workload, std::uint32_t host) {
  return {.power = {},
          .deployments = {{WorkloadId{workload}, StrategyId{0}}},
          .placements = {{WorkloadId{workload}, FragmentId{0}, HostId{host}}},
          .deferrals = {}};
}

Plan defer(std::uint64_t workload) {
  return {.power = {},
          .deployments = {},
          .placements = {},
          .deferrals = {{WorkloadId{workload}, "to see what it costs"}}};
}

Plan with_power(Plan plan, std::uint32_t host, bool on) {
  plan.power.push_back({HostId{host}, on});
  return plan;
}

// A beat of 5 s, a window of 25 s, hosts of 2 cores of 1000 MIPS, 10 W idle and 12 W at full load.
ClusterBuilder two_hosts(HostState second = HostState::kOn) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", second);
  builder.application("app", {whole(Mi(4000))});
  return builder;
}

TEST(Rollout, ChargesWhatOpenHostsBurnInTheWindow) {
  const TestCluster cluster = two_hosts(HostState::kOff).build();
  const Outlook outlook = outlook_of(cluster.view, {});
  // No rate is known: L = 25 s + 60 s. One host of two: 10 W for 25 s of 2 * 12 W for 85 s, and 25
  // s of 2 * 85 s of its price.
  EXPECT_NEAR(outlook.terms.energy, 250.0 / (24.0 * 85.0), 1e-12);
  EXPECT_NEAR(outlook.terms.cost, 25.0 / 170.0, 1e-12);
  EXPECT_EQ(outlook.terms.response, 0.0);
  EXPECT_NEAR(outlook.qos, qos_score(outlook.terms, cluster.view.weights), 1e-15);
}

TEST(Rollout, CountsTheResponseOfTheRequestsOfTheView) {
  const TestCluster cluster = two_hosts().waiting("app", Seconds(10), Seconds(1)).build();
  const Outlook outlook = outlook_of(cluster.view, place(0, 0));
  EXPECT_NEAR(outlook.terms.response, (1.0 + 4.0) / 20.0, 1e-9);  // 4000 Mi on one core
  EXPECT_EQ(outlook.terms.violation, 0.0);
  EXPECT_NEAR(outlook.terms.inaccuracy, 0.1, 1e-12);
}

TEST(Rollout, CountsAResponseInFullThatEndsAfterTheWindow) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("long", {whole(Mi(40'000))});
  const TestCluster cluster = builder.waiting("long", Seconds(30)).build();
  const Outlook outlook = outlook_of(cluster.view, place(0, 0));
  EXPECT_NEAR(outlook.terms.response, 40.0 / 60.0, 1e-9);
  EXPECT_EQ(outlook.terms.violation, 1.0);
  // One core of two for 40 s is 1 W above idle: 25 s in the window, and 15 s that are left behind.
  EXPECT_NEAR(outlook.terms.energy, (250.0 + 25.0 + 15.0) / (12.0 * 85.0), 1e-9);
}

// Of two cores one works for 15 s after the window: 7.5 s of the 10 W idle, and of the price.
TEST(Rollout, ChargesWorkForItsShareOfHostsThatBootAtOnce) {
  const auto charged = [](Seconds boot_time) {
    ClusterBuilder builder;
    builder.type({.boot_time = boot_time}).host("small").application("long", {whole(Mi(40'000))});
    const TestCluster cluster = builder.waiting("long", Seconds(30)).build();
    return outlook_of(cluster.view, place(0, 0)).terms;
  };
  const QosTerms at_once = charged(Seconds(0));
  const QosTerms later = charged(Seconds(1));
  EXPECT_NEAR(at_once.energy - later.energy, 75.0 / (12.0 * 85.0), 1e-9);
  EXPECT_NEAR(at_once.cost - later.cost, 7.5 / 85.0, 1e-9);
}

TEST(Rollout, ChargesADrainingHostUntilItStops) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").application("long", {whole(Mi(40'000))});
  builder.deployed("long", 0, {{TaskState::kRunning, 1}});
  const TestCluster cluster = builder.build();
  const Outlook off = outlook_of(cluster.view, with_power({}, 1, false));
  // Host 0 idles for 25 s of the window; host 1 runs one core of two at 11 W for 40 s.
  EXPECT_NEAR(off.terms.energy, (250.0 + 440.0) / (24.0 * 85.0), 1e-9);
  EXPECT_NEAR(off.terms.cost, (25.0 + 40.0) / (2.0 * 85.0), 1e-9);
}

TEST(Rollout, NeverRewardsPuttingOff) {
  for (const Cadence cadence : {Cadence::kInterval, Cadence::kArrival}) {
    TestCluster cluster = two_hosts().waiting("app", Seconds(10)).build();
    cluster.view.cadence = cadence;
    const Outlook now = outlook_of(cluster.view, place(0, 0));
    const Outlook later = outlook_of(cluster.view, defer(0));
    EXPECT_NEAR(now.terms.response, 4.0 / 20.0, 1e-9);
    EXPECT_NEAR(later.terms.response, 9.0 / 20.0, 1e-9);  // at the next beat
    EXPECT_EQ(now.terms.inaccuracy, later.terms.inaccuracy);
    EXPECT_GT(now.qos, later.qos);
  }
}

TEST(Rollout, ARequestThatNobodyCanServeCountsAsBadAsCanBe) {
  ClusterBuilder builder;
  builder.type({.memory = Mebibytes(50)}).host("small").application("app", {whole(Mi(1000))});
  const TestCluster cluster = builder.waiting("app").build();
  const Outlook outlook = outlook_of(cluster.view, defer(0));
  EXPECT_EQ(outlook.terms.response, 1.0);
  EXPECT_EQ(outlook.terms.violation, 1.0);
  EXPECT_EQ(outlook.terms.inaccuracy, 1.0);
}

TEST(Rollout, MeetingTheSloNeverLowersTheScore) {
  double last = 0.0;
  for (const double slo : {1.0, 2.0, 3.9, 4.1, 8.0, 100.0}) {
    const TestCluster cluster = two_hosts().waiting("app", Seconds(slo)).build();
    const double qos = outlook_of(cluster.view, place(0, 0)).qos;
    EXPECT_GE(qos, last) << "SLO " << slo;
    EXPECT_TRUE(slo != 4.1 || qos > last + 0.1) << "the SLO is met from here on";
    last = qos;
  }
}

TEST(Rollout, KnowsThatAPaidIncrementIsLostWithItsHost) {
  TestCluster cluster = two_hosts().build();
  auto catalogue = std::make_unique<Catalogue>(*cluster.catalogue);
  catalogue->host_types[0].billing_increment = Seconds(3600);
  cluster.view.catalogue = catalogue.get();
  for (HostView& host : cluster.view.hosts) {
    host.powered_since = cluster.view.now - std::chrono::minutes(30);
  }
  const Outlook both = outlook_of(cluster.view, {});
  const Outlook one = outlook_of(cluster.view, with_power({}, 1, false));
  EXPECT_LT(one.terms.energy, both.terms.energy);
  EXPECT_GT(one.terms.cost, both.terms.cost) << "half an hour that is paid is thrown away";
}

TEST(Rollout, WakesAHostForARequestThatNoOpenHostCanHold) {
  ClusterBuilder builder;
  builder.type({.name = "tiny", .memory = Mebibytes(50)}).type({}).host("tiny");
  builder.host("small", HostState::kOff).host("small", HostState::kOff);
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))})
                                  .arrival_rate("app", 1.0)
                                  .asked({.provisioning = true})
                                  .build();
  const Rollout rollout(cluster.view, {}, kStreams);
  const Outlook outlook = rollout.of({});
  EXPECT_LT(outlook.terms.violation, 1.0);
  // The tiny host and one of the two others, which is woken at one of the first beats.
  EXPECT_GT(outlook.terms.cost, 1.5 * 25.0 / (3.0 * rollout.time_scale().count()));
  EXPECT_LT(outlook.terms.cost, 2.0 * 25.0 / (3.0 * rollout.time_scale().count()));
}

TEST(Rollout, AHostThatIsNotThereYetCostsTime) {
  const TestCluster off = two_hosts(HostState::kOff).waiting("app").build();
  const TestCluster on = two_hosts(HostState::kOn).waiting("app").build();
  const Outlook boots = outlook_of(off.view, with_power(place(0, 1), 1, true));
  const Outlook runs = outlook_of(on.view, place(0, 1));
  EXPECT_NEAR(boots.terms.response - runs.terms.response, 10.0 / 20.0, 1e-9);  // its boot
}

TEST(Rollout, OnArrivalRequestsAheadDoNotWaitForABeat) {
  TestCluster cluster = two_hosts().arrival_rate("app", 0.2).waiting("app").build();
  const Outlook at_beats = outlook_of(cluster.view, place(0, 0), {.futures = 20});
  cluster.view.cadence = Cadence::kArrival;
  const Outlook on_arrival = outlook_of(cluster.view, place(0, 0), {.futures = 20});
  EXPECT_GT(at_beats.terms.response, on_arrival.terms.response);
}

TEST(Rollout, WeighsARequestAsAWholeRunDoes) {
  const TestCluster cluster = two_hosts().arrival_rate("app", 0.2).waiting("app").build();
  const Rollout rollout(cluster.view, {.futures = 4}, kStreams);
  EXPECT_GE(rollout.requests(), 1.0 + 0.2 * 25.0);
  EXPECT_NEAR(rollout.requests() / rollout.time_scale().count(), 0.2, 1e-9);
}

TEST(Rollout, TakesLessWorkForRequestsAheadWhereEnergyWeighsMore) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small");
  builder.application("app", {whole(Mi(4000), 0.9), whole(Mi(1000), 0.7)}).waiting("app");
  TestCluster cluster = builder.arrival_rate("app", 0.2).build();
  const auto inaccuracy_with = [&](QosWeights weights) {
    cluster.view.weights = weights;
    return outlook_of(cluster.view, place(0, 0), {.futures = 4}).terms.inaccuracy;
  };
  const double rich = inaccuracy_with({0.0, 0.0, 0.1, 0.1, 0.8});
  const double poor = inaccuracy_with({0.6, 0.0, 0.1, 0.1, 0.2});
  const double dear = inaccuracy_with({0.0, 0.6, 0.1, 0.1, 0.2});
  EXPECT_LE(rich, 0.1 + 1e-9);
  EXPECT_GT(poor, rich + 0.05);
  EXPECT_GT(dear, rich + 0.05);
}

TEST(Rollout, HostsThatLookTheSameAreTheSame) {
  const TestCluster cluster = two_hosts().arrival_rate("app", 0.5).waiting("app").build();
  const Rollout rollout(cluster.view, {.futures = 3}, kStreams);
  EXPECT_EQ(rollout.of(place(0, 0)), rollout.of(place(0, 1)));
}

TEST(Rollout, MoreFuturesAreOtherFutures) {
  const TestCluster cluster = two_hosts().arrival_rate("app", 0.5).waiting("app").build();
  EXPECT_NE(outlook_of(cluster.view, place(0, 0), {.futures = 1}),
            outlook_of(cluster.view, place(0, 0), {.futures = 2}));
}

TEST(Rollout, WithoutArrivalsScoresWhatIsThere) {
  const auto of_rate = [](double rate) {
    const TestCluster cluster = two_hosts().arrival_rate("app", rate).waiting("app").build();
    return Rollout(cluster.view, {.beats = 1, .arrivals = false}, kStreams).of(place(0, 0)).terms;
  };
  EXPECT_EQ(of_rate(0.5).response, of_rate(5).response);
  EXPECT_GT(of_rate(0.5).response, 0.0);
}

// The first futures are those of a rollout that has no more.
TEST(Rollout, GivesUpAPlanThatIsBehindInTheTrialFutures) {
  const TestCluster cluster = two_hosts().arrival_rate("app", 0.5).waiting("app").build();
  const Rollout rollout(cluster.view, {.futures = 5, .trial = 2}, kStreams);
  const Outlook outlook = rollout.of(place(0, 0));
  EXPECT_EQ(outlook.trial_qos, outlook_of(cluster.view, place(0, 0), {.futures = 2}).qos);
  EXPECT_EQ(outlook.qos, outlook_of(cluster.view, place(0, 0), {.futures = 5}).qos);
  EXPECT_EQ(rollout.of(place(0, 0), outlook.trial_qos), outlook);
  EXPECT_EQ(rollout.of(place(0, 0), outlook.trial_qos + 1e-9), std::nullopt);
}

TEST(Rollout, StaysWithinBoundsAndRepeatsItselfAnywhere) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    TestCluster cluster = random_cluster(seed);
    cluster.view.cadence = seed % 2 == 0 ? Cadence::kInterval : Cadence::kArrival;
    const Rollout rollout(cluster.view, {.beats = 3, .futures = 2}, kStreams);
    for (const auto& make : {make_random, make_cosim, make_least_loaded}) {
      const Plan plan = decide_once(*make(), cluster.view, seed);
      const Outlook outlook = rollout.of(plan);
      EXPECT_EQ(outlook.qos, qos_score(outlook.terms, cluster.view.weights)) << "seed " << seed;
      for (const double term : {outlook.terms.energy, outlook.terms.cost, outlook.terms.response,
                                outlook.terms.violation, outlook.terms.inaccuracy}) {
        EXPECT_GE(term, 0.0) << "seed " << seed;
        EXPECT_LE(term, 1.0) << "seed " << seed;
      }
      Outlook elsewhere;
      std::thread([&] { elsewhere = rollout.of(plan); }).join();
      EXPECT_EQ(elsewhere, outlook) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace scinet
