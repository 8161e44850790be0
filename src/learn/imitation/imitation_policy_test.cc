// The learner as policies: sound with any weights, and honest about what it does not know.
#include "learn/imitation/imitation_policy.h"

#include <array>
#include <fstream>
#include <optional>

#include "learn/checkpoint.h"
#include "learn/imitation/imitation_testing.h"
#include "oracle/oracle_policies.h"
#include "tests/policy_testing.h"
#include "tests/random_cluster.h"

namespace scinet {
namespace {

LearnedNetwork some_network(std::uint64_t seed = 1) {
  return {.weights = imitation_noise(seed), .shape = {}, .walk = {}};
}

// The reason of a policy that has no plan; empty if it has one.
std::string reason_of(Policy& policy, const ClusterView& view) {
  try {
    decide_once(policy, view);
    return "";
  } catch (const Declined& declined) {
    return declined.what();
  }
}

TEST(ImitationPolicy, PlansAreSoundWithAnyWeights) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    LearnedNetwork network = some_network(seed);
    network.shape.attention = seed % 2 == 0;
    network.walk = {.heads_see_earlier = seed % 3 != 0, .predictions = seed % 5 != 0};
    const Plan plan = decide_once(*make_scinet(network), cluster.view);
    EXPECT_EQ(find_violations(plan, cluster.view), std::vector<std::string>{}) << "seed " << seed;
  }
}

TEST(ImitationPolicy, PlansOfTheSearchAreSoundWithAnyWeights) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const auto policy = make_scinet_search(some_network(seed));
    EXPECT_EQ(find_violations(decide_once(*policy, cluster.view), cluster.view),
              std::vector<std::string>{})
        << "seed " << seed;
  }
}

TestCluster cluster_of(std::size_t hosts) {
  ClusterBuilder builder;
  builder.type({}).application("app", {whole(Mi(1000))}).waiting("app");
  for (std::size_t i = 0; i < hosts; ++i) builder.host("small");
  return builder.asked({.deployment = true, .placement = true}).build();
}

TEST(ImitationPolicy, AQuickSearchIsNoneWhereMuchHasToBePlayed) {
  int small = 0;
  int large = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    TestCluster cluster = random_cluster(seed);
    const auto plan_of = [&](Policy& policy) { return decide_once(policy, cluster.view); };
    const auto search = make_scinet_search(some_network(seed));
    const auto searches = [&] {
      return plan_of(*search) != plan_of(*make_scinet(some_network(seed)));
    };
    small += searches();
    const double ahead = requests_ahead(cluster.view, oracle_rollout(cluster.view));
    if (ahead <= 0.0) continue;
    for (double& rate : cluster.view.arrival_rates) rate *= 200.0 / ahead;
    EXPECT_FALSE(searches()) << "seed " << seed;
    large += plan_of(*make_scinet_search(some_network(seed), 5)) !=
             plan_of(*make_scinet(some_network(seed)));
  }
  EXPECT_GT(small, 5);
  EXPECT_GT(large, 5);
}

// On average: the search plays its futures with hosts and applications in an order of its own.
TEST(ImitationPolicy, MoreStepsOfTheSearchLeadToBetterPlans) {
  const std::array<std::int64_t, 3> steps{1, 10, 100};
  std::array<double, 3> qos{};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const Rollout rollout(cluster.view, oracle_rollout(cluster.view),
                          RandomStreams(RandomStreams(1).stream("policy").next()));
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto policy = make_scinet_search(some_network(seed), steps[i]);
      qos[i] += rollout.of(decide_once(*policy, cluster.view)).qos / 10.0;
    }
  }
  EXPECT_GT(qos[1], qos[0] + 0.01);
  EXPECT_GT(qos[2], qos[1] + 0.01);
}

TEST(ImitationPolicy, PermutingTheHostsPermutesThePlan) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    const ClusterView permuted =
        with_permuted_hosts(cluster.view, RandomStreams(seed).stream("permutation"));
    LearnedNetwork network = some_network(seed);
    if (seed % 2 == 1) network.walk = {.most_apart = 0, .most_groups = 6};
    EXPECT_EQ(without_host_ids(decide_once(*make_scinet(network), cluster.view), cluster.view),
              without_host_ids(decide_once(*make_scinet(network), permuted), permuted))
        << "seed " << seed;
  }
}

TEST(ImitationPolicy, HasAPlanForAClusterWithoutHosts) {
  const TestCluster cluster =
      ClusterBuilder().type({}).application("app", {whole(Mi(1000))}).waiting("app").build();
  for (const bool attention : {true, false}) {
    LearnedNetwork network = some_network();
    network.shape.attention = attention;
    EXPECT_EQ(decide_once(*make_scinet(network), cluster.view).deferrals.size(), 1u);
  }
}

// ---- Where it should not be relied on.

// One beat after the other on a cluster that shows what it is told to.
class DriftingScinet : public testing::Test {
 protected:
  // Why no plan was made at the next beat, if so. All hosts show this utilisation; where it is not
  // given, what was foreseen.
  std::string next_beat(Policy& policy, std::optional<double> utilisation) {
    view_.now += to_sim_time(view_.beat);
    const std::span<const float> foreseen = policy.next_utilisation();
    for (std::size_t i = 0; i < view_.hosts.size(); ++i) {
      if (utilisation) view_.hosts[i].utilisation = *utilisation;
      if (!utilisation && !foreseen.empty()) view_.hosts[i].utilisation = foreseen[i];
    }
    const std::string reason = reason_of(policy, view_);
    DecisionContext context{.random = RandomStream(1)};
    said_ = policy.review(view_, context);
    return reason;
  }

  TestCluster cluster_ = ClusterBuilder()
                             .type({})
                             .application("app", {whole(Mi(1000))})
                             .waiting("app")
                             .host("small")
                             .host("small")
                             .host("small", HostState::kOff)
                             .build();
  ClusterView view_ = cluster_.view;
  std::string said_;
};

TEST_F(DriftingScinet, IsNotReliedOnWhileItDoesNotForeseeTheHosts) {
  LearnedNetwork network = some_network();
  network.drift = {.utilisation = 0.05, .over_last_value = 0.0};
  const auto policy = make_scinet(network);
  const double never = 3.0;  // a share that no prediction comes near
  for (int beat = 0; beat < 10; ++beat) EXPECT_EQ(next_beat(*policy, never), "") << beat;
  EXPECT_EQ(next_beat(*policy, never), "");  // 10 comparisons, the first at the second beat
  EXPECT_EQ(said_.find("not relied on any more: its predicted utilisation was off by "), 0u)
      << said_;
  EXPECT_EQ(next_beat(*policy, never).find("it is not relied on: its predicted utilisation"), 0u);
  EXPECT_EQ(said_, "");

  for (int beat = 0; beat < 19; ++beat) EXPECT_NE(next_beat(*policy, std::nullopt), "") << beat;
  next_beat(*policy, std::nullopt);
  EXPECT_EQ(said_, "relied on again");
  EXPECT_EQ(next_beat(*policy, std::nullopt), "");
}

TEST_F(DriftingScinet, IsNotReliedOnWhileSearchesFindBetterPlans) {
  LearnedNetwork network = some_network();
  network.drift = {.regret = -1.0};
  network.checks = {.decisions = 2};
  const auto policy = make_scinet(network);
  for (int beat = 1; beat <= 8; ++beat) {
    EXPECT_EQ(next_beat(*policy, std::nullopt), "") << beat;
    EXPECT_EQ(said_.starts_with("spot check: "), beat % 2 == 0) << said_;
  }
  EXPECT_NE(said_.find("not relied on any more: a search found plans"), std::string::npos) << said_;
  EXPECT_NE(next_beat(*policy, std::nullopt), "");
}

TEST_F(DriftingScinet, IsReliedOnWithoutBounds) {
  LearnedNetwork network = some_network();
  network.drift = DriftBounds::none();
  const auto policy = make_scinet(network);
  for (int beat = 0; beat < 30; ++beat) EXPECT_EQ(next_beat(*policy, 3.0), "") << beat;
}

TEST_F(DriftingScinet, ChecksDoNotChangeDecisions) {
  LearnedNetwork checked = some_network();
  checked.checks = {.decisions = 1};
  checked.drift = {.utilisation = 10.0, .regret = 1.0};
  const auto policy = make_scinet(checked);
  const auto other = make_scinet(some_network());
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    DecisionContext context{.random = RandomStream(1)};
    EXPECT_EQ(policy->decide(cluster.view, context), decide_once(*other, cluster.view));
    policy->review(cluster.view, context);
  }
}

// Whatever order it decides in.
TEST(ImitationPolicy, SaysOfEachGivenHostHowBusyItWillBe) {
  const LearnedNetwork network = some_network();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TestCluster cluster = random_cluster(seed);
    cluster.view.asked = DecisionsAsked::all();
    const auto policy = make_scinet(network);
    decide_once(*policy, cluster.view);
    DecisionContext context{.random = RandomStream(1)};
    policy->review(cluster.view, context);

    ImitationForward forward(network.weights, network.shape);
    const DecisionWalk walk(cluster.view, network.walk);
    forward.see(walk.rows());
    const std::span<const float> expected = forward.next_utilisation();
    ASSERT_EQ(policy->next_utilisation().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(policy->next_utilisation()[i], expected[i], 1e-5) << "seed " << seed;
    }
  }
}

// ---- Checkpoints.

class ImitationCheckpoint : public InAFolder {
 protected:
  void write(const std::string& text) const { std::ofstream(file_, std::ios::trunc) << text; }
  static Checkpoint checkpoint_for(std::string policy) {
    return {.policy = std::move(policy),
            .command = "made up",
            .seed = 1,
            .held_out = {},
            .weights = imitation_noise(7)};
  }
  // What making each of the policies answers.
  void expect_error(const std::string& what) const {
    const PolicyCatalog catalog = imitation_policies(folder_);
    for (const PolicyEntry& entry : catalog.entries()) {
      const auto made = entry.make();
      ASSERT_FALSE(made) << entry.name;
      EXPECT_EQ(made.error().code, ErrorCode::kInvalidInput);
      EXPECT_TRUE(made.error().message.starts_with(file_.string() + ": " + what))
          << made.error().message;
      EXPECT_NE(made.error().message.find("`scinet train scinet "), std::string::npos);
    }
  }

  const std::filesystem::path file_ = folder_ / "scinet.json";
};

TEST_F(ImitationCheckpoint, IsWhatBothPoliciesDecideBy) {
  const LearnedNetwork network = some_network(7);
  Checkpoint checkpoint = checkpoint_for("scinet");
  write(to_json_text(checkpoint));
  const PolicyCatalog catalog = imitation_policies(folder_);
  ASSERT_EQ(catalog.entries().size(), 2u);
  std::vector<Plan> found;
  std::vector<Plan> expected;
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    const TestCluster cluster = random_cluster(seed);
    found.push_back(decide_once(*catalog.entries()[0].make().value(), cluster.view));
    expected.push_back(decide_once(*make_scinet(network), cluster.view));
  }
  EXPECT_EQ(found, expected);
}

// A checkpoint of an ablation is used as it was trained.
TEST_F(ImitationCheckpoint, SaysWhatTheNetworkWasTrainedWithout) {
  LearnedNetwork whole = some_network(7);
  const auto plans_by = [](auto make) {
    std::vector<Plan> plans;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      plans.push_back(decide_once(*make(), random_cluster(seed).view));
    }
    return plans;
  };
  const auto expect_plans_of = [&](const char* setting, const LearnedNetwork& network) {
    Checkpoint checkpoint = checkpoint_for("scinet");
    checkpoint.settings = {{setting, false}};
    write(to_json_text(checkpoint));
    const PolicyCatalog catalog = imitation_policies(folder_);
    const auto found = plans_by([&] { return catalog.entries()[0].make().value(); });
    EXPECT_EQ(found, plans_by([&] { return make_scinet(network); })) << setting;
    EXPECT_NE(found, plans_by([&] { return make_scinet(whole); })) << setting;
  };
  LearnedNetwork without = whole;
  without.shape.attention = false;
  expect_plans_of("attention", without);
  without = whole;
  without.walk.heads_see_earlier = false;
  expect_plans_of("codesign", without);
  without = whole;
  without.walk.predictions = false;
  expect_plans_of("predictions", without);
}

TEST_F(ImitationCheckpoint, IsMissedWithTheCommandThatMakesIt) {
  const TestCluster cluster = cluster_of(3);
  const PolicyCatalog catalog = imitation_policies(folder_);
  for (const PolicyEntry& entry : catalog.entries()) {
    const auto made = entry.make();
    ASSERT_TRUE(made) << made.error().message;
    const std::string reason = reason_of(*made.value(), cluster.view);
    EXPECT_NE(reason.find("`scinet train scinet --seed 1 --out DIR` and put DIR/scinet.json in"),
              std::string::npos)
        << reason;
  }
}

TEST_F(ImitationCheckpoint, ThatIsDamagedOrAnothersIsAnError) {
  const std::string sound = to_json_text(checkpoint_for("scinet"));
  write(sound.substr(0, sound.size() / 2));
  expect_error("is not a whole checkpoint");
  write("");
  expect_error("is not a whole checkpoint");
  write(to_json_text(checkpoint_for("gobi")));
  expect_error("holds the weights of 'gobi', not of 'scinet'");
  std::string older = sound;
  older.replace(older.find("\"version\": 2"), 12, "\"version\": 1");
  write(older);
  expect_error("is of version 1, this program reads version 2");
  Checkpoint smaller = checkpoint_for("scinet");
  weights_named(smaller.weights, "host.weight").conservativeResize(3, 3);
  write(to_json_text(smaller));
  expect_error("");
}

}  // namespace
}  // namespace scinet
