// Rules that hold for every policy of the program. A new policy is tested here the moment it is
// listed. ctest runs the program in parts that go side by side.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "apps/scinet/every_policy.h"
#include "learn/imitation/imitation_policy.h"
#include "policy/baselines.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {

// How GoogleTest shows the parameter of a failed test.
void PrintTo(const PolicyEntry& entry, std::ostream* out) { *out << entry.name; }

namespace {

constexpr std::uint64_t kSeeds = 500;
constexpr std::uint64_t kSomeSeeds = 100;  // for what one decision in a hundred would show
// Effort of a search, counted in steps: the rules hold however far it gets.
constexpr std::int64_t kFewSteps = 6;

// Policies that decide for clusters of one size only, and decline all others; 0: for any size.
// Where they decline the loop's fallback decides, here as in a run.
std::uint64_t only_size(std::string_view policy) { return policy == "scinet-2023" ? 16 : 0; }

Plan decide_as_the_loop(std::string_view name, Policy& policy, const ClusterView& view,
                        DecisionContext& context) {
  if (only_size(name) == 0) return policy.decide(view, context);
  try {
    return policy.decide(view, context);
  } catch (const Declined&) {
    return make_least_loaded()->decide(view, context);
  }
}

class EveryPolicy : public testing::TestWithParam<PolicyEntry> {
 protected:
  void SetUp() override {
    const auto made = GetParam().make();
    ASSERT_TRUE(made.ok()) << made.error().message;
  }

  static std::unique_ptr<Policy> make() { return GetParam().make().value(); }
  static Plan decide_by(Policy& policy, const ClusterView& view, std::uint64_t seed = 1) {
    DecisionContext context{.random = RandomStreams(seed).stream("policy"),
                            .search_steps = kFewSteps};
    return decide_as_the_loop(GetParam().name, policy, view, context);
  }
  static TestCluster some_cluster(std::uint64_t seed) {
    return random_cluster(seed, only_size(GetParam().name));
  }
  static Plan decide(const ClusterView& view, std::uint64_t seed = 1) {
    return decide_by(*make(), view, seed);
  }
};

TEST_P(EveryPolicy, ReturnsSoundPlans) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    EXPECT_EQ(find_violations(decide(cluster.view, seed), cluster.view), std::vector<std::string>{})
        << "seed " << seed;
  }
}

TEST_P(EveryPolicy, StaysSoundWhenDecisionsFollowEachOther) {
  const auto policy = make();
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    const Plan plan = decide_by(*policy, cluster.view, seed);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{}) << "seed " << seed;
  }
}

// With all the effort that a run gives it.
TEST_P(EveryPolicy, StaysSoundWhenItSearchesToTheEnd) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    DecisionContext context{RandomStreams(seed).stream("policy")};
    const Plan plan = decide_as_the_loop(GetParam().name, *make(), cluster.view, context);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{}) << "seed " << seed;
  }
}

TEST_P(EveryPolicy, GivesTheSameBytesTwice) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    EXPECT_EQ(to_words(decide(cluster.view, seed)), to_words(decide(cluster.view, seed)))
        << "seed " << seed;
  }
}

// What it remembers is its own: another object that has decided a hundred times changes nothing
// for a new one, and two with the same past decide alike.
TEST_P(EveryPolicy, KeepsItsMemoryToItself) {
  const auto one = make();
  const auto other = make();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    const Plan fresh_before = decide(cluster.view, seed);
    EXPECT_EQ(decide_by(*one, cluster.view, seed), decide_by(*other, cluster.view, seed))
        << "seed " << seed;
    EXPECT_EQ(decide(cluster.view, seed), fresh_before) << "seed " << seed;
  }
}

// A few small hosts and far more requests than they have memory for.
TEST_P(EveryPolicy, AnswersEveryRequestOfAnOverfullCluster) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    ClusterBuilder builder;
    builder.type({.memory = Mebibytes(512)}).application("app", {whole(Mi(5000), 0.9)});
    builder.application("wide", {semantic({fragment(Mi(900), Mebibytes(300)),
                                           fragment(Mi(900), Mebibytes(300)), fragment(Mi(9))})});
    builder.host("small").host("small").host("small", HostState::kFailed);
    for (std::uint32_t i = 0; i < 6; ++i) {
      builder.deployed("app", 0, {{TaskState::kRunning, i % 2}});
    }
    for (int i = 0; i < 60; ++i) builder.waiting(i % 3 == 0 ? "wide" : "app", Seconds(1 + i));
    const TestCluster cluster = builder.build();
    const Plan plan = decide(cluster.view, seed);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{});
    std::set<WorkloadId> answered;
    for (const Placement& placement : plan.placements) answered.insert(placement.workload);
    for (const auto& [id, reason] : plan.deferrals) {
      answered.insert(id);
      EXPECT_GT(reason.size(), 20u) << reason;
    }
    EXPECT_EQ(answered.size(), 60u);
  }
}

TEST_P(EveryPolicy, DecidesForAnyNumberOfHosts) {
  for (const int hosts : {1, 2, 3, 16, 100, 300}) {
    ClusterBuilder builder;
    builder.type({}).type({.name = "large", .cores = 8, .memory = Mebibytes(4096)});
    for (int i = 0; i < hosts; ++i) {
      builder.host(i % 3 == 0 ? "large" : "small", i % 4 == 0 ? HostState::kOn : HostState::kOff);
    }
    builder.application("app", {whole(Mi(1000)), layer({fragment(Mi(600)), fragment(Mi(600))})});
    for (int i = 0; i < 10; ++i) builder.waiting("app");
    const TestCluster cluster = builder.build();
    EXPECT_EQ(find_violations(decide(cluster.view), cluster.view), std::vector<std::string>{})
        << hosts << " hosts";
  }
}

TEST_P(EveryPolicy, AnswersOnlyWhatIsAsked) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    TestCluster cluster = some_cluster(seed);
    for (int bits = 0; bits < 8; ++bits) {
      cluster.view.asked = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
      const auto [provisioning, deployment, placement] = cluster.view.asked;
      const Plan plan = decide(cluster.view, seed);
      EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{})
          << "seed " << seed << ", asked " << bits;
      EXPECT_TRUE(provisioning || plan.power.empty()) << "seed " << seed;
      EXPECT_TRUE(deployment || plan.deployments.empty()) << "seed " << seed;
      EXPECT_TRUE(placement || (plan.placements.empty() && plan.deferrals.empty()))
          << "seed " << seed;
    }
  }
}

TEST_P(EveryPolicy, KeepsAHostOnWhereThereIsOneToKeep) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    TestCluster cluster = some_cluster(seed);
    cluster.view.asked.provisioning = true;
    const auto works = [](const HostView& host) {
      return host.state != HostState::kFailed && host.linked;
    };
    if (std::ranges::none_of(cluster.view.hosts, works)) continue;
    const auto after = states_after(decide(cluster.view, seed), cluster.view);
    const auto can_get_work = [&](const HostView& host) {
      return accepts_work(after[host.id.value]) && host.linked;
    };
    EXPECT_TRUE(std::ranges::any_of(cluster.view.hosts, can_get_work)) << "seed " << seed;
  }
}

// Asked for everything, a workload waits only where powering on cannot help.
TEST_P(EveryPolicy, WakesHostsForWorkThatHasNone) {
  int deferred = 0;
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    TestCluster cluster = some_cluster(seed);
    cluster.view.asked = DecisionsAsked::all();
    const Plan plan = decide(cluster.view, seed);
    const auto after = states_after(plan, cluster.view);
    const auto some_host_holds = [&](Mebibytes need, auto in_state) {
      return std::ranges::any_of(cluster.view.hosts, [&](const HostView& host) {
        return host.linked && in_state(after[host.id.value]) &&
               cluster.view.type_of(host).memory >= need;
      });
    };
    for (const auto& [id, reason] : plan.deferrals) {
      ++deferred;
      const Mebibytes need = least_memory_to_serve(*cluster.view.find(id), *cluster.catalogue);
      const bool could_help =
          some_host_holds(need, [](HostState state) { return state != HostState::kFailed; });
      EXPECT_TRUE(!could_help || some_host_holds(need, accepts_work))
          << "seed " << seed << ", workload " << id.value << ": " << reason;
    }
  }
  EXPECT_GT(deferred, 0) << "no seed makes anything wait: the test says nothing";
}

TEST_P(EveryPolicy, SendsNothingToAHostThatIsOutOfReach) {
  int placed = 0;
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    for (const Placement& placement : decide(cluster.view, seed).placements) {
      ++placed;
      EXPECT_TRUE(cluster.view.host(placement.host).linked) << "seed " << seed;
    }
  }
  EXPECT_GT(placed, 0) << "no seed places anything: the test says nothing";
}

// An idle host that is on and large enough is never left idle by a deferral.
TEST_P(EveryPolicy, DefersOnlyWhatNoIdleHostCouldTake) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    TestCluster cluster = some_cluster(seed);
    cluster.view.asked = DecisionsAsked::all();
    const Plan plan = decide(cluster.view, seed);
    const auto idle = idle_hosts_after(plan, cluster.view);
    for (const auto& [id, reason] : plan.deferrals) {
      for (const Fragment* only : single_fragments(*cluster.view.find(id), *cluster.catalogue)) {
        for (const HostView* host : idle) {
          EXPECT_FALSE(can_ever_hold(cluster.view.type_of(*host), *only))
              << "seed " << seed << ", host " << host->id.value << ": " << reason;
        }
      }
    }
  }
}

TEST_P(EveryPolicy, DefersWithAReasonWhenNoHostIsThere) {
  const TestCluster cluster =
      ClusterBuilder().type({}).application("app", {whole(Mi(1000))}).waiting("app").build();
  EXPECT_EQ(to_words(decide(cluster.view)),
            "w0 waits: the cluster has no hosts: add one with at least 100 MiB");
}

TEST_P(EveryPolicy, DefersWithAReasonWhenNothingIsOnAndProvisioningIsNotAsked) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kOff).host("small", HostState::kDraining);
  builder.application("app", {whole(Mi(1000))}).waiting("app");
  const TestCluster cluster = builder.asked({.deployment = true, .placement = true}).build();
  EXPECT_EQ(to_words(decide(cluster.view)),
            "w0 waits: no host that is on can hold 100 MiB: power on one of the 2 that could");
}

TEST_P(EveryPolicy, DefersWithAReasonWhenAllHostsHaveFailed) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kFailed).host("small", HostState::kFailed);
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  EXPECT_EQ(to_words(decide(cluster.view)),
            "w0 waits: all 2 hosts that could hold 100 MiB have failed: repair or add one");
}

TEST_P(EveryPolicy, DefersWithAReasonWhenAllHostsAreOutOfReach) {
  ClusterBuilder builder;
  builder.type({}).host("small").unlinked().host("small").unlinked();
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))})
                                  .waiting("app")
                                  .asked({.deployment = true, .placement = true})
                                  .build();
  EXPECT_EQ(to_words(decide(cluster.view)),
            "w0 waits: all 2 hosts that are on and could hold 100 MiB have lost their link: wait "
            "until it is back");
}

TEST_P(EveryPolicy, WakesAnotherHostWhenTheOneThatIsOnIsOutOfReach) {
  ClusterBuilder builder;
  builder.type({}).host("small").unlinked().host("small", HostState::kOff);
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  const Plan plan = decide(cluster.view);
  ASSERT_EQ(plan.placements.size(), 1u) << to_words(plan);
  EXPECT_EQ(plan.placements[0].host, HostId{1}) << to_words(plan);
}

TEST_P(EveryPolicy, DefersWithAReasonWhatIsTooLargeForEveryHost) {
  ClusterBuilder builder;
  builder.type({.memory = Mebibytes(512)}).host("small");
  builder.application("app", {whole(Mi(1000), 0.9, Mebibytes(600))}).waiting("app");
  EXPECT_EQ(to_words(decide(builder.build().view)),
            "w0 waits: a fragment needs 600 MiB and the largest host has 512 MiB: add a larger "
            "host or a strategy of smaller fragments");
}

TEST_P(EveryPolicy, DefersAWorkloadWithoutAStrategyWhenNoneIsAskedFor) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("app", {whole(Mi(1000))}).waiting("app");
  const TestCluster cluster = builder.asked({.placement = true}).build();
  EXPECT_EQ(to_words(decide(cluster.view)),
            "w0 waits: it has no strategy: ask for deployment together with placement");
}

TEST_P(EveryPolicy, DefersAWorkloadOfAnApplicationWithoutStrategies) {
  ClusterBuilder builder;
  builder.type({}).host("small").application("app", {}).waiting("app");
  EXPECT_EQ(to_words(decide(builder.build().view)),
            "w0 waits: its application has no strategy: add one");
}

TEST_P(EveryPolicy, PowersAHostOnForTheFirstRequest) {
  ClusterBuilder builder;
  builder.type({}).host("small", HostState::kOff);
  const TestCluster cluster = builder.application("app", {whole(Mi(1000))}).waiting("app").build();
  EXPECT_EQ(to_words(decide(cluster.view)), "h0 on; w0 by s0; w0.f0 on h0");
}

TEST_P(EveryPolicy, ServesWhatOnlyOneHostCanHold) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ClusterBuilder builder;
    builder.type({.name = "small", .memory = Mebibytes(512)}).type({.name = "large"});
    for (int i = 0; i < 6; ++i) builder.host("small");
    builder.host("large", HostState::kOff);
    builder.application("app", {whole(Mi(1000), 0.9, Mebibytes(600))}).waiting("app");
    const TestCluster cluster = builder.build();
    const Plan plan = decide(cluster.view, seed);
    ASSERT_EQ(plan.placements.size(), 1u) << to_words(plan);
    EXPECT_EQ(plan.placements[0].host, HostId{6});
  }
}

TEST_P(EveryPolicy, PermutingTheHostsPermutesThePlan) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    EXPECT_EQ(without_host_ids(decide(cluster.view), cluster.view),
              without_host_ids(decide(permuted), permuted))
        << "seed " << seed;
  }
}

TEST_P(EveryPolicy, RenamingChangesNothing) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    const TestCluster renamed = with_other_names(cluster.view);
    EXPECT_EQ(decide(cluster.view, seed), decide(renamed.view, seed)) << "seed " << seed;
  }
}

TEST_P(EveryPolicy, TheOrderOfTheCatalogueIsIrrelevant) {
  for (std::uint64_t seed = 0; seed < kSomeSeeds; ++seed) {
    const TestCluster cluster = some_cluster(seed);
    const TestCluster reversed = with_reversed_catalogue(cluster.view);
    EXPECT_EQ(decide(cluster.view), with_reversed_strategies(decide(reversed.view), reversed.view))
        << "seed " << seed;
  }
}

std::string test_name(const testing::TestParamInfo<PolicyEntry>& tested) {
  std::string name(tested.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalog, EveryPolicy, testing::ValuesIn(every_policy().entries()),
                         test_name);

// Two names for the same decisions would prove nothing in a comparison. Each decides a series of
// clusters with the memory of those before.
TEST(Policies, NoTwoDecideAlike) {
  std::map<std::string, std::string_view> decided;
  const PolicyCatalog catalog = every_policy();
  for (const PolicyEntry& entry : catalog.entries()) {
    const auto policy = entry.make();
    ASSERT_TRUE(policy.ok()) << policy.error().message;
    std::string all;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      TestCluster cluster = random_cluster(seed, seed % 4 == 0 ? 16 : 0);
      cluster.view.asked = DecisionsAsked::all();
      DecisionContext context{.random = RandomStreams(seed).stream("policy"),
                              .search_steps = kFewSteps};
      all +=
          to_words(decide_as_the_loop(entry.name, *policy.value(), cluster.view, context)) + "\n";
    }
    const auto [other, is_new] = decided.emplace(all, entry.name);
    EXPECT_TRUE(is_new) << entry.name << " decides like " << other->second;
  }
}

// The generator must reach what the tests above claim to cover.
TEST(RandomCluster, ReachesEverySituation) {
  std::set<std::size_t> sizes;
  std::set<HostState> host_states;
  std::set<TaskState> task_states;
  std::set<std::size_t> fragments;
  std::set<std::vector<bool>> asked;
  int unlinked = 0;
  int slow = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    sizes.insert(cluster.view.hosts.size());
    const auto [provisioning, deployment, placement] = cluster.view.asked;
    asked.insert({provisioning, deployment, placement});
    for (const HostView& host : cluster.view.hosts) {
      host_states.insert(host.state);
      unlinked += host.linked ? 0 : 1;
      slow += host.speed_factor < 1.0 ? 1 : 0;
    }
    for (const WorkloadView& entry : cluster.view.workloads) {
      if (entry.strategy) fragments.insert(entry.tasks.size());
      for (const TaskView& task : entry.tasks) task_states.insert(task.state);
    }
  }
  EXPECT_EQ(*sizes.begin(), 1u);
  EXPECT_GT(*sizes.rbegin(), 250u);
  EXPECT_LE(*sizes.rbegin(), 300u);
  EXPECT_EQ(host_states.size(), 5u);
  EXPECT_EQ(task_states.size(), 5u);
  EXPECT_EQ(fragments, (std::set<std::size_t>{1, 2, 3, 4}));
  EXPECT_EQ(asked.size(), 8u);
  EXPECT_GT(unlinked, 0);
  EXPECT_GT(slow, 0);
}

}  // namespace
}  // namespace scinet
