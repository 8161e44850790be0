// What tells the policies apart: small situations and what each of them chooses.
#include <gtest/gtest.h>

#include <set>

#include "policy/baselines.h"
#include "tests/policy_testing.h"

namespace scinet {
namespace {

constexpr DecisionsAsked kProvisioning{.provisioning = true};
constexpr DecisionsAsked kRequest{.deployment = true, .placement = true};

// Provisioning as "h0 off", placement as in to_words.
struct Situation {
  std::string name;
  TestCluster cluster;
  std::string least_loaded;
  std::string threshold;
  std::string cosim;
};

// Hosts of 2 cores at 1000 MIPS for 0.10 $/h, at these utilisations; others are off.
ClusterBuilder hosts_at(std::initializer_list<double> utilisations, int off) {
  ClusterBuilder builder;
  builder.type({}).asked(kProvisioning);
  for (const double share : utilisations) builder.host("small").utilisation(share);
  for (int i = 0; i < off; ++i) builder.host("small", HostState::kOff);
  return builder;
}

// A host that is on with room for one request of an application with these strategies.
TestCluster one_request(std::vector<Strategy> strategies, Seconds slo) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest);
  return builder.application("app", std::move(strategies)).waiting("app", slo).build();
}

// Host 0 is roomy and hungry, 50 W for each core, host 1 slow and frugal, 1 W for each core, host 2
// slow, hungry and small. A request of 1000 Mi has 100 s.
TestCluster fast_frugal_tight(Mips fast) {
  ClusterBuilder builder;
  builder.type({.name = "fast", .speed = fast, .memory = Mebibytes(4096), .peak = Watts(110)});
  builder.type({.name = "frugal", .memory = Mebibytes(2048), .peak = Watts(12)});
  builder.type({.name = "tight", .memory = Mebibytes(256), .peak = Watts(110)});
  builder.host("fast").host("frugal").host("tight").asked(kRequest);
  return builder.application("app", {whole(Mi(1000))}).waiting("app", Seconds(100)).build();
}

std::vector<Situation> situations() {
  std::vector<Situation> all;

  // Nothing to do. threshold takes one step; cosim's demand of 0 is worth no host but the last.
  all.push_back(
      {"an idle cluster", hosts_at({0, 0, 0}, 1).build(), "h3 on", "h2 off", "h1 off; h2 off"});

  // load = (0.5 * 2 + 0.5 * 2) / 4 = 0.5, inside the band. Demand 2000 Mi/s: host 0 would carry
  // 0.7 of its 2000, host 1 the other 0.3 > 0.2.
  all.push_back({"half busy", hosts_at({0.5, 0.5}, 1).build(), "h2 on", "", ""});

  // load = 0.2 < 0.3 and one core-load of 0.8 fits the other's 0.7 * 2. Demand 800 <= 1400.
  all.push_back({"a fifth busy", hosts_at({0.2, 0.2}, 0).build(), "", "h1 off", "h1 off"});

  // load = 0.9: one more makes 3.6 / 6 = 0.6. Demand 3600 fills two hosts with 1400 each and a
  // third with 800, that is 0.4 > 0.2; threshold needs one more as well.
  all.push_back({"nearly full", hosts_at({0.9, 0.9}, 2).build(), "h2 on; h3 on", "h2 on", "h2 on"});

  // The cheap host off has half the price per speed: cosim wants it for the 800 Mi/s of demand and
  // keeps the dear one until it is ready; threshold sees 0.4 and does nothing.
  ClusterBuilder prices;
  prices.type({.name = "dear", .price = DollarsPerHour(0.4)});
  prices.type({.name = "cheap", .price = DollarsPerHour(0.1)}).asked(kProvisioning);
  prices.host("dear").utilisation(0.4).host("cheap", HostState::kOff);
  all.push_back({"a dear host busy, a cheap one off", prices.build(), "h1 on", "", "h1 on"});

  // Rising demand that no host has seen yet: 2 requests a second of 1000 Mi are 2000 Mi/s, 1400 on
  // host 0 and 600 on host 1. Only cosim reads the arrival rates.
  ClusterBuilder rising = hosts_at({0.1}, 2);
  rising.application("app", {whole(Mi(1000))}).arrival_rate("app", 2.0);
  all.push_back({"rising arrivals", rising.build(), "h1 on; h2 on", "", "h1 on"});

  // The whole model takes 8 of 10 s at accuracy 0.95, the compressed one 1 s at 0.8. In time is in
  // time for the others; cosim weighs exp(-10/8) + 0.05 = 0.34 against exp(-10) + 0.2 = 0.20.
  all.push_back({"an accurate strategy just in time",
                 one_request({whole(Mi(8000), 0.95), whole(Mi(1000), 0.8)}, Seconds(10)),
                 "w0 by s0; w0.f0 on h0", "w0 by s0; w0.f0 on h0", "w0 by s1; w0.f0 on h0"});

  // With time to spare accuracy decides: exp(-60/4) + 0.05 against exp(-60/1) + 0.2.
  all.push_back({"time to spare",
                 one_request({whole(Mi(1000), 0.8), whole(Mi(4000), 0.95)}, Seconds(60)),
                 "w0 by s1; w0.f0 on h0", "w0 by s1; w0.f0 on h0", "w0 by s1; w0.f0 on h0"});

  // Neither meets 5 s: the faster one, for all three.
  all.push_back({"every strategy late",
                 one_request({whole(Mi(30'000), 0.85), whole(Mi(6000), 0.8)}, Seconds(5)),
                 "w0 by s1; w0.f0 on h0", "w0 by s1; w0.f0 on h0", "w0 by s1; w0.f0 on h0"});

  // cosim, twice its loss: the fast host 50 W * 0.5 s / (110 W * 100 s) + 0.5 / 200 = 0.0048, the
  // frugal one 1 / 11000 + 1 / 200 = 0.0051.
  all.push_back({"a fast host", fast_frugal_tight(Mips(2000)), "w0 by s0; w0.f0 on h0",
                 "w0 by s0; w0.f0 on h2", "w0 by s0; w0.f0 on h0"});

  // At 1100 MIPS the fast host takes 0.91 s: 45 / 11000 + 0.91 / 200 = 0.0087.
  all.push_back({"a host hardly faster", fast_frugal_tight(Mips(1100)), "w0 by s0; w0.f0 on h0",
                 "w0 by s0; w0.f0 on h2", "w0 by s0; w0.f0 on h1"});
  return all;
}

std::string choice(std::unique_ptr<Policy> policy, const ClusterView& view) {
  return to_words(decide_once(*policy, view));
}

TEST(Policies, ChooseWhatTellsThemApart) {
  for (const Situation& situation : situations()) {
    SCOPED_TRACE(situation.name);
    EXPECT_EQ(choice(make_least_loaded(), situation.cluster.view), situation.least_loaded);
    EXPECT_EQ(choice(make_threshold(), situation.cluster.view), situation.threshold);
    EXPECT_EQ(choice(make_cosim(), situation.cluster.view), situation.cosim);
  }
}

TEST(LeastLoaded, CallsDrainingHostsBackAndLeavesFailedOnesAlone) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small", HostState::kDraining).asked(kProvisioning);
  builder.host("small", HostState::kFailed).host("small", HostState::kBooting);
  EXPECT_EQ(choice(make_least_loaded(), builder.build().view), "h1 on");
}

TEST(LeastLoaded, SpreadsRequestsOverHosts) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").asked(kRequest);
  builder.application("app", {semantic({fragment(Mi(900)), fragment(Mi(900)), fragment(Mi(900)),
                                        fragment(Mi(900)), fragment(Mi(100))})});
  // Two cores each: the third branch would share host 0, so it goes to host 1.
  EXPECT_EQ(choice(make_least_loaded(), builder.waiting("app").build().view),
            "w0 by s0; w0.f0 on h0; w0.f1 on h1; w0.f2 on h0; w0.f3 on h1; w0.f4 on h0");
}

TEST(LeastLoaded, AvoidsAHostWithoutFreeMemory) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").asked(kRequest);
  builder.application("app", {whole(Mi(1000), 0.9, Mebibytes(900))});
  builder.application("long", {whole(Mi(5000), 0.9, Mebibytes(10))});
  builder.deployed("app", 0, {{TaskState::kRunning, 0}});   // 1000 Mi and 900 of 1024 MiB
  builder.deployed("long", 0, {{TaskState::kRunning, 1}});  // 5000 Mi but 10 MiB
  // Host 0 has a core to spare but would wait 0.5 s for memory; host 1 runs it at once.
  EXPECT_EQ(choice(make_least_loaded(), builder.waiting("app").build().view),
            "w2 by s0; w2.f0 on h1");
}

// At 0.4 two of the three would do, at 0.58 each: without the band one would go and come.
TEST(Threshold, ChangesNothingBetweenTheThresholds) {
  EXPECT_EQ(choice(make_threshold(), hosts_at({0.4, 0.4, 0.4}, 1).build().view), "");
  EXPECT_EQ(choice(make_threshold(), hosts_at({0.6, 0.6, 0.6}, 1).build().view), "");
}

// load = 1.6 / 6 = 0.27, but without the idle large host it would be 1.6 / 2 = 0.8.
TEST(Threshold, KeepsAnIdleHostThatTheLoadWouldMiss) {
  ClusterBuilder builder = hosts_at({0.8}, 0);
  builder.type({.name = "large", .cores = 4, .price = DollarsPerHour(0.4)}).host("large");
  builder.application("app", {whole(Mi(1000))}).deployed("app", 0, {{TaskState::kRunning, 0}});
  EXPECT_EQ(choice(make_threshold(), builder.build().view), "");
}

TEST(Threshold, CountsWaitingWorkAsLoad) {
  ClusterBuilder builder = hosts_at({0.5}, 2);
  builder.application("app", {whole(Mi(1000))}).waiting("app").waiting("app");
  // (0.5 * 2 + 2) / 2 = 1.5; with one more host 3 / 4 = 0.75, with two 3 / 6 = 0.5.
  EXPECT_EQ(choice(make_threshold(), builder.build().view), "h1 on; h2 on");
}

TEST(Threshold, NeverTurnsOffAHostWithTasks) {
  ClusterBuilder builder = hosts_at({0, 0}, 0);
  builder.application("app", {whole(Mi(1000))});
  builder.deployed("app", 0, {{TaskState::kRunning, 0}});
  builder.deployed("app", 0, {{TaskState::kRunning, 1}});
  EXPECT_EQ(choice(make_threshold(), builder.build().view), "");
}

TEST(Threshold, DefersWhatNoBusyHostHasRoomFor) {
  ClusterBuilder builder;
  builder.type({}).host("small").asked(kRequest);
  builder.application("app", {whole(Mi(1000), 0.9, Mebibytes(600))});
  builder.deployed("app", 0, {{TaskState::kRunning, 0}}).waiting("app");
  EXPECT_EQ(choice(make_threshold(), builder.build().view),
            "w1 waits: none of the 1 hosts that are on and large enough has 600 MiB free: wait for "
            "a task to finish");
}

TEST(Cosim, KeepsADearHostOnlyUntilTheCheapOneIsReady) {
  ClusterBuilder builder;
  builder.type({.name = "dear", .price = DollarsPerHour(0.4)});
  builder.type({.name = "cheap", .price = DollarsPerHour(0.1)}).asked(kProvisioning);
  builder.host("dear").utilisation(0.4);
  EXPECT_EQ(choice(make_cosim(), builder.host("cheap").build().view), "h0 off");
}

// The published placement rule rewarded missing the SLO.
TEST(Cosim, PrefersTheHostThatMeetsTheSlo) {
  ClusterBuilder builder;
  builder.type({.name = "fast", .speed = Mips(2000)}).type({.name = "slow", .speed = Mips(100)});
  builder.host("slow").host("fast").asked(kRequest).application("app", {whole(Mi(1000))});
  EXPECT_EQ(choice(make_cosim(), builder.waiting("app", Seconds(5)).build().view),
            "w0 by s0; w0.f0 on h1");
}

TEST(Random, ReachesEveryHostStrategyAndToggle) {
  ClusterBuilder builder;
  builder.type({}).host("small").host("small").host("small", HostState::kOff);
  builder.application("app", {whole(Mi(1)), whole(Mi(2)), whole(Mi(3))}).waiting("app");
  const TestCluster cluster = builder.build();
  std::set<std::uint32_t> hosts, strategies;
  std::set<std::string> power;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Plan plan = decide_once(*make_random(), cluster.view, seed);
    hosts.insert(plan.placements.at(0).host.value);
    strategies.insert(plan.deployments.at(0).strategy.value);
    power.insert(to_words({plan.power, {}, {}, {}}));
  }
  EXPECT_EQ(hosts.size(), 3u);  // host 2 when it toggles on
  EXPECT_EQ(strategies.size(), 3u);
  EXPECT_TRUE(power.contains("") && power.contains("h0 off") && power.contains("h2 on"));
}

}  // namespace
}  // namespace scinet
