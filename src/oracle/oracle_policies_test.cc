#include "oracle/oracle_policies.h"

#include <gtest/gtest.h>

#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

// A request every two seconds, always the same, to hosts that take 30 s to boot.
Catalogue steady_catalogue() {
  ClusterBuilder builder;
  builder.type(
      {.speed = Mips(2000), .boot_time = Seconds(30), .idle = Watts(50), .peak = Watts(80)});
  builder.application("app", {whole(Mi(12'000), 0.95), whole(Mi(6000), 0.8)});
  return *builder.build().catalogue;
}

// How often hosts are switched in the second half of so many beats.
int switches_of(Policy& policy, int beats) {
  const Catalogue catalogue = steady_catalogue();
  const RandomStreams streams(3);
  Twin twin(catalogue, std::vector<HostTypeId>(6), 6, {}, {}, streams);
  DecisionContext context{streams.stream("policy")};
  int switches = 0;
  std::uint64_t next = 0;
  for (int beat = 1; beat <= beats; ++beat) {
    const SimTime end = to_sim_time(Seconds(5.0 * beat));
    for (SimTime at = std::chrono::seconds(2 * next); at <= end;
         at = std::chrono::seconds(2 * next)) {
      twin.run_until(at);
      twin.arrive({.id = WorkloadId{next++},
                   .application = {},
                   .arrival = at,
                   .slo = Seconds(20),
                   .input = {}});
    }
    twin.run_until(end);
    const Plan plan = policy.decide(twin.view(DecisionsAsked::all()), context);
    twin.apply(plan);
    if (2 * beat > beats) switches += static_cast<int>(plan.power.size());
  }
  return switches;
}

TEST(Oracle, LeavesHostsAsTheyAreWhereNothingChanges) {
  EXPECT_EQ(switches_of(*make_oracle(), 60), 0);
}

// Of 10 W and 0.1 $/h over 100 s for 4 requests: a tenth of 1000 J x 0.002 + 0.1 $ / 36 x 3, each.
TEST(Oracle, AsksOfASwitchATenthOfWhatTheHostTakes) {
  HostType type = make_type({.boot_time = Seconds(20), .idle = Watts(5), .peak = Watts(10)});
  const ResourcePrices prices{.joule = 0.002, .dollar = 3.0};
  EXPECT_NEAR(least_gain_of_switch(type, Seconds(100), 4.0, prices), (2.0 + 0.3 / 36) / 40, 1e-12);
  EXPECT_EQ(least_gain_of_switch(type, Seconds(100), 0.0, {}), 0.0) << "without any request";
  type.boot_time = Seconds(0);
  EXPECT_EQ(least_gain_of_switch(type, Seconds(100), 4.0, prices), 0.0) << "it boots at once";
}

TEST(Oracle, SwitchesNoHostForNextToNothing) {
  const RandomStreams streams(7);
  int dropped = 0;
  int kept = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    TestCluster cluster = random_cluster(seed);
    cluster.view.asked = DecisionsAsked::all();
    const ClusterView& view = cluster.view;
    const Rollout rollout(view, {.beats = 3, .futures = 1}, streams);
    const std::vector<Plan> starts{decide_once(*make_cosim(), view)};
    const JudgedPlan found = search_plans(view, rollout, starts, 20, streams.stream("search")).best;
    const JudgedPlan calm = without_small_switches(found, view, rollout);
    EXPECT_EQ(find_violations(calm.plan, view), std::vector<std::string>{}) << "seed " << seed;
    EXPECT_EQ(calm.outlook, rollout.of(calm.plan)) << "seed " << seed;
    const auto before = static_cast<double>(found.plan.power.size());
    const auto after = static_cast<double>(calm.plan.power.size());
    EXPECT_LE(after, before) << "seed " << seed;
    // A host takes at most all the energy and all the money.
    const double least = 0.1 * (view.weights.energy + view.weights.cost);
    EXPECT_GE(calm.outlook.qos, found.outlook.qos - least * before) << "seed " << seed;
    dropped += after < before ? 1 : 0;
    kept += after > 0 ? 1 : 0;
  }
  EXPECT_GT(dropped, 0) << "no switch is dropped: the test says nothing";
  EXPECT_GT(kept, 0) << "no switch is kept: the test says nothing";
}

}  // namespace
}  // namespace scinet
